"""A source as it works: its connector, made of its settings; what it brings goes to the door, and what is bad to the dead letters."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, cast

import msgspec

from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.foundation.sources.connectors.errors import UnfitSource
from yuzhang.foundation.sources.connectors.kinds.offered import KINDS
from yuzhang.foundation.sources.connectors.kinds.topics import Pattern
from yuzhang.foundation.sources.connectors.mapped import BadRow, Mapped, Reading, batch_of, mapped
from yuzhang.foundation.sources.connectors.model import ROW, Kind, Poller, Reader, Source
from yuzhang.foundation.sources.connectors.settings import made
from yuzhang.foundation.sources.dead.model import Letter, Lost
from yuzhang.foundation.sources.model import Batch, Door
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row, json_rows
from yuzhang.foundation.sources.payloads.sparkplug import Memory

OF_ROW = re.compile(rf"{ROW} \d+( of .*)?", re.DOTALL)
AT_ONCE = 50_000
"""So many observations go into one record, about."""


def purpose(name: str) -> str:
    """What the secrets of a source are sealed for."""
    return f"source {name}"


def secrets_of(source: Source, secrets: Secrets) -> dict[str, str]:
    """The secrets of a source."""
    if not source.sealed:
        return {}
    return msgspec.json.decode(secrets.open(purpose(source.name), source.sealed), type=dict[str, str])


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises UnfitSource."""
    if name not in KINDS:
        known = ", ".join(KINDS)
        raise UnfitSource(Title(f"种类可选：{known}。", f"Kinds are: {known}."), where="/kind")
    return KINDS[name]


def connector_of(source: Source, secrets: Secrets, memory: Memory) -> Poller | Reader:
    """The connector of a source. Raises UnfitSource."""
    kind = kind_of(source.kind)
    settings: Any = made(kind.settings, {**source.settings, **secrets_of(source, secrets)})
    if kind.poller is not None:
        return kind.poller(settings, source.mapping)
    assert kind.reader is not None  # noqa: S101  # a kind has one of the two
    return kind.reader(settings, source.mapping, memory)


@dataclass(slots=True)
class Counts:
    """What came since it was last written down."""

    taken: int = 0
    refused: int = 0
    gaps: int = 0
    at_us: int = 0


@dataclass(slots=True)
class Live:
    """A source and its connector; None, and why, where its settings cannot be used."""

    source: Source
    connector: Poller | Reader | None
    wrong: InputRefused | None = None
    last: tuple[str, bytes, int] | None = None
    """The last message that was read: place, payload, when it came."""
    counts: Counts = field(default_factory=Counts)
    _seen_gaps: int = 0
    _lock: Lock = field(default_factory=Lock)

    @property
    def pattern(self) -> Pattern | None:
        """The topics that it reads, if it reads any."""
        found = getattr(self.connector, "pattern", None)
        return found if isinstance(found, Pattern) else None

    @property
    def reader(self) -> Reader | None:
        """Its connector, if it is one that is sent to."""
        return cast(Reader, self.connector) if hasattr(self.connector, "rows") else None

    @property
    def poller(self) -> Poller | None:
        """Its connector, if it is one that fetches."""
        return cast(Poller, self.connector) if hasattr(self.connector, "fetch") else None

    def read(self, place: str, payload: bytes, arrived_us: int) -> Mapped:
        """What a message that comes now holds, counted. Raises InputRefused."""
        reader = self.reader
        if reader is None:
            raise UnreadablePayload.because("该来源现在不能使用。", "The source cannot be used now.", "source")
        with self._lock:  # the messages of a node are counted in their order
            self.last = place, payload, arrived_us
            try:
                found = mapped(self.source.mapping, reader.rows(place, payload, arrived_us), arrived_us)
            except InputRefused:
                self._count(0, 1, arrived_us)
                raise
            self._count(sum(len(some) for _, some in found.taken), len(found.bad), arrived_us)
        return found

    @property
    def remembers(self) -> bool:
        """Whether what a message means hangs on those before it."""
        return hasattr(self.connector, "gaps")

    def entities(self, place: str, payload: bytes, arrived_us: int) -> set[str]:
        """The things that a message speaks of, none if it cannot be read; nothing of it is counted or remembered."""
        try:
            rows = [] if self.reader is None else self.reader.rows(place, payload, arrived_us, follow=False)
        except InputRefused:
            return set()
        return {one.entity for one in mapped(self.source.mapping, rows, arrived_us).readings}

    def _count(self, taken: int, refused: int, at_us: int) -> None:
        gaps = int(getattr(self.connector, "gaps", 0))
        self.counts.taken += taken
        self.counts.refused += refused
        self.counts.gaps += gaps - self._seen_gaps
        self.counts.at_us = max(self.counts.at_us, at_us)
        self._seen_gaps = gaps

    def counted(self) -> Counts | None:
        """What came since the last call."""
        with self._lock:
            found, self.counts = self.counts, Counts()
        return found if found.taken or found.refused or found.gaps else None

    def again(self, letter: Letter) -> Mapped:
        """What a dead letter holds, by the settings and the mapping of now. Raises InputRefused."""
        if self.connector is None:
            raise self.wrong or UnreadablePayload.because(
                "该来源现在不能使用。", "The source cannot be used now.", "source"
            )
        if OF_ROW.fullmatch(letter.place):
            rows: list[Row] = json_rows(letter.payload)
        elif self.poller is not None:
            rows = self.poller.read(letter.payload)
        else:
            assert self.reader is not None  # noqa: S101  # it is one of the two
            rows = self.reader.rows(letter.place, letter.payload, letter.arrived_us, follow=False)
        return mapped(self.source.mapping, rows, letter.arrived_us)


def deliver(
    door: Door, source: Source, some: Sequence[tuple[Row, list[Reading]]], caller: Party = OPERATOR
) -> tuple[int, list[BadRow]]:
    """Take the observations of rows: how many were taken, and the rows that the door refuses. Raises TryAgain; then it is done again."""
    taken = 0
    bad: list[BadRow] = []
    part: list[tuple[Row, list[Reading]]] = []
    size = 0
    for one in some:
        part.append(one)
        size += len(one[1])
        if size >= AT_ONCE:
            taken += _part(door, source, part, caller, bad)
            part, size = [], 0
    return taken + (_part(door, source, part, caller, bad) if part else 0), bad


def _part(door: Door, source: Source, some: list[tuple[Row, list[Reading]]], caller: Party, bad: list[BadRow]) -> int:
    """If one of the rows is at fault, all others are taken all the same."""
    batch: Batch = batch_of((one for _, readings in some for one in readings), source.mapping.type)
    try:
        return door.acceptor.observe_now(caller, "", batch.keys, batch.columns, batch.types)
    except InputRefused as error:
        if len(some) == 1:
            bad.append(BadRow(some[0][0], error.detail, error.code))
            return 0
    half = len(some) // 2
    return _part(door, source, some[:half], caller, bad) + _part(door, source, some[half:], caller, bad)


def letters_of(source: str, bad: Sequence[BadRow], arrived_us: int, of: str = "", sender: str = "") -> list[Lost]:
    """Bad rows as dead letters; `sender`: the device that sent them."""
    behind = f" of {of}" if of else ""
    return [
        Lost(source, f"{ROW} {number}{behind}", one.payload, one.code, one.why, arrived_us, sender)
        for number, one in enumerate(bad, 1)
    ]
