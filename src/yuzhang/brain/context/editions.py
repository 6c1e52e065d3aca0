"""What other processes change over the same database, followed within a second.

What is kept in memory has an edition in the database: whoever changes it raises the number in the same transaction, and every
process looks at the numbers twice a second. Reading and writing entities cost nothing by it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import BigInteger, Column, Connection, Table, Text, insert, update

from yuzhang.brain.context.store.engines import Database
from yuzhang.brain.context.store.tables import METADATA
from yuzhang.brain.context.threads import in_thread

EVERY_S = 0.5
LOOK = "SELECT room, number FROM context_edition"
Learn = Callable[[], Awaitable[None]]
log = logging.getLogger(__name__)

EDITION = Table(
    "context_edition",
    METADATA,
    Column("room", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)


def raise_edition(connection: Connection, room: str) -> None:
    """Let other processes know that something of `room` changed, once this transaction is durable."""
    raised = update(EDITION).where(EDITION.c.room == room).values(number=EDITION.c.number + 1)
    if not connection.execute(raised).rowcount:
        connection.execute(insert(EDITION).values(room=room, number=1))


class Editions:
    """The editions that this process knows, and who has to learn anew when one is raised: by itself too, which costs little."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._learners: dict[str, Learn] = {}
        self._known: dict[str, int] = {}
        self._task: asyncio.Task[None] | None = None

    def follow(self, room: str, learn: Learn) -> None:
        """Have `learn` called when something of `room` changed."""
        self._learners[room] = learn

    async def note(self) -> None:
        """Remember the editions of now: to be called before the rooms read what is kept."""
        self._known = await in_thread(self._read)

    def start(self) -> None:
        """Begin to look."""
        self._task = asyncio.create_task(self._run(), name="editions")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _read(self) -> dict[str, int]:
        return {bytes(room).decode(): number for room, number in self._database.reader().all(LOOK)}

    async def _run(self) -> None:
        while True:
            try:
                await self._look()
            except Exception as error:  # noqa: BLE001  # the database is away: the next moment may be better
                log.warning("could not look for what others changed: %s", error)
            await asyncio.sleep(EVERY_S)

    async def _look(self) -> None:
        found = await in_thread(self._read)
        for room, learn in self._learners.items():
            if found.get(room) != self._known.get(room):
                await learn()
                self._known[room] = found[room]
