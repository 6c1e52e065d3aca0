"""Takes from the disk what has ended: transient entities, transient attributes of others (clause 4.22), and indexes of values.

Readers never see what has ended, swept or not; sweeping gives back the room, and keeps what entities are found by small.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import time_ns

from yuzhang.brain.context.store.engines import Database
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, Edit, kept_of
from yuzhang.brain.context.store.transaction import GRACE_US, Transaction
from yuzhang.core.errors import YuzhangError

EVERY_S = 1.0
AT_ONCE = 1000
"""So many entities are taken away in one transaction, so that other writers do not wait for long."""
DUE = (
    "SELECT 1 FROM context_entity WHERE expires <= ? UNION ALL SELECT 1 FROM context_attribute_end WHERE moment <= ? "
    "UNION ALL SELECT 1 FROM context_declared WHERE leaving <= ? LIMIT 1"
)
ENDED = f"SELECT {ENTITY_COLUMNS}, space FROM context_entity WHERE expires <= ? ORDER BY expires LIMIT {AT_ONCE}"  # noqa: S608
PARTLY = (
    "SELECT e." + ENTITY_COLUMNS.replace(", ", ", e.") + ", e.space FROM context_attribute_end a "  # noqa: S608
    f"JOIN context_entity e ON e.key = a.key WHERE a.moment <= ? ORDER BY a.moment LIMIT {AT_ONCE}"
)
PAST = "DELETE FROM context_attribute_end WHERE key = ?"
ORPHANS = (
    "DELETE FROM context_attribute_end WHERE moment <= ? AND NOT EXISTS "
    "(SELECT 1 FROM context_entity e WHERE e.key = context_attribute_end.key)"
)
log = logging.getLogger(__name__)


def is_due(database: Database) -> bool:
    """Whether something has ended that is on the disk still: three looks into indexes."""
    now = time_ns() // 1000
    return database.reader().one(DUE, (now, now, now - GRACE_US)) is not None


def sweep(transaction: Transaction) -> int:
    """Take away what has ended, at most AT_ONCE entities of either kind; how many were changed. Nobody is told (clause 4.22)."""
    edits: dict[int, list[Edit]] = {}
    for row in transaction.all(ENDED, (transaction.now,)):
        edits.setdefault(row[6], []).append(Edit(kept_of(row, transaction.now), None, {}))
    gone = {edit.before.key for some in edits.values() for edit in some if edit.before}
    partly = transaction.all(PARTLY, (transaction.now,))
    transaction.many(PAST, [row[:1] for row in partly])  # whatever it was, it is looked at once
    for row in partly:
        if row[0] not in gone:
            kept = kept_of(row, transaction.now)
            edits.setdefault(row[6], []).append(Edit(kept, kept.entity, {}))
    for space, some in edits.items():
        transaction.apply(space, "", some, quiet=True)
    transaction.drop_undeclared()
    transaction.many(ORPHANS, [(transaction.now,)])
    return sum(map(len, edits.values()))


class Sweeper:
    """Sweeps every second while the broker runs, if there is anything to sweep."""

    def __init__(self, database: Database, write: Callable[[Callable[[Transaction], int]], Awaitable[int]]) -> None:
        self._database = database
        self._write = write
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    async def stop(self) -> None:
        """End; what is not swept yet is swept the next time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                while is_due(self._database) and await self._write(sweep):
                    await asyncio.sleep(0)
            except (YuzhangError, OSError) as error:  # the database is away or full: the next second may be better
                log.warning("could not sweep what has ended: %s", error)
