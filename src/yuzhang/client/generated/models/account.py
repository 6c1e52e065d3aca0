"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct


class Ended(Struct):
    """
    How many sessions were ended.
    """

    ended: int


class Session(Struct):
    """
    A stay of a party. `id` names it in lists; the token that the browser holds is known here by its hash only.

    `proofs`: the kinds of credential that were shown. `factors`: how many factors they are. `proved_at`: when the newest of them was
    shown. `seen_at`: to the minute. It ends `idle_s` seconds after it was last seen, and at `expires_at` in any case.
    `acting_for`: the party in whose name it acts by a mandate, "" for its own.
    """

    id: str
    party: str
    proofs: list[Literal["password", "passkey", "totp", "recovery"]]
    factors: int
    created_at: datetime
    proved_at: datetime
    seen_at: datetime
    expires_at: datetime
    idle_s: int
    peer: str
    agent: str
    acting_for: str
    ended_at: datetime | None


class Credential(Struct):
    """
    One way in which a party proves itself, without its secret.

    `counter`: of a passkey the signatures so far, as it says; of a TOTP device the newest time step that was taken.
    """

    id: str
    party: str
    kind: Literal["password", "passkey", "totp", "recovery"]
    label: str
    counter: int
    created_at: datetime
    used_at: datetime | None


class OwnAccount(Struct):
    """
    Who one is. `roles_rest`: the roles are not in force until a second factor is shown.
    """

    id: str
    kind: str
    name: str
    login: str | None
    email: str
    phone: str
    identifier: str
    unit: str
    post: str
    region: str
    language: str
    roles: list[str]
    roles_rest: bool
    factors: int
    acting_for: str
    confirmed_at: datetime | None
    credentials: list[Credential]


class OwnSession(Struct):
    """
    A session that lasts; `current`: the one that asks.
    """

    session: Session
    current: bool
