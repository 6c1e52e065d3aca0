"""Rules of a pack that are wrong are refused, each with file, line, and what to write instead."""

import json
from pathlib import Path

import pytest

from brain.rules.folder import MODEL, RULES, pack
from yuzhang.brain.rules.model import Aggregate, Compare, Measure, Weekly
from yuzhang.brain.rules.reading import read
from yuzhang.brain.rules.writing.plainly import plain

HEAD = """[[rule]]
id = "one"
title = { zh = "一", en = "One" }
type = "PumpStation"
attribute = "waterLevel"
unit = "m"
severity = 2
"""
BROKEN = [
    ('type = "PumpStatoin"\n', "type", 'type = "PumpStation"\n', 4, "rule.type", "write PumpStation"),
    ('attribute = "waterlevel"\n', "attribute", 'attribute = "waterLevel"\n', 5, "rule.attribute", "write waterLevel"),
    ('unit = "furlong"\n', "unit", 'unit = "m"\n', 6, "rule.unit", "UCUM"),
    ('unit = "s"\n', "unit", 'unit = "m"\n', 6, "rule.unit", 'write unit = "m"'),
    ("severity = 9\n", "severity", "severity = 2\n", 7, "rule.severity", "4 is the gravest"),
    ('id = "One!"\n', "id", 'id = "one"\n', 2, "rule.id", "small letters"),
    ('title = { zh = "一" }\n', "title", 'title = { zh = "一", en = "One" }\n', 3, "rule.title", "write title"),
]
CONDITIONS = [
    ("", 1, "rule.condition", "exactly one comparison"),
    ("above = 1\nbelow = 2\n", 9, "rule.condition", "exactly one comparison"),
    ('above = "high"\n', 8, "rule.number", "no number"),
    ("above = 3\nclear = 4\n", 9, "rule.clear", "stricter"),
    ('above = 3\nfor = "soon"\n', 9, "rule.duration", "no duration"),
    ('above = 3\nwindow = "1h"\naggregate = "median"\n', 10, "rule.aggregate", "no aggregate median"),
    ('absent = "1h"\nabove = 3\n', 9, "rule.condition", "compared with no number"),
    ("area = { circle = 3 }\n", 8, "rule.area", "region or polygon"),
    ("above = 3\nneighbours = { near = 2 }\n", 9, "rule.neighbours", "within_m"),
    ("above = 3\nbaseline = { days = 90 }\n", 9, "rule.baseline", "1 to 14"),
    ("above = 3\nforecast = 7\n", 9, "rule.forecast", 'forecast = "waterLevelForecast"'),
    ('above = 3\nforecast = "waterLevel"\n', 9, "rule.forecast", "with itself"),
    ("above = 3\nforecast = true\n", 9, "rule.forecast", "no attribute waterLevelForecast"),
    ('above = 3\nforecast = { attribute = "rainForecast" }\n', 9, "rule.forecast", "comes in MMT, waterLevel in MTR"),
    ('above = 3\nforecast = { attribute = "f", fresh = "soon" }\n', 9, "rule.duration", "no duration"),
    (
        'above = 3\nmaintenance = [{ days = ["tuesday"], from = "02:00", until = "04:00" }]\n',
        9,
        "rule.maintenance",
        "mon",
    ),
    (
        'above = 3\nmaintenance = [{ days = ["tue"], from = "02:00", until = "26:00" }]\n',
        9,
        "rule.maintenance",
        "weekly",
    ),
    ('above = 3\nmaintenance = [{ from = "02:00", until = "04:00" }]\n', 9, "rule.maintenance", "for each week"),
    ("abvoe = 3\nabove = 3\n", 8, "rule.key", "write above"),
    ("outside = [5, 1]\n", 8, "rule.number", "no pair"),
]


@pytest.mark.parametrize(("line", "_key", "instead_of", "number", "rule", "says"), BROKEN)
def test_broken_key_is_refused_with_its_line(
    tmp_path: Path, line: str, _key: str, instead_of: str, number: int, rule: str, says: str
) -> None:
    rules, faults = read(pack(tmp_path, HEAD.replace(instead_of, line) + "above = 3\n"))
    assert rules == []
    assert [(one.path.name, one.line, one.rule) for one in faults] == [("rules.toml", number, rule)]
    assert says in faults[0].said("en")


@pytest.mark.parametrize(("keys", "number", "rule", "says"), CONDITIONS)
def test_condition_that_makes_no_sense_is_refused_with_its_line(
    tmp_path: Path, keys: str, number: int, rule: str, says: str
) -> None:
    rules, faults = read(pack(tmp_path, HEAD + keys))
    assert rules == []
    assert (faults[0].line, faults[0].rule) == (number, rule)
    assert says in faults[0].said("en")


