"""Brings a lake of an older layout to the present one, and rows under an old policy to where they belong: a month at a time.

Each month is one transaction that adds rows where they belong and takes them away where they lay. Whoever is stopped at any moment,
also by a power cut, goes on where it was: what is left to do is what still lies in the wrong place.

Layout 0: the table `observations` without partitions and without an order. Layout 1: that of store/lake.py.
"""

import shutil
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from yuzhang.brain.history.errors import NoRoom, OlderLake
from yuzhang.brain.history.keeping.actions import TIDYING, alone
from yuzhang.brain.history.keeping.catalog import CATALOG, count, data_files
from yuzhang.brain.history.keeping.errors import TidyingElsewhere
from yuzhang.brain.history.keeping.retention import month_of
from yuzhang.brain.history.store import lake as tables
from yuzhang.brain.history.store.lake import LAYOUT, SCHEMA, Lake
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage

if TYPE_CHECKING:
    from yuzhang.brain.history.room import History

OLDER = "observations_older"
SPARE = 64 * 2**20
"""Room that a migration leaves for everything else."""
ROOM = 1.2
"""What is written anew may come out larger than what it is made of."""
SMALL = 64 * 2**20
"""Bytes of an older table that is brought over at a start, without being asked to."""
Told = Callable[[Title], None]
IS_TABLE = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = ?"
PARTITIONED = f"""SELECT count(*) FROM {CATALOG}.ducklake_partition_info p JOIN {CATALOG}.ducklake_table t ON t.table_id = p.table_id
    AND t.end_snapshot IS NULL WHERE t.table_name = 'observations' AND p.end_snapshot IS NULL"""  # noqa: S608  # a constant
COLUMNS_OF = "SELECT column_name FROM duckdb_columns() WHERE database_name = 'lake' AND table_name = ?"
MONTHS = "SELECT DISTINCT year(time)::INTEGER, month(time)::INTEGER FROM {table} {where} ORDER BY 1, 2"
ELSEWHERE = "series IN (SELECT number FROM history_series WHERE policy <> observations.policy)"


class Left(msgspec.Struct, frozen=True):
    """How far a lake is: its layout, and how many rows do not lie where they belong."""

    layout: int
    rows: int


def layout(lake: Lake) -> int | None:
    """The layout of a lake; None if it has no observations at all."""
    if count(lake, IS_TABLE, [OLDER]):
        return 0
    if not count(lake, IS_TABLE, ["observations"]):
        return None
    if count(lake, IS_TABLE, ["history_layout"]):
        return count(lake, "SELECT max(version) FROM history_layout")
    return LAYOUT if count(lake, PARTITIONED) else 0


@action("reader")
def left(history: "History", caller: Party) -> Left:
    """How much there is to migrate; it can be asked while a migration runs."""
    with history.lake() as lake:
        found = layout(lake)
        if found == 0:
            table = OLDER if count(lake, IS_TABLE, [OLDER]) else "observations"
            return Left(0, count(lake, f"SELECT count(*) FROM {table}"))  # noqa: S608  # one of two names
        rows = count(lake, f"SELECT count(*) FROM observations WHERE {ELSEWHERE}")  # noqa: S608  # a constant
        return Left(LAYOUT if found is None else found, rows)


@action("operator")
def migrate(history: "History", caller: Party, *, told: Told = lambda _: None) -> int:
    """Bring all rows to where they belong: how many were moved. Raises NoRoom before anything is done; TidyingElsewhere."""
    with alone(history.broker.lead(TIDYING), 0):
        with history.lake() as lake:
            old = layout(lake) == 0
        moved = 0
        if old:
            if not history.lead.take():  # the server records: its rows and the older ones would be in each other's way
                raise TidyingElsewhere.now()
            try:
                moved = bring_over(history.storage, told)
            finally:
                history.lead.release()
        return moved + _rehouse(history.storage, told)


