"""The lake's tables of observations, and the SQL that writes them and reads rows of series.

The lake has no keys: the recorder, which is one, sees to it that a series has one row of a moment. SQL is put together (S608) from
the constants of this file and from whole numbers; what comes from outside is a parameter.
"""

from collections.abc import Sequence
from contextlib import suppress
from time import sleep
from typing import Any

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.model import COLUMNS, TimeProperty, Window
from yuzhang.foundation.log.model import Microseconds

Lake = duckdb.DuckDBPyConnection

LAYOUT = 1
"""The number of the layout of TABLES; an older lake is brought to it by history/migrating.py."""
OPTIONS = {"parquet_version": "2", "parquet_compression": "zstd"}
IN_FILES = ("observations", "history_series", "rollups")
"""Tables of which no row is ever put into the catalog instead of a file, however few come at once.

DuckLake 1.5.5 takes such rows out of the catalog when it writes them into a file, and who reads at that moment misses them: of 1,147
reads beside 81 such moves 28 missed rows that had been there before.
"""
TABLES = (
    """CREATE TABLE observations (policy INTEGER, series INTEGER, time TIMESTAMP, value DOUBLE, rest VARCHAR, modified TIMESTAMP,
    created TIMESTAMP, deleted BOOLEAN, observed BOOLEAN)""",
    "ALTER TABLE observations SET PARTITIONED BY (policy, year(time), month(time))",
    "ALTER TABLE observations SET SORTED BY (series, time)",
    """CREATE TABLE history_series (number INTEGER, tenant VARCHAR, entity VARCHAR, entity_type VARCHAR, attribute VARCHAR,
    dataset VARCHAR, policy INTEGER)""",
    """CREATE TABLE rollups (policy INTEGER, step_s INTEGER, series INTEGER, time TIMESTAMP, count BIGINT, mean DOUBLE, low DOUBLE,
    high DOUBLE, first DOUBLE, last DOUBLE)""",
    "ALTER TABLE rollups SET PARTITIONED BY (policy, step_s, year(time))",
    "ALTER TABLE rollups SET SORTED BY (series, time)",
    f"CREATE TABLE history_layout AS SELECT {LAYOUT}::INTEGER AS version",
    "CREATE TABLE history_place (position BIGINT)",
)
SCHEMA = pa.schema(
    [
        ("policy", pa.int32()),
        ("series", pa.int32()),
        ("time", pa.timestamp("us")),
        ("value", pa.float64()),
        ("rest", pa.string()),
        ("modified", pa.timestamp("us")),
        ("created", pa.timestamp("us")),
        ("deleted", pa.bool_()),
        ("observed", pa.bool_()),
    ]
)
EXISTING = """SELECT n.row, o.value IS NOT DISTINCT FROM n.value AND o.rest IS NOT DISTINCT FROM n.rest AND o.deleted = n.deleted
    AND o.observed = n.observed FROM observations o JOIN late n ON o.series = n.series AND o.time = n.time
    WHERE o.time BETWEEN ? AND ? AND o.series BETWEEN ? AND ?"""
REPLACED = """DELETE FROM observations WHERE time BETWEEN ? AND ? AND series BETWEEN ? AND ?
    AND (series, time) IN (SELECT (series, time) FROM replacing)"""
MOMENT = "make_timestamp(?::BIGINT)"
TRIES = 5
FEW = 500
"""Series are named in the statement, where the files' statistics are compared with them, up to so many."""


def is_made(lake: Lake) -> bool:
    """Whether the tables are there."""
    sql = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'history_place'"
    found = lake.execute(sql).fetchone()
    return bool(found and found[0])


def make(lake: Lake) -> None:
    """Make the tables that are missing. Another process may do so at the same moment: whoever comes second finds them made."""
    for left in reversed(range(TRIES)):
        if is_made(lake):
            return
        try:
            _make(lake)
        except duckdb.Error:
            if not left:
                raise
            sleep(0.2)


def _make(lake: Lake) -> None:
    for name, value in OPTIONS.items():
        lake.execute(f"CALL lake.set_option('{name}', '{value}')")
    lake.execute("BEGIN")
    try:
        for statement in TABLES:
            lake.execute(statement)
        lake.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a commit that failed has ended the transaction
            lake.execute("ROLLBACK")
        raise
    _keep_in_files(lake)


def _keep_in_files(lake: Lake) -> None:
    for table in IN_FILES:
        lake.execute(f"CALL lake.set_option('data_inlining_row_limit', 0, table_name => '{table}')")


def make_beside(lake: Lake, older: str) -> None:
    """Call the table of observations `older`, and make an empty one of the present layout in its place."""
    lake.execute("BEGIN")
    try:
        lake.execute(f"ALTER TABLE observations RENAME TO {older}")
        for statement in TABLES[:3]:
            lake.execute(statement)
        lake.execute(f"CREATE TABLE IF NOT EXISTS history_layout AS SELECT {LAYOUT}::INTEGER AS version")
        lake.execute(f"UPDATE history_layout SET version = {LAYOUT}")  # noqa: S608  # a whole number
    except BaseException:
        lake.execute("ROLLBACK")
        raise
    lake.execute("COMMIT")
    _keep_in_files(lake)


def place(lake: Lake) -> int:
    """The position of the log up to which rows are in the lake."""
    found = lake.execute("SELECT max(position) FROM history_place").fetchone()
    return int(found[0] or 0) if found else 0


