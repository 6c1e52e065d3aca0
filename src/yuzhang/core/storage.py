"""The engines under every room's store: SQLite for state, DuckLake (Parquet) for history, in one folder.

Everything a user would back up lies in that folder. Several local processes may open it at once: SQLite in WAL mode lets
many read while one writes, and the lake's catalog is SQLite too.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

import duckdb
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError

from yuzhang.core.errors import Conflict, TryAgain
from yuzhang.core.lake import Lake, LakeAddress
from yuzhang.core.language import Title

MIGRATIONS = Path(__file__).parent.parent / "migrations"
BUSY_TIMEOUT_MS = 10_000
LOG_PAGES = 4_000
"""How long SQLite's log grows, in pages of 4 KiB, before it is written into the database: a page that changes often is written once."""


class DiskFull(TryAgain):
    """There is no room left on the disk of the data folder; what was being written is not kept, all before it is."""

    code = "disk-full"
    status = 507
    title = Title("磁盘已满", "The disk is full")


class NewerTables(Conflict):
    """The tables were made by a newer Yuzhang than this one; nothing was touched, and it goes on with the newer one."""

    code = "newer-tables"
    title = Title("数据来自更新的版本", "The data is of a newer version")

    @classmethod
    def of(cls, found: str) -> "NewerTables":
        """Tables that have taken the step `found`, which is none of ours."""
        newest = newest_tables()
        return cls(
            Title(
                f"数据表的版本是 {found}，本程序只认识到 {newest}。",
                f"The tables are of version {found}; this program knows them up to {newest}.",
            ),
            where="alembic_version",
            fix=Title(
                "请用更新的豫章打开，或由旧备份恢复；没有改动任何内容。",
                "Open it with the newer Yuzhang, or restore an older backup; nothing was changed.",
            ),
        )


def _is_full(problem: object) -> bool:
    said = str(problem).lower()
    return "disk is full" in said or "no space left" in said


def _full() -> DiskFull:
    return DiskFull(
        Title("磁盘已满，这次写入没有保存。", "The disk is full; this write was not kept."),
        fix=Title("请腾出空间后重试。", "Free some space and try again."),
    )


def _busy() -> TryAgain:
    return TryAgain(
        Title("另一个写入正在进行。", "Another write is going on."),
        fix=Title("请稍候再试。", "Wait a moment and try again."),
    )


def disk_full_if(error: object) -> DiskFull | None:
    """DiskFull if that is what `error` of a database or file says, else None."""
    return _full() if _is_full(error) else None


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as err:
        if _is_full(err):
            raise _full() from err
        raise


def newest_tables() -> str:
    """The number of the last step of the tables."""
    return max(_steps())


def _steps() -> frozenset[str]:
    return frozenset(script.stem.partition("_")[0] for script in (MIGRATIONS / "versions").glob("[0-9]*.py"))


def bring_up_to_date(connection: Connection) -> None:
    """Take the steps that the tables behind `connection` lack, in its transaction, whichever database it is. Raises NewerTables."""
    # Only here: Alembic takes a third of a second to import, and most starts find the tables up to date.
    from alembic.command import upgrade
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in _steps():
        raise NewerTables.of(current)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    upgrade(config, "head")


def _prepare_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]  # a DBAPI connection has no static type in SQLAlchemy
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


class Storage:
    """The storage of one folder. Open it once a process; it may be used from several threads."""

    def __init__(self, folder: Path, lake: LakeAddress | None = None) -> None:
        """Open `folder`, make it if it is not there, and bring its tables up to date. Raises NewerTables; TryAgain if it cannot.

        `lake` is where history lies, if not in the folder.
        """
        self.folder = folder
        self._turn = Lock()
        try:
            (folder / "lake").mkdir(parents=True, exist_ok=True)
            # Values in errors would come into the log.
            self.engine: Engine = create_engine(f"sqlite:///{folder / 'state.db'}", hide_parameters=True)
            event.listen(self.engine, "connect", _prepare_sqlite)
            self._migrate()
        except NewerTables:
            self.engine.dispose()
            raise
        except (OSError, OperationalError) as err:
            said = getattr(err, "orig", None) or err
            if _is_full(said):
                raise _full() from err
            raise TryAgain(
                Title(f"无法打开数据目录 {folder}：{said}", f"Cannot open the data folder {folder}: {said}"),
                fix=Title("请检查目录权限和磁盘空间。", "Check the folder's rights and the free space."),
            ) from err
        self._lake = Lake(folder / "lake", BUSY_TIMEOUT_MS, lake)

    def _migrate(self) -> None:
        with self.engine.connect() as connection:
            if "alembic_version" in connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars().all():
                current = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
                if current == newest_tables():
                    return
        with self.writing() as connection:
            # Two processes may start at once; who waited for the lock finds the tables made.
            bring_up_to_date(connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction that has the write lock from its first statement; all or nothing. Not to be used inside of itself.

        Raises: TryAgain if another writer keeps the lock for longer than 10 s.
        """
        with self._own_turn(), self.engine.connect() as connection:
            try:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            except OperationalError as err:
                raise _busy() from err
            try:
                yield connection
                connection.commit()
            except BaseException as err:
                connection.rollback()
                if isinstance(err, OperationalError) and _is_full(err.orig):
                    raise _full() from err
                raise

    @contextmanager
    def _own_turn(self) -> Iterator[None]:
        """Writers of this process wait here, without a connection: those that wait for SQLite's lock would take all from readers."""
        if not self._turn.acquire(timeout=BUSY_TIMEOUT_MS / 1000):
            raise _busy()
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent view of the state."""
        with self.engine.connect() as connection:
            yield connection

    @contextmanager
    def lake(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the lake, attached as `lake` and in use; made on first use (0.1 s). Raises TryAgain, DiskFull."""
        with _telling(), self._lake.cursor() as cursor:
            yield cursor

    @contextmanager
    def lake_reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same for whoever only reads: all of it as of one snapshot."""
        with _telling(), self._lake.reading() as cursor:
            yield cursor

    @contextmanager
    def lake_alone(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The same for whoever writes: one after the other. Not to be used inside of `lake` or of itself."""
        with _telling(), self._lake.alone() as cursor:
            yield cursor

    def check(self) -> None:
        """Return if the state can be read; raise TryAgain if not."""
        try:
            with self.reading() as connection:
                connection.execute(text("SELECT 1"))
        except OperationalError as err:
            raise TryAgain(Title("数据库暂时无法读取。", "The database cannot be read now.")) from err

    def close(self) -> None:
        """Release the files."""
        self.engine.dispose()
        self._lake.close()
