"""The life of a case, from a report to its review."""

from collections.abc import Callable

import pytest

from brain.cases.stories import (
    CITIZEN,
    COLLEAGUE,
    DUTY,
    OTHER,
    REVIEWER,
    ROADS,
    SYSTEM,
    WORKER,
    Clock,
    Event,
    closed,
    do,
    happen,
    photo,
    reported,
)
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.errors import TaskDone, UnfitFile, UnfitReport, UnfitStep, WrongParty, WrongState
from yuzhang.brain.cases.model import Case, Filter, Report, Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title


def test_a_report_is_accepted_dispatched_handled_checked_confirmed_closed_and_reviewed(cases: Cases) -> None:
    case = reported(cases, attachments=(photo(7),))
    assert (case.number, case.state, case.party, case.unit) == (
        "20261123-000001",
        "accept",
        "role:duty-officer",
        "drainage-east",
    )
    case = do(cases, DUTY, case, "accepted")
    assert (case.state, case.party) == ("handle", "unit:drainage-east")
    case = do(cases, WORKER, case, "fixed", photos=1)
    assert case.state == "verify"
    case = do(cases, DUTY, case, "pass")
    assert (case.state, case.party) == ("confirm", "reporter")
    case = actions.confirm(cases, CITIZEN, case.number, True, "thank you")
    assert (case.state, case.status) == ("close", "open")
    case = do(cases, DUTY, case)
    assert (case.state, case.status, case.outcome) == ("review", "closed", "fixed")
    case = do(cases, REVIEWER, case, "sound")
    assert (case.state, case.status, case.outcome, case.returns, case.late) == ("", "closed", "fixed", 0, False)
    seen = actions.case(cases, DUTY, case.number)
    assert [one.kind for one in seen.history] == ["opened", "done", "done", "done", "done", "done", "closed", "done"]
    assert [one.task for one in seen.attachments] == ["", "handle"]


def test_a_rules_event_goes_straight_to_the_right_unit_with_a_deadline_and_is_one_case(cases: Cases) -> None:
    for _ in range(2):
        happen(cases, Event("e1"), Event("e1"), Event("e2", simulated=True), Event("e3", matter=""))
    page = actions.queue(cases, DUTY, Filter(party="unit:drainage-east"))
    assert [(one.event, one.state, one.simulated) for one in page.cases] == [
        ("e1", "handle", False),
        ("e2", "handle", True),
    ]
    assert page.cases[0].due_at is not None
    assert (
        page.cases[0].due_at.isoformat() == "2026-11-23T06:30:00+00:00"
    )  # four working hours after nine: half past two
    happen(cases, Event("e1", status="cleared"), Event("e9", status="cleared"))
    seen = actions.case(cases, DUTY, page.cases[0].number)
    assert seen.history[-1].kind == "cleared"
    assert len(actions.search(cases, DUTY).cases) == 2


def test_an_event_of_an_unknown_matter_is_a_case_all_the_same_for_the_unit_of_its_device(cases: Cases) -> None:
    happen(cases, Event("e1", matter="never-heard-of", unit="roads"))
    case = actions.search(cases, DUTY).cases[0]
    assert (case.unit, case.state, case.process) == ("roads", "handle", "handling")


