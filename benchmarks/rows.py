"""What the database alone needs for the rows of a batch: the limit of every write, whatever stands before it.

    .venv/bin/python -m benchmarks.rows SIZE

Fills a store of SIZE entities, then notes the statements of some batches of 1,000 while they are written to it, and runs the same
statements once more in a copy of the store. Prints entities a second for known and for new ones, durable, with the CPU's share of
the time: what is not computing waits for the disk.
"""

import json
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

from sqlalchemy import Connection

from benchmarks.load import VALUE, entity
from yuzhang.brain.context.merging import created, replaced
from yuzhang.brain.context.store.engines import Sqlite
from yuzhang.brain.context.store.kept import Edit
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.store.writer import Writer
from yuzhang.core.storage import LOG_PAGES, Storage

BATCH, BATCHES = 1_000, 20
Statements = list[tuple[str, list[Sequence[Any]]]]


class Noting(Sqlite):
    """Keeps what is written, batch by batch."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self.batches: list[Statements] = []

    def many(self, connection: Connection, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Note it, and do it."""
        noted = list(rows)
        self.batches[-1].append((sql, noted))
        super().many(connection, sql, noted)


def write(writer: Writer, database: Noting, bodies: list[dict[str, Any]]) -> None:
    """One batch, as the upsert does it."""

    def work(transaction: Transaction) -> None:
        there = transaction.load(1, [body["id"] for body in bodies])
        edits = []
        for body in bodies:
            kept = there.get(body["id"])
            if kept is None:
                edits.append(Edit(None, *created(body, transaction.now)))
            else:
                merged = replaced(kept.entity, transaction.now, body)
                edits.append(Edit(kept, merged.entity, merged.touched, merged.shape))
        transaction.apply(1, "", edits)

    database.batches.append([])
    writer.now(work)


def changed(first: int, size: int, value: float) -> list[dict[str, Any]]:
    """Known entities with another value."""
    bodies = [entity((first + one) % size) for one in range(min(BATCH, size))]
    for body in bodies:
        body["temperature"]["value"] = value
    return bodies


def noted(folder: Path, size: int) -> dict[str, list[Statements]]:
    """Fill a store, copy it to `folder`/copy.db, and note batches of both kinds."""
    storage = Storage(folder)
    database = Noting(storage)
    numbering = Numbering(database)
    writer = Writer(database, numbering)
    database.batches.append([])
    writer.start()
    writer.now(lambda transaction: transaction.declare(1, VALUE))
    for first in range(0, size, BATCH):
        write(writer, database, [entity(number) for number in range(first, min(first + BATCH, size))])
        database.batches.clear()
    with storage.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(folder / "state.db", folder / "copy.db")
    for number in range(BATCHES):
        write(writer, database, changed(number * BATCH, size, number + 0.5))
    for number in range(BATCHES):
        write(writer, database, [entity(one, f"new{number}-") for one in range(BATCH)])
    writer.stop()
    database.close()
    storage.close()
    return {"known": database.batches[:BATCHES], "new": database.batches[BATCHES:]}


def rates(size: int) -> dict[str, dict[str, float]]:
    """For known and for new entities: how many a second, and which share of the time was computing."""
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        kinds = noted(Path(folder), size)
        connection = sqlite3.connect(Path(folder) / "copy.db", isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"wal_autocheckpoint={LOG_PAGES}"):
            connection.execute(f"PRAGMA {pragma}")
        for kind, batches in kinds.items():
            start, computing = perf_counter(), process_time()
            for statements in batches:
                connection.execute("BEGIN IMMEDIATE")
                for sql, rows in statements:
                    connection.executemany(sql, rows)
                connection.execute("COMMIT")
            seconds = perf_counter() - start
            amount = BATCHES * min(BATCH, size) if kind == "known" else BATCHES * BATCH
            found[kind] = {"entities_s": amount / seconds, "computing": (process_time() - computing) / seconds}
        connection.close()
    return found


if __name__ == "__main__":
    print(json.dumps(rates(int(sys.argv[1]))))
