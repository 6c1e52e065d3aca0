"""Reading entities: one by its id, many by a selection, and what types and attributes there are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from time import monotonic, time_ns
from typing import cast

import msgspec

from yuzhang.brain.context.errors import NonexistentTenant, ResourceNotFound, said
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.shapes import KIND_NUMBERS
from yuzhang.brain.context.store.engines import QUERY_SECONDS, Database, Row, too_long
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, entity_of
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.selecting import Plan, plan

RETRIEVE = f"SELECT {ENTITY_COLUMNS} FROM context_entity WHERE space = ? AND id = ?"  # noqa: S608  # a constant
RETRIEVE_CLOSED = "SELECT key, body, expires FROM context_entity WHERE space = ? AND id = ?"
KINDS = {number: kind for kind, number in KIND_NUMBERS.items()}
MAX_PLANS = 1024
NEAR = 1000
"""Up to this offset entities are passed over with their bodies; further on the keys of those that are wanted come first."""
FIRST_END = "SELECT min(moment) FROM context_attribute_end"
DECLARED_S = 1.0
"""Shorter than an index is kept right after it was declared no longer."""
FIRST_BIT, LARGEST_BIT = 128, 8192
"""Rows that are read at once where entities are looked through."""
MAX_IN_MEMORY = 200_000
"""Entities that one ordered query, or one that a person ordered by a value, may hold."""


class Stored(msgspec.Struct, frozen=True, gc=False):
    """An entity as the database gives it: `body` is the JSON that was kept, opened only where somebody needs it."""

    row: Row

    @property
    def body(self) -> bytes:
        """The kept JSON."""
        return bytes(self.row[1])

    @property
    def expires(self) -> Microseconds | None:
        """When it ends; None if it does not."""
        return cast("Microseconds | None", self.row[2])

    def open(self) -> Entity:
        """The entity itself."""
        return entity_of(self.row)


@dataclass(frozen=True, slots=True)
class Page:
    """A part of an answer; `total` is None unless it was asked for, `more` says whether something follows."""

    found: list[Stored]
    total: int | None
    more: bool


@dataclass(frozen=True, slots=True)
class Use:
    """How many entities of a type have an attribute of a kind. `attribute` is None for the type itself."""

    type: str
    attribute: str | None
    kind: str | None
    count: int


class EntityStore:
    """Reads of the present. Cheap ones may be asked on the event loop; `plan(...).cheap` tells which."""

    def __init__(self, database: Database, numbering: Numbering) -> None:
        self._database = database
        self._numbering = numbering
        self._declared: dict[int, tuple[float, frozenset[str]]] = {}
        self._first_end: tuple[float, Microseconds | None] = (0.0, None)
        self._plans: dict[tuple[int, Selection, frozenset[str], bool], Plan] = {}

    def space(self, tenant: str, snapshot: str = "") -> int:
        """The number of a tenant's space. Raises NonexistentTenant."""
        if not tenant and not snapshot:
            return 1
        found = self._numbering.space(tenant, snapshot)
        if found is None and snapshot:
            raise ResourceNotFound(said(f"There is no snapshot {snapshot[:200]}."), where="NGSILD-Snapshot")
        if found is None:
            raise NonexistentTenant(said(f"The tenant {tenant} does not exist."), where="NGSILD-Tenant")
        return found

    def retrieve(self, space: int, entity: str, *, closed: bool = False) -> Stored | None:
        """One entity; None if it is not there, or expired. `closed`: it will not be opened."""
        row = self._database.reader().one(RETRIEVE_CLOSED if closed else RETRIEVE, (space, entity))
        return None if row is None or (row[2] is not None and row[2] <= now()) else Stored(row)

    def retrieve_all(self, space: int, entities: Sequence[str]) -> dict[str, Stored]:
        """Those of `entities` that are there, by id."""
        found: dict[str, Stored] = {}
        for start in range(0, len(entities), 400):
            some = entities[start : start + 400]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {ENTITY_COLUMNS}, id FROM context_entity WHERE space = ? AND id IN ({marks})"  # noqa: S608  # marks only
            for row in self._database.reader().all(sql, (space, *some)):
                if row[2] is None or row[2] > now():
                    found[bytes(row[6]).decode()] = Stored(row)
        return found

    def plan(self, space: int, selection: Selection) -> Plan:
        """How `selection` is answered."""
        declared = self.declared(space)
        wary = selection.q is not None and self._has_ended()
        key = (space, selection, declared, wary)
        found = self._plans.get(key)
        if found is None:
            found = plan(self._database, self._numbering, space, selection, declared, wary=wary)
            if found.lasting:
                if len(self._plans) >= MAX_PLANS:
                    self._plans.clear()
                self._plans[key] = found
        return found

    def page(self, how: Plan, offset: int, limit: int, *, count: bool = False, closed: bool = False) -> Page:
        """The entities from `offset` on, at most `limit`, in the order in which they were made. Raises TooComplexQuery.

        `closed`: nobody will open them, so that their bodies are enough.
        """
        reader, moment = self._database.reader(), now()
        if how.empty:
            return Page([], 0 if count else None, False)
        if how.matches is None:
            if not limit:
                rows = []
            elif closed and how.bodies and offset <= NEAR:
                rows = reader.all(how.bodies, (*how.parameters, moment, limit + 1, offset))
            else:
                rows = reader.all(how.paged, (moment, *how.parameters, limit + 1, offset))
            total = reader.one(how.counted, (moment, *how.counting)) if count else None
            return Page([Stored(row) for row in rows[:limit]], total[0] if total else None, len(rows) > limit)
        return _looked_through(self._bit_by_bit(how), how.matches, offset, limit, count)

    def every(self, how: Plan) -> Iterator[Stored]:
        """All entities of a selection, one by one. Raises TooComplexQuery."""
        if how.empty:
            return
        for row in self._bit_by_bit(how):
            if how.matches is None or how.matches(entity_of(row)):
                yield Stored(row)

    def _bit_by_bit(self, how: Plan) -> Iterator[Row]:
        """All rows of a plan, more at once as it goes on; no statement stays open between two bits. Raises TooComplexQuery."""
        reader, moment, end = self._database.reader(), now(), monotonic() + QUERY_SECONDS
        last, size = 0, FIRST_BIT
        while (left := end - monotonic()) > 0:
            with self._database.limited(left):
                rows = reader.all(how.all, (moment, last, *how.parameters, size))
            yield from rows
            if len(rows) < size:
                return
            last, size = rows[-1][0], min(size * 4, LARGEST_BIT)
        raise too_long(QUERY_SECONDS)

    def sources(self, space: int, target: str, offset: int, limit: int) -> list[tuple[str, str]]:
        """Who points to `target`: pairs of attribute and entity id."""
        rows = self._database.reader().all(
            "SELECT l.name, e.id FROM context_link l JOIN context_entity e ON e.key = l.key "
            "WHERE l.space = ? AND l.target = ? ORDER BY l.name, l.key LIMIT ? OFFSET ?",
            (space, target, limit, offset),
        )
        return [(self._numbering.text(row[0]), bytes(row[1]).decode()) for row in rows]

    def uses(self, space: int, *, type_name: str | None = None, attribute: str | None = None) -> list[Use]:
        """The types and attributes there are, with counts; of one type or one attribute if it is named."""
        condition, parameters = "", [space]
        for column, name in (("type", type_name), ("attribute", attribute)):
            if name is not None:
                number = self._numbering.known(name)
                if number is None:
                    return []
                condition += f" AND {column} = ?"
                parameters.append(number)
        sql = f"SELECT type, attribute, kind, count FROM context_use WHERE space = ?{condition} ORDER BY type, attribute, kind"  # noqa: S608
        text = self._numbering.text
        return [
            Use(text(row[0]), text(row[1]) if row[1] else None, KINDS.get(row[2]), row[3])
            for row in self._database.reader().all(sql, parameters)
        ]

    def declared(self, space: int) -> frozenset[str]:
        """The attributes whose values are indexed. What another process declared counts within DECLARED_S."""
        known = self._declared.get(space)
        if known is not None and known[0] > monotonic():
            return known[1]
        sql = "SELECT name FROM context_declared WHERE space = ? AND leaving IS NULL"
        found = frozenset(self._numbering.text(row[0]) for row in self._database.reader().all(sql, (space,)))
        self._declared[space] = monotonic() + DECLARED_S, found
        return found

    def _has_ended(self) -> bool:
        """Whether a part of some entity has ended and is not swept yet: indexes know it still."""
        until, first = self._first_end
        if until <= monotonic():
            row = self._database.reader().one(FIRST_END)
            first = row[0] if row else None
            self._first_end = monotonic() + DECLARED_S, first
        return first is not None and first <= now()

    def look_again(self) -> None:
        """Something was written: what is declared, or what ends first, may have changed."""
        self._declared.clear()
        self._first_end = (0.0, None)

    def tenants(self) -> list[str]:
        """The names of the tenants, the default one as an empty name."""
        rows = self._database.reader().all("SELECT tenant FROM context_space WHERE snapshot = '' ORDER BY tenant")
        return [bytes(row[0]).decode() for row in rows]


def _looked_through(
    rows: Iterator[Row], matches: Callable[[Entity], bool], offset: int, limit: int, count: bool
) -> Page:
    found: list[Stored] = []
    total = 0
    for row in rows:
        if not matches(entity_of(row)):
            continue
        total += 1
        if total > offset and len(found) < limit:
            found.append(Stored(row))
        elif total > offset + limit and not count:
            return Page(found, None, True)
    return Page(found, total if count else None, total > offset + len(found))


def now() -> Microseconds:
    """The time."""
    return time_ns() // 1000
