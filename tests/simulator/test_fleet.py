"""The made-up city: the same seed makes the same city, its days have their rhythm, and something happens now and then."""

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.core.simulated import is_simulated
from yuzhang.simulator.fleet import (
    BEHIND_A_GATEWAY,
    FAULT_H,
    GATEWAY_FAULT_H,
    Fleet,
    Place,
    due,
    faults,
    fleet,
    gateway_faults,
    incidents,
    readings,
)
from yuzhang.simulator.kinds import kinds
from yuzhang.simulator.sending import Address, Sending
from yuzhang.simulator.weather import weather

SQUARE = Place("360102", shapely.box(115.8, 28.6, 115.9, 28.7))
TRIANGLE = Place("360103", shapely.Polygon([(116, 28), (116.2, 28), (116, 28.2)]))
DAY_US = 86_400_000_000
NOON = 1_790_000_000_000_000


@pytest.fixture(scope="module")
def city() -> Fleet:
    """Some thousand devices in two regions."""
    return fleet(7, 5_000, kinds(), [SQUARE, TRIANGLE])


def test_twelve_kinds_are_there_and_each_device_stands_in_its_region(city: Fleet) -> None:
    assert len(city.groups) == 12
    for group in city.groups:
        for at in range(len(group)):
            assert shapely.contains_xy(city.places[group.place[at]].boundary, group.lon[at], group.lat[at])


def test_every_entity_and_device_says_that_it_is_simulated(city: Fleet) -> None:
    group = city.groups[0]
    assert is_simulated(group.entity(0))
    assert group.device(0).startswith("sim-")
    assert group.gateway(0).startswith("sim-")


def test_the_same_seed_makes_the_same_city_and_another_one_makes_another(city: Fleet) -> None:
    again, other = (fleet(seed, 5_000, kinds(), [SQUARE, TRIANGLE]) for seed in (7, 8))
    for one, two, three in zip(city.groups, again.groups, other.groups, strict=True):
        assert np.array_equal(one.lon, two.lon)
        assert not np.array_equal(one.lon, three.lon)
    rows = np.arange(len(city.groups[3]))
    first, second = (readings(of, of.groups[3], rows, NOON).values["waterLevel"] for of in (city, again))
    assert np.array_equal(first, second)


def test_no_place_is_no_city() -> None:
    with pytest.raises(ValueError, match="no place"):
        fleet(7, 10, kinds(), [])


@given(start=st.integers(0, 10**16), turns=st.lists(st.integers(1, 40_000_000), min_size=1, max_size=30))
def test_whoever_looks_often_hears_each_device_once_in_its_interval(start: int, turns: list[int]) -> None:
    group = fleet(1, 200, kinds(), [SQUARE]).groups[4]
    heard = np.zeros(len(group), int)
    now = start
    for turn in turns:
        heard[due(group, now, now + turn)] += 1
        now += turn
    whole = (now - start) / (group.kind.every_s * 1_000_000)
    assert (heard <= np.ceil(whole)).all()
    if max(turns) < group.kind.every_s * 1_000_000:
        assert (heard >= np.floor(whole)).all()


def test_an_incident_begins_lasts_as_long_as_its_kind_says_and_ends(city: Fleet) -> None:
    pumps = city.groups[4]
    every_minute = np.array([incidents(city, pumps, NOON + minute * 60_000_000) for minute in range(3 * 24 * 60)])
    struck = np.flatnonzero(every_minute.any(axis=0))
    assert len(struck)
    for one in struck:
        changes = np.flatnonzero(np.diff(every_minute[:, one].astype(int)))
        spans = [int(end - begin) for begin, end in zip(changes[::2], changes[1::2], strict=False)]
        if not every_minute[0, one]:
            assert all(abs(span - pumps.kind.minutes) <= 1 or span > pumps.kind.minutes for span in spans)


def test_now_and_then_a_device_is_out_of_order_for_hours_and_a_gateway_for_one(city: Fleet) -> None:
    moments = [NOON + hour * 3_600_000_000 for hour in range(3 * 24)]
    for size, broken, lasting in (
        (len(city.groups[6]), [faults(city, city.groups[6], at) for at in moments], FAULT_H),
        (1_000, [gateway_faults(city, 1_000, at) for at in moments], GATEWAY_FAULT_H),
    ):
        each = np.array(broken)
        assert 0 < each.mean() < 0.02
        assert each.sum(axis=0).max() <= 2 * lasting + 1
        assert each.shape == (len(moments), size)


def test_what_is_out_of_order_sends_nothing(city: Fleet) -> None:
    gateways = {f"sim-gateway-{number}": "" for number in range(-(-len(city) // BEHIND_A_GATEWAY))}
    at = NOON
    while not (faults(city, city.groups[4], at).any() and gateway_faults(city, len(gateways), at).any()):
        at += 3_600_000_000
    sent = dict(Sending(city, Address("http://127.0.0.1:1"), gateways).messages(at - 3_600_000_000, at))
    silent = gateway_faults(city, len(gateways), at)
    assert set(sent) == {name for name, out in zip(gateways, silent.tolist(), strict=True) if not out}
    told = b"".join(line for lines in sent.values() for line in lines)
    pumps = city.groups[4]
    broken = faults(city, pumps, at)
    through = np.array([pumps.gateway(row) in sent for row in range(len(pumps))])
    for row in range(len(pumps)):
        assert (f'"{pumps.entity(row)}"'.encode() in told) == bool(through[row] and not broken[row])


def test_water_rises_in_an_incident_far_above_what_it_is_without(city: Fleet) -> None:
    pumps = city.groups[4]
    for minute in range(0, 24 * 60, 10):
        at = NOON + minute * 60_000_000
        happening = incidents(city, pumps, at)
        if happening.any() and weather(city.seed, at).rain == 0:
            level = readings(city, pumps, np.arange(len(pumps)), at).values["waterLevel"]
            assert level[happening].min() > level[~happening].max()
            return
    pytest.fail("no incident in a day")


def test_it_rains_on_some_days_only_and_winter_is_colder_than_summer() -> None:
    hours = [weather(7, hour * 3_600_000_000) for hour in range(24 * 366)]
    wet = sum(one.rain > 0 for one in hours) / len(hours)
    assert 0.02 < wet < 0.3
    january, july = hours[: 24 * 31], hours[24 * 181 : 24 * 212]
    assert np.mean([one.temperature for one in january]) + 10 < np.mean([one.temperature for one in july])
