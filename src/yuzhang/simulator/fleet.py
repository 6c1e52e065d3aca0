"""The devices of the made-up city: what each is, where it stands, when it reports, and when something happens to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from yuzhang.core.simulated import MARK
from yuzhang.simulator.kinds import Kind
from yuzhang.simulator.weather import chance, day_and_hour, weather

BEHIND_A_GATEWAY = 200
FEWEST, MOST = 12, 1_000_000
"""Devices of a city; at least one of each kind."""
FAULT_H = 5.0
"""A device that is out of order says nothing for so long: more than six of its intervals, whatever its kind."""
GATEWAY_FAULT, GATEWAY_FAULT_H = 0.05, 1.0
"""The chance of a fault a gateway and day, and how long that lasts."""
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Place:
    """Where devices may stand: a region with its boundary, in degrees of WGS 84."""

    id: str
    boundary: BaseGeometry


@dataclass(frozen=True, slots=True)
class Group:
    """The devices of one kind: arrays of one length. `first`: the number of the first of them in the fleet."""

    kind: Kind
    first: int
    lon: Floats
    lat: Floats
    place: NDArray[np.int32]
    offset: Floats
    """Of each device's values, in standard deviations of the kind's noise."""

    def __len__(self) -> int:
        return len(self.lon)

    def device(self, at: int) -> str:
        """The name of a device."""
        return f"{MARK}-{self.kind.name}-{self.first + at}"

    def entity(self, at: int) -> str:
        """The entity that a device reports of."""
        return f"urn:ngsi-ld:{self.kind.type}:{MARK}:{self.first + at}"

    def gateway(self, at: int) -> str:
        """The gateway that a device sends through."""
        return f"{MARK}-gateway-{(self.first + at) // BEHIND_A_GATEWAY}"


def gateway_entity(gateway: str) -> str:
    """The entity of a gateway.

    >>> gateway_entity("sim-gateway-3")
    'urn:ngsi-ld:Gateway:sim:3'
    """
    return f"urn:ngsi-ld:Gateway:{MARK}:{gateway.rpartition('-')[2]}"


@dataclass(frozen=True, slots=True)
class Fleet:
    """All devices of a seed. The same seed, count and places make the same fleet."""

    seed: int
    places: tuple[Place, ...]
    groups: tuple[Group, ...]

    def __len__(self) -> int:
        return sum(len(one) for one in self.groups)


def fleet(seed: int, count: int, kinds: Sequence[Kind], places: Sequence[Place]) -> Fleet:
    """`count` devices (at least one of each kind) spread over `places` by their area. Raises ValueError without places."""
    if not places:
        raise ValueError("there is no place where devices could stand")
    groups, first = [], 0
    areas = np.array([one.boundary.area for one in places])
    for number, kind in enumerate(kinds):
        size = max(1, round(count * kind.share))
        by = chance(seed, 2, number)
        place = by.choice(len(places), size, p=areas / areas.sum()).astype(np.int32)
        lon, lat = _scattered(by, place, places)
        groups.append(Group(kind, first, lon, lat, place, by.normal(0, 1, size)))
        first += size
    return Fleet(seed, tuple(places), tuple(groups))


def _scattered(by: np.random.Generator, place: NDArray[np.int32], places: Sequence[Place]) -> tuple[Floats, Floats]:
    lon, lat = np.empty(len(place)), np.empty(len(place))
    for number, one in enumerate(places):
        left = np.flatnonzero(place == number)
        west, south, east, north = one.boundary.bounds
        shapely.prepare(one.boundary)
        while len(left):
            lon[left], lat[left] = by.uniform(west, east, len(left)), by.uniform(south, north, len(left))
            left = left[~shapely.contains_xy(one.boundary, lon[left], lat[left])]
    return np.round(lon, 6), np.round(lat, 6)


@dataclass(frozen=True, slots=True)
class Readings:
    """What the devices of a group say at one moment: `rows` are their places in it, `values` an array for each attribute."""

    group: Group
    rows: NDArray[np.int64]
    values: dict[str, Floats]
    incidents: NDArray[np.bool_]


def readings(of: Fleet, group: Group, rows: NDArray[np.int64], at_us: int) -> Readings:
    """What the devices `rows` of a group say at a moment; asked again it is the same."""
    now = weather(of.seed, at_us)
    _, hour = day_and_hour(at_us)
    happening = incidents(of, group, at_us)[rows]
    by = chance(of.seed, 3, group.first, at_us // 1_000_000)
    values: dict[str, Any] = {}
    for one in group.kind.attributes:
        usual = one.mean + one.day * np.cos(2 * np.pi * (hour - one.peak) / 24)
        usual += one.rain * now.rain + one.heat * (now.temperature - 20)
        noise = one.noise * (group.offset[rows] + by.normal(0, 1, len(group))[rows])
        values[one.name] = np.round(np.clip(usual + noise + one.incident * happening, one.low, one.high), 4)
    return Readings(group, rows, values, happening)


def incidents(of: Fleet, group: Group, at_us: int) -> NDArray[np.bool_]:
    """Whether something happens to what each device of a group looks at, at a moment."""
    return _struck((of.seed, 4, group.first), len(group), group.kind.incident, group.kind.minutes / 60, at_us)


def faults(of: Fleet, group: Group, at_us: int) -> NDArray[np.bool_]:
    """Whether each device of a group is out of order at a moment: then it says nothing."""
    return _struck((of.seed, 5, group.first), len(group), group.kind.fault, FAULT_H, at_us)


def gateway_faults(of: Fleet, count: int, at_us: int) -> NDArray[np.bool_]:
    """Whether each gateway is out of order at a moment: then nothing comes through it."""
    return _struck((of.seed, 6, 0), count, GATEWAY_FAULT, GATEWAY_FAULT_H, at_us)


def _struck(of: tuple[int, ...], size: int, a_day: float, hours: float, at_us: int) -> NDArray[np.bool_]:
    """Whether each of some things is struck by what comes with a chance a day and lasts for hours: since today, or since yesterday."""
    day, hour = day_and_hour(at_us)
    found = np.zeros(size, bool)
    for back in (0, 1):
        by = chance(*of, day - back)
        struck, begin = by.random(size) < a_day, by.uniform(0, 24, size)
        since = hour + 24 * back - begin
        found |= struck & (since >= 0) & (since < hours)
    return found


def due(group: Group, from_us: int, to_us: int) -> NDArray[np.int64]:
    """The devices whose turn to report comes after `from_us` and not after `to_us`, at most once each."""
    every = group.kind.every_s * 1_000_000
    phase = (np.arange(len(group), dtype=np.int64) * 7_919_777) % every
    return np.flatnonzero((to_us - phase) // every > (from_us - phase) // every)
