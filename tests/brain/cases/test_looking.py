"""Queues, pages, figures and the map."""

import base64
import json
from typing import Any

import pytest
from sqlalchemy import event

from brain.cases.stories import CITIZEN, DUTY, ROADS, WORKER, Clock, Event, closed, do, happen, reported
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Filter, Sort
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR, STRANGER, Object, Party, RoleGuard
from yuzhang.core.errors import InputRefused, NotAllowed


def events(cases: Cases, many: int, clock: Clock) -> None:
    """Cases of several severities, one a minute."""
    for at in range(many):
        clock.later(minutes=1)
        happen(cases, Event(f"e{at}", severity=at % 4 + 1, lon=115 + at / 1000, simulated=at % 5 == 0))


def b64(key: object) -> str:
    """A place as a reader could make it up."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def all_pages(cases: Cases, which: Filter, sort: Sort) -> list[tuple[str, str]]:
    """All of a queue, page by page."""
    found, after = [], ""
    while True:
        page = actions.queue(cases, DUTY, which, sort, after, 4)
        found += [(one.number, one.task) for one in page.cases]
        after = page.after
        if not after:
            return found


@pytest.mark.parametrize("sort", ["due", "newest", "severity"])
def test_a_queue_is_read_page_by_page_and_nothing_is_left_out_or_twice(cases: Cases, clock: Clock, sort: Sort) -> None:
    events(cases, 23, clock)
    found = all_pages(cases, Filter(), sort)
    assert len(found) == len(set(found)) == 23
    seen = actions.queue(cases, DUTY, Filter(), sort, size=200).cases
    assert [(one.number, one.task) for one in seen] == found
    if sort == "due":
        assert [one.due_at for one in seen if one.due_at] == sorted(one.due_at for one in seen if one.due_at)
    elif sort == "newest":
        assert [one.id for one in seen] == sorted((one.id for one in seen), reverse=True)
    else:
        assert [one.severity for one in seen] == sorted((one.severity for one in seen), reverse=True)


def test_a_queue_is_asked_by_unit_person_severity_state_and_region(cases: Cases, clock: Clock) -> None:
    events(cases, 8, clock)
    reported(cases)
    case = actions.queue(cases, DUTY, Filter(unit="drainage-east")).cases[0]
    actions.hand_over(cases, WORKER, case.number, case.task, person="chen")
    for which, many in (
        (Filter(unit="drainage-east"), 9),
        (Filter(party="unit:drainage-east"), 8),
        (Filter(party="role:duty-officer", unit="drainage-east"), 1),
        (Filter(unit="roads"), 0),
        (Filter(party="person:chen"), 1),
        (Filter(party="role:duty-officer"), 1),
        (Filter(state="handle", severity=4), 2),
        (Filter(region="street"), 9),
        (Filter(region="elsewhere"), 0),
        (Filter(simulated=False), 7),
        (Filter(source="person", words="water on"), 1),
        (Filter(entity="urn:ngsi-ld:Pump:1"), 8),
        (Filter(event="e3"), 1),
        (Filter(overdue=True), 0),
    ):
        assert len(actions.queue(cases, DUTY, which).cases) == many, which
    assert len(actions.search(cases, DUTY, Filter(status="open", unit="drainage-east", overdue=False)).cases) == 9


def test_a_false_place_of_the_next_page_is_refused(cases: Cases) -> None:
    false: list[object] = [[1], [2**70, 1, "x"], [True, 1, "x"], [[]], {"a": 1}, ["x", 1, 1]]
    made = [b64(one) for one in false]
    for after in ("x", "é", *made[1:]):
        with pytest.raises(InputRefused):
            actions.queue(cases, DUTY, after=after)
        with pytest.raises(InputRefused):
            actions.search(cases, DUTY, after=after)
    with pytest.raises(InputRefused):
        actions.queue(cases, DUTY, after=made[0])  # of another order


def test_units_are_counted_by_the_database_and_simulated_cases_by_themselves(cases: Cases, clock: Clock) -> None:
    begun = clock.at
    closed(cases, reported(cases))
    again = closed(cases, reported(cases))
    actions.reopen(cases, CITIZEN, again.number, "again")
    late = do(cases, DUTY, reported(cases), "accepted")
    clock.later(days=3)
    late = do(cases, WORKER, late, "not-fixed", note="no way")
    late = do(cases, DUTY, late, "return", note="try")
    late = do(cases, WORKER, late, "not-fixed", note="no way")
    late = do(cases, DUTY, late, "pass")
    late = actions.confirm(cases, CITIZEN, late.number, True)
    do(cases, DUTY, late)
    do(cases, DUTY, reported(cases), "rejected", note="no")
    happen(cases, Event("e1", simulated=True))
    clock.later(hours=1)
    figures = actions.statistics(cases, DUTY, begun, clock.at)
    assert len(figures) == 1
    one = figures[0]
    assert (one.unit, one.opened, one.closed, one.on_time, one.returned, one.reopened, one.not_fixed) == (
        "drainage-east", 4, 2, 1, 1, 0, 1,
    )  # fmt: skip
    assert (one.open, one.overdue) == (1, 1)
    assert [two.closed for two in actions.statistics(cases, DUTY, begun, clock.at, simulated=True)] == [0]
    assert actions.statistics(cases, DUTY, begun, clock.at, region="elsewhere") == []


def test_the_load_of_units_shows_what_is_open(cases: Cases, clock: Clock) -> None:
    events(cases, 6, clock)
    load = actions.load(cases, DUTY)
    assert [(one.unit, one.open, one.overdue) for one in load] == [("drainage-east", 6, 0)]
    clock.later(days=9)
    assert actions.load(cases, DUTY)[0].overdue == 6


def test_a_guard_that_asks_for_each_case_hides_those_of_other_units(cases: Cases, clock: Clock) -> None:
    class OwnUnit(RoleGuard):
        def allows(self, caller: Party, policy: object, about: Object) -> bool:
            return about.unit in ("", caller.unit)

    events(cases, 2, clock)
    case = actions.queue(cases, DUTY).cases[0]
    roads = Party("r", ROADS.roles, kind="official", unit="roads", guard=OwnUnit())
    assert actions.queue(cases, roads).cases == ()
    assert actions.search(cases, roads).cases == ()
    with pytest.raises(NotAllowed):
        actions.case(cases, roads, case.number)
    with pytest.raises(NotAllowed):
        actions.remark(cases, roads, case.number, "hello")
    with pytest.raises(NotAllowed):
        actions.hand_over(cases, roads, case.number, case.task, unit="roads")


def test_what_can_be_reported_is_open_to_everybody_and_cases_are_not(cases: Cases) -> None:
    assert {one.id for one in actions.matters(cases, STRANGER) if one.public} == {"waterlogging", "pothole"}
    with pytest.raises(NotAllowed):
        actions.queue(cases, STRANGER)
    with pytest.raises(NotAllowed):
        actions.case(cases, CITIZEN, "20261123-000001")
    assert actions.queue(cases, OPERATOR).cases == ()


@pytest.mark.parametrize("sort", ["due", "newest", "severity"])
@pytest.mark.parametrize(
    "which", [Filter(), Filter(unit="roads"), Filter(party="role:duty-officer"), Filter(region="street")]
)
def test_a_page_of_a_queue_is_read_from_an_index_and_nothing_is_sorted(
    cases: Cases, clock: Clock, which: Filter, sort: Sort
) -> None:
    events(cases, 6, clock)
    after = actions.queue(cases, DUTY, sort=sort, size=2).after
    asked: list[str] = []

    def hear(_c: object, cursor: Any, statement: str, parameters: Any, _context: object, _many: object) -> None:
        if "FROM case_task" in statement:
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            asked.extend(str(row[3]) for row in cursor.fetchall())

    event.listen(cases.storage.engine, "before_cursor_execute", hear)
    actions.queue(cases, DUTY, which, sort, after, 2)
    assert asked
    of_tasks = [one for one in asked if "case_task" in one]
    assert of_tasks
    assert all("USING INDEX" in one or "USING COVERING INDEX" in one for one in of_tasks), asked
    assert not any("TEMP B-TREE" in one for one in asked), asked