def test_all_faults_of_a_file_are_told_at_once(tmp_path: Path) -> None:
    broken = HEAD.replace('"m"', '"furlong"').replace("= 2", "= 9") + 'for = "soon"\n'
    _, faults = read(pack(tmp_path, broken + HEAD.replace('attribute = "waterLevel"\n', "") + "above = 1\n"))
    assert {(one.line, one.rule) for one in faults} == {
        (1, "rule.condition"),
        (6, "rule.unit"),
        (7, "rule.severity"),
        (8, "rule.duration"),
        (9, "rule.attribute"),
        (10, "rule.id"),
    }


def test_bounds_are_kept_in_the_unit_of_the_attribute(tmp_path: Path) -> None:
    (found,), faults = read(pack(tmp_path, RULES))
    assert faults == []
    assert (found.id, found.unit) == ("governance/pumps:level-high", "cm")
    assert found.factor == pytest.approx(100)
    assert (found.condition.low, found.condition.clear_low) == (3.5, 3.2)
    assert (found.condition.measure, found.condition.compare) == (Measure.VALUE, Compare.ABOVE)


def test_an_attribute_in_another_unit_of_each_type_is_refused_unless_it_is_not_compared(tmp_path: Path) -> None:
    own = pack(tmp_path, HEAD.replace('"PumpStation"', '["PumpStation", "Culvert", "Shaft"]') + "above = 3\n")
    properties = MODEL["properties"] | {"waterLevel": MODEL["properties"]["waterLevel"] | {"x-ngsi": {"units": "CMT"}}}
    unsaid = MODEL["properties"] | {"waterLevel": MODEL["properties"]["waterLevel"] | {"x-ngsi": {}}}
    for name, some in (("Culvert", properties), ("Shaft", unsaid)):
        model = json.dumps({**MODEL, "title": name, "properties": {**some, "type": {"const": name}}})
        (own.folder / "models" / f"{name}.json").write_text(model, encoding="utf-8")
    rules, faults = read(own)
    assert (rules, [(one.line, one.rule) for one in faults]) == ([], [(4, "rule.unit")])
    assert "waterLevel comes in MTR of PumpStation, in CMT of Culvert — " in faults[0].said("en")
    assert "write a [[rule]] for each type" in faults[0].said("en")
    written = (own.folder / "rules.toml").read_text(encoding="utf-8")
    for fit in (written.replace("above = 3", 'absent = "1h"'), written.replace('"Culvert", ', "")):
        (own.folder / "rules.toml").write_text(fit, encoding="utf-8")
        rules, faults = read(own)
        assert (len(rules), faults) == (1, [])
    assert rules[0].factor == 1.0


def test_windows_rates_silence_and_places_are_read(tmp_path: Path) -> None:
    one = HEAD.replace('"one"', '"{}"').replace("{ zh", "{{ zh").replace('One" }', 'One" }}')
    rules, faults = read(
        pack(
            tmp_path,
            one.format("rate") + 'above = 0.5\nrate = "1h"\n'
            + one.format("window") + 'outside = [1, 5]\nclear = [2, 4]\nwindow = "2h"\naggregate = "stddev"\n'
            + one.format("silent") + 'absent = "1h 30min"\n'
            + one.format("place") + 'area = {polygon = [[115.8, 28.6], [115.9, 28.6], [115.9, 28.7]]}\nwhere = "outside"\n'
            + one.format("near") + "outside = [-1, 1]\nneighbours = {within_m = 500}\n"
            + one.format("usual") + "above = 2\nbaseline = {days = 5}\n"
            + one.format("foretold") + 'outside = [-1, 1]\nforecast = {attribute = "levelForecast", fresh = "3h"}\n',
        )
    )  # fmt: skip
    assert faults == []
    assert [rule.condition.measure for rule in rules] == [
        Measure.RATE, Measure.WINDOW, Measure.ABSENCE, Measure.AREA, Measure.NEIGHBOURS, Measure.BASELINE,
        Measure.FORECAST,
    ]  # fmt: skip
    assert rules[1].condition.aggregate is Aggregate.STDDEV
    assert rules[2].condition.period_us == 5_400_000_000
    assert not rules[3].condition.inside
    assert (rules[6].condition.forecast, rules[6].condition.fresh_us) == ("levelForecast", 3 * 3_600_000_000)


def test_windows_of_each_week_are_read_and_can_be_kept_as_json(tmp_path: Path) -> None:
    weekly = 'maintenance = [{ days = ["tue", "sun"], from = "02:00", until = 04:30:00, why = "flush" }]\n'
    (rule,), faults = read(pack(tmp_path, HEAD + "above = 3\n" + weekly))
    assert faults == []
    assert rule.quiet == (Weekly((1, 6), 120, 270, why="flush"),)
    assert plain(dict(rule.given))["maintenance"][0]["until"] == "04:30:00"
