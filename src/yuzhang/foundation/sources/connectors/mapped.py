"""Rows by a mapping: observations, and the rows that are none."""

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import msgspec
import numpy as np

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.foundation.sources.connectors.clock import moment_of
from yuzhang.foundation.sources.connectors.mapping import Attribute, Mapping
from yuzhang.foundation.sources.model import Batch
from yuzhang.foundation.sources.payloads.plain import Row, has, pick

URI = re.compile(r"urn:\S+|[A-Za-z][A-Za-z0-9+.-]*://\S+")
"""What is taken for a URI already: `plant:pump-1` could be one, and is more likely a name with a colon."""
UNSAFE = re.compile(r"[\s<>\"{}|\\^`\x00-\x20\x7f-\xa0]")
PLACE = re.compile(r"\{([^{}]+)\}")
NO_NAME = re.compile(r"\W+")
GEOMETRIES = frozenset({"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"})
NOTHING = frozenset({"", "nan", "null", "none", "n/a", "na", "--", "-"})
LOCATION = "location"
CODE = "unmappable-row"


def _plainly(value: Any) -> Any:
    """What JSON has no word for. Raises NotImplementedError."""
    if isinstance(value, datetime | date | clock_time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    return str(value)


encode = msgspec.json.Encoder(enc_hook=_plainly, decimal_format="number").encode


@dataclass(frozen=True, slots=True)
class Reading:
    """One observation, before it is a row of a batch."""

    entity: str
    attribute: str
    time_us: int
    value: Any
    unit: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is no observation, and why."""

    row: Row
    why: Title
    code: str = CODE

    @property
    def payload(self) -> bytes:
        """The row as JSON, to be read again after the mapping was mended."""
        return encode(self.row)


Taken = list[tuple[Row, list[Reading]]]
"""Rows that are observations, each with them."""


@dataclass(slots=True)
class Mapped:
    """What became of rows: each that is observations, with them."""

    taken: Taken = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    @property
    def readings(self) -> list[Reading]:
        """All observations."""
        return [one for _, some in self.taken for one in some]


class _Unmappable(ValueError):
    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.why = Title(zh, en)


def mapped(mapping: Mapping, rows: Iterable[Row], arrived_us: int) -> Mapped:
    """The observations of rows; those without a time have `arrived_us`."""
    found = Mapped()
    read = _reader(mapping, arrived_us)
    for row in rows:
        try:
            some = read(row)
        except _Unmappable as error:
            found.bad.append(BadRow(row, error.why))
            continue
        if some:
            found.taken.append((row, some))
    return found


def _reader(mapping: Mapping, arrived_us: int) -> Callable[[Row], list[Reading]]:
    missing = NOTHING | {one.lower() for one in mapping.missing}

    def read(row: Row) -> list[Reading]:
        entity = _entity(mapping, row)
        time_us = _time(mapping, row, arrived_us)
        some: list[Reading] = []
        there = False
        for one in mapping.attributes:
            value = pick(row, one.path)
            there = there or value is not None or has(row, one.path)
            if not _is_missing(value, missing):
                some.append(Reading(entity, one.name, time_us, _value(one, value), one.unit))
        if mapping.attribute:
            there = True
            some += _long(mapping, row, entity, time_us, missing)
        if mapping.longitude:
            place = _place(mapping, row, missing)
            there = there or place is not None or has(row, mapping.longitude)
            if place is not None:
                some.append(Reading(entity, LOCATION, time_us, place))
        if not there:
            names = ", ".join(one.path for one in mapping.attributes)[:200]
            raise _Unmappable(f"其中没有这些列：{names}。", f"None of these columns is in it: {names}.")
        return some

    return read


def _entity(mapping: Mapping, row: Row) -> str:
    composed = "{" in mapping.entity
    name = PLACE.sub(lambda place: _word(row, place[1]), mapping.entity) if composed else _word(row, mapping.entity)
    found = f"{mapping.prefix}{name}"
    if not mapping.prefix and not URI.fullmatch(found):
        found = f"urn:ngsi-ld:{mapping.type}:{found}"
    return UNSAFE.sub(lambda bad: quote(bad[0]), found)


def _word(row: Row, path: str) -> str:
    value = pick(row, path)
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a workbook knows no other numbers
    if value is None or isinstance(value, dict | list) or not str(value).strip():
        raise _Unmappable(f"“{path[:80]}”没有对象名。", f"“{path[:80]}” names no thing in it.")
    return str(value).strip()


def _time(mapping: Mapping, row: Row, arrived_us: int) -> int:
    if not mapping.time:
        return arrived_us
    value = pick(row, mapping.time)
    try:
        return moment_of(value, mapping.zone, mapping.time_format)
    except (ValueError, OverflowError) as error:
        told = "" if value is None else str(value)[:60]
        raise _Unmappable(
            f"“{told}”不是时间（{mapping.time[:60]}）。", f"“{told}” is no time ({mapping.time[:60]})."
        ) from error


def _is_missing(value: Any, missing: frozenset[str]) -> bool:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    return (isinstance(value, str) and value.strip().lower() in missing) or (
        isinstance(value, int | float) and not isinstance(value, bool) and str(value) in missing
    )


def _value(one: Attribute, value: Any) -> Any:
    found = _plain(value)
    if one.numeric:
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise _Unmappable(
                f"“{str(value)[:60]}”不是数（{one.path[:60]}）。",
                f"“{str(value)[:60]}” is no number ({one.path[:60]}).",
            )
        found = found * one.factor + one.offset if one.factor != 1 or one.offset else found
    return found


def _plain(value: Any) -> Any:
    """A value as JSON has it; texts that are numbers are numbers.

    >>> _plain("12.50"), _plain("007a"), _plain("1_0")
    (12.5, '007a', '1_0')
    """
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, str):
        text = value.strip()
        try:
            number = float(text) if "_" not in text else math.nan
        except ValueError:
            return text
        return number if math.isfinite(number) else text
    if isinstance(value, datetime | date | clock_time | bytes | memoryview):
        return _plainly(value)
    return value


def _long(mapping: Mapping, row: Row, entity: str, time_us: int, missing: frozenset[str]) -> list[Reading]:
    name = attribute_name(_word(row, mapping.attribute))
    value = pick(row, mapping.value)
    if _is_missing(value, missing):
        return []
    told = pick(row, mapping.unit) if mapping.unit else None
    unit = str(told).strip() if told else ""
    return [Reading(entity, name, time_us, _plain(value), unit if len(unit) <= 30 else "")]


def attribute_name(text: str) -> str:
    """A text as the name of an attribute.

    >>> attribute_name("PM 2.5"), attribute_name("Motor/Speed (rpm)"), attribute_name("水位"), attribute_name("2nd")
    ('PM_2_5', 'Motor_Speed_rpm', '水位', 'a2nd')
    """
    name = NO_NAME.sub("_", text.strip()).strip("_")
    if not name:
        raise _Unmappable("属性名为空。", "The name of the attribute is empty.")
    return name if name[0].isalpha() else f"a{name}"


def _place(mapping: Mapping, row: Row, missing: frozenset[str]) -> Any:
    found = []
    for path, limit in ((mapping.longitude, 180), (mapping.latitude, 90)):
        value = pick(row, path)
        if _is_missing(value, missing):
            return None
        number = _plain(value)
        if isinstance(number, bool) or not isinstance(number, int | float) or abs(number) > limit:
            raise _Unmappable(
                f"“{str(value)[:60]}”不是坐标（{path[:60]}）。", f"“{str(value)[:60]}” is no coordinate ({path[:60]})."
            )
        found.append(float(number))
    return {"type": "Point", "coordinates": found}


def batch_of(readings: Iterable[Reading], type_: str) -> Batch:
    """Observations by columns. The entities that are not there yet are of `type_`."""
    numbers: dict[Key, int] = {}
    series: list[int] = []
    times: list[int] = []
    values: list[float] = []
    rest: list[str | None] = []
    for one in readings:
        series.append(numbers.setdefault(Key(one.entity, one.attribute), len(numbers)))
        times.append(one.time_us)
        number, told = _instance(one)
        values.append(number)
        rest.append(told)
    columns = Columns(
        np.array(series, np.int32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        rest if any(one is not None for one in rest) else None,
    )
    return Batch(list(numbers), columns, dict.fromkeys((key.entity for key in numbers), type_))


def _instance(one: Reading) -> tuple[float, str | None]:
    value = one.value
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 2**53:
        return float(value), encode({"type": "Property", "unitCode": one.unit}).decode() if one.unit else None
    kind = (
        "GeoProperty"
        if isinstance(value, dict) and value.get("type") in GEOMETRIES and "coordinates" in value
        else "Property"
    )
    told: dict[str, Any] = {"type": kind, "value": value}
    if one.unit and kind == "Property":
        told["unitCode"] = one.unit
    return math.nan, encode(told).decode()
