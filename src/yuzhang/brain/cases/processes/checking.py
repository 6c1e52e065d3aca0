"""What is wrong with a diagram: every fault with its line, and what to write instead."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from yuzhang.brain.cases.model import Field
from yuzhang.brain.cases.processes.diagram import KINDS, PARTY, Diagram, own, tag
from yuzhang.brain.cases.processes.expressions import Unreadable, names
from yuzhang.core.language import Title
from yuzhang.core.packs import Fault

TAKEN = (
    "startEvent", "endEvent", "userTask", "businessRuleTask", "exclusiveGateway", "parallelGateway", "inclusiveGateway",
    "sequenceFlow", "laneSet", "documentation", "extensionElements", "textAnnotation", "association",
)  # fmt: skip
"""What may stand in a process. Scripts, services, timers and messages may not: deadlines are in cases.toml, and nothing else runs."""
KNOWN = (
    "unit",
    "region",
    "matter",
    "kind",
    "severity",
    "source",
    "reporter",
    "reopened",
    "simulated",
    "decision",
    "outcome",
)
"""What every case knows from the start."""


@dataclass(frozen=True, slots=True)
class Checking:
    """One diagram, with the names that its decision tables give. `decisions`: ids of the tables."""

    diagram: Diagram
    decisions: frozenset[str] = frozenset()
    given: frozenset[str] = frozenset()

    def faults(self) -> Iterator[Fault]:
        """All that is wrong with it."""
        for one in self.diagram.process:
            yield from self._element(one)
        yield from self._ends()
        for node in self.diagram.nodes.values():
            if tag(node) == "userTask":
                yield from self._step(node)
            yield from self._ways(node)
        for flow in self.diagram.flows:
            yield from self._flow(flow)

    def _fault(self, at: Any, rule: str, wrong: Title, instead: Title) -> Fault:
        return Fault(self.diagram.path, int(at.sourceline or 1), f"process.{rule}", wrong, instead)

    def _element(self, one: Any) -> Iterator[Fault]:
        kind = tag(one)
        if kind == "scriptTask":
            yield self._fault(
                one,
                "script",
                Title("流程中不能有脚本", "a process may have no scripts"),
                Title("用 userTask 或 businessRuleTask（DMN）", "use a userTask or a businessRuleTask (DMN)"),
            )
        elif kind and kind not in TAKEN:
            yield self._fault(
                one,
                "element",
                Title(f"不支持 {kind}", f"{kind} is not supported"),
                Title("可用：" + "、".join(TAKEN[:7]), "use " + ", ".join(TAKEN[:7])),
            )
        for part in one if kind in ("startEvent", "endEvent", "userTask", "businessRuleTask") else ():
            inside = tag(part)
            if inside.endswith(("EventDefinition", "LoopCharacteristics")) or inside == "ioSpecification":
                yield self._fault(
                    part,
                    "element",
                    Title(f"不支持 {inside}", f"{inside} is not supported"),
                    Title("删去它；时限写在 cases.toml", "leave it out; deadlines are in cases.toml"),
                )
        if kind == "businessRuleTask" and own(one, "decision") not in self.decisions:
            known = ", ".join(sorted(self.decisions)) or "processes/*.dmn"
            yield self._fault(
                one,
                "decision",
                Title("yz:decision 不是已有决策表", "yz:decision names no decision table"),
                Title(f"写作 {known} 之一", f"write one of {known}"),
            )

    def _ends(self) -> Iterator[Fault]:
        for kind, least in (("startEvent", 1), ("endEvent", 1), ("userTask", 1)):
            found = [one for one in self.diagram.nodes.values() if tag(one) == kind]
            if len(found) < least or (kind == "startEvent" and len(found) > 1):
                yield self._fault(
                    self.diagram.process,
                    "ends",
                    Title(f"{kind} 有 {len(found)} 个", f"there are {len(found)} of {kind}"),
                    Title("一个开始，至少一个结束和一个任务", "one start, at least one end and one task"),
                )

    def _step(self, node: Any) -> Iterator[Fault]:
        if not node.get("name") or not own(node, "en"):
            yield self._fault(
                node,
                "title",
                Title("任务缺少中文或英文名称", "a task has no name in one of the languages"),
                Title('写 name="…" yz:en="…"', 'write name="…" yz:en="…"'),
            )
        party = self.diagram.party(node)
        if not PARTY.fullmatch(party):
            yield self._fault(
                node,
                "party",
                Title(f"责任方“{party}”无效", f"nobody is responsible: {party or 'no party'}"),
                Title(
                    '任务或泳道写 yz:party="unit"、"role:duty-officer" 或 "reporter"',
                    'write yz:party="unit", "role:duty-officer" or "reporter" on the task or its lane',
                ),
            )
        step = next(one for one in self.diagram.steps() if one.name == node.get("id"))
        for name in (*step.evidence, *step.notes):
            if name not in step.choices and name != "*":
                yield self._unknown(node, name, (*step.choices, "*"))
        for name in step.other_than:
            if tag(self.diagram.nodes.get(name, node)) != "userTask" or name not in self.diagram.nodes:
                yield self._unknown(node, name, [one.name for one in self.diagram.steps()])
        for one in step.fields:
            yield from self._field(node, one)

    def _field(self, node: Any, one: Field) -> Iterator[Fault]:
        named = one.name.isidentifier() and bool(one.title.zh) and bool(one.title.en)
        if not named or one.kind not in KINDS or (one.kind == "choice" and not one.choices):
            yield self._fault(
                node,
                "field",
                Title(f"字段“{one.name}”不完整", f"the field {one.name or '?'} is not complete"),
                Title(f"写 name、zh、en、kind（{'、'.join(KINDS)}）", f"write name, zh, en, kind ({', '.join(KINDS)})"),
            )

    def _ways(self, node: Any) -> Iterator[Fault]:
        name, kind = str(node.get("id")), tag(node)
        ways = self.diagram.after(name)
        if kind in ("userTask", "businessRuleTask", "startEvent") and len(ways) != 1:
            yield self._fault(
                node,
                "flow",
                Title(f"{name} 之后有 {len(ways)} 条线", f"{len(ways)} ways leave {name}"),
                Title("恰好一条；分支用网关", "let it be one; branch by a gateway"),
            )
        if kind in ("exclusiveGateway", "inclusiveGateway") and len(ways) > 1:
            default = node.get("default")
            bare = [one for one in ways if not self.diagram.condition(one) and one.get("id") != default]
            needs = not default and not (kind == "exclusiveGateway" and self.diagram.deciding(name))
            if bare or needs:
                yield self._fault(
                    node,
                    "default",
                    Title(f"网关 {name} 可能无路可走", f"the gateway {name} may lead nowhere"),
                    Title("除默认线外每条线都写条件", "give every way a condition, and one as its default"),
                )
        if kind not in ("endEvent", "textAnnotation") and not ways and kind in TAKEN:
            yield self._fault(
                node,
                "flow",
                Title(f"{name} 之后没有线", f"no way leaves {name}"),
                Title("连到下一步", "connect it to what follows"),
            )

    def _flow(self, flow: Any) -> Iterator[Fault]:
        for end in ("sourceRef", "targetRef"):
            if flow.get(end) not in self.diagram.nodes:
                yield self._unknown(flow, str(flow.get(end)), self.diagram.nodes)
        condition = self.diagram.condition(flow)
        if not condition:
            return
        try:
            asked = names(condition)
        except (SyntaxError, Unreadable) as err:
            yield self._fault(
                flow,
                "condition",
                Title(f"条件无法读取：{condition}（{err}）", f"the condition is not readable: {condition} ({err})"),
                Title("写作 decision == 'fixed'", "write it like decision == 'fixed'"),
            )
            return
        fields = {one.name for step in self.diagram.steps() for one in step.fields}
        for name in sorted(asked - fields - self.given - set(KNOWN)):
            yield self._unknown(flow, name, (*fields, *self.given, *KNOWN))

    def _unknown(self, at: Any, name: str, known: Iterable[str]) -> Fault:
        told = list(known)
        near = get_close_matches(name, told, 1) or [", ".join(told[:12]) or "-"]
        return self._fault(
            at, "name", Title(f"没有“{name}”", f"there is no {name}"), Title(f"写作 {near[0]}", f"write {near[0]}")
        )
