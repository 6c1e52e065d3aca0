"""What a source is, what a connector brings, and how a source fares."""

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Plain
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.mapped import Reading
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.payloads.plain import Row

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
BODY, ROW = "body", "row"
"""How the place of a dead letter of a poller begins: it is a whole answer, or one row as JSON."""


@dataclass(frozen=True, slots=True)
class Source:
    """A configured way in. `settings` without secrets; `secrets`: sealed; `origin`: the pack that brought it."""

    name: str
    kind: str
    title: Title
    settings: Plain[str, Any]
    mapping: Mapping
    interval_s: int = 60
    paused: bool = False
    origin: str = ""
    changed_us: int = 0
    changed_by: str = ""
    sealed: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True)
class Bad:
    """Something of an answer that cannot be read: where, its bytes, and why."""

    where: str
    payload: bytes
    code: str
    why: Title


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source had. `cursor`: how far that is; `more`: there is more at once; `after`: to be done once it is kept.

    `mark`: tells that the same is fetched again after a crash, where the rows themselves do not.
    """

    rows: Sequence[Row]
    cursor: str
    bad: Sequence[Bad] = ()
    more: bool = False
    after: Callable[[], None] | None = None
    mark: str = ""


class Poller(Protocol):
    """A connector that goes and fetches."""

    def fetch(self, reach: Reach, cursor: str, now_us: int) -> Fetched:
        """What is new since `cursor`, which is empty the first time; no time behind `now_us`, the time of this server, moves it on.

        Raises SourceAway, RefusedAddress, UnfitSource.
        """
        ...

    def read(self, body: bytes) -> list[Row]:
        """The rows of an answer that could not be read before. Raises InputRefused."""
        ...


class Reader(Protocol):
    """A connector that is sent to."""

    def rows(self, place: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The rows of a message. `place`: its topic. `follow`: it comes now, and is not read again. Raises InputRefused."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of connector. `settings`: a dataclass of declared ones; `mapping`: what a new one begins with; one of `poller` and
    `reader` makes the connector of its settings."""

    id: str
    title: Title
    says: Title
    settings: type[Any]
    mapping: Plain[str, Any] = field(default_factory=dict)
    poller: Callable[[Any, Mapping], Poller] | None = None
    reader: Callable[[Any, Mapping, Any], Reader] | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How a source fares. Times in microseconds; `code` and `said`: what went wrong the last time, empty if nothing did."""

    source: str
    cursor: str = ""
    begun_at: int | None = None
    begun_of: str = ""
    ran_at: int | None = None
    taken_at: int | None = None
    next_at: int = 0
    failures: int = 0
    taken: int = 0
    last_taken: int = 0
    refused: int = 0
    gaps: int = 0
    code: str = ""
    said: Title = field(default_factory=lambda: Title("", ""))

    @property
    def ran(self) -> datetime | None:
        """When it ran last."""
        return None if self.ran_at is None else EPOCH + timedelta(microseconds=self.ran_at)

    @property
    def took(self) -> datetime | None:
        """When it brought something last."""
        return None if self.taken_at is None else EPOCH + timedelta(microseconds=self.taken_at)


@dataclass(frozen=True, slots=True)
class Shown:
    """A source and how it fares, as it may be shown. `missing`: settings that have to be given before it runs."""

    source: Source
    run: Run
    missing: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    """The secrets that are set, by name."""

    @property
    def state(self) -> str:
        """paused, incomplete, failing, partly (not all of it could be read the last time), waiting (nothing came yet) or running."""
        if self.source.paused:
            return "paused"
        if self.missing:
            return "incomplete"
        if self.run.failures:
            return "failing"
        if self.run.code:
            return "partly"
        return "running" if self.run.ran_at or self.run.taken_at else "waiting"


@dataclass(frozen=True, slots=True)
class Tried:
    """What a test found: some rows as they came, what they would become, and what is wrong with them. Nothing of it is kept."""

    rows: Sequence[Row]
    readings: Sequence[Reading]
    bad: Sequence[tuple[str, Title]]
    total: int
