"""The process that runs officers' queries: a DuckDB of its own that can read the lake and nothing else.

It is told its limits and the views on its standard input, then one question after the other; it ends with its input. Whoever
asks ends it, if it does not stop by itself.
"""

import os
import resource
import struct
import sys
import threading
from array import array
from json import JSONDecodeError, loads
from time import monotonic
from typing import IO, Any

import duckdb
import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.sql.checking import Forbidden, check
from yuzhang.brain.history.sql.model import Answer, Question, Refusal, Setup, View
from yuzhang.brain.history.sql.writing import written
from yuzhang.core.lake import (
    CITY,
    LOCAL,
    SETTINGS,
    LakeAddress,
    extension_path,
    folder_of,
    missing_file,
    quoted,
    secret,
)

TOO_LONG = "maximum supported string size"
"""What DuckDB says of a text that it could not hold whatever the limit of memory, where it looks at that first."""
NO_LAKE = "Failed to query most recent snapshot for DuckLake"
"""What DuckLake says when it cannot read its catalog; the class of the error does not tell."""
LENGTH = struct.Struct("!Q")
BATCH = 4096
SEEN = "seen"
"""The table of the series that the asker of the moment may see; a query cannot name it."""
Reply = Answer | Refusal


def send(pipe: IO[bytes], message: bytes) -> None:
    """Write one message."""
    pipe.write(LENGTH.pack(len(message)) + message)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next message; None at the end."""
    head = pipe.read(LENGTH.size)
    if len(head) < LENGTH.size:
        return None
    size = LENGTH.unpack(head)[0]
    body = pipe.read(size)
    return body if len(body) == size else None


def connect(setup: Setup) -> duckdb.DuckDBPyConnection:
    """A DuckDB over the lake, attached read-only, that can reach nothing else any more, and whose settings are locked."""
    con = duckdb.connect(config={**SETTINGS, "memory_limit": f"{setup.memory_bytes}B", "threads": str(setup.threads)})
    con.execute("SET errors_as_json = true")
    con.execute("SET python_enable_replacements = false")
    city = LakeAddress(setup.catalog, setup.files) if setup.catalog else None
    postgres = setup.state.startswith("postgresql")
    wanted = [*(CITY if city else LOCAL), *(["postgres_scanner"] if postgres and not city else [])]
    for name in wanted:
        con.execute(f"LOAD '{extension_path(name)}'")
    if city:
        con.execute(secret(os.environ))
        con.execute(
            f"ATTACH 'ducklake:postgres:{quoted(city.catalog)}' AS lake (DATA_PATH '{quoted(folder_of(city))}', READ_ONLY)"
        )
        data = folder_of(city)
    else:
        catalog, data = quoted(f"{setup.folder}/catalog.sqlite"), quoted(f"{setup.folder}/data/")
        con.execute(
            f"ATTACH 'ducklake:sqlite:{catalog}' AS lake (DATA_PATH '{data}', READ_ONLY, META_JOURNAL_MODE 'WAL', "
            "META_BUSY_TIMEOUT 10000, OVERRIDE_DATA_PATH true)"
        )
    con.execute(f"ATTACH '{quoted(setup.state)}' AS present (TYPE {'postgres' if postgres else 'sqlite'}, READ_ONLY)")
    con.execute(f"SET allowed_directories = ['{data}']")
    con.execute("SET temp_directory = ''")
    con.execute("SET max_temp_directory_size = '0B'")
    con.execute("SET enable_external_access = false")
    con.execute("SET lock_configuration = true")
    return con


def offered(view: View) -> str:
    """The view's SELECT with no column of text as it lies in the lake.

    DuckLake writes what such a column is compared with into SQL of its own, for its catalog, and cuts it at U+0000, which `chr(0)`
    gives: what another text holds would then be SQL over tables that nobody offered.
    """
    columns = (
        f'"{one.name}" || \'\' AS "{one.name}"' if one.kind == "VARCHAR" else f'"{one.name}"' for one in view.columns
    )
    return f"SELECT {', '.join(columns)} FROM ({view.sql})"  # noqa: S608  # names that we give


def narrowed(view: View) -> str:
    """The view's SELECT with the rows of the series in `seen` only.

    A limit that is never reached keeps DuckDB from asking anything else of a row first: what an error says of a row is then of
    one that may be seen.
    """
    seen = f'SELECT series FROM memory.main."{SEEN}"'  # noqa: S608  # a constant
    return f"SELECT * FROM ({offered(view)}) WHERE series IN ({seen}) LIMIT {2**63 - 1}"  # noqa: S608  # as above


class Worker:
    """Answers questions, one at a time."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._con = connect(setup)
        self._missing = list(setup.views)
        self._narrow: bool | None = False

    def answer(self, question: Question) -> Reply:
        """The answer, or why there is none."""
        ended = threading.Event()

        def stop() -> None:
            ended.set()
            self._con.interrupt()

        timer = threading.Timer(self._setup.seconds, stop)
        timer.start()
        try:
            return self._answer(question)
        except Forbidden as error:
            return Refusal("forbidden", error.chinese, error.english, error.place)
        except (RecursionError, JSONDecodeError):
            return Refusal("forbidden", "查询嵌套过深。", "The query is nested too deep.")
        except (MemoryError, pa.ArrowMemoryError):
            return _memory(self._setup)
        except duckdb.InterruptException:
            return _time(self._setup)
        except (duckdb.Error, UnicodeError, OverflowError, pa.ArrowException) as error:
            return _time(self._setup) if ended.is_set() else self._refusal(error)
        finally:
            timer.cancel()
            self._end()

    def _end(self) -> None:
        try:
            self._con.execute("ROLLBACK")
        except duckdb.Error:  # there was no transaction
            return

    def _offer(self) -> None:
        """Make the views whose tables are there by now."""
        for one in list(self._missing):
            try:
                self._con.execute(f'CREATE VIEW memory.main."{one.name}" AS {offered(one)}')
                self._narrow = None  # this one is not, whatever the others are
            except duckdb.CatalogException:
                continue
            self._missing.remove(one)

    def _narrow_to(self, series: bytes | None) -> None:
        """Let the views have the rows of these series only, or of all again."""
        con = self._con
        if series is not None:
            con.register("numbers", pa.table({"series": pa.array(array("i", series), pa.int32())}))
            con.execute(f'CREATE OR REPLACE TABLE memory.main."{SEEN}" AS SELECT series FROM numbers')  # noqa: S608  # ours
            con.unregister("numbers")
        if self._narrow == (series is not None):
            return
        self._narrow = None  # if this breaks off, nobody knows
        for one in self._setup.views:
            if one.observed and one not in self._missing:
                sql = narrowed(one) if series is not None else offered(one)
                con.execute(f'CREATE OR REPLACE VIEW memory.main."{one.name}" AS {sql}')
        self._narrow = series is not None

    def _answer(self, question: Question) -> Answer:
        begun = monotonic()
        con = self._con
        self._offer()
        self._narrow_to(question.series)
        found = con.execute("SELECT json_serialize_sql(?::VARCHAR)", [question.query]).fetchone()
        parsed: dict[str, Any] = loads(found[0]) if found else {}
        if parsed.get("error_type") == "parser":
            raise duckdb.ParserException("Parser Error: " + msgspec.json.encode(_said(parsed)).decode())
        gone = {one.name for one in self._missing}
        check(parsed, [one for one in question.views if one not in gone])
        con.execute("BEGIN")  # all of it is read as of one snapshot
        snapshot = con.execute("SELECT id FROM ducklake_current_snapshot('lake')").fetchone()
        number = int(snapshot[0]) if snapshot else 0
        table, cut = self._rows(question)
        content = written(table, question.form, cut, number)
        return Answer(content, table.num_rows, cut, number, monotonic() - begun)

    def _rows(self, question: Question) -> tuple[pa.Table, bool]:
        reader = self._con.execute(question.query, question.parameters or None).to_arrow_reader(BATCH)
        kept: list[pa.RecordBatch] = []
        rows = size = 0
        for batch in reader:
            rows, size = rows + batch.num_rows, size + batch.nbytes
            if rows > question.rows:
                kept.append(batch.slice(0, batch.num_rows - (rows - question.rows)))
                return pa.Table.from_batches(kept, reader.schema), True
            if size > self._setup.content_bytes:
                return pa.Table.from_batches(kept, reader.schema), True
            kept.append(batch)
        return pa.Table.from_batches(kept, reader.schema), False

    def _refusal(self, error: Exception) -> Refusal:
        told = str(error)
        try:
            said: dict[str, Any] = loads(told[told.index("{") :])
        except ValueError:
            said = {"exception_message": told}
        message = str(said.get("exception_message", told)).split("\n\n")[0].replace(self._setup.folder, "lake")
        place = str(said.get("position") or "")
        where = int(place) if place.isdigit() else None
        if isinstance(error, duckdb.OutOfMemoryException) or TOO_LONG in message:
            return _memory(self._setup)
        if isinstance(error, duckdb.PermissionException):
            return Refusal("forbidden", "不允许这样做。", "This is not allowed.", where)
        if missing := missing_file(message):
            return Refusal("missing", missing, missing)
        if isinstance(error, duckdb.IOException | duckdb.HTTPException) or NO_LAKE in message:
            return Refusal("away", f"数据湖无法读取：{message}", f"The lake cannot be read: {message}")
        return Refusal("wrong", f"查询有误：{message}", message, where)


