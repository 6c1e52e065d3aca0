"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Pushed(Struct):
    """
    What became of a message: observations that were taken, rows that lie among the dead letters.
    """

    accepted: int
    refused: int


class ShownReading(Struct):
    """
    An observation that a row would become.
    """

    entity: str
    attribute: str
    time_us: int
    value: Any
    unit: str


class ShownSource(Struct):
    """
    A source and how it fares. `state`: paused, incomplete, failing, partly, waiting, running; `secrets`: those that are set, by name.
    """

    name: str
    kind: str
    title: dict[str, str]
    settings: dict[str, Any]
    secrets: list[str]
    mapping: dict[str, Any]
    interval_s: int
    origin: str
    state: str
    ran: datetime | None
    took: datetime | None
    taken: int
    last_taken: int
    refused: int
    gaps: int
    code: str
    said: str


class ShownTrial(Struct):
    """
    Some rows as they came, what they would become, what is wrong with others; `total`: of all observations.
    """

    rows: list[Any]
    readings: list[ShownReading]
    bad: list[str]
    total: int


class SourceWish(Struct):
    """
    What a source is to be. Which settings a kind has: GET /api/sources/kinds. A secret that is empty stays as it is.
    """

    kind: str
    title: dict[str, str]
    settings: dict[str, str | int | bool] | UnsetType = UNSET
    mapping: dict[str, Any] | UnsetType = UNSET
    interval_s: int | UnsetType = 60
