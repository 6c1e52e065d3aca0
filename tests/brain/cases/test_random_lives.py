"""Whatever is done to cases in whatever order: nothing is lost, nobody has a task twice, and history tells all of it."""

from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from brain.cases.stories import CITIZEN, DUTY, OTHER, ROADS, WORKER, Clock, Event, note, pack, photo, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.life.timing import remind
from yuzhang.brain.cases.model import Case, Filter
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, NotAllowed
from yuzhang.core.storage import Storage

WHO = some.sampled_from([DUTY, WORKER, ROADS, OPERATOR])


class Lives(RuleBasedStateMachine):
    """A few cases, to which anything happens."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.storage = Storage(Path(self.folder.name) / "data")
        self.clock = Clock()
        self.packs = [pack(Path(self.folder.name))]
        self.cases = room(self.storage, self.packs, self.clock)
        self.numbers: list[str] = []
        self.entries: dict[str, int] = {}

    def teardown(self) -> None:
        """Give all back."""
        self.storage.close()
        self.folder.cleanup()

    def one(self, which: int) -> Case:
        """A case."""
        return actions.case(self.cases, OPERATOR, self.numbers[which % len(self.numbers)]).case

    def attempt(self, change: Any) -> None:
        """Something that may be refused."""
        with suppress(InputRefused, NotAllowed):
            change()

    @rule(matter=some.sampled_from(["waterlogging", "pothole"]))
    @precondition(lambda self: len(self.numbers) < 6)
    def report(self, matter: str) -> None:
        """Somebody reports."""
        self.numbers.append(reported(self.cases, matter).number)

    @rule(which=some.integers(0, 3), status=some.sampled_from(["open", "cleared"]))
    def event(self, which: int, status: str) -> None:
        """A rule opens or clears an event, perhaps again."""
        note(self.cases, Event(f"e{which}", status=status))

    @rule()
    def cases_open(self) -> None:
        """The room does what events asked for."""
        self.cases.open_waiting()
        known = [one.number for one in actions.search(self.cases, OPERATOR, Filter(status="", source="event")).cases]
        self.numbers += [one for one in known if one not in self.numbers]

    @rule(
        which=some.integers(0, 9),
        who=WHO,
        choice=some.integers(0, 3),
        photos=some.integers(0, 1),
        note=some.sampled_from(["", "x"]),
    )
    @precondition(lambda self: self.numbers)
    def step(self, which: int, who: Any, choice: int, photos: int, note: str) -> None:
        """Somebody tries to do a task."""
        detail = actions.case(self.cases, OPERATOR, self.one(which).number)
        if not detail.tasks:
            return
        task = detail.tasks[choice % len(detail.tasks)]
        values: dict[str, Any] = {}
        for one in task.fields:
            values[one.name] = (
                one.choices[choice % len(one.choices)].value if one.choices else ("roads", "drainage-east")[choice % 2]
            )
        self.attempt(
            lambda: actions.step(self.cases, who, detail.case.number, task.id, values, note, [photo()] * photos)
        )

    @rule(
        which=some.integers(0, 9),
        who=WHO,
        unit=some.sampled_from(["", "roads", "drainage-east"]),
        person=some.sampled_from(["", "wang"]),
    )
    @precondition(lambda self: self.numbers)
    def hand_over(self, which: int, who: Any, unit: str, person: str) -> None:
        """Somebody passes a task on."""
        case = self.one(which)
        self.attempt(lambda: actions.hand_over(self.cases, who, case.number, case.task, unit, person))

    @rule(which=some.integers(0, 9), who=WHO)
    @precondition(lambda self: self.numbers)
    def give_back(self, which: int, who: Any) -> None:
        """Somebody gives a task back."""
        case = self.one(which)
        self.attempt(lambda: actions.give_back(self.cases, who, case.number, case.task, "not ours"))

    @rule(which=some.integers(0, 9), into=some.integers(0, 9))
    @precondition(lambda self: self.numbers)
    def merge(self, which: int, into: int) -> None:
        """Two become one."""
        self.attempt(lambda: actions.merge(self.cases, DUTY, self.one(which).number, self.one(into).number))

    @rule(
        which=some.integers(0, 9),
        who=some.sampled_from([CITIZEN, OTHER]),
        what=some.sampled_from(["reopen", "withdraw", "confirm"]),
    )
    @precondition(lambda self: self.numbers)
    def reporter(self, which: int, who: Any, what: str) -> None:
        """The reporter, or another, does something."""
        number = self.one(which).number
        if what == "reopen":
            self.attempt(lambda: actions.reopen(self.cases, who, number, "again"))
        elif what == "withdraw":
            self.attempt(lambda: actions.withdraw(self.cases, who, number))
        else:
            self.attempt(lambda: actions.confirm(self.cases, who, number, which % 2 == 0, "x"))

    @rule(hours=some.sampled_from([1, 10, 100]))
    def time_passes(self, hours: int) -> None:
        """Hours go by."""
        self.clock.later(hours=hours)
        remind(self.cases)

    @rule()
    def restart(self) -> None:
        """The server begins anew."""
        self.cases = room(self.storage, self.packs, self.clock)

    @invariant()
    def all_is_well(self) -> None:
        """What always holds."""
        queue = actions.queue(self.cases, OPERATOR, size=200).cases
        assert len({one.task for one in queue}) == len(queue)
        waiting = {one.number for one in queue}
        events: list[str] = []
        for number in self.numbers:
            detail = actions.case(self.cases, OPERATOR, number)
            case = detail.case
            events += [case.event] if case.event else []
            assert len(detail.tasks) <= 1  # the built-in process has no branches
            assert bool(detail.tasks) == (number in waiting)
            if case.status == "open" and not case.merged_into:
                assert detail.tasks, "an open case waits for somebody"
                assert (bool(case.party), case.closed_at, case.outcome) == (True, None, "")
            if case.merged_into:
                assert not detail.tasks
                main = actions.case(self.cases, OPERATOR, case.merged_into).case
                assert not main.merged_into
                assert case.status == "withdrawn" or case.status == main.status
            if case.status != "open":
                assert case.closed_at is not None
                assert case.outcome
            assert case.state == (detail.tasks[0].name if detail.tasks else case.state)
            assert len(detail.history) >= self.entries.get(number, 0)
            self.entries[number] = len(detail.history)
        assert len(events) == len(set(events))


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=25, stateful_step_count=40, deadline=None)
