"""What may be done inside a write: read entities, put others in their place, and everything of other rooms in the same moment."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from yuzhang.brain.context.errors import NonexistentTenant
from yuzhang.brain.context.model import Change, Microseconds
from yuzhang.brain.context.store.engines import Database, Row
from yuzhang.brain.context.store.facets import facets
from yuzhang.brain.context.store.filing import INSERT_NUMBER, INSERT_TEXT, Filing
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, Edit, Kept, decode, kept_of
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.core.language import Title

IDS_AT_ONCE = 400
GRACE_US = 20_000_000
"""Longer than a process takes an attribute for declared still, and then looks through what an index gave it."""
HAVING_VALUES = (
    "SELECT count(*) FROM (SELECT key FROM context_value_number WHERE space = ? AND name = ? "
    "UNION SELECT key FROM context_value_text WHERE space = ? AND name = ?) k"
)


class Transaction:
    """One writer's work: `connection` is SQLAlchemy's, for the tables of the sub-rooms."""

    def __init__(self, database: Database, connection: Connection, numbering: Numbering, now: Microseconds) -> None:
        self.database = database
        self.connection = connection
        self.numbering = numbering
        self.now = now
        self.changes: list[Change] = []
        self.unrecorded: list[Change] = []
        self._expired: dict[int, tuple[int, Kept]] = {}

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """What a statement gives; parameters are `?`."""
        return self.database.rows(self.connection, sql, parameters)

    def many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each row."""
        self.database.many(self.connection, sql, rows)

    def space(self, tenant: str, snapshot: str = "") -> int:
        """The number of a tenant's space. Raises NonexistentTenant."""
        found = self.numbering.space_in(self, tenant, snapshot)
        if found is None:
            raise NonexistentTenant(
                Title(f"租户 {tenant} 不存在。", f"The tenant {tenant} does not exist."), where="NGSILD-Tenant"
            )
        return found

    def make_space(self, tenant: str, snapshot: str = "") -> int:
        """The number of a tenant's space, made if there is none: a tenant exists from its first write. Clause 5.5.10."""
        return self.numbering.make_space(self, tenant, snapshot)

    def load(self, space: int, ids: Sequence[str]) -> dict[str, Kept]:
        """Those of the entities `ids` that are kept and not expired."""
        found: dict[str, Kept] = {}
        for start in range(0, len(ids), IDS_AT_ONCE):
            some = ids[start : start + IDS_AT_ONCE]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {ENTITY_COLUMNS} FROM context_entity WHERE space = ? AND id IN ({marks})"  # noqa: S608  # marks only
            for row in self.all(sql, (space, *some)):
                kept = kept_of(row, self.now)
                if row[2] is None or row[2] > self.now:
                    found[kept.entity.id] = kept
                else:
                    self._expired[kept.key] = space, kept
        return found

    def apply(
        self, space: int, tenant: str, edits: Sequence[Edit], *, quiet: bool = False, recorded: bool = False
    ) -> None:
        """Put `edits` into the database, with everything that is found by; at most one edit an entity.

        Tells the listeners, unless it shall be `quiet`: a copy in a snapshot is no news. `recorded`: the log has it already.
        """
        writing = Filing(self, space)
        for kept in [kept for there, kept in self._expired.values() if there == space]:
            writing.replace(kept, None)  # its time is over: its place is free
            del self._expired[kept.key]
        fresh = [one.after for one in edits if one.before is None and one.after is not None]
        if fresh:
            writing.insert(fresh)
        for edit in edits:
            if edit.before is not None:
                if edit.values and edit.after is not None and writing.is_found_alike(edit.before, edit.touched):
                    writing.renew(edit.before, edit.after)
                else:
                    writing.replace(edit.before, edit.after, edit.shape)
        writing.flush()
        if quiet:
            return
        changes = [
            Change(tenant, edit.before.entity if edit.before else None, edit.after, edit.touched, self.now)
            for edit in edits
        ]
        self.changes += changes
        if not recorded:
            self.unrecorded += changes

    def declare(self, space: int, attribute: str) -> int:
        """Index the values of an attribute, of all entities there are too; how many of them have it."""
        number = self.numbering.number(self, attribute)
        there = self.all("SELECT leaving FROM context_declared WHERE space = ? AND name = ?", (space, number))
        if there and there[0][0] is None:
            return 0
        if there:
            self.many("UPDATE context_declared SET leaving = NULL WHERE space = ? AND name = ?", [(space, number)])
            return int(self.all(HAVING_VALUES, (space, number) * 2)[0][0])
        self.many("INSERT INTO context_declared (space, name) VALUES (?, ?)", [(space, number)])
        found, last = 0, 0
        sql = f"SELECT {ENTITY_COLUMNS} FROM context_entity WHERE space = ? AND key > ? ORDER BY key LIMIT 5000"  # noqa: S608
        while rows := self.all(sql, (space, last)):
            last = rows[-1][0]
            numbers, texts = [], []
            for row in rows:
                of = facets(decode(row[1]), {attribute})
                numbers += [(space, number, value, row[0]) for _, value in of.numbers]
                texts += [(space, number, value, row[0]) for _, value in of.texts]
                found += bool(of.numbers or of.texts)
            if numbers:
                self.many(INSERT_NUMBER, numbers)
            if texts:
                self.many(INSERT_TEXT, texts)
        self.numbering.learn_declared(self)
        return found

    def undeclare(self, space: int, attribute: str) -> bool:
        """Index the values of an attribute no longer; False if they were not.

        They are kept right for GRACE_US still: until then a reader may hold a plan that asks them.
        """
        number = self.numbering.number(self, attribute)
        here = "space = ? AND name = ? AND leaving IS NULL"
        if not self.all(f"SELECT 1 FROM context_declared WHERE {here}", (space, number)):  # noqa: S608  # a constant
            return False
        self.many(f"UPDATE context_declared SET leaving = ? WHERE {here}", [(self.now, space, number)])  # noqa: S608
        return True

    def drop_undeclared(self) -> None:
        """Take away the values of attributes that are indexed no longer."""
        rows = self.all("SELECT space, name FROM context_declared WHERE leaving <= ?", (self.now - GRACE_US,))
        for table in ("context_declared", "context_value_number", "context_value_text"):
            self.many(f"DELETE FROM {table} WHERE space = ? AND name = ?", rows)  # noqa: S608  # our own tables
        if rows:
            self.numbering.learn_declared(self)
