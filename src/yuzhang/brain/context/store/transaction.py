"""What may be done inside a write: read entities, put others in their place, and everything of other rooms in the same moment."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from time import time_ns
from typing import Any

import msgspec
from sqlalchemy import Connection

from yuzhang.brain.context.ending import MARK_BYTES, may_end, next_end, pruned
from yuzhang.brain.context.errors import NonexistentTenant
from yuzhang.brain.context.model import Body, Change, Entity, Microseconds, Touch
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.store.engines import Database, Row
from yuzhang.brain.context.store.facets import Facets, differing, facets
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.core.language import Title

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode
decode_times = msgspec.json.Decoder(dict[str, tuple[int, int]]).decode
ENTITY_COLUMNS = "key, body, created, modified, times, expires"
IDS_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class Kept:
    """An entity with its number in the database."""

    key: int
    entity: Entity
    stored: Body
    """The body in the database: that of `entity`, with what has ended since."""
    ends: bool = False
    """Whether something in it may end."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One entity's way from what is kept (None: it is new) to what shall be (None: it is deleted)."""

    before: Kept | None
    after: Entity | None
    touched: dict[str, Touch]


class Transaction:
    """One writer's work: `connection` is SQLAlchemy's, for the tables of the sub-rooms."""

    def __init__(self, database: Database, connection: Connection, numbering: Numbering, now: Microseconds) -> None:
        self.database = database
        self.connection = connection
        self.numbering = numbering
        self.now = now
        self.changes: list[Change] = []
        self._expired: list[tuple[int, Kept]] = []

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
                if row[5] is None or row[5] > self.now:
                    found[kept.entity.id] = kept
                else:
                    self._expired.append((space, kept))
        return found

    def apply(self, space: int, tenant: str, edits: Sequence[Edit], *, quiet: bool = False) -> None:
        """Put `edits` into the database, with everything that is found by; at most one edit an entity.

        Tells the listeners, unless it shall be `quiet`: a copy in a snapshot is no news.
        """
        writing = _Writing(self, space)
        for there, kept in self._expired:
            if there == space:
                writing.replace(kept, None)  # its time is over: its place is free
        self._expired = [one for one in self._expired if one[0] != space]
        fresh = [one.after for one in edits if one.before is None and one.after is not None]
        if fresh:
            writing.insert(fresh)
        for edit in edits:
            if edit.before is not None:
                writing.replace(edit.before, edit.after)
        writing.flush()
        if quiet:
            return
        self.changes.extend(
            Change(tenant, edit.before.entity if edit.before else None, edit.after, edit.touched, self.now)
            for edit in edits
        )

    def declare(self, space: int, attribute: str) -> int:
        """Index the values of an attribute, of all entities there are too; how many of them have it."""
        number = self.numbering.number(self, attribute)
        if self.all("SELECT 1 FROM context_declared WHERE space = ? AND name = ?", (space, number)):
            return 0
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
        """Index the values of an attribute no longer; False if they were not."""
        number = self.numbering.number(self, attribute)
        if not self.all("SELECT 1 FROM context_declared WHERE space = ? AND name = ?", (space, number)):
            return False
        for table in ("context_declared", "context_value_number", "context_value_text"):
            self.many(f"DELETE FROM {table} WHERE space = ? AND name = ?", [(space, number)])  # noqa: S608  # our own tables
        self.numbering.learn_declared(self)
        return True


