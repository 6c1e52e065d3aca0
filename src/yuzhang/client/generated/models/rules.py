"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from msgspec import UNSET, Struct, UnsetType

from . import shared


class NewWindow(Struct):
    """
    A maintenance window: `start` and `end`, or for each week `days` (mon … sun), `begins` and `ends` (02:00, by the city's clock);
    `rule` and `entity` "" for all.
    """

    start: datetime | UnsetType | None = UNSET
    end: datetime | UnsetType | None = UNSET
    rule: str | UnsetType = ""
    entity: str | UnsetType = ""
    why: str | UnsetType = ""
    days: list[str] | UnsetType = UNSET
    begins: str | UnsetType = ""
    ends: str | UnsetType = ""


class ShownRule(Struct):
    """
    A rule. `given`: as it is written; `version` 0 is the pack's; `open`: how many of its events are open, None where nobody counted.
    """

    id: str
    pack: str
    title: dict[str, str]
    type: list[str]
    attribute: str
    measure: str
    unit: str
    severity: int
    kind: str
    matter: str
    to: str
    enabled: bool
    version: int
    given: dict[str, Any]
    open: int | UnsetType | None = UNSET


Day: TypeAlias = tuple[datetime, int]


class ShownTry(Struct):
    """
    What a rule would have raised; `days`: how many events each day.
    """

    events: list[shared.ShownEvent]
    days: list[Day]
    series: int
    rows: int
    cut: bool


class ShownWindow(Struct):
    """
    A maintenance window that an officer entered: once, from `start` to `end`, or on `days` of each week, from `begins` to `ends` by the
    city's clock.
    """

    number: int
    rule: str
    entity: str
    start: datetime | None
    end: datetime | None
    why: str
    days: list[str]
    begins: str
    ends: str
