"""A present of the tests' own, in either database, that is filled and asked without the parts above the store."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.store.engines import Database, Sqlite
from yuzhang.brain.context.store.entities import EntityStore, Page
from yuzhang.brain.context.store.kept import Edit
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.postgres import Postgres
from yuzhang.brain.context.store.selecting import Plan
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.store.writer import Writer
from yuzhang.core.storage import Storage


class Present:
    """The store, its writer, and as many tenants as a test wants: each call of `keep` makes one."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.numbering = Numbering(database)
        self.writer = Writer(database, self.numbering)
        self.store = EntityStore(database, self.numbering)
        self.writer.on_commit(self.store.look_again)
        self.tenants = 0

    def keep(self, bodies: Iterable[dict[str, Any]], declared: Iterable[str] = ()) -> int:
        """Keep entities in a space of their own; the values of `declared` attributes are indexed."""
        self.tenants += 1
        tenant = f"t{self.tenants}"

        def work(transaction: Transaction) -> int:
            space = transaction.make_space(tenant)
            for name in declared:
                transaction.declare(space, name)
            edits = [Edit(None, Entity(body, transaction.now, transaction.now), {}) for body in bodies]
            transaction.apply(space, tenant, edits)
            return space

        return self.writer.now(work)

    def page(self, space: int, selection: Selection, offset: int = 0, limit: int = 1000) -> Page:
        """A page with its count."""
        return self.store.page(self.store.plan(space, selection), offset, limit, count=True)

    def ids(self, space: int, selection: Selection) -> list[str]:
        """The ids of all that is found."""
        return [str(one.open().id) for one in self.page(space, selection).found]

    def plan(self, space: int, selection: Selection) -> Plan:
        """How a selection is answered."""
        return self.store.plan(space, selection)


@contextmanager
def opened(folder: Path, address: str = "") -> Iterator[Present]:
    """A present in SQLite, or in PostgreSQL at `address`."""
    with ExitStack() as ending:
        database: Database
        if address:
            database = Postgres(address)
        else:
            storage = Storage(folder)
            ending.callback(storage.close)
            database = Sqlite(storage)
        ending.callback(database.close)
        present = Present(database)
        present.writer.start()
        ending.callback(present.writer.stop)
        yield present
