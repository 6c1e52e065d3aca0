"""Reading entities: one by its id, many by a selection, and what types and attributes there are."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from time import monotonic, time_ns
from typing import cast

import msgspec

from yuzhang.brain.context.classification.rules import Rules, rules_for
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.errors import NonexistentTenant, ResourceNotFound, said
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.selection import has
from yuzhang.brain.context.shapes import KINDS
from yuzhang.brain.context.store.engines import QUERY_SECONDS, Database, Row, too_long
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, Use, entity_of
from yuzhang.brain.context.store.limiting import limits_of
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.selecting import EMPTY, Plan, finding, plan
from yuzhang.brain.context.store.using import seen_uses

RETRIEVE = f"SELECT {ENTITY_COLUMNS} FROM context_entity WHERE space = ? AND id = ?"  # noqa: S608  # a constant
RETRIEVE_CLOSED = "SELECT key, body, expires FROM context_entity WHERE space = ? AND id = ?"
MAX_PLANS = 1024
NEAR = 1000
"""Up to this offset entities are passed over with their bodies; further on the keys of those that are wanted come first."""
FIRST_END = "SELECT min(moment) FROM context_attribute_end"
DECLARED_S = 1.0
"""Shorter than an index is kept right after it was declared no longer."""
FIRST_BIT, LARGEST_BIT = 128, 8192
"""Rows that are read at once where entities are looked through."""
SEEN_AT_ONCE = 50
"""Entities that are looked at together by whoever may not see all."""
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


class EntityStore:
    """Reads of the present. Cheap ones may be asked on the event loop; `plan(...).cheap` tells which."""

    def __init__(self, database: Database, numbering: Numbering) -> None:
        self._database = database
        self._numbering = numbering
        self._declared: dict[int, tuple[float, frozenset[str]]] = {}
        self._first_end: tuple[float, Microseconds | None] = (0.0, None)
        self._plans: dict[tuple[int, Selection, frozenset[str], bool], Plan] = {}
        self._rules: dict[tuple[int, int], tuple[float, Sight, Rules, bool]] = {}

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

    def retrieve(self, space: int, entity: str, *, closed: bool = False, sight: Sight | None = None) -> Stored | None:
        """One entity; None if it is not there, or expired, or not seen. `closed`: it will not be opened."""
        row = self._database.reader().one(RETRIEVE_CLOSED if closed else RETRIEVE, (space, entity))
        if row is None or (row[2] is not None and row[2] <= now()):
            return None
        if sight is not None:
            row = next(iter(sight.rows([row])), None)
        return None if row is None else Stored(row)

    def retrieve_all(self, space: int, entities: Sequence[str], sight: Sight | None = None) -> dict[str, Stored]:
        """Those of `entities` that are there and seen, by id."""
        found: dict[str, Stored] = {}
        for start in range(0, len(entities), 400):
            some = entities[start : start + 400]
            marks = ",".join("?" * len(some))
            sql = f"SELECT {ENTITY_COLUMNS}, id FROM context_entity WHERE space = ? AND id IN ({marks})"  # noqa: S608  # marks only
            rows = self._database.reader().all(sql, (space, *some))
            for row in rows if sight is None else sight.rows(rows):
                if row[2] is None or row[2] > now():
                    found[bytes(row[6]).decode()] = Stored(row)
        return found

    def seen(self, space: int, entities: Sequence[str], sight: Sight) -> set[str]:
        """Which of `entities` are there and seen; nobody is shown them."""
        return {
            one for one, kept in self.retrieve_all(space, entities).items() if sight.of(kept.open().body) is not None
        }

    def plan(self, space: int, selection: Selection, sight: Sight | None = None) -> Plan:
        """How `selection` is answered; with `sight`, of what is seen."""
        declared = self.declared(space)
        if sight is not None:
            return self._limited(space, selection, sight, declared)
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

    def _limited(self, space: int, selection: Selection, sight: Sight, declared: frozenset[str]) -> Plan:
        rules, mixed = self.rules(space, sight)
        if not rules.seen:
            return EMPTY
        database, numbering, wary = self._database, self._numbering, self._has_ended()
        limits = limits_of(
            sight,
            rules,
            selection,
            space,
            numbering.known,
            lambda: finding(database, space),
            mixed=mixed,
            wary=wary,
        )
        wary = wary and limits.selection.q is not None
        return plan(database, numbering, space, selection, declared, wary=wary, limits=limits)

    def rules(self, space: int, sight: Sight) -> tuple[Rules, bool]:
        """What a sight says of the types that are in a space, and whether entities of several types are there."""
        key = (space, id(sight))
        found = self._rules.get(key)
        if found is None or found[1] is not sight or found[0] <= monotonic():
            if len(self._rules) >= MAX_PLANS:
                self._rules.clear()
            rules = rules_for(sight, self._database.reader(), self._numbering, space, self.declared(space))
            found = self._rules[key] = (monotonic() + DECLARED_S, sight, *rules)
        return found[2], found[3]

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
            shown = rows[:limit] if how.sight is None else how.sight.rows(rows[:limit])
            return Page([Stored(row) for row in shown], total[0] if total else None, len(rows) > limit)
        part = _looked_through(self._bit_by_bit(how), how.matches, offset, limit, count)
        if how.sight is None:
            return part
        return Page([Stored(row) for row in how.sight.rows(one.row for one in part.found)], part.total, part.more)

    def every(self, how: Plan, *, whole: bool = False) -> Iterator[Stored]:
        """All entities of a selection, one by one. `whole`: however long all of them take, as for an index. Raises TooComplexQuery."""
        if how.empty:
            return
        chosen = (row for row in self._bit_by_bit(how, whole) if how.matches is None or how.matches(entity_of(row)))
        if how.sight is None:
            yield from map(Stored, chosen)
            return
        while rows := list(islice(chosen, SEEN_AT_ONCE)):
            yield from map(Stored, how.sight.rows(rows))

    def _bit_by_bit(self, how: Plan, whole: bool = False) -> Iterator[Row]:
        """All rows of a plan, more at once as it goes on; no statement stays open between two bits. Raises TooComplexQuery."""
        reader, moment, end = self._database.reader(), now(), monotonic() + QUERY_SECONDS
        last, size = 0, FIRST_BIT
        while (left := QUERY_SECONDS if whole else end - monotonic()) > 0:
            with self._database.limited(left):
                rows = reader.all(how.all, (moment, last, *how.parameters, size))
            yield from rows
            if len(rows) < size:
                return
            last, size = rows[-1][0], min(size * 4, LARGEST_BIT)
        raise too_long(QUERY_SECONDS)

    def sources(
        self, space: int, target: str, offset: int, limit: int, sight: Sight | None = None
    ) -> list[tuple[str, str]]:
        """Who points to `target`: pairs of attribute and entity id."""
        if sight is not None:
            return list(islice(self._seen_sources(space, target, sight), offset, offset + limit))
        rows = self._database.reader().all(
            "SELECT l.name, e.id FROM context_link l JOIN context_entity e ON e.key = l.key "
            "WHERE l.space = ? AND l.target = ? ORDER BY l.name, l.key LIMIT ? OFFSET ?",
            (space, target, limit, offset),
        )
        return [(self._numbering.text(row[0]), bytes(row[1]).decode()) for row in rows]

    def _seen_sources(self, space: int, target: str, sight: Sight) -> Iterator[tuple[str, str]]:
        """All who are seen to point to `target`; not one who points to itself where it is not seen."""
        if self.retrieve(space, target) is not None and self.retrieve(space, target, sight=sight) is None:
            return
        at = 0
        while some := self.sources(space, target, at, SEEN_AT_ONCE * 8):
            there = self.retrieve_all(space, [entity for _, entity in some], sight)
            yield from (one for one in some if one[1] in there and has(there[one[1]].open(), one[0]))
            at += len(some)

    def looked_at(self, how: Plan) -> Iterator[Entity]:
        """The same, as they are seen; nobody is shown them, so that nothing is remembered of it."""
        for row in self._bit_by_bit(how) if not how.empty else ():
            entity = entity_of(row)
            if how.matches is None or how.matches(entity):
                shown = entity if how.sight is None else how.sight.shown(entity)
                if shown is not None:
                    yield shown

    def uses(
        self, space: int, *, type_name: str | None = None, attribute: str | None = None, sight: Sight | None = None
    ) -> list[Use]:
        """The types and attributes there are, with counts; of one type or one attribute if it is named."""
        if sight is not None:
            return list(seen_uses(self, space, sight, type_name, attribute))
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
        """Something was written: what is declared, what ends first, or which types there are, may have changed."""
        self._rules.clear()
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
