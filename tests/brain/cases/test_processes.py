"""Processes and cases.toml are read and checked; a running case stays on the version it began with."""

from pathlib import Path

import pytest

from brain.cases.drawing import DISPATCH, drawn
from brain.cases.stories import DUTY, PACK, REVIEWER, WORKER, Clock, Registry, Unit, do, pack, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.errors import UnfitProcess
from yuzhang.brain.cases.processes.catalogue import catalogue
from yuzhang.brain.cases.processes.expressions import Unreadable, value_of
from yuzhang.brain.cases.processes.parsing import Text, parse
from yuzhang.brain.cases.processes.reading import read
from yuzhang.brain.cases.room import Cases
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.core.packs import found
from yuzhang.core.storage import Storage

SMALL = ["s1 > t1", "t1 > e1"]
TIMED = drawn(SMALL).replace(
    '<bpmn:endEvent id="e1"  />', '<bpmn:endEvent id="e1"><bpmn:timerEventDefinition /></bpmn:endEvent>'
)
BROKEN = {
    "script": (drawn(SMALL, more='\n<bpmn:scriptTask id="k1"><bpmn:script>import os</bpmn:script></bpmn:scriptTask>'), 8, "process.script"),
    "service": (drawn(SMALL, more='\n<bpmn:serviceTask id="k1" />'), 8, "process.element"),
    "timer": (TIMED, 5, "process.element"),
    "party": (drawn(SMALL).replace(' yz:party="role:duty-officer"', ""), 4, "process.party"),
    "english": (drawn(SMALL).replace(' yz:en="t1"', ""), 4, "process.title"),
    "nowhere": (drawn(["s1 > t1", "t1 > x1", "x1 > e1: severity > 3", "x1 > t1: severity > 2"]), 5, "process.default"),
    "call": (drawn(["s1 > t1", "t1 > x1", "*x1 > e1", "x1 > t1: open('/etc/passwd') == 1"]), 10, "process.condition"),
    "name": (drawn(["s1 > t1", "t1 > x1", "*x1 > e1", "x1 > t1: sevrity > 2"]), 10, "process.name"),
    "two ways": (drawn(["s1 > t1", "t1 > e1", "t1 > e2"]), 4, "process.flow"),
    "no end": (drawn(["s1 > t1", "t1 > x1", "x1 > t1"]), 2, "process.ends"),
    "table": (drawn(["s1 > b1", "b1 > t1", "t1 > e1"], b1='yz:decision="nothing"'), 4, "process.decision"),
    "target": (drawn(SMALL).replace('targetRef="e1"', 'targetRef="e9"'), 7, "process.name"),
    "xml": ("<bpmn:definitions>", 1, "process.xml"),
    "entity": ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>\n<a>&x;</a>', 1, "process.xml"),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_a_process_that_cannot_be_run_is_refused_with_its_line_and_what_to_write_instead(name: str) -> None:
    text, line, rule = BROKEN[name]
    made, faults = parse("small", Text(Path("small.bpmn"), text))
    assert made is None
    assert (line, rule) in [(one.line, one.rule) for one in faults], [one.said("en") for one in faults]
    assert all(one.instead.zh and one.instead.en for one in faults)


@pytest.mark.parametrize(
    "text",
    [
        "open('x')",
        "().__class__",
        "a.b",
        "a[0]",
        "lambda: 1",
        "[x for x in a]",
        "f'{a}'",
        "2 ** 99",
        "a is b",
        "b'x'",
        "a := 1",
    ],
)
def test_a_condition_compares_and_does_nothing_else(text: str) -> None:
    with pytest.raises((Unreadable, SyntaxError)):
        value_of(text, {"a": 1})


def test_a_condition_over_what_nobody_said_is_not_met() -> None:
    assert value_of("severity >= 3", {}) is False
    assert value_of("a / 0 == null", {"a": 1}) is True
    assert value_of("-a < 0 and 'x' not in ('y', 'z')", {"a": 1}) is True


def test_a_decision_table_with_a_script_is_refused(tmp_path: Path) -> None:
    table = Text(tmp_path / "units.dmn", DISPATCH.replace('"roads"', "exit()"))
    made, faults = parse(
        "small", Text(Path("s.bpmn"), drawn(["s1 > b1", "b1 > t1", "t1 > e1"], b1='yz:decision="units"')), [table]
    )
    assert made is None
    assert [(one.path.name, one.line, one.rule) for one in faults] == [("units.dmn", 7, "decision.expression")]


FAULTY = """
[limits]
handle = "soon"
[[matter]]
id = "waterlogging"
title = { zh = "积水" }
process = "urgnt"
evidence = "yes"
colour = "red"
[[matter]]
id = "waterlogging"
title = { zh = "积水", en = "Water" }
[[dispatch]]
matter = "waterloging"
unit = "x"
[[dispatch]]
matter = "waterlogging"
"""


def test_every_fault_of_a_cases_toml_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    _, faults = read(pack(tmp_path, FAULTY, urgent_bpmn=drawn(SMALL)))
    assert sorted((one.line, one.rule) for one in faults) == [
        (3, "cases.limit"),
        (6, "cases.title"),
        (7, "cases.process"),
        (8, "cases.evidence"),
        (9, "cases.key"),
        (11, "cases.id"),
        (14, "cases.matter"),
        (16, "cases.unit"),
    ]
    said = next(one for one in faults if one.rule == "cases.process").said("en")
    assert said.endswith("write urgent")


def test_a_pack_brings_its_own_process_with_a_decision_table(storage: Storage, tmp_path: Path, clock: Clock) -> None:
    text = PACK.replace('id = "pothole"', 'id = "pothole"\nprocess = "quick"')
    bpmn = drawn(["s1 > b1", "b1 > t1", "t1 > e1"], b1='yz:decision="units"').replace('"role:duty-officer"', '"unit"')
    cases = room(storage, [pack(tmp_path, text, quick_bpmn=bpmn, units_dmn=DISPATCH)], clock)
    assert cases.catalogue.faults == ()
    case = reported(cases, matter="pothole", severity=3)
    assert (case.process, case.party) == ("governance.rain.quick", "unit:roads")
    assert reported(cases).process == "handling"


def test_a_running_case_stays_on_the_version_it_began_with(
    cases: Cases, storage: Storage, tmp_path: Path, clock: Clock
) -> None:
    old = reported(cases)
    before = actions.process(cases, DUTY, "handling")
    shorter = before.bpmn.replace('id="f_pass" name="通过" yz:en="Pass" sourceRef="g_verify" targetRef="g_reporter"',
                                  'id="f_pass" name="通过" yz:en="Pass" sourceRef="g_verify" targetRef="close"')  # fmt: skip
    saved = actions.save_process(cases, DUTY, "handling", shorter, "nobody is asked")
    new = reported(cases)
    assert (old.version, new.version) == (before.version, saved.version)
    again = room(storage, [pack(tmp_path / "again")], clock)  # after a restart
    for case, state in ((old, "confirm"), (new, "close")):
        case = do(again, DUTY, case, "accepted")
        case = do(again, WORKER, case, "fixed", photos=1)
        assert do(again, REVIEWER, case, "pass").state == state
    assert [one.version for one in actions.process_versions(again, DUTY, "handling")] == [saved.version, before.version]
    listed = next(one for one in actions.processes(again, DUTY) if one.name == "handling")
    assert (listed.origin, listed.changed_by, listed.running) == (
        "officer",
        "liu",
        {before.version: 1, saved.version: 1},
    )


def test_a_diagram_that_cannot_be_run_is_not_saved(cases: Cases) -> None:
    with pytest.raises(UnfitProcess, match="scripts"):
        actions.save_process(cases, DUTY, "handling", BROKEN["script"][0])
    with pytest.raises(NotFound):
        actions.save_process(cases, DUTY, "nothing", drawn(SMALL))
    assert [one.origin for one in actions.processes(cases, DUTY)] == ["built-in"]


def test_two_packs_with_the_same_matter_are_told_and_the_first_one_counts(tmp_path: Path) -> None:
    one, two = pack(tmp_path / "one"), pack(tmp_path / "two")
    found = catalogue([one, two])
    assert [(fault.path.parent, fault.line, fault.rule) for fault in found.faults] == [
        (two.folder, 3, "cases.id"),
        (two.folder, 10, "cases.id"),
    ]
    assert list(found.matters)[:2] == ["pothole", "waterlogging"]


class Offices(Registry):
    """The small city with an office for each built-in pack."""

    def __init__(self) -> None:
        super().__init__()
        for id_ in ("ecology-bureau", "city-management"):
            self._units[id_] = Unit(id_, Title(id_, id_))


def test_a_line_of_dispatch_without_a_matter_is_of_the_matters_of_its_own_pack_only() -> None:
    known, offices = catalogue(found(())[0]), Offices()
    assert known.unit_for("heavy-pollution", "", offices) == "ecology-bureau"
    assert known.unit_for("pump-station-level", "", offices) == "drainage-east"  # the unit of that kind
    assert known.unit_for("event-0102", "", offices) == "city-management"
    assert known.unit_for("of-no-pack", "", offices) == ""
