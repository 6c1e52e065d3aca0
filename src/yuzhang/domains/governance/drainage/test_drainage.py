"""The pack "drainage": what a storm at one pump station and one underpass makes of its rules, and who gets it."""

from pathlib import Path
from typing import Any

from yuzhang.brain.cases.processes.reading import read as read_cases
from yuzhang.brain.rules.reading import read as read_rules
from yuzhang.core.packs import read_models, read_pack
from yuzhang.core.secrets import Secrets
from yuzhang.foundation.sources.connectors.live import Live, connector_of
from yuzhang.foundation.sources.connectors.reading import read as read_sources
from yuzhang.operation.packs.checking import folder_checked
from yuzhang.operation.packs.trying import observed, tried

FOLDER = Path(__file__).parent
PACK = read_pack(FOLDER)[0]


class Forgetful:
    """Remembers nothing of nodes; these sources have none."""

    def get(self, about: str) -> dict[str, Any] | None:
        """Nothing."""
        return None

    def put(self, about: str, known: dict[str, Any]) -> None:
        """Nothing."""


def test_the_pack_is_in_order() -> None:
    assert [one.said("en") for one in folder_checked(FOLDER)[0].faults] == []


def test_a_storm_opens_an_event_of_the_underpass_then_of_the_pumps_and_all_are_over_when_the_water_is_gone() -> None:
    happened = list(tried(read_rules(PACK)[0], observed(FOLDER / "sample" / "storm.csv")))
    assert [(one.rule.name, one.opens) for one in happened] == [
        ("waterlogging", True),
        ("pump-level-high", True),
        ("waterlogging-deep", True),
        ("pump-level-high", False),
        ("waterlogging-deep", False),
        ("waterlogging", False),
    ]
    high = happened[1]
    assert (high.rule.matter, high.rule.severity, high.rule.unit) == ("pump-station-level", 3, "m")


def test_a_level_that_is_high_for_less_than_five_minutes_opens_nothing(tmp_path: Path) -> None:
    rows = ["entity,attribute,time,value,type"]
    rows += [
        f"urn:ngsi-ld:PumpStation:1,waterLevel,2026-06-20T17:{minute:02d}:00Z,{4 if 10 <= minute < 14 else 1},PumpStation"
        for minute in range(30)
    ]
    path = tmp_path / "short.csv"
    path.write_text("\n".join(rows) + "\n")
    assert list(tried(read_rules(PACK)[0], observed(path))) == []


def test_a_pump_station_that_falls_silent_is_an_event_after_half_an_hour(tmp_path: Path) -> None:
    path = tmp_path / "silent.csv"
    path.write_text(
        "entity,attribute,time,value,type\n"
        "urn:ngsi-ld:PumpStation:1,waterLevel,2026-06-20T17:00:00Z,1,PumpStation\n"
        "urn:ngsi-ld:PumpStation:2,waterLevel,2026-06-20T17:00:00Z,1,PumpStation\n"
        "urn:ngsi-ld:PumpStation:2,waterLevel,2026-06-20T17:40:00Z,1,PumpStation\n"
    )
    opened = [one for one in tried(read_rules(PACK)[0], observed(path)) if one.opens]
    assert {one.rule.name for one in opened} == {"pump-station-silent"}
    assert "urn:ngsi-ld:PumpStation:1" in {one.entity for one in opened}


def test_every_matter_of_a_rule_is_one_that_somebody_gets() -> None:
    cases, _ = read_cases(PACK)
    wanted = {one.matter for one in read_rules(PACK)[0] if one.matter}
    assert wanted <= {one.id for one in cases.matters}
    assert [line.unit for line in cases.dispatch] == ["drainage"]


def test_what_the_sources_show_as_a_sample_is_read_as_observations_in_the_units_of_the_models() -> None:
    models = read_models(PACK)[0]
    read, faults = read_sources(PACK)
    assert not faults
    values: dict[tuple[str, str], Any] = {}
    for source in read:
        assert source.paused
        live = Live(source, connector_of(source, Secrets(bytes(32)), Forgetful()))
        found = live.read(source.settings["sample_topic"], source.settings["sample"].encode(), 0)
        assert not found.bad
        values |= {(one.entity, one.attribute): one.value for one in found.readings}
        assert all(one.unit == models[source.mapping.type].attributes[one.attribute].unit for one in found.readings)
    assert values["urn:ngsi-ld:PumpStation:p-1", "waterLevel"] == 2.31
    assert values["urn:ngsi-ld:WaterloggingPoint:w-7", "waterDepth"] == 0.125


def test_rules_speak_in_centimetres_of_what_gauges_measure_in_metres() -> None:
    deep = next(one for one in read_rules(PACK)[0] if one.name == "waterlogging-deep")
    assert read_models(PACK)[0]["WaterloggingPoint"].attributes["waterDepth"].unit == "MTR"
    assert (deep.unit, deep.factor, round(deep.condition.low, 6)) == ("cm", 100.0, 0.27)
