"""The parts of the city's present, put together: the database, its writer, contexts, and the rooms that listen to changes."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import time_ns
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy import Connection

from yuzhang.brain.context.classification.room import Sights
from yuzhang.brain.context.classification.store import ROOM as CLASSIFICATION
from yuzhang.brain.context.editions import Editions
from yuzhang.brain.context.jsonld import Contexts
from yuzhang.brain.context.known import KnownEntities
from yuzhang.brain.context.model import Change, Microseconds
from yuzhang.brain.context.observing import Observing
from yuzhang.brain.context.recording import record
from yuzhang.brain.context.registrations.directory import Directory
from yuzhang.brain.context.smart_models.checking import Models
from yuzhang.brain.context.store.engines import Database, Sqlite
from yuzhang.brain.context.store.entities import EntityStore
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.sweeping import Sweeper
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.store.writer import Listener, Writer
from yuzhang.brain.context.subscriptions.model import Delivery
from yuzhang.brain.context.threads import in_thread
from yuzhang.core.access import OPERATOR
from yuzhang.core.leading import FileLead, Leading, PostgresLead
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import EmbeddedLog, append_row, row_of
from yuzhang.foundation.log.following import Log
from yuzhang.foundation.log.model import Observations, Record

if TYPE_CHECKING:
    from yuzhang.foundation.log.stream import StreamLog

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class BrokerSettings:
    """What an operator can choose; the defaults reach nothing outside this machine's own data.

    `database` is a PostgreSQL address, empty for SQLite in the data folder. `bus` is a NATS address, empty for the log in the
    database; it needs PostgreSQL. `copies` is a folder of contexts laid in by address.
    `address` is where others reach this broker, for Location and for the addresses of hosted contexts. `alias` names it to
    other brokers, so that a request that comes back is recognized (clause 5.2.40). `delivery` is how notifications are sent.
    """

    database: str = ""
    bus: str = ""
    copies: Path | None = None
    load_contexts: bool = False
    context_hosts: tuple[str, ...] = ()
    private_addresses: bool = False
    address: str = "http://127.0.0.1:8700"
    alias: str = ""
    delivery: Delivery = Delivery()  # noqa: RUF009  # it cannot be changed


class Broker:
    """The city's present in one process. `start` and `stop` belong to the process that serves or writes it."""

    def __init__(self, storage: Storage, settings: BrokerSettings | None = None) -> None:
        self.settings = settings or BrokerSettings()
        self.started = self.now()
        self.folder = storage.folder
        # Who starts it again in the same process, as several clients of one application do, shares it; the last one ends it.
        self._users = 0
        self.database: Database = Sqlite(storage)
        if self.settings.database:
            from yuzhang.brain.context.store.postgres import Postgres

            self.database = Postgres(self.settings.database)
        self.numbering = Numbering(self.database)
        self.writer = Writer(self.database, self.numbering)
        self.writer.on_change(self._record)
        self.known = KnownEntities(self.database)
        self.writer.on_change(self.known.changed)
        self.log: Log = EmbeddedLog(self.database.reader, self.writer.now)
        self.stream = self._stream()
        if self.stream is not None:
            self.log = self.stream
        self.writer.on_commit(self.log.grew)
        self.observing = Observing(self.log, self.writer.now, self.lead("context"))
        self.store = EntityStore(self.database, self.numbering)
        self.sights = Sights(self.database, self.numbering, self.store)
        self.contexts = Contexts(self)
        self.registrations = Directory(self)
        # It speaks HTTP, whose modules know the broker.
        from yuzhang.brain.context.federation.federation import Federation
        from yuzhang.brain.context.subscriptions.room import Subscriptions

        self.federation = Federation(self)
        self.subscriptions = Subscriptions(self)
        self.fillings: set[asyncio.Task[None]] = set()
        self.models = Models()
        self.sweeper = Sweeper(self.database, self.write)
        self.editions = Editions(self.database)
        self.editions.follow(CLASSIFICATION, self.sights.learn)
        self.editions.follow("registrations", self.registrations.learn)
        self.editions.follow("subscriptions", self.subscriptions.learn)
        self.editions.follow("letters", self.subscriptions.learn_letters)
        self.editions.follow("remote subscriptions", self.federation.following.start)
        self.writer.on_begin(self.models.learn)
        self.writer.on_commit(self.store.look_again)

    async def start(self, *, serving: bool = True) -> None:
        """Begin to take writes and to send notifications.

        Without `serving` it only works on what is kept, as a terminal does beside a server that runs over the same database:
        notifications are left to the server, and so is what the server has begun.
        """
        self._users += 1
        if self._users > 1:
            return
        self.writer.start()
        if self.stream is not None:
            await in_thread(self.stream.start if serving else self.stream.open)
        await self.editions.note()
        await self.contexts.start()
        await self.registrations.start()
        await self.subscriptions.start(sending=serving)
        await self.federation.start()
        self.editions.start()
        if not serving:
            return
        self.sweeper.start()
        self.observing.start()
        from yuzhang.brain.context.snapshots.actions import end_broken_off

        await end_broken_off(self, OPERATOR)

    async def stop(self) -> None:
        """Finish what was taken, then release everything."""
        self._users -= 1
        if self._users:
            return
        for filling in tuple(self.fillings):
            filling.cancel()
        await asyncio.gather(*self.fillings, return_exceptions=True)
        await self.sweeper.stop()
        await asyncio.to_thread(self.observing.stop)
        await self.editions.stop()
        await self.federation.stop()
        await self.subscriptions.stop()
        await self.contexts.stop()
        if self.stream is not None:
            await in_thread(self.stream.close)
        self.writer.stop()
        self.database.close()

    async def write(self, work: Callable[[Transaction], R]) -> R:
        """Do `work` in the next durable transaction. Raises what it raises; then nothing was changed."""
        return await self.writer.write(work)

    async def accept(self, observed: Record) -> None:
        """Take a record into the log; it is durable when this returns.

        Raises LogBusy if too much waits, then nothing is kept; BusAway if the bus did not answer, then it may be kept.
        """
        self.log.check_room()
        row = row_of(observed)
        if self.stream is not None and isinstance(observed, Observations):
            await self.stream.put_soon(row)
        else:
            await self.writer.write(lambda transaction: append_row(transaction, row))

    def accept_now(self, observed: Record) -> None:
        """The same for threads and terminals."""
        self.log.check_room()
        row = row_of(observed)
        if self.stream is not None and isinstance(observed, Observations):
            self.stream.put(row)
        else:
            self.writer.now(lambda transaction: append_row(transaction, row))

    def _record(self, transaction: Transaction, _changes: list[Change]) -> None:
        """Have the log take what was changed. Raises LogBusy if too much waits: then nothing was changed."""
        if transaction.unrecorded:
            self.log.check_room()
            record(transaction)

    def _stream(self) -> "StreamLog | None":
        if not self.settings.bus:
            return None
        from yuzhang.foundation.log.stream import StreamLog

        return StreamLog(self.settings.bus, self.database.reader, self.writer.now, self.lead("relay"))

    def lead(self, name: str) -> Leading:
        """The lead of what one process of all that serve this present does at a time."""
        if self.settings.database:
            return PostgresLead(self.settings.database, name)
        return FileLead(self.folder / f"{name}.lock")

    def on_change(self, listener: Listener) -> None:
        """Call `listener` inside the transaction of every change of entities."""
        self.writer.on_change(listener)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for reads with SQLAlchemy."""
        with self.database.engine.connect() as connection:
            yield connection

    def now(self) -> Microseconds:
        """The time, for reads."""
        return time_ns() // 1000
