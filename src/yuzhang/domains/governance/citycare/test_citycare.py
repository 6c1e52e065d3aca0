"""The pack "citycare": every class has its matter, its unit and its limits, and the seven steps run, show, and come back."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from yuzhang.brain.cases.processes.reading import read
from yuzhang.brain.cases.processes.running import Running, begin, done
from yuzhang.core.packs import read_pack
from yuzhang.domains.governance.citycare.classes import Class, classes
from yuzhang.operation.packs.checking import folder_checked

FOLDER = Path(__file__).parent
PROCESS = "governance.citycare.seven-steps"
ALL: tuple[Class, ...] = (*classes("events"), *classes("components"))
REPORT: dict[str, Any] = {
    "unit": "", "region": "", "matter": "event-0102", "kind": "", "severity": 2, "source": "person", "reporter": True,
    "reopened": False, "simulated": False, "decision": "", "outcome": "",
}  # fmt: skip


def test_the_pack_is_in_order() -> None:
    assert [one.said("en") for one in folder_checked(FOLDER)[0].faults] == []


def test_five_major_classes_of_components_and_five_of_events_are_there() -> None:
    assert {one.major for one in classes("components")} == {"01", "02", "03", "04", "05"}
    assert {one.major for one in classes("events")} == {"01", "02", "03", "04", "05"}
    groups = [one.group.zh for one in classes("components")]
    assert list(dict.fromkeys(groups)) == ["公用设施", "交通设施", "市容环境", "园林绿化", "其他部件"]


def test_codes_are_of_their_major_class_and_unique_and_none_is_given_where_it_is_not_known() -> None:
    for kind in (classes("components"), classes("events")):
        known = [one.code for one in kind if one.code]
        assert not [code for code, count in Counter(known).items() if count > 1]
        for one in kind:
            assert bool(one.code) == (one.evidence != "name")
            assert not one.code or (re.fullmatch(r"\d{4}", one.code) and one.code.startswith(one.major))
            assert not one.code_2026 or re.fullmatch(r"\d{5}", one.code_2026)


def test_every_class_has_a_matter_that_somebody_gets_in_time() -> None:
    read_, faults = read(read_pack(FOLDER)[0])
    assert not faults
    matters = {one.id: one for one in read_.matters}
    assert set(matters) == {one.id for one in ALL}
    for one in ALL:
        matter = matters[one.id]
        assert (matter.title, matter.code, matter.process) == (one.title, one.code, PROCESS)
        assert set(read_.definitions[PROCESS].steps) == set(matter.limits)
    assert any(line.matter == "" and line.unit for line in read_.dispatch)  # whatever no other line is for
    assert {line.matter for line in read_.dispatch} - {""} <= set(matters)


def under_way(**changed: Any) -> Running:
    """A case at its beginning."""
    return begin(read(read_pack(FOLDER)[0])[0].definitions[PROCESS], {**REPORT, **changed})


def went(state: Running, *steps: tuple[str, dict[str, Any]]) -> Running:
    """The same after those steps, each of which is the one that is to be done."""
    definition = read(read_pack(FOLDER)[0])[0].definitions[PROCESS]
    for name, values in steps:
        (task,) = state.open
        assert task.step == name
        state = done(definition, state.state, task.id, values)
    return state


SEVEN: tuple[tuple[str, dict[str, Any]], ...] = (
    ("collect", {"decision": "confirmed"}),
    ("file", {"decision": "accepted"}),
    ("dispatch", {"unit": "sanitation"}),
    ("handle", {"decision": "fixed"}),
    ("feedback", {"decision": "forward"}),
    ("verify", {"decision": "pass"}),
    ("confirm", {"decision": "satisfied"}),
    ("close", {}),
    ("assess", {"decision": "sound"}),
)


def test_a_report_goes_through_the_seven_steps_and_is_filed_away() -> None:
    assert went(under_way(), *SEVEN).ended


def test_what_an_event_of_a_rule_says_needs_no_collecting_and_a_known_unit_no_dispatch() -> None:
    assert under_way(source="event", unit="drainage").open[0].step == "handle"
    assert under_way(source="event").open[0].step == "dispatch"


@pytest.mark.parametrize(
    ("after", "values", "back_at"),
    [
        (3, {"decision": "back"}, "dispatch"),
        (4, {"decision": "return"}, "handle"),
        (5, {"decision": "return"}, "handle"),
        (6, {"decision": "return"}, "handle"),
        (8, {"decision": "reopen"}, "dispatch"),
    ],
)
def test_a_step_that_is_not_well_done_comes_back(after: int, values: dict[str, Any], back_at: str) -> None:
    state = went(under_way(), *SEVEN[:after], (SEVEN[after][0], values))
    assert [one.step for one in state.open] == [back_at]


def test_a_report_without_ground_is_not_taken_up() -> None:
    assert went(under_way(), ("collect", {"decision": "rejected"})).ended


def test_without_a_reporter_nobody_is_asked() -> None:
    assert went(under_way(reporter=False), *SEVEN[:6]).open[0].step == "close"


def test_every_step_and_way_has_its_place_in_the_diagram() -> None:
    text = (FOLDER / "processes" / "seven-steps.bpmn").read_text(encoding="utf-8")
    drawn = set(re.findall(r'bpmnElement="([^"]+)"', text))
    there = set(
        re.findall(r'<bpmn:(?:lane|startEvent|endEvent|userTask|exclusiveGateway|sequenceFlow) id="([^"]+)"', text)
    )
    assert there <= drawn
    names = re.findall(r'<bpmn:userTask id="[^"]+" name="([^"]+)"', text)
    assert names == ["信息采集", "案卷建立", "任务派遣", "任务处理", "处理反馈", "核实", "回访", "结案", "综合评价"]
