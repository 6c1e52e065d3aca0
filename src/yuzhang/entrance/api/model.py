"""Keys and what was asked with them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from yuzhang.core.language import Title

READ, WRITE = "yuzhang.read", "yuzhang.write"
SCOPES: Mapping[str, Title] = {READ: Title("查看数据", "Read data"), WRITE: Title("修改数据", "Change data")}


@dataclass(frozen=True, slots=True)
class Limit:
    """How much may be asked: `rate` requests per second, `burst` at once, `daily` requests a day (UTC), None for any number."""

    rate: int
    burst: int
    daily: int | None = None


@dataclass(frozen=True, slots=True)
class Key:
    """A key of an application. `rate`, `burst`, `daily`: its own limits, None for those of all."""

    id: str
    party: str
    label: str
    scopes: tuple[str, ...]
    rate: int | None
    burst: int | None
    daily: int | None
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None
    hash: bytes = field(repr=False, default=b"")

    def holds(self, now: datetime) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made, with its `text`, which is shown this once."""

    key: Key
    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What was asked with a key on one day (UTC): requests that were answered, and those that the limit refused."""

    day: date
    requests: int
    refused: int