def _said(parsed: dict[str, Any]) -> dict[str, Any]:
    return {"exception_message": parsed.get("error_message"), "position": parsed.get("position")}


def _memory(setup: Setup) -> Refusal:
    most = setup.memory_bytes // 2**20
    return Refusal("large", f"查询需要的内存超过 {most} MiB。", f"The query needs more memory than {most} MiB.")


def _time(setup: Setup) -> Refusal:
    return Refusal(
        "large",
        f"查询超过 {setup.seconds:g} 秒，已停止。",
        f"The query took longer than {setup.seconds:g} s and was stopped.",
    )


def main() -> None:
    """Answer on standard output until standard input ends."""
    questions, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    told = receive(questions)
    if told is None:
        return
    setup = msgspec.msgpack.decode(told, type=Setup)
    resource.setrlimit(resource.RLIMIT_AS, (setup.process_bytes, setup.process_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    worker: Worker | None = None
    while (asked := receive(questions)) is not None:
        question = msgspec.msgpack.decode(asked, type=Question)
        try:
            worker = worker or Worker(setup)
            reply: Reply = worker.answer(question)
        except duckdb.Error as error:
            reply = Refusal("away", f"数据湖无法打开：{error}", f"The lake cannot be opened: {error}")
        send(answers, msgspec.msgpack.encode([isinstance(reply, Answer), reply]))


if __name__ == "__main__":
    main()
