"""The lake's tables of figures, and all SQL on them. Nothing is ever changed or deleted: imports, withdrawals and undos are
appended, and what is valid is computed from them.

SQL is put together (S608) from the constants of this file only; what comes from outside is always a parameter.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any

import duckdb
from sqlalchemy.exc import OperationalError

from yuzhang.core.lake import wanted
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.checking import Candidate
from yuzhang.plan.figures.duplicates import Stored
from yuzhang.plan.figures.errors import FiguresBusy, UnknownSnapshot
from yuzhang.plan.figures.model import Figure, ImportRecord, Period, Series

Lake = duckdb.DuckDBPyConnection

TABLES = (
    """CREATE TABLE IF NOT EXISTS figure_series (revision INTEGER, made_by VARCHAR, made_at TIMESTAMP, name VARCHAR,
    title_zh VARCHAR, title_en VARCHAR, unit VARCHAR, low DOUBLE, high DOUBLE, region VARCHAR, aliases VARCHAR[])""",
    """CREATE TABLE IF NOT EXISTS figures (import_id INTEGER, place INTEGER, id VARCHAR, series VARCHAR, period VARCHAR,
    first_day DATE, last_day DATE, region VARCHAR, value DOUBLE, unit VARCHAR, vintage VARCHAR, known_from DATE,
    source_title VARCHAR, source_url VARCHAR, quote VARCHAR, confidence VARCHAR)""",
    """CREATE TABLE IF NOT EXISTS figure_imports (id INTEGER, made_by VARCHAR, made_at TIMESTAMP, filename VARCHAR,
    sha256 VARCHAR, total INTEGER, added INTEGER, withdrawn INTEGER, undoes INTEGER)""",
    """CREATE TABLE IF NOT EXISTS figure_withdrawals (import_id INTEGER, figure_import INTEGER, figure_id VARCHAR)""",
)
FIGURE = """id, series, period, region, value, unit, vintage, known_from, source_title, source_url, quote, confidence"""
# What counts as later among figures of one period: known later; at the same day the one that states the day; then the
# one taken in later.
AGE = "known_from, length(vintage), import_id, place"


def valid_figures(snapshot: int | None = None, schema: str = "") -> str:
    """The valid figures (not withdrawn, their import not undone) as a common table, now or at a snapshot of the lake."""
    at = "" if snapshot is None else f"AT (VERSION => {int(snapshot)})"  # a table's version takes no parameter
    return f"""WITH undone AS (SELECT undoes AS import_id FROM {schema}figure_imports {at} WHERE undoes IS NOT NULL),
    withdrawn AS (SELECT figure_import AS import_id, figure_id AS id
        FROM {schema}figure_withdrawals {at} ANTI JOIN undone USING (import_id)),
    valid AS (SELECT * FROM {schema}figures {at} ANTI JOIN undone USING (import_id) ANTI JOIN withdrawn USING (import_id, id))"""  # noqa: S608


@contextmanager
def writing(storage: Storage) -> Iterator[Lake]:
    """One transaction on the lake, all or nothing; one at a time over all processes of this data folder.

    The state's write lock is what keeps a second import out between checking and writing, which the lake alone would let
    in. Raises: FiguresBusy.
    """
    try:
        with storage.writing(), storage.lake_alone() as lake:
            lake.execute("BEGIN")
            try:
                for table in TABLES:
                    lake.execute(table)
                yield lake
            except BaseException:
                lake.execute("ROLLBACK")
                raise
            lake.execute("COMMIT")
    except (OperationalError, duckdb.TransactionException, duckdb.IOException) as err:
        raise FiguresBusy(
            Title("数据湖暂时无法写入。", "The lake cannot be written now."),
            fix=Title("请稍后再试。", "Try again in a moment."),
        ) from err


def exists(lake: Lake) -> bool:
    """Whether anything was ever written."""
    found = lake.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'figure_imports'"
    ).fetchone()
    return bool(found and found[0])


def _figure(row: tuple[Any, ...]) -> Figure:
    """A figure from the columns of FIGURE."""
    return Figure(row[0], row[1], Period.parse(row[2]), *row[3:12])


def valid_of(lake: Lake, series: Sequence[str]) -> list[Stored]:
    """The valid figures of the series with their imports, oldest first."""
    if not series:
        return []
    rows = lake.execute(
        f"{valid_figures(None)} SELECT {FIGURE}, import_id FROM valid WHERE series IN (SELECT unnest(?)) ORDER BY {AGE}",  # noqa: S608
        [list(series)],
    ).fetchall()
    return [Stored(row[-1], _figure(row[:-1])) for row in rows]


def valid_in(lake: Lake, region: str, series: str | None) -> tuple[Figure, ...]:
    """All valid vintages of a region, of one series or (None) of all; by series and period, oldest first."""
    rows = lake.execute(
        f"{valid_figures(None)} SELECT {FIGURE} FROM valid WHERE region = $1 AND ($2 IS NULL OR series = $2) "  # noqa: S608
        f"ORDER BY series, first_day, last_day, {AGE}",
        [wanted(region, "/region"), None if series is None else wanted(series, "/series")],
    ).fetchall()
    return tuple(map(_figure, rows))


def latest(lake: Lake, region: str, as_of: date | None, snapshot: int) -> tuple[Figure, ...]:
    """The latest valid vintage of each series and period that was known on `as_of` (None: of all), at a snapshot.

    Raises: UnknownSnapshot.
    """
    newest = ", ".join(f"{part} DESC" for part in AGE.split(", "))
    try:
        rows = lake.execute(
            f"{valid_figures(snapshot)} SELECT {FIGURE} FROM valid WHERE region = $1 AND ($2 IS NULL OR known_from <= $2) "  # noqa: S608
            f"QUALIFY row_number() OVER (PARTITION BY series, period ORDER BY {newest}) = 1 "
            "ORDER BY series, first_day, last_day",
            [wanted(region, "/region"), as_of],
        ).fetchall()
    except duckdb.CatalogException:  # the snapshot is older than the tables
        return ()
    except duckdb.InvalidInputException as err:
        raise UnknownSnapshot(
            Title(f"没有快照 {snapshot}。", f"There is no snapshot {snapshot}."), where="/snapshot"
        ) from err
    return tuple(map(_figure, rows))


def _append(lake: Lake, table: str, columns: Mapping[str, Sequence[object]]) -> None:
    """One INSERT of all rows, from an Arrow table: many small ones would be as many small files in the lake."""
    import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

    lake.register("incoming", pa.table({name: list(column) for name, column in columns.items()}))
    lake.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")  # noqa: S608
    lake.unregister("incoming")


def insert_figures(lake: Lake, import_id: int, added: Sequence[Candidate]) -> None:
    """Append the rows."""
    figures = [one.figure for one in added]
    plain = [name for name in FIGURE.split(", ") if name != "period"]
    _append(
        lake,
        "figures",
        {
            "import_id": [import_id] * len(figures),
            "place": [one.row for one in added],
            "period": [str(one.period) for one in figures],
            "first_day": [one.period.first for one in figures],
            "last_day": [one.period.last for one in figures],
            **{name: [getattr(one, name) for one in figures] for name in plain},
        },
    )


def insert_withdrawals(lake: Lake, import_id: int, withdrawn: Sequence[Stored]) -> None:
    """Append that these figures are no longer valid since `import_id`."""
    lake.execute(
        "INSERT INTO figure_withdrawals SELECT ?, unnest(?), unnest(?)",
        [import_id, [one.import_id for one in withdrawn], [one.figure.id for one in withdrawn]],
    )


def insert_import(lake: Lake, record: ImportRecord) -> None:
    """Append the record of an import or an undo."""
    lake.execute(
        "INSERT INTO figure_imports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            *(record.id, record.by, record.at.astimezone(UTC).replace(tzinfo=None), record.filename, record.sha256),
            *(record.rows, record.added, record.withdrawn, record.undoes),
        ],
    )


def next_import(lake: Lake) -> int:
    """The number of the next import."""
    found = lake.execute("SELECT coalesce(max(id), 0) + 1 FROM figure_imports").fetchone()
    return int(found[0]) if found else 1


def imports(lake: Lake) -> tuple[ImportRecord, ...]:
    """All imports and undos, newest first."""
    rows = lake.execute(
        "SELECT *, id IN (SELECT undoes FROM figure_imports WHERE undoes IS NOT NULL) FROM figure_imports ORDER BY id DESC"
    ).fetchall()
    return tuple(ImportRecord(row[0], row[1], row[2].replace(tzinfo=UTC), *row[3:]) for row in rows)


def hindering(lake: Lake, import_id: int) -> int | None:
    """A later import that gave figures where undoing `import_id` would bring old ones back; None if there is none."""
    found = lake.execute(
        f"""{valid_figures(None)} SELECT max(valid.import_id) FROM figure_withdrawals w
        JOIN (SELECT * FROM figures ANTI JOIN undone USING (import_id)) f
            ON f.import_id = w.figure_import AND f.id = w.figure_id
        JOIN valid USING (series, period, region, vintage)
        WHERE w.import_id = $1 AND valid.import_id > $1""",  # noqa: S608
        [import_id],
    ).fetchone()
    return found[0] if found else None


def series(lake: Lake) -> tuple[Series, ...]:
    """The newest definition of each series, by name."""
    rows = lake.execute(
        "SELECT name, title_zh, title_en, unit, low, high, region, aliases FROM figure_series "
        "QUALIFY row_number() OVER (PARTITION BY name ORDER BY revision DESC) = 1 ORDER BY name"
    ).fetchall()
    return tuple(
        Series(
            row[0], Title(row[1], row[2]), unit=row[3], low=row[4], high=row[5], region=row[6], aliases=tuple(row[7])
        )
        for row in rows
    )


def insert_series(lake: Lake, defined: Sequence[Series], by: str, at: datetime) -> None:
    """Append new definitions as one revision."""
    found = lake.execute("SELECT coalesce(max(revision), 0) + 1 FROM figure_series").fetchone()
    plain = ("name", "unit", "low", "high", "region", "aliases")
    _append(
        lake,
        "figure_series",
        {
            "revision": [found[0] if found else 1] * len(defined),
            "made_by": [by] * len(defined),
            "made_at": [at.astimezone(UTC).replace(tzinfo=None)] * len(defined),
            "title_zh": [one.title.zh for one in defined],
            "title_en": [one.title.en for one in defined],
            **{name: [getattr(one, name) for one in defined] for name in plain},
        },
    )