def test_closing_as_fixed_needs_a_photo_and_what_cannot_be_fixed_is_an_outcome_of_its_own(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    with pytest.raises(UnfitStep, match="evidence"):
        do(cases, WORKER, case, "fixed")
    with pytest.raises(UnfitStep, match="note"):
        do(cases, WORKER, case, "not-fixed")
    case = do(cases, WORKER, case, "not-fixed", note="the pipe belongs to the railway")
    case = do(cases, DUTY, case, "pass")
    case = do(cases, DUTY, case, "not-reached", note="called three times")
    case = do(cases, DUTY, case)
    assert (case.status, case.outcome) == ("closed", "not-fixed")


def test_who_is_not_satisfied_gets_it_back_to_the_unit_and_it_counts_as_returned(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    case = do(cases, WORKER, case, "fixed", photos=1)
    case = do(cases, DUTY, case, "pass")
    with pytest.raises(UnfitStep):
        actions.confirm(cases, CITIZEN, case.number, False)
    case = actions.confirm(cases, CITIZEN, case.number, False, "still wet")
    assert (case.state, case.unit, case.returns) == ("handle", "drainage-east", 1)


def test_a_unit_gives_back_what_is_not_its_own_and_the_duty_office_dispatches_it_anew(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    task = case.task
    case = actions.give_back(cases, WORKER, case.number, task, "a road")
    assert case.state == "dispatch"
    with pytest.raises(TaskDone):
        actions.give_back(cases, WORKER, case.number, task, "a road")
    with pytest.raises(UnfitStep, match="Unit"):
        do(cases, DUTY, case, unit="nobody")
    case = do(cases, DUTY, case, unit="roads")
    assert (case.state, case.party, case.returns) == ("handle", "unit:roads", 0)


def test_a_task_is_handed_to_a_person_and_to_another_unit_and_comes_back_to_where_it_went(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "accepted")
    case = actions.hand_over(cases, WORKER, case.number, case.task, person="chen")
    assert case.party == "person:chen"
    with pytest.raises(WrongParty):
        do(cases, WORKER, case, "fixed", photos=1)
    case = actions.hand_over(cases, COLLEAGUE, case.number, case.task, unit="roads", note="theirs")
    assert (case.party, case.unit) == ("unit:roads", "roads")
    case = do(cases, ROADS, case, "fixed", photos=1)
    case = do(cases, DUTY, case, "return", note="not done")
    assert (case.state, case.party) == ("handle", "unit:roads")


def test_nobody_does_what_is_anothers_and_nobody_checks_their_own_work(cases: Cases) -> None:
    case = reported(cases)
    with pytest.raises(WrongParty):
        do(cases, WORKER, case, "accepted")
    case = do(cases, DUTY, case, "accepted")
    with pytest.raises(WrongParty):
        do(cases, ROADS, case, "fixed", photos=1)
    case = actions.hand_over(cases, DUTY, case.number, case.task, person=DUTY.id)
    case = do(cases, DUTY, case, "fixed", photos=1)
    with pytest.raises(WrongParty, match="check"):
        do(cases, DUTY, case, "pass")
    assert do(cases, REVIEWER, case, "pass").state == "confirm"


def test_what_was_entered_is_checked_against_the_step(cases: Cases) -> None:
    case = reported(cases)
    for values in ({}, {"decision": "whatever"}, {"decision": "accepted", "unit": "roads"}, {"decision": ["accepted"]}):
        with pytest.raises(UnfitStep):
            actions.step(cases, DUTY, case.number, case.task, values)
    with pytest.raises(UnfitStep):
        actions.step(cases, DUTY, case.number, case.task, {"decision": "accepted"}, "x" * 5_000)
    assert actions.case(cases, DUTY, case.number).history[-1].kind == "opened"


def test_refusals_name_fields_choices_and_parties_in_the_readers_language(cases: Cases) -> None:
    case = reported(cases)
    with pytest.raises(UnfitStep) as refused:
        actions.step(cases, DUTY, case.number, case.task, {"decision": "whatever"})
    field = actions.case(cases, DUTY, case.number).tasks[0].fields[0]
    assert refused.value.detail == Title(
        f"“{field.title.zh}”不能接受。", f"The value of “{field.title.en}” cannot be taken."
    )
    assert refused.value.fix is not None
    assert all(f"{one.title.zh}（{one.value}）" in refused.value.fix.zh for one in field.choices)
    with pytest.raises(UnfitStep) as refused:
        actions.hand_over(cases, DUTY, case.number, case.task, unit="roads")
    assert refused.value.detail.zh == "“单位”不能接受。"
    accepted = do(cases, DUTY, reported(cases), "accepted")
    given = do(cases, DUTY, reported(cases), "accepted")
    given = actions.hand_over(cases, DUTY, given.number, given.task, person="chen")
    for who, one, whose in ((WORKER, case, "值班席"), (ROADS, accepted, "东区排水所"), (WORKER, given, "被指定的人员")):
        with pytest.raises(WrongParty) as not_theirs:
            do(cases, who, one, "fixed", photos=1)
        assert not_theirs.value.detail.zh == f"这项任务由{whose}办理。"


def test_two_officers_at_once_do_a_task_once(cases: Cases) -> None:
    case = reported(cases)
    actions.step(cases, DUTY, case.number, case.task, {"decision": "accepted"})
    with pytest.raises(TaskDone):
        actions.step(cases, REVIEWER, case.number, case.task, {"decision": "rejected"}, "no")
    assert actions.case(cases, DUTY, case.number).case.state == "handle"


def test_what_is_not_accepted_is_closed_as_that(cases: Cases) -> None:
    case = do(cases, DUTY, reported(cases), "rejected", note="another city's")
    assert (case.status, case.outcome, case.state) == ("closed", "rejected", "")


def test_the_reporter_opens_it_again_and_only_they(cases: Cases, clock: Clock) -> None:
    case = closed(cases, reported(cases))
    with pytest.raises(NotFound):
        actions.reopen(cases, OTHER, case.number, "me too")
    with pytest.raises(UnfitStep):
        actions.reopen(cases, CITIZEN, case.number, " ")
    clock.later(days=1)
    case = actions.reopen(cases, CITIZEN, case.number, "it is back")
    assert (case.status, case.state, case.reopens, case.outcome, case.closed_at) == ("open", "dispatch", 1, "", None)
    with pytest.raises(WrongState):
        actions.reopen(cases, CITIZEN, case.number, "it is back")
    case = do(cases, DUTY, case, unit="drainage-east")
    assert case.state == "handle"


def test_the_review_can_take_a_closed_case_up_again(cases: Cases) -> None:
    case = do(cases, REVIEWER, closed(cases, reported(cases)), "reopen", note="the photo shows another place")
    assert (case.status, case.state, case.reopens) == ("open", "dispatch", 1)


def test_the_same_thing_reported_twice_is_suggested_merged_and_closes_together(cases: Cases, clock: Clock) -> None:
    main = reported(cases)
    clock.later(hours=3)
    near = actions.report(cases, OTHER, Report("waterlogging", "a puddle", 115.0004, 28.0))  # 39 m
    reported(cases, lon=115.001)  # 98 m, and 59 m
    reported(cases, matter="pothole")
    clock.later(hours=25)
    reported(cases)
    assert [one.number for one in actions.case(cases, DUTY, near.number).duplicates] == [main.number]
    made = actions.merge(cases, DUTY, near.number, main.number)
    assert made.number == main.number
    assert [one.number for one in actions.case(cases, DUTY, main.number).merged] == [near.number]
    assert near.number not in [one.number for one in actions.queue(cases, DUTY).cases]
    with pytest.raises(WrongState):
        actions.merge(cases, DUTY, near.number, main.number)
    closed(cases, main)
    other = actions.own(cases, OTHER, near.number)
    assert (other.case.status, other.case.outcome, other.history[-1].kind) == ("closed", "fixed", "closed")
    assert actions.reopen(cases, OTHER, near.number, "still there").number == near.number
    assert actions.case(cases, DUTY, main.number).case.state == "dispatch"


def test_merged_reports_open_again_with_their_main_case_and_close_with_it_a_second_time(cases: Cases) -> None:
    main, near = reported(cases), actions.report(cases, OTHER, Report("waterlogging", "a puddle"))
    actions.merge(cases, DUTY, near.number, main.number)
    ways: tuple[Callable[[], Case], ...] = (
        lambda: actions.reopen(cases, CITIZEN, main.number, "it is back"),
        lambda: actions.reopen_for(cases, DUTY, main.number, "they called"),
        lambda: do(cases, REVIEWER, actions.case(cases, DUTY, main.number).case, "reopen", note="another place"),
    )
    closed(cases, main)
    for opens_again in ways:
        before = actions.own(cases, OTHER, near.number)
        assert (before.case.status, before.case.outcome, before.history[-1].kind) == ("closed", "fixed", "closed")
        opens_again()
        seen = actions.own(cases, OTHER, near.number)
        assert (seen.case.status, seen.case.outcome, seen.case.closed_at) == ("open", "", None)
        assert [one.kind for one in seen.history[len(before.history) :]] == ["reopened"]
        assert seen.case.merged_into == main.number
        closed_again(cases, main)
    actions.reopen(cases, CITIZEN, main.number, "once more")
    actions.withdraw(cases, OTHER, near.number)
    closed_again(cases, main)
    with pytest.raises(WrongState):
        actions.reopen(cases, OTHER, near.number, "after all")


def closed_again(cases: Cases, case: Case) -> None:
    """The same case after all of its way once more."""
    case = do(cases, DUTY, actions.case(cases, DUTY, case.number).case, unit="drainage-east")
    case = do(cases, WORKER, case, "fixed", photos=1)
    case = do(cases, DUTY, case, "pass")
    do(cases, DUTY, actions.confirm(cases, CITIZEN, case.number, True))


def test_a_merged_case_goes_on_by_itself_when_the_main_one_is_withdrawn(cases: Cases) -> None:
    main, near = reported(cases), actions.report(cases, OTHER, Report("waterlogging", "a puddle"))
    actions.merge(cases, DUTY, near.number, main.number)
    assert actions.withdraw(cases, CITIZEN, main.number).outcome == "withdrawn"
    left = actions.case(cases, DUTY, near.number)
    assert (left.case.merged_into, left.case.state, len(left.tasks)) == ("", "accept", 1)
    assert do(cases, DUTY, left.case, "accepted").state == "handle"


def test_a_reporter_sees_their_own_cases_without_what_officers_write_for_each_other(cases: Cases) -> None:
    case = reported(cases)
    actions.remark(cases, DUTY, case.number, "he calls every week")
    do(cases, DUTY, case, "accepted", note="be quick")
    seen = actions.own(cases, CITIZEN, case.number)
    assert [(one.kind, one.note, one.by) for one in seen.history] == [("opened", "", "reporter"), ("done", "", "")]
    assert [one.number for one in actions.mine(cases, CITIZEN).cases] == [case.number]
    assert actions.mine(cases, OTHER).cases == ()
    with pytest.raises(NotFound):
        actions.own(cases, OTHER, case.number)


def test_whoever_called_the_hotline_is_known_to_whoever_may_ask_and_is_asked_whether_it_is_done(cases: Cases) -> None:
    given = Report("pothole", "a hole", reporter_name="李四", reporter_contact="13800000000")
    case = actions.enter(cases, DUTY, given)
    assert (case.source, case.reporter) == ("hotline", "")
    assert "13800000000" not in repr(actions.case(cases, DUTY, case.number))
    raw = (cases.storage.folder / "state.db").read_bytes()
    assert "李四".encode() not in raw
    assert actions.reporter(cases, OPERATOR, case.number).contact == "13800000000"
    case = do(cases, DUTY, case, "accepted")
    case = do(cases, DUTY, case, unit="roads")
    case = do(cases, ROADS, case, "fixed")
    assert do(cases, DUTY, case, "pass").state == "confirm"


def test_another_systems_report_is_one_case_however_often_it_is_sent(cases: Cases) -> None:
    given = Report("pothole", "a hole", external="SR-7")
    assert actions.report(cases, SYSTEM, given).number == actions.report(cases, SYSTEM, given).number
    assert len(actions.search(cases, DUTY, Filter(status="", source="system")).cases) == 1


def test_reports_that_say_nothing_are_refused(cases: Cases) -> None:
    for given in (
        Report("nothing-of-ours", "x"),
        Report("pothole", "  "),
        Report("pothole", "x" * 5_000),
        Report("pothole", "x", 115.0),
        Report("pothole", "x", 200.0, 28.0),
        Report("pothole", "x", severity=9),
    ):
        with pytest.raises(UnfitReport):
            actions.report(cases, CITIZEN, given)
    with pytest.raises(UnfitFile):
        actions.report(cases, CITIZEN, Report("pothole", "x", attachments=(Upload("a.exe", b"MZ"),)))
    assert actions.search(cases, DUTY).cases == ()
