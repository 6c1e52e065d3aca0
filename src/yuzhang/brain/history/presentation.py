"""Series and rows of history as a person reads them: labels, units, values, times."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.presentation import label_of, pointed, short, written
from yuzhang.brain.context.units import symbol
from yuzhang.brain.history.charting import Course, Moment
from yuzhang.brain.history.model import Series
from yuzhang.web.reader import NO_VALUE, Reader

MOST_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Titled:
    """A series as a page shows it. `numeric`: its newest value is a number, so that it can be drawn."""

    series: Series
    label: str
    attribute: str
    unit: str
    last: str
    last_time: str
    numeric: bool

    @property
    def title(self) -> str:
        """The thing, what is observed of it, and in what unit."""
        return f"{self.label} · {self.attribute}" + (f" ({self.unit})" if self.unit else "")


@dataclass(frozen=True, slots=True)
class Told:
    """A row of the table in words."""

    title: str
    time: str
    value: str
    ended: bool


def instance_of(value: float | None, rest: str | None) -> dict[str, Any]:
    """A row's value as an instance of an attribute.

    >>> instance_of(3.5, None), instance_of(None, '{"type":"Property","value":"open"}')
    ({'type': 'Property', 'value': 3.5}, {'type': 'Property', 'value': 'open'})
    """
    found: dict[str, Any] = msgspec.json.decode(rest) if rest else {}
    return {"type": "Property"} | found | ({} if value is None else {"value": value})


def unit_of(series: Series, entity: Entity | None) -> str:
    """The symbol of its unit, as its newest row has it or else the present of its entity; empty if there is none.

    Numbers that come as columns carry no unit: it is said once, in the present.
    """
    code = instance_of(None, series.last_rest).get("unitCode")
    if code is None and entity is not None and series.attribute in entity.attributes():
        own = (one for one in entity.instances(series.attribute) if one.get("datasetId", "") == series.dataset)
        code = next(own, {}).get("unitCode")
    return symbol(str(code or ""))


def said(value: float | None, rest: str | None, reader: Reader) -> str:
    """A row's value in words."""
    one = instance_of(value, rest)
    if isinstance(one.get("value"), float):
        return reader.number(one["value"], MOST_DIGITS)
    return ", ".join(pointed(one)) or ("" if len(one) == 1 else written(one)) or NO_VALUE


def clock(at: Microseconds) -> str:
    """A time to the second, or as finely as it was observed, in UTC.

    >>> clock(1_767_323_045_000_000), clock(1_767_323_045_250_000)
    ('2026-01-02 03:04:05 UTC', '2026-01-02 03:04:05.250 UTC')
    """
    found = datetime.fromtimestamp(at // 1_000_000, UTC)
    fine = at % 1_000_000
    digits = "" if not fine else f".{fine:06d}" if fine % 1000 else f".{fine // 1000:03d}"
    return f"{found:%Y-%m-%d %H:%M:%S}{digits} UTC"


def titled(series: Series, entity: Entity | None, reader: Reader) -> Titled:
    """A series with the name and the unit that its entity has in the present, if it is still there."""
    attribute = short(series.attribute) + (f" [{short(series.dataset)}]" if series.dataset else "")
    unit = unit_of(series, entity)
    last = said(series.last_value, series.last_rest, reader)
    return Titled(
        series,
        series.entity if entity is None else label_of(entity, reader.language),
        attribute,
        unit,
        f"{last} {unit}" if unit and series.last_value is not None else last,
        clock(series.last_time),
        series.last_value is not None,
    )


def told(rows: Sequence[Any], titles: Mapping[int, Titled], reader: Reader) -> list[Told]:
    """Rows of `browsing.rows` in words; `titles` by the number of the series."""
    found = []
    for row in rows:
        one = titles[row.series]
        value = said(row.value, row.rest, reader)
        unit = f" {one.unit}" if one.unit and row.value is not None else ""
        found.append(Told(f"{one.label} · {one.attribute}", clock(row.time), value + unit, row.deleted))
    return found


@dataclass(frozen=True, slots=True)
class Summary:
    """What a course comes to, in words, for those who do not see the chart."""

    title: str
    count: str
    lowest: str
    lowest_time: str
    highest: str
    highest_time: str
    mean: str
    step: str


def summary(title: Titled, course: Course, reader: Reader) -> Summary:
    """The course of one series in words."""

    def of(moment: Moment | None) -> tuple[str, str]:
        return (NO_VALUE, "") if moment is None else (amount(moment.value), clock(moment.time))

    def amount(value: float | None) -> str:
        text = reader.number(value, MOST_DIGITS)
        return f"{text} {title.unit}" if title.unit and value is not None else text

    return Summary(
        title.title,
        reader.number(course.count),
        *of(course.lowest),
        *of(course.highest),
        amount(course.mean),
        reader.number(course.step_s / 60) if course.step_s else "",
    )
