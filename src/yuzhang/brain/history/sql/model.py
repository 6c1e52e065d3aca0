"""The words of SQL for officers: views, what is asked, what is answered, and the limits."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import msgspec

from yuzhang.core.lake import LakeAddress
from yuzhang.core.language import Title

Value = str | int | float | bool | None
MIB = 2**20


class Format(StrEnum):
    """What an answer may come as."""

    JSON = "json"
    CSV = "csv"
    ARROW = "arrow"
    PARQUET = "parquet"

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return self.upper() if self in {Format.JSON, Format.CSV} else self.capitalize()


MEDIA = {
    Format.JSON: "application/json",
    Format.CSV: "text/csv; charset=utf-8",
    Format.ARROW: "application/vnd.apache.arrow.stream",
    Format.PARQUET: "application/vnd.apache.parquet",
}


class Column(msgspec.Struct, frozen=True):
    """A column of a view, and what it holds."""

    name: str
    kind: str
    title_zh: str
    title_en: str

    @property
    def title(self) -> Title:
        """What it holds."""
        return Title(self.title_zh, self.title_en)


class View(msgspec.Struct, frozen=True):
    """A table that officers may name: its SELECT over the lake, filtered by tenant, and the role that may read it.

    It is there once the lake has the tables that it stands on. `observed`: its rows are of series of entities, whose numbers are
    in the column `series`; who may not see all of these sees no other rows.
    """

    name: str
    role: str
    title_zh: str
    title_en: str
    sql: str
    columns: list[Column]
    observed: bool = False

    @property
    def title(self) -> Title:
        """What it holds."""
        return Title(self.title_zh, self.title_en)


class Question(msgspec.Struct, frozen=True):
    """One SELECT, with values for its parameters by place (list) or by name, as one worker gets it.

    `views` are those the caller may see, `series` the numbers of the series (32 bits each, this machine's order); None: of all.
    """

    query: str
    parameters: list[Value] | dict[str, Value] = []
    form: Format = Format.JSON
    rows: int = 10_000
    views: list[str] = []
    series: bytes | None = None


class Answer(msgspec.Struct, frozen=True):
    """The result in its format; `cut` if there were more rows than asked for, or more bytes than may be."""

    content: bytes
    rows: int
    cut: bool
    snapshot: int
    seconds: float


class Refusal(msgspec.Struct, frozen=True):
    """Why a worker gives no answer: a kind of `errors.KINDS`, in words, and the place in the query (characters from 0)."""

    kind: str
    chinese: str
    english: str
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take. `waiting_s`: how long it waits for a free worker."""

    seconds: float = 10.0
    memory_bytes: int = 512 * MIB
    process_bytes: int = 3072 * MIB
    threads: int = 1
    rows: int = 1_000_000
    content_bytes: int = 64 * MIB
    query_bytes: int = 100_000
    at_once: int = 2
    waiting_s: float = 5.0


class Setup(msgspec.Struct, frozen=True):
    """What a worker is told when it starts."""

    folder: str
    views: list[View]
    seconds: float
    memory_bytes: int
    process_bytes: int
    threads: int
    content_bytes: int
    state: str
    catalog: str = ""
    files: str = ""


def setup_of(
    folder: Path, views: list[View], limits: Limits, address: LakeAddress | None, context_database: str
) -> Setup:
    """What workers of a data folder are told."""
    return Setup(
        str(folder / "lake"),
        views,
        limits.seconds,
        limits.memory_bytes,
        limits.process_bytes,
        limits.threads,
        limits.content_bytes,
        context_database or str(folder / "state.db"),
        address.catalog if address else "",
        address.files if address else "",
    )


@dataclass(frozen=True, slots=True)
class Example:
    """A query to begin with."""

    title: Title
    query: str
    parameters: list[Value] = field(default_factory=list)
