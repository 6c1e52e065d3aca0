"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta, Struct

PeriodKind: TypeAlias = Annotated[
    Literal["year", "quarter", "month", "span"], Meta(description="How long a figure's period is.")
]


class ShownEvent(Struct):
    """
    An event. `measured`: the unit of `value` and `threshold`, UCUM.
    """

    id: str
    rule: str
    pack: str
    kind: str
    entity: str
    attribute: str
    severity: int
    status: str
    title: dict[str, str]
    opened_at: datetime
    cleared_at: datetime | None
    seen_at: datetime
    value: float | None
    threshold: float | None
    measured: str
    lon: float | None
    lat: float | None
    region: str
    unit: str
    matter: str
    simulated: bool
    acknowledged_by: str
    acknowledged_at: datetime | None


class Title(Struct):
    """
    One name or sentence in Chinese and English; data, not interface text (that is in `web/locale`).
    """

    zh: str
    en: str


class Place(Struct):
    """
    A unit, or a region without its boundary.
    """

    id: str
    name: Title
    parent: str
    kind: str


class Period(Struct):
    """
    The time a figure speaks of. `first` and `last` are days, both inside.

    Written "2023", "2023Q2", "2023-07" or "2021/2025" (a span of whole years).
    """

    first: date
    last: date
    kind: PeriodKind


class Figure(Struct):
    """
    One figure as published. `known_from` is the day from which it counts as known (a vintage that gives only a
    year counts from that year's last day); `vintage` is what the source states.
    """

    id: str
    series: str
    period: Period
    region: str
    value: float
    unit: str
    vintage: str
    known_from: date
    source_title: str
    source_url: str
    quote: str
    confidence: str