def entity_of(row: Row) -> Entity:
    """The entity of a row of ENTITY_COLUMNS, without what has ended."""
    body = decode(row[1])
    if may_end(row[1]):
        body = pruned(body, time_ns() // 1000)
    return Entity(body, row[2], row[3], decode_times(row[4]) if row[4] else {})


def kept_of(row: Row, now: Microseconds) -> Kept:
    """The same with its number, for a write."""
    stored, ends = decode(row[1]), may_end(row[1])
    body = pruned(stored, now) if ends else stored
    return Kept(row[0], Entity(body, row[2], row[3], decode_times(row[4]) if row[4] else {}), stored, ends)


def expiry(entity: Entity) -> Microseconds | None:
    """When a transient entity ends; None if it does not. Clause 4.22."""

    text = entity.body.get("expiresAt")
    return microseconds(text) if text else None


class _Writing:
    """The rows of one `apply`, gathered so that each table is written once."""

    def __init__(self, transaction: Transaction, space: int) -> None:
        self.tx = transaction
        self.space = space
        self.declared = transaction.numbering.declared_texts(space)
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.shapes: Counter[tuple[tuple[str, ...], tuple[tuple[str, int], ...]]] = Counter()

    def add(self, sql: str, row: tuple[Any, ...]) -> None:
        """Remember one row of a statement."""
        self.rows.setdefault(sql, []).append(row)

    def insert(self, entities: list[Entity]) -> None:
        """New entities: their numbers go on from the highest there is."""
        highest = self.tx.all("SELECT max(key) FROM context_entity")[0][0] or 0
        space = self.space
        rows = []
        for key, entity in enumerate(entities, start=highest + 1):
            body = encode(entity.body)
            if MARK_BYTES in body:
                self.end(key, entity.body)
            rows.append(
                (
                    key,
                    space,
                    entity.body["id"],
                    body.decode(),
                    entity.created,
                    entity.modified,
                    encode(entity.times).decode() if entity.times else None,
                    expiry(entity) if "expiresAt" in entity.body else None,
                )
            )
            self.index(key, facets(entity.body, self.declared))
        self.rows[INSERT_ENTITY] = rows

    def replace(self, kept: Kept, after: Entity | None) -> None:
        """An entity that is there already: change its row, and of its facets what differs."""
        if after is None:
            self.add(DELETE_ENTITY, (kept.key,))
            self.unindex(kept.key, facets(kept.stored, self.declared))
            if kept.ends:
                self.add(DELETE_END, (kept.key,))
            return
        body = encode(after.body)
        if kept.ends or MARK_BYTES in body:
            self.end(kept.key, after.body)
        self.add(
            UPDATE_ENTITY,
            (
                body.decode(),
                after.created,
                after.modified,
                encode(after.times).decode() if after.times else None,
                expiry(after) if "expiresAt" in after.body else None,
                kept.key,
            ),
        )
        before, now = differing(kept.stored, after.body, self.declared)
        if now != before:
            self.unindex(kept.key, before, keep=now)
            self.index(kept.key, now, there=before)

    def end(self, key: int, body: Body) -> None:
        """Remember when the next part of an entity ends."""
        self.add(DELETE_END, (key,))
        moment = next_end(body)
        if moment is not None:
            self.add(INSERT_END, (key, moment))

    def index(self, key: int, found: Facets, there: Facets | None = None) -> None:
        """Enter the facets, but for those that are `there`."""
        name, space, rows = self.tx.numbering.number, self.space, self.rows
        for text in found.types:
            if there is None or text not in there.types:
                rows.setdefault(INSERT_TYPE, []).append((space, name(self.tx, text), key))
        for attribute, target in found.links:
            if there is None or (attribute, target) not in there.links:
                rows.setdefault(INSERT_LINK, []).append((space, target, name(self.tx, attribute), key))
        if found.box is not None and (there is None or there.box != found.box):
            rows.setdefault(INSERT_BOX, []).append((key, *found.box))
        for sql, values, old in (
            (INSERT_NUMBER, found.numbers, there.numbers if there else ()),
            (INSERT_TEXT, found.texts, there.texts if there else ()),
        ):
            for attribute, value in values:
                if (attribute, value) not in old:
                    rows.setdefault(sql, []).append((space, name(self.tx, attribute), value, key))
        self.shapes[found.types, found.uses] += 1

    def unindex(self, key: int, found: Facets, keep: Facets | None = None) -> None:
        """Take out the facets, but for those that stay in `keep`."""
        name, space = self.tx.numbering.number, self.space
        for text in found.types:
            if keep is None or text not in keep.types:
                self.add(DELETE_TYPE, (space, name(self.tx, text), key))
        for attribute, target in found.links:
            if keep is None or (attribute, target) not in keep.links:
                self.add(DELETE_LINK, (space, target, name(self.tx, attribute), key))
        if found.box is not None and (keep is None or keep.box != found.box):
            self.add(DELETE_BOX, (key,))
        for sql, values, new in (
            (DELETE_NUMBER, found.numbers, keep.numbers if keep else ()),
            (DELETE_TEXT, found.texts, keep.texts if keep else ()),
        ):
            for attribute, value in values:
                if (attribute, value) not in new:
                    self.add(sql, (space, name(self.tx, attribute), value, key))
        self.shapes[found.types, found.uses] -= 1

    def uses(self) -> Counter[tuple[int, int, int]]:
        """How many more entities there are of each type, and of each attribute that comes with it."""
        found: Counter[tuple[int, int, int]] = Counter()
        for (types, attributes), by in self.shapes.items():
            for kind in (self.tx.numbering.number(self.tx, one) for one in types):
                found[kind, 0, 0] += by
                for attribute, number in attributes:
                    found[kind, self.tx.numbering.number(self.tx, attribute), number] += by
        return found

    def flush(self) -> None:
        """Write all rows, deletions first."""
        for sql in ORDER:
            if rows := self.rows.get(sql):
                self.tx.many(sql if sql != INSERT_BOX else self.tx.database.insert_box, rows)
        counted = [(self.space, *key, by) for key, by in self.uses().items() if by]
        if counted:
            self.tx.many(COUNT_USE, counted)
            if any(row[4] < 0 for row in counted):
                self.tx.all(f"DELETE FROM context_use WHERE space = {int(self.space)} AND count <= 0")  # noqa: S608


INSERT_ENTITY = "INSERT INTO context_entity (key, space, id, body, created, modified, times, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
UPDATE_ENTITY = "UPDATE context_entity SET body = ?, created = ?, modified = ?, times = ?, expires = ? WHERE key = ?"
DELETE_ENTITY = "DELETE FROM context_entity WHERE key = ?"
INSERT_END = "INSERT INTO context_attribute_end (key, moment) VALUES (?, ?)"
DELETE_END = "DELETE FROM context_attribute_end WHERE key = ?"
INSERT_TYPE = "INSERT INTO context_entity_type (space, name, key) VALUES (?, ?, ?)"
DELETE_TYPE = "DELETE FROM context_entity_type WHERE space = ? AND name = ? AND key = ?"
INSERT_LINK = "INSERT INTO context_link (space, target, name, key) VALUES (?, ?, ?, ?)"
DELETE_LINK = "DELETE FROM context_link WHERE space = ? AND target = ? AND name = ? AND key = ?"
INSERT_BOX = "box"
DELETE_BOX = "DELETE FROM context_box WHERE key = ?"
INSERT_NUMBER = "INSERT INTO context_value_number (space, name, value, key) VALUES (?, ?, ?, ?)"
DELETE_NUMBER = "DELETE FROM context_value_number WHERE space = ? AND name = ? AND value = ? AND key = ?"
INSERT_TEXT = "INSERT INTO context_value_text (space, name, value, key) VALUES (?, ?, ?, ?)"
DELETE_TEXT = "DELETE FROM context_value_text WHERE space = ? AND name = ? AND value = ? AND key = ?"
COUNT_USE = (
    "INSERT INTO context_use (space, type, attribute, kind, count) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (space, type, attribute, kind) DO UPDATE SET count = context_use.count + excluded.count"
)
ORDER = (
    DELETE_ENTITY,
    DELETE_TYPE,
    DELETE_LINK,
    DELETE_BOX,
    DELETE_NUMBER,
    DELETE_TEXT,
    DELETE_END,
    INSERT_ENTITY,
    UPDATE_ENTITY,
    INSERT_TYPE,
    INSERT_LINK,
    INSERT_BOX,
    INSERT_NUMBER,
    INSERT_TEXT,
    INSERT_END,
)
