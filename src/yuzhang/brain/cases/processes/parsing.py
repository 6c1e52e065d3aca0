"""From the text of a diagram and its decision tables to a process that runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.task_parsers import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException
from SpiffWorkflow.bpmn.specs.bpmn_task_spec import BpmnTaskSpec
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.dmn.parser.BpmnDmnParser import BpmnDmnParser
from SpiffWorkflow.dmn.specs.business_rule_task_mixin import BusinessRuleTaskMixin

from yuzhang.brain.cases.processes.checking import Checking
from yuzhang.brain.cases.processes.definition import NAMESPACE, Definition
from yuzhang.brain.cases.processes.diagram import BPMN, Diagram, own, read_xml, title
from yuzhang.brain.cases.processes.expressions import Unreadable, parsed
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault

VERSION_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Text:
    """A file's text, with the path that faults name."""

    path: Path
    text: str


class _Rule(BusinessRuleTaskMixin, BpmnSpecMixin):  # type: ignore[misc]  # SpiffWorkflow has no types
    """A decision table that is asked."""


class _RuleParser(TaskParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    def create_task(self) -> BpmnTaskSpec:
        """The task with its table."""
        engine = self.process_parser.parser.get_engine(self.get_decision_ref(self.node), self.node)
        return self.spec_class(self.spec, self.bpmn_id, dmnEngine=engine, **self.bpmn_attributes)

    @staticmethod
    def get_decision_ref(node: Any) -> str:
        """The table that it names."""
        return own(node, "decision")


class _Parser(BpmnDmnParser):  # type: ignore[misc]  # SpiffWorkflow has no types
    OVERRIDE_PARSER_CLASSES = {full_tag("businessRuleTask"): (_RuleParser, _Rule)}  # noqa: RUF012  # as its base has it


def version_of(bpmn: str, decisions: Sequence[str]) -> str:
    """The name of a version: a hash of all that decides how it runs."""
    return sha256("\0".join((bpmn, *decisions)).encode()).hexdigest()[:VERSION_LENGTH]


def parse(name: str, bpmn: Text, decisions: Sequence[Text] = ()) -> tuple[Definition | None, list[Fault]]:
    """The process of a diagram; None and all that is wrong with it, if anything is."""
    root, faults = read_xml(bpmn.text, bpmn.path)
    tables = [(text, *read_xml(text.text, text.path)) for text in decisions]
    faults += [fault for _, _, wrong in tables for fault in wrong]
    if root is None or faults:
        return None, faults
    processes = list(root.iter(f"{{{BPMN}}}process"))
    if len(processes) != 1:
        wrong = Title(f"图中有 {len(processes)} 个流程", f"the diagram has {len(processes)} processes")
        return None, [Fault(bpmn.path, 1, "process.one", wrong, Title("一个文件一个流程", "write one to a file"))]
    diagram = Diagram.of(processes[0], bpmn.path)
    known, given = set[str](), set[str]()
    for text, table, _ in tables:
        faults += _table_faults(table, text.path)
        known |= {str(one.get("id")) for one in _all(table, "decision")}
        given |= {str(one.get("name") or one.get("label")) for one in _all(table, "output")}
    faults += Checking(diagram, frozenset(known), frozenset(given)).faults()
    if faults:
        return None, sorted(faults, key=lambda one: (str(one.path), one.line))
    return _made(name, diagram, root, bpmn, [(text, table) for text, table, _ in tables])


def _made(
    name: str, diagram: Diagram, root: Any, bpmn: Text, tables: Sequence[tuple[Text, Any]]
) -> tuple[Definition | None, list[Fault]]:
    parser = _Parser()
    try:
        for text, table in tables:
            parser.add_dmn_xml(table, str(text.path))
        parser.add_bpmn_xml(root, str(bpmn.path))
        spec = parser.get_spec(diagram.process.get("id"))
    except (ValidationException, KeyError, ValueError, AttributeError, IndexError, TypeError) as err:
        line = getattr(err, "line_number", None) or diagram.process.sourceline or 1
        wrong = Title(f"流程引擎不能读取：{err}", f"the engine cannot read it: {err}")
        return None, [Fault(bpmn.path, int(line), "process.engine", wrong, Title("按 BPMN 2.0 书写", "write BPMN 2.0"))]
    texts = tuple(text.text for text, _ in tables)
    steps = {one.name: one for one in diagram.steps()}
    version = version_of(bpmn.text, texts)
    return Definition(name, title(diagram.process), version, bpmn.text, texts, steps, spec), []


def _all(root: Any, kind: str) -> Iterator[Any]:
    for one in root.iter():
        if isinstance(one.tag, str) and etree.QName(one).localname == kind and etree.QName(one).namespace != NAMESPACE:
            yield one


def _table_faults(root: Any, path: Path) -> Iterator[Fault]:
    for kind in ("inputExpression", "inputEntry", "outputEntry"):
        for one in _all(root, kind):
            said = "".join(child.text or "" for child in one if str(child.tag).endswith("text")).strip()
            if not said or (said == "-" and kind == "inputEntry"):
                continue
            asked = said.replace("?", "value") if kind == "inputEntry" else said
            try:
                _readable(asked, compares=kind == "inputEntry")
            except (SyntaxError, Unreadable) as err:
                wrong = Title(f"表达式无法读取：{said}（{err}）", f"the expression is not readable: {said} ({err})")
                instead = Title("写作 'value'、>= 3 或 ? in ('a', 'b')", "write 'value', >= 3 or ? in ('a', 'b')")
                yield Fault(path, int(one.sourceline or 1), "decision.expression", wrong, instead)
    if not list(_all(root, "decisionTable")):
        yield Fault(
            path,
            1,
            "decision.table",
            Title("没有决策表", "there is no decision table"),
            Title("写一个 decisionTable", "write a decisionTable"),
        )


def _readable(said: str, *, compares: bool) -> None:
    try:
        parsed(said)
    except SyntaxError:
        if not compares:
            raise
        parsed(f"value {said}")
