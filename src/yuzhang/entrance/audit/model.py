"""The words of the audit: what a record says, what a signed statement says, what is looked for, what a verification found."""

from datetime import UTC, datetime
from typing import Literal

import msgspec

from yuzhang.core.language import Title

FORMAT = "yuzhang-audit-1"
EVERY = 1_000
"""A checkpoint is signed after so many records at the latest …"""
EVERY_S = 60.0
"""… and after so many seconds."""
LEAST_KEPT_DAYS = 180
"""Source: Cybersecurity Law of the PRC, art. 21 (3): logs are kept for no less than six months."""
DAY_US = 86_400_000_000
Digest = Literal["sha256", "sm3"]
Kind = Literal["checkpoint", "removal", "export"]
OUTCOMES = ("read", "begun", "failed", "refused")
Wrong = Literal["changed", "missing", "moved", "inserted", "rewritten", "truncated", "unsigned", "forged"]


class Record(msgspec.Struct, frozen=True):
    """One record: who, what, why, when, from where, with which outcome.

    `number`: 1, 2, 3 … without a gap. `at`: microseconds since 1970 UTC; never less than that of the record before. `count`: how often,
    where one record stands for many of a minute. `digest`: which function the hash is of.
    """

    number: int
    at: int
    party: str
    kind: str
    roles: str
    acting_for: str
    session: str
    action: str
    outcome: str
    subject: str
    purpose: str
    peer: str
    count: int
    digest: str
    hash: str = ""

    @property
    def when(self) -> datetime:
        """The time, UTC."""
        return datetime.fromtimestamp(self.at // 1_000_000, UTC).replace(microsecond=self.at % 1_000_000)


class Note(msgspec.Struct, frozen=True):
    """What is to become a record; its number and hash come when it is appended."""

    at: int
    party: str
    kind: str
    roles: str
    acting_for: str
    session: str
    action: str
    outcome: str
    subject: str
    purpose: str
    peer: str
    count: int = 1


class Statement(msgspec.Struct, frozen=True):
    """What the installation signs: the chain's record `number` has the hash `hash`.

    `kind` removal: the records up to it were removed; export: it ends a file whose first record is `begins`.
    `chain`: what the first record follows, one for each file. `key`: the public key's fingerprint.
    """

    kind: Kind
    chain: str
    begins: int
    number: int
    hash: str
    at: int
    algorithm: str
    key: str
    signature: str = ""


class Wanted(msgspec.Struct, frozen=True):
    """What is looked for; what is empty is not asked. Times in microseconds since 1970 UTC, `until` is not part of it.

    `before`: only records with a smaller number, for the next page.
    """

    party: str = ""
    action: str = ""
    subject: str = ""
    outcome: str = ""
    purpose: str = ""
    peer: str = ""
    text: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None

    @property
    def told(self) -> str:
        """The same in words, for the record of the search."""
        fields = {name: getattr(self, name) for name in self.__struct_fields__}
        return " ".join(f"{name}={value}" for name, value in fields.items() if value not in ("", None)) or "all"


class Found(msgspec.Struct, frozen=True):
    """A page of records, the newest first; `more` is the `before` of the next page."""

    records: list[Record]
    more: int | None


class Day(msgspec.Struct, frozen=True):
    """How many records a day (UTC) has, and how many of them are refusals or failures."""

    day: str
    records: int
    refused: int


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with the chain, at which record."""

    number: int
    wrong: Wrong
    said: Title


class Verified(msgspec.Struct, frozen=True):
    """What a verification found. `first`, `last`: the numbers of the records that are there. `unsigned`: after the newest checkpoint."""

    at: int
    records: int
    first: int
    last: int
    checkpoints: int
    unsigned: int
    faults: list[Fault]

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults


class Overview(msgspec.Struct, frozen=True):
    """The state of the chain, as far as it can be said without reading all of it."""

    records: int
    first: int
    last: int
    checkpoint: Statement | None
    verified: Verified | None
    bytes: int
    days: list[Day]
