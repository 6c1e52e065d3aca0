"""The lake: DuckLake tables over Parquet files, read and written by the DuckDB in this process.

On one machine its catalog is a SQLite file and its files lie beside it. In a city of several machines the catalog is in PostgreSQL
and the files in an object store that speaks S3; the SQL is the same.
"""

import fcntl
import os
import re
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import duckdb
import psycopg

from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.core.language import Title

LOCAL, CITY = ("sqlite_scanner", "ducklake"), ("httpfs", "postgres_scanner", "ducklake")
SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "disabled_optimizers": "statistics_propagation",
}
"""DuckLake 1.0 may lose that a column's bounds are unknown, and say later of the whole table what holds for its newest rows: a filter
that DuckDB reckons out from them finds nothing. A file's own bounds are right, and used. See ducklake issues 1397 and 1411."""
MEMORY = "1GiB"
"""What DuckDB may take in this process, however much there is and however large history is; sorting more than that goes over the disk."""
LOCK = 0x595A, 0x6C616B65
BROKEN = ("connection", "could not connect", "terminating", "server closed", "http error", "io error")
"""What DuckDB says, in small letters, when the catalog or the files are away."""
MISSING = re.compile(r'Cannot open file \\*"([^"\\]+\.parquet)\\*": No such file')
DAMAGED = ("file is not a database", "malformed", "no ducklake metadata", "catalog error: table with name ducklake_")
"""What it says of a catalog that is none any more."""


class LakeFileMissing(YuzhangError):
    """A file of the lake that a query needs is not there; what lies in other files is read as before."""

    code, status = "lake-file-missing", 500
    title = Title("数据湖缺少文件", "A file of the lake is missing")

    @classmethod
    def of(cls, name: str) -> "LakeFileMissing":
        """The file `name`, below the folder of the lake."""
        return cls(
            Title(f"数据湖的文件 {name} 无法打开。", f"The lake's file {name} cannot be opened."),
            where=name,
            fix=Title(
                "请从备份恢复这个文件；不涉及它的查询照常可用。",
                "Put this file back from a backup; whatever needs other files goes on.",
            ),
        )


class LakeDamaged(YuzhangError):
    """The lake's catalog is missing or damaged: its files alone do not say which of them count."""

    code, status = "lake-damaged", 500
    title = Title("数据湖的目录库缺失或损坏", "The catalog of the lake is missing or damaged")

    @classmethod
    def of(cls, catalog: Path) -> "LakeDamaged":
        """The catalog at `catalog`."""
        return cls(
            Title(f"目录库 {catalog} 缺失或损坏。", f"The catalog {catalog} is missing or damaged."),
            where=str(catalog),
            fix=Title(
                "请用同一份备份恢复整个数据目录（yuzhang restore）；不要只删除或替换其中一部分。",
                "Restore the whole data folder from one backup (yuzhang restore); do not delete or replace a part of it.",
            ),
        )


@dataclass(frozen=True, slots=True)
class LakeAddress:
    """Where a city's lake is: its catalog, postgresql://…, and its files, s3://bucket/prefix.

    Who asks for the files, and where, comes from the variables that all clients of S3 know: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY, AWS_REGION, and AWS_ENDPOINT_URL for a store of the city's own.
    """

    catalog: str
    files: str


def extension_path(name: str) -> Path:
    """The file of a DuckDB extension that came as a wheel (nothing is downloaded at run time)."""
    spec = find_spec(f"duckdb_extension_{name}")
    if spec is None or not spec.submodule_search_locations:
        raise TryAgain(
            Title(f"缺少 DuckDB 扩展 {name}。", f"The DuckDB extension {name} is missing."),
            fix=Title("请运行 make setup。", "Run make setup."),
        )
    root = Path(spec.submodule_search_locations[0])
    return next(root.glob(f"extensions/v{duckdb.__version__}/{name}.duckdb_extension"))


