"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class RecordOut(Struct):
    """
    One record; `hash` is that of the record before and of this one.
    """

    number: int
    at: int
    party: str
    kind: str
    roles: str
    acting_for: str
    session: str
    action: str
    outcome: Literal["read", "begun", "failed", "refused"]
    subject: str
    purpose: str
    peer: str
    count: int
    digest: Literal["sha256", "sm3"]
    hash: str


class RecordsOut(Struct):
    """
    A page of records, the newest first; `more` is the `before` of the next page.
    """

    records: list[RecordOut]
    more: int | None


class StatementOut(Struct):
    """
    What is signed: the record `number` of the chain has this hash.
    """

    kind: Literal["checkpoint", "removal", "export"]
    chain: str
    begins: int
    number: int
    hash: str
    at: int
    algorithm: Literal["ed25519", "sm2"]
    key: str
    signature: str
