"""What the room of cases makes of entries of the field. Each is done with the rights of whoever wrote it."""

from typing import TYPE_CHECKING, Any

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.entrance.city.errors import UnfitEntry
from yuzhang.entrance.city.field.model import Choice, FieldCase, Question, Sent

if TYPE_CHECKING:
    from yuzhang.brain.cases.model import Case, Field, Task
    from yuzhang.brain.cases.room import Cases

MOST = 50


class CaseHandling:
    """The room of cases, as the field needs it."""

    def __init__(self, cases: "Cases") -> None:
        self._cases = cases

    def mine(self, caller: Party) -> list[FieldCase]:
        """The open cases whose task is the caller's, their unit's or of a role of theirs; what is due first comes first."""
        from yuzhang.brain.cases import actions
        from yuzhang.brain.cases.model import Filter

        parties = [f"person:{caller.id}", *(f"role:{one}" for one in sorted(caller.roles))]
        if caller.unit:
            parties.insert(1, f"unit:{caller.unit}")
        units = tuple(
            Choice(one.id, one.name) for one in sorted(self._cases.registry.units(), key=lambda unit: unit.id)
        )
        found: dict[str, FieldCase] = {}
        for party in parties:
            for one in actions.queue(self._cases, caller, Filter(party=party), "due", "", MOST).cases:
                if one.number not in found and len(found) < MOST:
                    tasks = actions.case(self._cases, caller, one.number).tasks
                    evidence = self._cases.catalogue.matter(one.matter).evidence
                    found[one.number] = _case(
                        one, next((task for task in tasks if task.party == party), None), evidence, units
                    )
        return sorted(found.values(), key=lambda one: (one.due == 0, one.due))

    def handled(self, caller: Party, sent: Sent) -> bool:
        """Whether the cases have it, by its key."""
        return self._cases.did(caller.id, sent.key)

    def handle(self, caller: Party, sent: Sent) -> None:
        """Do the task that the entry answers; without answers only add its note and files."""
        from yuzhang.brain.cases import actions
        from yuzhang.brain.cases.model import Upload

        uploads = [Upload(one.name, one.content) for one in sent.files]
        note = sent.note
        if sent.lon is not None and sent.lat is not None:
            note = f"{note}\n（{sent.lat:.6f}, {sent.lon:.6f}）".strip()
        if sent.task and sent.values:
            task = next(
                (one for one in actions.case(self._cases, caller, sent.case).tasks if one.id == sent.task), None
            )
            values = dict(sent.values) if task is None else _typed(task, sent.values)
            actions.step(self._cases, caller, sent.case, sent.task, values, note, uploads, sent.key)
            return
        actions.remark(self._cases, caller, sent.case, note, uploads, sent.key)


def _case(one: "Case", task: "Task | None", evidence: bool, units: tuple[Choice, ...]) -> FieldCase:
    return FieldCase(
        one.number,
        one.title,
        one.description,
        one.address,
        one.severity,
        0 if one.due_at is None else int(one.due_at.timestamp() * 1_000_000),
        one.lon,
        one.lat,
        "" if task is None else task.id,
        Title("", "") if task is None else task.title,
        () if task is None else tuple(_question(task, asked, evidence, units) for asked in task.fields),
        one.simulated,
    )


def _question(task: "Task", asked: "Field", evidence: bool, units: tuple[Choice, ...]) -> Question:
    """What a task asks, with what can be chosen: of units, those of the registry."""
    ways = tuple(
        Choice(way.value, way.title, evidence and way.value in task.evidence, way.value in task.notes)
        for way in asked.choices
    )
    return Question(asked.name, asked.title, asked.kind, asked.required, units if asked.kind == "unit" else ways)


def _typed(task: "Task", values: Any) -> dict[str, Any]:
    """Answers as the process reads them: a form sends texts only. Raises UnfitEntry."""
    kinds = {one.name: one.kind for one in task.fields}
    found: dict[str, Any] = {}
    for name, value in values.items():
        if kinds.get(name) == "number":
            try:
                found[name] = float(value)
            except ValueError as err:
                raise UnfitEntry(Title("这里应为数字。", "A number belongs here."), where=f"/{name}") from err
        else:
            found[name] = value == "true" if kinds.get(name) == "yes" else value
    return found
