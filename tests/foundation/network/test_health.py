"""How devices stand: by the age of the last message, not by a socket."""

from datetime import timedelta

import numpy as np
import pytest

from foundation.network.conftest import Town
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds
from yuzhang.foundation.log.model import Changed, Changes, Columns, Key, observations
from yuzhang.foundation.network import actions
from yuzhang.foundation.network.errors import NotWatched
from yuzhang.foundation.registry import actions as registered
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.store import places


def health(town: Town, name: str) -> str:
    return actions.health(town.network, OPERATOR, name).health


def test_a_device_is_fresh_then_late_then_silent_and_fresh_again(town: Town) -> None:
    town.add(Device("a", expected_s=60))
    assert health(town, "a") == "never"
    town.send("a")
    town.judge()
    assert health(town, "a") == "fresh"
    town.clock.turn(91)
    assert health(town, "a") == "late"
    town.clock.turn(90)
    assert health(town, "a") == "silent"
    town.send("a")
    town.judge()
    standing = actions.health(town.network, OPERATOR, "a")
    assert (standing.health, standing.gaps, standing.longest_gap_s) == ("fresh", 1, 181)
    assert standing.gap_at == town.clock() - timedelta(seconds=181)


def test_values_are_counted_and_their_rate_told(town: Town) -> None:
    town.add(Device("a", expected_s=60))
    for _ in range(60):
        town.clock.turn(60)
        town.send("a", rows=10)
        town.judge()
    standing = actions.health(town.network, OPERATOR, "a")
    assert standing.values == 600
    assert standing.rate == pytest.approx(10, rel=0.12)
    town.clock.turn(3600)
    assert actions.health(town.network, OPERATOR, "a").rate < 0.01


def test_battery_and_signal_are_the_newest_told(town: Town) -> None:
    town.add(Device("a"), Device("b"))
    town.send("a", attribute="batteryLevel", value=0.8)
    town.send("a", "b", attribute="rssi", value=-70.0)
    town.judge()
    town.clock.turn(10)
    town.send("a", attribute="https://uri.etsi.org/ngsi-ld/default-context/batteryLevel", value=0.5)
    town.judge()
    standing = actions.health(town.network, OPERATOR, "a")
    assert (standing.battery, standing.signal) == (50, -70)
    assert actions.health(town.network, OPERATOR, "b").battery is None


@pytest.mark.parametrize(
    ("unit", "value", "shown"), [("P1", 1.0, 1), ("P1", 80.0, 80), ("C62", 1.0, 100), ("", 1.0, 100), ("", 80.0, 80)]
)
def test_a_battery_that_says_one_per_cent_is_nearly_empty_and_its_unit_decides(
    town: Town, unit: str, value: float, shown: float
) -> None:
    town.add(Device("a", kind="Pump"), Device("b", kind="Pump"))
    at = microseconds(town.clock())
    keys = [Key("urn:ngsi-ld:Pump:b", "level"), Key("urn:ngsi-ld:Pump:a", "batteryLevel")]
    rest = [None, f'{{"type":"Property","unitCode":"{unit}"}}' if unit else None]
    columns = Columns(np.arange(2, dtype=np.int32), np.full(2, at), np.array([5.0, value]), rest)
    town.log.append(town.record(["b"], "level", 1.0, 3))
    town.log.append(observations("", at, keys, columns))
    told = {"batteryLevel": {"type": "Property", "value": value, "observedAt": "2026-03-02T08:00:00Z"}}
    if unit:
        told["batteryLevel"]["unitCode"] = unit
    town.log.append(Changes("", at, [Changed("urn:ngsi-ld:Pump:b", ["Pump"], [], at, told)]))
    town.judge()
    assert [actions.health(town.network, OPERATOR, one).battery for one in "ab"] == [shown, shown]


def test_the_summary_counts_by_region_and_keeps_simulated_ones_apart(town: Town) -> None:
    with town.storage.writing() as connection:
        places.put_regions(connection, [("east", Title("东区", "East"), "", "district", None)])
    town.registry.forget_places()
    town.add(Device("a", region="east", expected_s=60), Device("b", region="east", expected_s=60))
    town.add(Device("s", region="east", simulated=True), Device("g"))
    town.send("a", "b", "s", "g")
    town.judge()
    town.clock.turn(200)
    town.send("b")
    town.judge()
    counted = actions.summary(town.network, OPERATOR).regions
    found = {(one.name, one.simulated): (one.fresh, one.late, one.silent, one.never) for one in counted}
    assert found == {("east", False): (1, 0, 1, 0), ("east", True): (1, 0, 0, 0), ("", False): (1, 0, 0, 0)}
    assert [one.device for one in actions.devices(town.network, OPERATOR, "silent", region="east")[0]] == ["a"]