class Lake:
    """The lake of one process, attached at the first use; to be used from several threads."""

    def __init__(self, folder: Path, busy_timeout_ms: int, address: LakeAddress | None = None) -> None:
        """In `folder`, or at `address`."""
        self._folder = folder
        self._busy_timeout_ms = busy_timeout_ms
        self._address = address
        self._attached: duckdb.DuckDBPyConnection | None = None
        self._lock = threading.Lock()
        self._writing = threading.RLock()

    @contextmanager
    def alone(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor while nobody else on this machine writes to the lake that asks by this door; waits for its turn.

        SQLite refuses the commit of whoever began before another one's commit, and a merge of files takes longer than the time between
        two commits of the recorder: it would never come to an end. A catalog in PostgreSQL needs no turns.
        """
        if self._address is not None:
            with self.cursor() as cursor:
                yield cursor
            return
        with self._writing, (self._folder / "writing.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with self.cursor() as cursor:
                yield cursor

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor that reads all it reads as of one snapshot. DuckLake looks for the newest one only once then, which takes 3 ms."""
        with self.cursor(within="BEGIN; USE lake") as cursor:
            try:
                yield cursor
            finally:
                with suppress(duckdb.Error):  # an error has ended it already
                    cursor.execute("ROLLBACK")

    @contextmanager
    def cursor(self, within: str = "USE lake") -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor on the lake, attached as `lake` and in use; made on first use (0.1 s). Raises TryAgain if it is away."""
        try:
            with self._lock:
                if self._attached is None:
                    self._attached = self._attach()
                attached = self._attached
            with attached.cursor() as cursor:
                cursor.execute(within)
                yield cursor
        except duckdb.Error as err:
            said = str(err).lower()
            if missing := missing_file(str(err)):
                raise LakeFileMissing.of(missing) from err
            if "database is locked" in said:
                raise TryAgain(
                    Title("数据湖正被另一进程写入。", "Another process is writing to the lake."),
                    fix=Title("请稍候再试。", "Wait a moment and try again."),
                ) from err
            if self._address is not None and "no space" not in said and any(one in said for one in BROKEN):
                self.close()  # attached again by whoever comes next, with new connections
                raise _away() from err
            raise

    def _attach(self) -> duckdb.DuckDBPyConnection:
        spill = {"memory_limit": MEMORY, "temp_directory": str(self._spill())}
        connection = duckdb.connect(config={**SETTINGS, **spill})
        for name in LOCAL if self._address is None else CITY:
            connection.execute(f"LOAD '{extension_path(name)}'")
        if self._address is None:
            self._attach_folder(connection)
        else:
            self._attach_city(connection, self._address)
        return connection

    def _spill(self) -> Path:
        """This process's own folder for what does not fit into memory; those of processes that were killed go."""
        for other in self._folder.glob("spill-*"):
            try:
                os.kill(int(other.name.rpartition("-")[2]), 0)
            except (ProcessLookupError, ValueError):
                shutil.rmtree(other, ignore_errors=True)
            except PermissionError:  # it lives, as another user
                continue
        return self._folder / f"spill-{os.getpid()}"

    def _attach_folder(self, connection: duckdb.DuckDBPyConnection) -> None:
        file, files = self._folder / "catalog.sqlite", self._folder / "data"
        if not file.exists() and next(files.rglob("*.parquet"), None) is not None:
            raise LakeDamaged.of(file)  # a new one would know nothing of these files
        catalog, data = quoted(str(file)), quoted(str(files))
        with (self._folder / "attaching.lock").open("w") as lock:
            # One process after the other: the first one makes the catalogue, which no busy timeout covers.
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                connection.execute(
                    f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (DATA_PATH '{data}', META_JOURNAL_MODE 'WAL', "
                    f"META_BUSY_TIMEOUT {self._busy_timeout_ms}, OVERRIDE_DATA_PATH true)"
                )
            except duckdb.Error as err:
                if any(one in str(err).lower() for one in DAMAGED):
                    raise LakeDamaged.of(file) from err
                raise

    def _attach_city(self, connection: duckdb.DuckDBPyConnection, address: LakeAddress) -> None:
        connection.execute(secret(os.environ))
        try:
            with psycopg.connect(address.catalog, autocommit=True, connect_timeout=5) as asking:
                # One node after the other, as above.
                asking.execute("SELECT pg_advisory_lock(%s, %s)", LOCK)
                connection.execute(
                    f"ATTACH 'ducklake:postgres:{quoted(address.catalog)}' AS lake (DATA_PATH '{quoted(folder_of(address))}')"
                )
        except psycopg.OperationalError as err:
            raise _away() from err

    def close(self) -> None:
        """Release the files and connections, as soon as the last cursor is done with them."""
        with self._lock:
            if self._attached is not None:
                self._attached.close()
                self._attached = None


def folder_of(address: LakeAddress) -> str:
    """The folder of the files, with the slash that DuckLake puts names behind."""
    return address.files.rstrip("/") + "/"


def secret(environment: Mapping[str, str]) -> str:
    """The statement that tells DuckDB who asks for the files, and where."""
    endpoint = urlsplit(environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or "")
    options = {
        "KEY_ID": environment.get("AWS_ACCESS_KEY_ID", ""),
        "SECRET": environment.get("AWS_SECRET_ACCESS_KEY", ""),
        "REGION": environment.get("AWS_REGION", "us-east-1"),
    }
    if token := environment.get("AWS_SESSION_TOKEN"):
        options["SESSION_TOKEN"] = token
    if endpoint.netloc:
        options |= {"ENDPOINT": endpoint.netloc, "URL_STYLE": "path"}
    parts = [f"{name} '{quoted(value)}'" for name, value in options.items()]
    parts.append(f"USE_SSL {'false' if endpoint.scheme == 'http' else 'true'}")
    return f"CREATE SECRET (TYPE s3, {', '.join(parts)})"


def missing_file(said: str) -> str | None:
    """The Parquet file, below the lake's data, that DuckDB says it cannot open; None if it says something else.

    >>> missing_file('IO Error: Cannot open file "/d/lake/data/main/t/x.parquet": No such file or directory')
    'main/t/x.parquet'
    """
    found = MISSING.search(said)
    return None if found is None else found[1].rpartition("/data/")[2]


def wanted(text: str, where: str) -> str:
    """A text from outside that a column of the lake is to be compared with; `where` is the field it came in.

    Raises InputRefused if it has U+0000 in it: DuckLake cuts a text there in the SQL that it asks its catalog with, and what comes after
    would be taken for SQL.
    """
    if "\0" in text:
        raise InputRefused(
            Title("文本含有空字符（U+0000）。", "There is a null character (U+0000) in the text."),
            where=where,
            fix=Title("请去掉这个字符。", "Take it out."),
        )
    return text


def newest_snapshot(lake: duckdb.DuckDBPyConnection) -> int:
    """The lake's newest snapshot; in a transaction, the one that it reads."""
    found = lake.execute("SELECT id FROM lake.current_snapshot()").fetchone()
    return int(found[0]) if found else 0


def quoted(value: str) -> str:
    """A text for between the quotes of a statement.

    >>> quoted("it's")
    "it''s"
    """
    return value.replace("'", "''")


def _away() -> TryAgain:
    return TryAgain(
        Title("数据湖的目录库或文件没有应答。", "The lake's catalog or its files do not answer."),
        fix=Title(
            "请稍候再试；管理员请检查 PostgreSQL 和对象存储。",
            "Wait a moment and try again; operators: look at PostgreSQL and the object store.",
        ),
    )
