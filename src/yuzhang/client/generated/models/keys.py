"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType, field


class ShownKey(Struct):
    """
    A key without what opens. `text`: the key itself, in the answer that made it only.
    """

    id: str
    party: str
    label: str
    scopes: list[str]
    rate: int | None
    burst: int | None
    daily: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    text: str | UnsetType | None = UNSET


class ShownUsage(Struct):
    """
    What was asked with a key on one day (UTC).
    """

    day: date
    requests: int
    refused: int


class Wish(Struct):
    """
    What a new key is to be. `rate` requests per second, `burst` at once, `daily` a day; absent for the limits of all.
    """

    party: str
    label: str
    scopes: list[str] | UnsetType = field(default_factory=lambda: ["yuzhang.read"])
    expires_at: datetime | UnsetType | None = UNSET
    rate: int | UnsetType | None = UNSET
    burst: int | UnsetType | None = UNSET
    daily: int | UnsetType | None = UNSET