def test_a_device_that_writes_its_entity_over_ngsi_ld_is_heard_and_an_edit_at_a_desk_is_none(town: Town) -> None:
    town.add(Device("a", kind="Pump"))
    at = microseconds(town.clock())
    edited = {"name": {"type": "Property", "value": "x"}}
    town.log.append(Changes("", at, [Changed("urn:ngsi-ld:Pump:a", ["Pump"], [], at, edited)]))
    town.judge()
    assert health(town, "a") == "never"
    told = {"batteryLevel": {"type": "Property", "value": 0.25, "observedAt": "2026-03-02T08:00:00Z"}}
    town.log.append(Changes("", at, [Changed("urn:ngsi-ld:Pump:a", ["Pump"], [], at, told)]))
    town.judge()
    standing = actions.health(town.network, OPERATOR, "a")
    assert (standing.health, standing.battery) == ("fresh", 25)


def test_history_that_somebody_files_makes_no_device_alive(town: Town) -> None:
    town.add(Device("a", kind="Pump"))
    at = microseconds(town.clock())
    old = np.array([at - 400 * 86_400_000_000], np.int64)
    columns = Columns(np.zeros(1, np.int32), old, np.ones(1))
    town.log.append(observations("", at, [Key("urn:ngsi-ld:Pump:a", "level")], columns))
    town.judge()
    assert health(town, "a") == "never"


def test_entities_that_a_device_was_given_count_as_its_own(town: Town) -> None:
    town.add(Device("a", writes=("urn:ngsi-ld:Rain:1",)))
    town.log.append(town.record(["urn:ngsi-ld:Rain:1"], "rain", 1.0, 1))
    town.judge()
    assert health(town, "a") == "fresh"


def test_a_device_that_is_suspended_or_moved_is_seen_so_after_the_next_look(town: Town) -> None:
    town.add(Device("a", kind="Pump"), Device("b", kind="Pump"))
    registered.set_status(town.registry, OPERATOR, "a", "suspended")
    registered.change(town.registry, OPERATOR, "b", {"kind": "Rain"})
    town.network.learn()
    with pytest.raises(NotWatched):
        actions.health(town.network, OPERATOR, "a")
    assert [(one.name, one.total) for one in actions.summary(town.network, OPERATOR).kinds] == [("Rain", 1)]


def test_the_summary_counts_by_kind_and_keeps_simulated_ones_apart(town: Town) -> None:
    town.add(Device("a", kind="Pump", expected_s=60), Device("b", kind="Pump", expected_s=60))
    town.add(Device("s", kind="Pump", simulated=True), Device("g", kind="Gate"))
    town.send("a", "b", "s")
    town.judge()
    town.clock.turn(120)
    town.send("b")
    town.judge()
    counted = actions.summary(town.network, OPERATOR).kinds
    found = {(one.name, one.simulated): (one.fresh, one.late, one.silent, one.never) for one in counted}
    assert found == {("Pump", False): (1, 1, 0, 0), ("Pump", True): (1, 0, 0, 0), ("Gate", False): (0, 0, 0, 1)}


def test_silent_devices_are_listed_longest_first_and_by_kind(town: Town) -> None:
    for number in range(5):
        town.add(Device(f"d{number}", kind="Pump" if number % 2 else "Rain", expected_s=60))
        town.send(f"d{number}")
        town.judge()
        town.clock.turn(10)
    town.clock.turn(1000)
    found, total = actions.devices(town.network, OPERATOR, limit=2)
    assert ([one.device for one in found], total) == (["d0", "d1"], 5)
    found, total = actions.devices(town.network, OPERATOR, kind="Pump", offset=1)
    assert ([one.device for one in found], total) == (["d3"], 2)
    assert actions.devices(town.network, OPERATOR, "silent", "Nothing") == ([], 0)


def test_messages_in_one_batch_count_as_when_they_come_one_by_one(town: Town) -> None:
    by = np.random.default_rng(7)
    names = [f"d{number}" for number in range(20)]
    town.add(*(Device(name, expected_s=30) for name in names))
    one_by_one = town.opened()
    for _ in range(120):
        town.clock.turn(float(by.choice([5, 20, 100])))
        some = by.choice(names, int(by.integers(1, 8)), replace=False)
        town.log.append(town.record([str(one) for one in some], "level", 1.0, int(by.integers(1, 4))))
        one_by_one.follow()
    town.network.follow()
    with town.network.state() as whole, one_by_one.state() as single:
        for name in ("seen", "count", "gaps", "longest", "gap_at"):
            assert np.array_equal(whole.column(name), single.column(name)), name