def set_place(lake: Lake, position: int) -> None:
    """In the transaction of the rows themselves: what is in the lake and how far it reaches can never differ."""
    lake.execute("INSERT INTO history_place VALUES (?)", [position])


def drop_old_places(lake: Lake, position: int) -> None:
    """Forget the places before `position`."""
    lake.execute("DELETE FROM history_place WHERE position < ?", [position])


def newest_series(lake: Lake) -> int:
    """The highest number of a series that the lake knows the name of."""
    found = lake.execute("SELECT max(number) FROM history_series").fetchone()
    return int(found[0] or 0) if found else 0


def add_series(lake: Lake, series: Sequence[tuple[int, str, str, str, str, str, int]]) -> None:
    """Append the names of series: number, tenant, entity, its first type, attribute, dataset, policy."""
    names = ("number", "tenant", "entity", "entity_type", "attribute", "dataset", "policy")
    columns = dict(zip(names, map(list, zip(*series, strict=True)), strict=True))
    lake.register("incoming", pa.table(columns))
    lake.execute("INSERT INTO history_series BY NAME SELECT * FROM incoming")
    lake.unregister("incoming")


def add_rows(lake: Lake, rows: pa.Table) -> None:
    """Append rows of SCHEMA, sorted by series and time."""
    lake.register("incoming", rows)
    lake.execute("INSERT INTO observations BY NAME SELECT * FROM incoming")
    lake.unregister("incoming")


def existing(lake: Lake, late: pa.Table) -> list[tuple[int, bool]]:
    """Which rows of `late` (SCHEMA, and `row`) are there already, and whether with the same content."""
    lake.register("late", late)
    found = lake.execute(EXISTING, _bounds(late)).fetchall()
    lake.unregister("late")
    return found


def remove(lake: Lake, replacing: pa.Table) -> None:
    """Take away the rows of the same series and times."""
    lake.register("replacing", replacing)
    lake.execute(REPLACED, _bounds(replacing))
    lake.unregister("replacing")


def _bounds(rows: pa.Table) -> list[Any]:
    import pyarrow.compute as pc  # type: ignore[import-untyped]

    times, series = pc.min_max(rows["time"]), pc.min_max(rows["series"])
    return [times["min"].as_py(), times["max"].as_py(), series["min"].as_py(), series["max"].as_py()]


def erase(lake: Lake, series: Sequence[int], time: Microseconds | None) -> None:
    """Take away all rows of `series`, or those of one moment; with all rows goes the name."""
    numbers = ", ".join(str(int(one)) for one in series)
    if time is not None:
        lake.execute(f"DELETE FROM observations WHERE series IN ({numbers}) AND time = {MOMENT}", [time])  # noqa: S608
        return
    lake.execute(f"DELETE FROM observations WHERE series IN ({numbers})")  # noqa: S608
    lake.execute(f"DELETE FROM rollups WHERE series IN ({numbers})")  # noqa: S608
    lake.execute(f"DELETE FROM history_series WHERE number IN ({numbers})")  # noqa: S608


def newest_row(lake: Lake, series: int) -> tuple[Microseconds, float | None, str | None] | None:
    """Time, number and rest of the newest row of a series; None if it has none."""
    found = lake.execute(
        "SELECT epoch_us(time), value, rest FROM observations WHERE series = ? ORDER BY time DESC LIMIT 1", [series]
    ).fetchone()
    return found if found is None else (int(found[0]), found[1], found[2])


def condition(window: Window) -> tuple[str, list[Any]]:
    """A window as a condition on rows, and its parameters. Source: GS CIM 009, clause 4.11."""
    column, parts = "time", []
    if window.by is TimeProperty.OBSERVED:
        parts.append("observed")
    elif window.by is TimeProperty.CREATED:
        column = "coalesce(created, modified)"
    else:
        column = "modified"
        if window.by is TimeProperty.DELETED:
            parts.append("deleted")
    values: list[Any] = []
    if window.start is not None:
        parts.append(f"{column} {'>' if window.open_start else '>='} {MOMENT}")
        values.append(window.start)
    if window.end is not None:
        parts.append(f"{column} < {MOMENT}")
        values.append(window.end)
    return " AND ".join(parts) or "true", values


def source(snapshot: int | None, table: str = "observations") -> str:
    """The table as it is, or as it was at a snapshot."""
    return table if snapshot is None else f"{table} AT (VERSION => {int(snapshot)})"


def rows_of(lake: Lake, series: Sequence[int], window: Window, last_n: int | None, snapshot: int | None) -> pa.Table:
    """Rows of `series` in `window`, by series and time."""
    where, values = condition(window)
    if len(series) <= FEW:
        chosen = f"series IN ({', '.join(str(int(one)) for one in series) or 'NULL'})"
    else:
        lake.register("chosen", pa.table({"series": pa.array(series, pa.int32())}))
        chosen = "series IN (SELECT series FROM chosen)"
    newest = (
        "" if last_n is None else f"QUALIFY row_number() OVER (PARTITION BY series ORDER BY time DESC) <= {int(last_n)}"
    )
    sql = (
        f"SELECT {', '.join(COLUMNS)} FROM {source(snapshot)} WHERE {chosen} AND {where} {newest} ORDER BY series, time"  # noqa: S608
    )
    return lake.execute(sql, values).to_arrow_table()
