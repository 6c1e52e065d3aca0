"""The parts of a BPMN diagram that the room reads itself: steps with who does them, choices, and what may stand in a diagram at all."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from yuzhang.brain.cases.model import Choice, Field
from yuzhang.brain.cases.processes.definition import NAMESPACE, StepOf
from yuzhang.brain.cases.processes.expressions import Unreadable, equals
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
DMN = "dmn.xsd", "MODEL"
KINDS = ("choice", "text", "number", "yes", "unit", "date")
PARTY = re.compile(r"unit|reporter|(?:role|unit):[A-Za-z0-9._-]{1,80}")
LARGEST = 2_000_000


def tag(element: Any) -> str:
    """The local name of an element of BPMN; "" for any other."""
    name = etree.QName(element) if isinstance(element.tag, str) else None
    return name.localname if name is not None and name.namespace == BPMN else ""


def own(element: Any, name: str, otherwise: str = "") -> str:
    """An attribute of ours."""
    return str(element.get(f"{{{NAMESPACE}}}{name}", otherwise)).strip()


def title(element: Any) -> Title:
    """The name of an element in both languages."""
    name = str(element.get("name") or element.get("id") or "").strip()
    return Title(name, own(element, "en") or name)


def read_xml(text: str, path: Path) -> tuple[Any | None, list[Fault]]:
    """The root of an XML text, and what is wrong with it. Entities are never followed, nothing is fetched."""

    def fault(line: int, said: str) -> list[Fault]:
        wrong = Title(f"不是可读的 XML：{said}", f"this is no XML that is read: {said}")
        return [
            Fault(path, line, "process.xml", wrong, Title("用流程编辑器保存", "save it with an editor of processes"))
        ]

    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    if len(text) > LARGEST:
        return None, fault(1, f"> {LARGEST} characters")
    try:
        root = etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as err:
        return None, fault(err.lineno or 1, str(err.msg))
    if "<!DOCTYPE" in text:
        return None, fault(1, "DOCTYPE")
    return root, []


@dataclass(slots=True)
class Diagram:
    """A process of a diagram, with its elements by id."""

    path: Path
    process: Any
    nodes: dict[str, Any] = field(default_factory=dict)
    flows: list[Any] = field(default_factory=list)
    lanes: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, process: Any, path: Path) -> "Diagram":
        """The process with its elements."""
        made = cls(path, process)
        for one in process:
            if tag(one) == "sequenceFlow":
                made.flows.append(one)
            elif tag(one) == "laneSet":
                for lane in one.iter(f"{{{BPMN}}}lane"):
                    made.lanes |= {str(ref.text).strip(): lane for ref in lane.iter(f"{{{BPMN}}}flowNodeRef")}
            elif tag(one) and one.get("id"):
                made.nodes[str(one.get("id"))] = one
        return made

    def after(self, node: str) -> list[Any]:
        """The flows that leave a node."""
        return [one for one in self.flows if one.get("sourceRef") == node]

    def condition(self, flow: Any) -> str:
        """The condition of a flow; "" for none."""
        found = flow.find(f"{{{BPMN}}}conditionExpression")
        return str(found.text or "").strip() if found is not None else ""

    def party(self, node: Any) -> str:
        """Who does a step: as it says itself, or its lane."""
        lane = self.lanes.get(str(node.get("id")))
        return own(node, "party") or (own(lane, "party") if lane is not None else "")

    def steps(self) -> Iterator[StepOf]:
        """All tasks that people do."""
        for name, node in self.nodes.items():
            if tag(node) != "userTask":
                continue
            fields = [*self._choices(name), *self._fields(node)]
            yield StepOf(
                name,
                title(node),
                self.party(node),
                tuple(fields),
                tuple(own(node, "evidence").split()),
                tuple(own(node, "notes").split()),
                own(node, "closes") == "true",
                tuple(own(node, "other-than").split()),
            )

    def deciding(self, gateway: str) -> str:
        """The task right before a gateway, all of whose ways are choices of that task; "" if there is none."""
        before = [one for one in self.flows if one.get("targetRef") == gateway]
        ways = [_choice(self.condition(one)) for one in self.after(gateway)]
        task = str(before[0].get("sourceRef")) if len(before) == 1 else ""
        fits = task in self.nodes and tag(self.nodes[task]) == "userTask" and len(ways) > 1 and all(ways)
        return task if fits else ""

    def _choices(self, name: str) -> Iterator[Field]:
        for flow in self.after(name):
            gateway = str(flow.get("targetRef"))
            if tag(self.nodes.get(gateway, flow)) == "exclusiveGateway" and self.deciding(gateway) == name:
                ways = [(_choice(self.condition(one)), title(one)) for one in self.after(gateway)]
                choices = tuple(Choice(value, said) for value, said in ways)
                yield Field("decision", Title("决定", "Decision"), "choice", required=True, choices=choices)

    def _fields(self, node: Any) -> Iterator[Field]:
        for one in node.iter(f"{{{NAMESPACE}}}field"):
            said = Title(str(one.get("zh", one.get("name", ""))), str(one.get("en", one.get("name", ""))))
            choices = tuple(
                Choice(str(way.get("value", "")), Title(str(way.get("zh", "")), str(way.get("en", ""))))
                for way in one.iter(f"{{{NAMESPACE}}}choice")
            )
            yield Field(
                str(one.get("name", "")), said, str(one.get("kind", "text")), one.get("required") == "true", choices
            )


def _choice(condition: str) -> str:
    try:
        found = equals(condition) if condition else None
    except (SyntaxError, Unreadable):
        return ""
    return found[1] if found and found[0] == "decision" else ""
