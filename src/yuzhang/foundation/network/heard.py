"""What records of the log say of devices: who was heard, when, how many values, and what of battery and signal. In columns."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from yuzhang.foundation.log.model import DELETED, Changes, Entry, Observations

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]
BATTERY, SIGNAL = 1, 2
ATTRIBUTES = {"batteryLevel": BATTERY, "rssi": SIGNAL, "signalStrength": SIGNAL}
PERCENT, FRACTION = "P1", "C62"
"""The codes of UN/CEFACT recommendation 20 that a level of charge may bear."""
PAST_US = 86_400_000_000
"""Values older than a day when they come in are history that somebody files: they say nothing of a device that is alive now."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Messages: of which device, when it was accepted, how many values; and single readings: device, what of, time, value."""

    device: Integers
    at: Integers
    count: Integers
    readings: list[tuple[int, int, int, float]]


@lru_cache(maxsize=16_384)
def role(attribute: str) -> int:
    """What an attribute says of the device itself; 0 for all else.

    >>> role("batteryLevel"), role("https://uri.etsi.org/ngsi-ld/default-context/rssi"), role("speed")
    (1, 2, 0)
    """
    return ATTRIBUTES.get(attribute.rpartition("/")[2].rpartition("#")[2], 0)


def per_cent(battery: float, unit: str = "") -> float:
    """A level of charge in per cent, by its unit code. Without one: Smart Data Models write a part of 1, most devices per cent.

    >>> per_cent(1.0, "P1"), per_cent(1.0, "C62"), per_cent(0.5), per_cent(80.0)
    (1.0, 100.0, 50.0, 80.0)
    """
    if unit == PERCENT:
        return battery
    return battery * 100.0 if unit == FRACTION or 0.0 <= battery <= 1.0 else battery


@lru_cache(maxsize=4_096)
def unit_of(rest: str | None) -> str:
    """The unit code in what an instance has beside its number; "" if there is none.

    >>> unit_of('{"type": "Property", "unitCode": "P1"}'), unit_of(None)
    ('P1', '')
    """
    if rest is None or "unitCode" not in rest:
        return ""
    told = msgspec.json.decode(rest)
    return str(told.get("unitCode", "")) if isinstance(told, dict) else ""


def _reading(number: int, what: int, at: int, value: float, unit: str) -> tuple[int, int, int, float]:
    return number, what, at, per_cent(value, unit) if what == BATTERY else value


def heard(entries: Sequence[Entry], number_of: Callable[[str], int]) -> Heard:
    """What records say. `number_of`: the device of an entity, -1 for none."""
    readings: list[tuple[int, int, int, float]] = []
    parts = [_observed([one.record for one in entries if isinstance(one.record, Observations)], number_of, readings)]
    changed = [one.record for one in entries if isinstance(one.record, Changes)]
    if changed:
        parts.append(_changed(changed, number_of, readings))
    device, at, count = (np.concatenate([part[column] for part in parts]) for column in range(3))
    return Heard(device, at, count, readings)


def _observed(
    records: Sequence[Observations], number_of: Callable[[str], int], readings: list[tuple[int, int, int, float]]
) -> tuple[Integers, Integers, Integers]:
    """All records as one: their keys one after the other, and their rows."""
    keys = [key for record in records for key in record.keys]
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    device = np.fromiter((number_of(key.entity) for key in keys), np.int64, len(keys))
    sizes = np.array([len(record.keys) for record in records])
    rows = np.array([record.rows for record in records])
    first = np.repeat(np.cumsum(sizes) - sizes, rows)
    series = np.frombuffer(b"".join(record.series for record in records), "<i4").astype(np.int64) + first
    time = np.frombuffer(b"".join(record.time for record in records), "<i8")
    at = np.repeat(np.array([record.at for record in records], np.int64), rows)
    counts = (device[series] >= 0) & (time > at - PAST_US) & ~_deleted(records, len(series))
    series, time, at = series[counts], time[counts], at[counts]
    if not len(series):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    used, place, count = np.unique(series, return_index=True, return_counts=True)
    roles = np.fromiter((role(keys[key].attribute) for key in used), np.int64, len(used))
    if roles.any():
        value = np.frombuffer(b"".join(record.value for record in records), "<f8")[counts]
        wanted = np.flatnonzero(roles[np.searchsorted(used, series)] > 0)
        units = _units(records, counts, wanted)
        readings += [
            _reading(int(device[key]), role(keys[key].attribute), int(when), float(number), unit)
            for key, when, number, unit in zip(series[wanted], time[wanted], value[wanted], units, strict=True)
            if math.isfinite(number)
        ]
    return device[used], at[place], count.astype(np.int64)


def _units(records: Sequence[Observations], counts: NDArray[np.bool_], wanted: Integers) -> list[str]:
    """The unit codes of the wanted ones of the rows that count."""
    if all(record.rest is None for record in records):
        return [""] * len(wanted)
    rows, ends = np.flatnonzero(counts)[wanted], np.cumsum([record.rows for record in records])
    of = np.searchsorted(ends, rows, side="right")
    from_end = rows - ends[of]
    return [
        "" if (rest := records[at].rest) is None else unit_of(rest[row])
        for at, row in zip(of.tolist(), from_end.tolist(), strict=True)
    ]


def _deleted(records: Sequence[Observations], rows: int) -> NDArray[np.bool_]:
    if all(record.flags is None for record in records):
        return np.zeros(rows, bool)
    flags = b"".join(bytes(record.rows) if record.flags is None else record.flags for record in records)
    deleted: NDArray[np.bool_] = (np.frombuffer(flags, "u1") & DELETED) != 0
    return deleted


def _changed(
    records: Sequence[Changes], number_of: Callable[[str], int], readings: list[tuple[int, int, int, float]]
) -> tuple[Integers, Integers, Integers]:
    """Entities that were written. What has no time of observation was written by somebody at a desk, and is no message."""
    found: list[tuple[int, int, int]] = []
    for record in records:
        for entity in record.entities:
            number = -1 if entity.deleted else number_of(entity.id)
            if number < 0:
                continue
            observed = {name: one for name, one in entity.instances.items() if _is_observed(one)}
            if observed:
                found.append((number, record.at, len(observed)))
            for name, one in observed.items():
                what, value = role(name.partition("\n")[0]), one.get("value")
                if what and isinstance(value, int | float) and math.isfinite(value):
                    readings.append(_reading(number, what, record.at, float(value), str(one.get("unitCode", ""))))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64)
    columns = np.array(found, np.int64)
    return columns[:, 0], columns[:, 1], columns[:, 2]


def _is_observed(one: Any) -> bool:
    return isinstance(one, dict) and "observedAt" in one
