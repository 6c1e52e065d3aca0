"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class GivenRole(Struct):
    """
    A role of a party. `until`: None until it is taken back.
    """

    role: str
    at: datetime
    until: datetime | None


class PartyShown(Struct):
    """
    What an administrator sees of a party; its addresses are its own.
    """

    id: str
    kind: str
    name: str
    login: str | None
    identifier: str
    unit: str
    post: str
    region: str
    status: str
    created_at: datetime
    confirmed_at: datetime | None
    roles: list[GivenRole]


class PartyList(Struct):
    """
    Some parties by name, and how many there are in all.
    """

    total: int
    parties: list[PartyShown]
