"""Time passes: reminders, what is overdue, escalation, and deadlines that follow the calendar."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from brain.cases.stories import DUTY, WORKER, Clock, Event, do, happen, pack, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.deadlines import Limit
from yuzhang.brain.cases.life.timing import recount, remind
from yuzhang.brain.cases.model import Case, Filter, Step
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party
from yuzhang.core.calendar import Announcement, Calendar, national
from yuzhang.core.storage import Storage


def kinds(cases: Cases, case: Case) -> list[str]:
    """What the history of a case says."""
    return [one.kind for one in actions.case(cases, DUTY, case.number).history]


def handled(cases: Cases) -> Case:
    """A case that its unit has four working hours for."""
    return do(cases, DUTY, reported(cases), "accepted")


def test_a_unit_is_reminded_then_late_then_the_unit_above_is_told_each_once(cases: Cases, clock: Clock) -> None:
    case = handled(cases)
    for hours, expected in ((2.9, []), (0.2, ["reminded"]), (2.5, ["overdue"]), (2.1, ["escalated"]), (90, [])):
        before = kinds(cases, case)
        clock.later(hours=hours)
        remind(cases)
        remind(cases)
        assert kinds(cases, case)[len(before) :] == expected, hours
    seen = actions.case(cases, DUTY, case.number)
    assert seen.tasks[0].escalated == "water"
    assert seen.case.late
    assert [one.number for one in actions.queue(cases, DUTY, Filter(escalated="water")).cases] == [case.number]
    assert [one.number for one in actions.queue(cases, DUTY, Filter(overdue=True)).cases] == [case.number]


def test_what_passed_while_nothing_ran_is_told_once_as_it_stands_now(cases: Cases, clock: Clock) -> None:
    case = handled(cases)
    clock.later(days=30)
    assert remind(cases) == 1
    assert kinds(cases, case)[-1] == "escalated"
    assert remind(cases) == 0


def test_what_is_done_in_time_is_not_late_and_what_is_done_after_it_is(cases: Cases, clock: Clock) -> None:
    in_time, late = handled(cases), handled(cases)
    assert not do(cases, WORKER, in_time, "fixed", photos=1).late
    clock.later(days=2)
    assert do(cases, WORKER, late, "fixed", photos=1).late


def test_what_is_urgent_has_a_shorter_limit_that_does_not_wait_for_office_hours(cases: Cases) -> None:
    happen(cases, Event("e1", severity=4))
    case = actions.queue(cases, DUTY).cases[0]
    assert case.due_at is not None
    assert (case.due_at - case.opened_at).total_seconds() == 3600


def test_deadlines_are_computed_again_when_the_holidays_are_announced(
    storage: Storage, tmp_path: Path, clock: Clock
) -> None:
    clock.later(days=38)  # Thursday, 31 December 2026
    packs = [pack(tmp_path / "packs")]
    case = reported(room(storage, packs, clock))
    clock.later(hours=8.5)  # half past five in the afternoon
    case = handled(room(storage, packs, clock))
    assert case.due_at is not None
    assert case.due_at.isoformat() == "2027-01-01T04:00:00+00:00"  # noon of a day that nobody had announced
    after = room(storage, packs, clock, Calendar({**national().years, 2027: ANNOUNCED}))
    assert recount(after) >= 1
    assert recount(after) == 0
    seen = actions.case(after, DUTY, case.number)
    assert seen.case.due_at is not None
    assert seen.case.due_at.date() == date(2027, 1, 4)
    assert seen.history[-1].kind == "deadline"


ANNOUNCED = Announcement(2027, date(2026, 11, 30), "x", {date(2027, 1, 1): "元旦"})


def overdue_by_the_old_calendar(storage: Storage, tmp_path: Path, clock: Clock) -> Case:
    """A case that is overdue and escalated on a day that nobody had announced as a holiday."""
    clock.at = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)  # half past five in the afternoon
    before = room(storage, [pack(tmp_path / "packs")], clock)
    case = handled(before)
    clock.later(hours=24)
    remind(before)
    seen = actions.case(before, DUTY, case.number)
    assert seen.case.late
    assert (seen.tasks[0].stage, seen.tasks[0].escalated) == (3, "water")
    return case


def test_what_is_in_time_after_a_holiday_was_announced_is_neither_late_nor_escalated(
    storage: Storage, tmp_path: Path, clock: Clock
) -> None:
    case = overdue_by_the_old_calendar(storage, tmp_path, clock)
    after = room(storage, [pack(tmp_path / "new")], clock, Calendar({**national().years, 2027: ANNOUNCED}))
    assert recount(after) >= 1
    seen = actions.case(after, DUTY, case.number)
    assert not seen.case.late
    assert (seen.tasks[0].stage, seen.tasks[0].escalated) == (0, "")
    assert actions.queue(after, DUTY, Filter(escalated="water")).cases == ()
    assert not do(after, WORKER, case, "fixed", photos=1).late


def test_what_was_late_before_stays_late_when_another_deadline_moves(
    storage: Storage, tmp_path: Path, clock: Clock
) -> None:
    clock.at = datetime(2026, 12, 28, 1, 0, tzinfo=UTC)
    packs = [pack(tmp_path / "packs")]
    before = room(storage, packs, clock)
    case = handled(before)
    clock.later(days=1)
    remind(before)
    case = do(before, WORKER, case, "fixed", photos=1)  # a day late
    clock.at = datetime(2026, 12, 31, 9, 30, tzinfo=UTC)
    do(before, DUTY, case, "return", note="not done")
    clock.later(hours=24)
    remind(before)
    after = room(storage, packs, clock, Calendar({**national().years, 2027: ANNOUNCED}))
    recount(after)
    seen = actions.case(after, DUTY, case.number)
    assert seen.tasks[0].stage == 0
    assert seen.case.late


def test_listeners_hear_everything_once_in_order_and_one_that_fails_holds_up_nobody(
    cases: Cases, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[tuple[int, str, str]] = []

    def fails(case: Case, step: Step) -> None:
        raise RuntimeError("away")

    cases.told += [fails, lambda case, step: heard.append((step.number, step.kind, case.number))]
    case = handled(cases)
    cases.tell()
    cases.tell()
    assert [one[1:] for one in heard] == [("opened", case.number), ("done", case.number)]
    do(cases, WORKER, case, "fixed", photos=1)
    cases.tell()
    assert [one[0] for one in heard] == [1, 2, 3]
    assert "away" in caplog.text


def test_the_rooms_thread_tells_and_reminds_by_itself(cases: Cases) -> None:
    from threading import Event as Flag

    told = Flag()
    cases.told.append(lambda _case, _step: told.set())
    cases.start()
    reported(cases)
    assert told.wait(20)
    cases.stop()
    cases.stop()


@pytest.mark.parametrize("text", ["soon", "0 hours", "3", "-1 hours", "9999 days", "3 working weeks"])
def test_a_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=text):
        Limit.read(text)


def test_a_year_that_is_laid_into_the_data_folder_counts_at_once_and_one_that_is_broken_is_left_out(
    cases: Cases, caplog: pytest.LogCaptureFixture
) -> None:
    folder = cases.storage.folder / "calendar"
    folder.mkdir()
    (folder / "2027.toml").write_text("holiday = 7")
    assert not cases.look_at_calendar()
    assert "not readable" in caplog.text
    (folder / "2027.toml").unlink()
    (folder / "2027.toml.new").write_text(
        'source = "x"\npublished = 2026-11-30\n[[holiday]]\nname = "元旦"\nfrom = 2027-01-01\nto = 2027-01-01\n'
    )
    (folder / "2027.toml.new").rename(folder / "2027.toml")
    assert cases.look_at_calendar()
    assert not cases.calendar.worked(date(2027, 1, 1))
    assert not cases.look_at_calendar()


def test_the_unit_above_can_do_what_was_escalated_to_it(cases: Cases, clock: Clock) -> None:
    case = handled(cases)
    clock.later(days=3)
    remind(cases)
    above = Party("lin", WORKER.roles, kind="official", unit="water")
    assert do(cases, above, case, "fixed", photos=1).state == "verify"
