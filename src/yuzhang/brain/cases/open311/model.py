"""The words of GeoReport v2, as far as they are ours: what is asked for, and what anybody may see of a case."""

from dataclasses import dataclass
from datetime import datetime

from yuzhang.brain.cases.model import Case


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which requests. Empty: any. `since`, `until`: when they were reported; `page` counts from 1."""

    numbers: tuple[str, ...] = ()
    matters: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    page: int = 1
    size: int = 1_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A case as it is shown. `own`: to whoever reported it, who sees its words and its exact place."""

    case: Case
    updated_at: datetime
    own: bool = False
