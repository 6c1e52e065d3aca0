"""Tells whoever a case concerns how it goes: who has to act, the unit above where it is late, and its reporter. Each is told once.

Of a unit whose roster somebody stands on now, those on duty are told as of any case, and the others as of one while off duty: on the
page always, and by mail or text message only if they chose so for that. The duty office is told of what is bad or comes back, if on duty.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from time import time_ns

from yuzhang.brain.cases.model import OUTCOMES, Case, Step
from yuzhang.brain.cases.presentation import unit_name
from yuzhang.brain.cases.processes.catalogue import Registered
from yuzhang.core.language import Title
from yuzhang.core.moments import ZONE, microseconds
from yuzhang.entrance.city import store
from yuzhang.entrance.city.duty.telling import BAD, marked
from yuzhang.entrance.identity.people import People
from yuzhang.entrance.portal.model import Kind
from yuzhang.entrance.portal.room import Portal

DUTY = "duty-officer"
PASSED = frozenset({"opened", "done", "returned", "handed-over", "reopened"})
"""After these somebody else may have to act."""
BACK = frozenset({"returned", "reopened"})
PROGRESS = frozenset({"opened", "done", "returned", "closed", "reopened", "withdrawn", "merged"})
"""What a reporter is told of."""
STAGES = {
    "reminded": Title("请尽快办理", "Please act soon"),
    "overdue": Title("已超期", "Overdue"),
    "escalated": Title("超期升级督办", "Overdue, and taken to the unit above"),
    "deadline": Title("时限调整", "The deadline changed"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """Something that a party is told. `reason`: told once for each of these."""

    party: str
    reason: str
    kind: Kind
    title: Title
    address: str


class Casework:
    """Listens to the room of cases: `heard` belongs among its `told`."""

    def __init__(self, portal: Portal, people: People, registry: Registered) -> None:
        self._portal, self._people, self._registry = portal, people, registry

    def heard(self, case: Case, step: Step) -> None:
        """Tell of an entry of a case's history: all of it in one transaction, so that nobody is told twice, or half."""
        words = [*self._handlers(case, step), *_reporter(case, step)]
        if not words:
            return
        at, text = time_ns() // 1000, self._text(case)
        many = 0
        with self._portal.storage.writing() as connection:
            for one in words:
                if store.tell_once(connection, f"cases:{case.number}", one.reason, one.party, at):
                    title = marked(one.title, simulated=case.simulated)
                    self._portal.keep(connection, one.party, one.kind, title, text, one.address)
                    many += 1
        if many:
            self._portal.outbox.wake()

    def _handlers(self, case: Case, step: Step) -> Iterator[Word]:
        """What whoever has to act is told, and the unit above."""
        if step.kind in STAGES:
            yield from self._late(case, step)
            return
        if step.kind not in PASSED or not case.party:
            return
        said = Title(
            f"办件 {case.number} 待{case.state_title.zh}：{case.title.zh}",
            f"Case {case.number} waits for you: {case.state_title.en}: {case.title.en}",
        )
        again = f":{step.number}" if step.kind in ("handed-over", "returned") else ""
        reason = f"task:{case.task}:{case.party}{again}"
        if step.kind == "opened" and case.severity >= BAD:
            reason = "opened"  # whoever is on duty is told of it for this reason
        for party, kind in self._who(case, step):
            if party != step.by:
                yield Word(party, reason, kind, said, f"/cases/{case.number}")

    def _late(self, case: Case, step: Step) -> Iterator[Word]:
        due = microseconds(case.due_at) if case.due_at else 0
        stage = STAGES[step.kind]
        said = Title(
            f"办件 {case.number} {stage.zh}（{step.title.zh}）：{case.title.zh}",
            f"Case {case.number}: {stage.en} ({step.title.en}): {case.title.en}",
        )
        # "overdue" is what whoever is on duty is told of, too (telling.py): once for both.
        reason = f"overdue:{due}" if step.kind == "overdue" else f"{step.kind}:{step.number}"
        if case.party == "reporter":
            if step.kind == "reminded" and case.reporter:
                yield Word(case.reporter, f"{reason}:ask", Kind.CASE, _asked(case), f"/reports/{case.number}")
            return
        parties = dict(self._who(case, step))
        if step.kind == "escalated" and step.unit:
            parties |= dict(self._of_unit(step.unit))
        for party, kind in parties.items():
            yield Word(party, reason, kind, said, f"/cases/{case.number}")

    def _who(self, case: Case, step: Step) -> Iterator[tuple[str, Kind]]:
        """The parties that have to act now, and as what they are told."""
        kind, _, name = case.party.partition(":")
        if kind == "unit":
            yield from self._of_unit(name)
        elif kind == "person":
            yield name, Kind.CASE
        elif kind == "role" and name == DUTY:
            if case.severity >= BAD or step.kind in BACK:
                for party in self._on_duty(case.unit):
                    yield party, Kind.CASE
        elif kind == "role":
            for party in self._people.of_role(name):
                yield party, Kind.CASE

    def _of_unit(self, unit: str) -> Iterator[tuple[str, Kind]]:
        officials, on_duty = self._people.of_unit(unit), self._on_duty(unit, alone=True)
        for party in on_duty or officials:
            yield party, Kind.CASE
        for party in officials:
            if on_duty and party not in on_duty:
                yield party, Kind.OFF_DUTY

    def _on_duty(self, unit: str, *, alone: bool = False) -> list[str]:
        """Who stands on the roster of a unit now, and on that of the city unless `alone`."""
        with self._portal.storage.reading() as connection:
            turns = store.on_duty(connection, unit, time_ns() // 1000)
        return list(dict.fromkeys(one.party for one in turns if not alone or one.unit == unit))

    def _text(self, case: Case) -> Title:
        """What a mail says below its title."""
        zh, en = [case.title.zh], [case.title.en]
        if case.address:
            zh.append(f"地点：{case.address}")
            en.append(f"Where: {case.address}")
        if case.unit:
            unit = unit_name(case.unit, self._registry)
            zh.append(f"承办单位：{unit.zh}")
            en.append(f"Unit: {unit.en}")
        if case.due_at is not None and case.status == "open":
            due = case.due_at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M")
            zh.append(f"截止：{due}")
            en.append(f"Due: {due} (UTC+8)")
        return Title("\n".join(zh), "\n".join(en))


def _reporter(case: Case, step: Step) -> Iterator[Word]:
    """What the reporter is told: how it goes, and that somebody asks whether it is done."""
    if not case.reporter or case.source == "system" or step.by == case.reporter or step.kind not in PROGRESS:
        return
    address = f"/reports/{case.number}"
    if step.kind == "done" and case.party == "reporter":
        yield Word(case.reporter, f"task:{case.task}:reporter", Kind.CASE, _asked(case), address)
    elif step.kind == "closed":
        outcome = OUTCOMES.get(case.outcome, Title("已办结", "closed"))
        said = Title(
            f"您上报的 {case.number} 已办结（{outcome.zh}）", f"Your report {case.number} is closed: {outcome.en}"
        )
        yield Word(case.reporter, f"step:{step.number}", Kind.CASE, said, address)
    elif case.status == "open":
        now = case.state_title
        said = Title(f"您上报的 {case.number} 有新进展：{now.zh}", f"Your report {case.number} goes on: {now.en}")
        if step.kind == "merged":
            said = Title(
                f"您上报的 {case.number} 与他人上报的是同一件事，一并办理",
                f"Your report {case.number} is handled together with another one of the same",
            )
        yield Word(case.reporter, f"step:{step.number}", Kind.CASE, said, address)


def _asked(case: Case) -> Title:
    return Title(
        f"您上报的 {case.number} 已处置，请确认是否解决",
        f"Your report {case.number} was handled: please say whether it is done",
    )