def bring_over(storage: Storage, told: Told = lambda _: None) -> int:
    """Bring a lake of layout 0 to the present layout; how many rows. Nobody else may write meanwhile. Raises NoRoom."""
    with storage.lake() as lake:
        if layout(lake) != 0:
            return 0
        table = OLDER if count(lake, IS_TABLE, [OLDER]) else "observations"
        _check_room(storage, sum(one.size for one in data_files(lake, table)))
    with storage.lake_alone() as lake:
        if table != OLDER:
            tables.make_beside(lake, OLDER)
        found = lake.execute(MONTHS.format(table=OLDER, where="")).fetchall()
        named = {row[0] for row in lake.execute(COLUMNS_OF, [OLDER]).fetchall()}
    columns = ", ".join(name if name in named else f"{_stands_for(name)} AS {name}" for name in SCHEMA.names)
    moved = 0
    for year, month in found:
        start, end = month_of(year, month)
        within = f"time >= make_timestamp({start}) AND time < make_timestamp({end})"
        with storage.lake_alone() as lake:
            moved += _move(
                lake,
                f"INSERT INTO observations BY NAME SELECT {columns} FROM {OLDER} WHERE {within} ORDER BY series, time",  # noqa: S608
                f"DELETE FROM {OLDER} WHERE {within}",  # noqa: S608
            )
        told(Title(f"已迁移 {year}-{month:02}", f"{year}-{month:02} is moved"))
    with storage.lake_alone() as lake:
        lake.execute(f"DROP TABLE {OLDER}")
    return moved


def is_small(storage: Storage) -> bool:
    """Whether an older lake is so small that a start may bring it over."""
    with storage.lake() as lake:
        return sum(one.size for table in (OLDER, "observations") for one in data_files(lake, table)) < SMALL


def at_start(history: "History") -> None:
    """Bring a small older lake over before anything is filed. Raises OlderLake if it is large; TidyingElsewhere."""
    with history.lake() as lake:
        if layout(lake) != 0:
            return
    if not is_small(history.storage):
        raise OlderLake(
            Title("数据湖的布局较旧。", "The lake has an older layout."),
            fix=Title("请先运行 yuzhang history migrate。", "Run yuzhang history migrate first."),
        )
    if not history.lead.take():
        raise TidyingElsewhere.now()
    try:
        bring_over(history.storage)
    finally:
        history.lead.release()


def _rehouse(storage: Storage, told: Told) -> int:
    """Move rows that lie under another policy than that of their series."""
    with storage.lake() as lake:
        found = lake.execute(MONTHS.format(table="observations", where=f"WHERE {ELSEWHERE}")).fetchall()
        if found:
            months = {(str(year), str(month)) for year, month in found}
            _check_room(
                storage, sum(one.size for one in data_files(lake, "observations") if one.partition[1:] in months)
            )
    moved = 0
    for year, month in found:
        start, end = month_of(year, month)
        within = f"time >= make_timestamp({start}) AND time < make_timestamp({end}) AND {ELSEWHERE}"
        with storage.lake_alone() as lake:
            lake.execute(f"CREATE OR REPLACE TEMP TABLE moving AS SELECT * FROM observations WHERE {within}")  # noqa: S608
            moved += _move(
                lake,
                f"DELETE FROM observations WHERE {within}",  # noqa: S608
                "INSERT INTO observations BY NAME SELECT m.* REPLACE (s.policy AS policy) FROM moving m "
                "JOIN history_series s ON s.number = m.series ORDER BY series, time",
            )
            lake.execute("DROP TABLE moving")
        told(Title(f"已迁移 {year}-{month:02}", f"{year}-{month:02} is moved"))
    return moved


def _move(lake: Lake, first: str, second: str) -> int:
    lake.execute("BEGIN")
    try:
        rows = count(lake, first)
        lake.execute(second)
    except BaseException:
        lake.execute("ROLLBACK")
        raise
    lake.execute("COMMIT")
    return rows


def _stands_for(name: str) -> str:
    """What stands for a column that an older table has not."""
    return {"policy": "0", "deleted": "false", "observed": "true", "modified": "time"}.get(name, "NULL")


def _check_room(storage: Storage, size: int) -> None:
    needs, free = int(size * ROOM) + SPARE, shutil.disk_usage(storage.folder).free
    if needs > free:
        raise NoRoom.of(needs, free)
