"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import date, datetime

from msgspec import UNSET, Struct, UnsetType, field

from . import shared


class ImportRecord(Struct):
    """
    One entry of the import history; `undoes` is set on an undo, `undone` on what was undone. `at` is in UTC.
    """

    id: int
    by: str
    at: datetime
    filename: str
    sha256: str
    rows: int
    added: int
    withdrawn: int
    undoes: int | None
    undone: bool


class Series(Struct):
    """
    A measure that figures may be given for. `low` and `high` bound what is plausible, in `unit`; `region` limits it to
    one region, None to none. `aliases` are other names that sources use for it.
    """

    name: str
    title: shared.Title
    unit: str
    low: float
    high: float
    region: str | UnsetType | None = UNSET
    aliases: list[str] | UnsetType = field(default_factory=list)


class Snapshot(Struct):
    """
    The figures of a region as known on a date: the latest vintage of each series and period, and the lake's snapshot
    they were read at, so that the same figures can be read again.
    """

    id: int
    region: str
    as_of: date
    figures: list[shared.Figure]


class Difference(Struct):
    """
    What an import does with one row of its file: `figure` is new, `former` the one that was valid for the same series,
    period and region before it (an earlier vintage, or the mistake that it replaces); None if there was none.
    """

    row: int
    figure: shared.Figure
    former: shared.Figure | None


class ImportResult(Struct):
    """
    What an import did, or (`dry_run`) would do.

    `rows` of the file are `added` + `known` (already stored, skipped). `withdrawn` older figures of the same vintage were
    replaced. `import_id` is None when nothing was written.
    """

    import_id: int | None
    filename: str
    rows: int
    added: int
    known: int
    withdrawn: int
    differences: list[Difference]
    dry_run: bool
