"""How the databases answer a selection: keys out of the narrow tables first, then the bodies of those alone.

A statement starts from the index that narrows most: ids, then one value or one relationship's target, then types, ranges and
places, then ids that begin alike. What it cannot decide exactly is decided in memory by `Plan.matches`.
"""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from time import time_ns
from typing import Any

from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, Types
from yuzhang.brain.context.query.paths import SYSTEM_NAMES, Lookup, Reach
from yuzhang.brain.context.query.patterns import literal_start, searcher
from yuzhang.brain.context.query.q import Exists
from yuzhang.brain.context.query.scanner import All, Either, Tree
from yuzhang.brain.context.query.selection import has
from yuzhang.brain.context.store.engines import Database
from yuzhang.brain.context.store.indexes import AnyRows, Found, Indexes, Parameters, Rows
from yuzhang.brain.context.store.kept import ENTITY_COLUMNS, entity_of
from yuzhang.brain.context.store.kinds import OF_TYPE, drivers_of, numbered, of_types
from yuzhang.brain.context.store.limiting import Limits
from yuzhang.brain.context.store.numbering import Numbering
from yuzhang.brain.context.store.sieving import Sql, sieve
from yuzhang.brain.context.store.statements import GONE, Form, statements

BY_TYPE = "context_entity_type d WHERE d.space = ? AND d.name = ?"
MAX_ARMS = 16
"""So many types are walked side by side; more of them are gathered first."""
FEW = 20_000
"""Entities of a space that may be sorted for a page, where no index gives them in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a selection is answered. All statements take the moment first, which tells what has expired.

    `paged` gives rows of ENTITY_COLUMNS in the order of keys; its parameters end with limit and offset. `counted` has
    parameters of its own, `counting`. Both count only if `matches` is None; else `all` is looked through, bit by bit: it takes
    the moment, the last key seen, `parameters`, and a limit. `bodies` gives the first three columns of `paged`, and takes the
    moment after `parameters`; empty where there is no way that is faster. `cheap` plans may run on an event loop. A `lasting`
    plan stays right while the same attributes are declared. `sight` is that of who asks, if it is not everything.
    """

    empty: bool
    matches: Callable[[Entity], bool] | None = None
    paged: str = ""
    counted: str = ""
    all: str = ""
    parameters: Parameters = ()
    counting: Parameters = ()
    cheap: bool = False
    lasting: bool = False
    bodies: str = ""
    sight: Sight | None = None


EMPTY = Plan(True, cheap=True)


@dataclass(slots=True)
class Arm:
    """One statement that gives keys: where it starts, and what must hold beside; `ordered` if keys come in order."""

    source: str
    parameters: Parameters
    checks: list[Sql] = field(default_factory=list)
    ordered: bool = True

    def form(self) -> Form:
        """The same without parameters."""
        return Form(self.source, tuple(text for text, _ in self.checks), self.ordered)

    def all_parameters(self) -> Parameters:
        """The parameters of `keys`."""
        return (*self.parameters, *(value for _, values in self.checks for value in values))


def plan(
    database: Database,
    numbering: Numbering,
    space: int,
    selection: Selection,
    declared: AbstractSet[str] = frozenset(),
    *,
    wary: bool = False,
    limits: Limits | None = None,
) -> Plan:
    """How `selection` is answered in a space; `declared` names the attributes whose values are indexed.

    `wary`: indexes hold values that have ended, so that what they find is looked at once more. `limits`: who asks may not see all.
    """
    selection = selection if limits is None else limits.selection
    return _Planning(database, numbering, space, selection, frozenset(declared), wary=wary, limits=limits).plan()


def finding(database: Database, space: int) -> Lookup:
    """What finds one entity of a space."""
    sql = f"SELECT {ENTITY_COLUMNS} FROM context_entity WHERE space = ? AND id = ?"  # noqa: S608  # a constant

    def lookup(entity: str) -> Entity | None:
        row = database.reader().one(sql, (space, entity))
        return None if row is None or (row[2] is not None and row[2] <= time_ns() // 1000) else entity_of(row)

    return lookup


class _Planning:
    """One selection on its way to a plan."""

    def __init__(
        self,
        database: Database,
        numbering: Numbering,
        space: int,
        selection: Selection,
        declared: frozenset[str],
        *,
        wary: bool,
        limits: Limits | None = None,
    ) -> None:
        self.wary = wary
        self.limits = limits
        self.text = numbering.text
        self.database = database
        self.known = numbering.known
        self.space = space
        self.selection = selection
        self.lasting = True
        self.tests: list[Callable[[Entity], bool]] = []
        self.sieves: list[Sql] = []
        self.indexes = Indexes(space, declared, numbering.known, self._kinds)

    def plan(self) -> Plan:
        """The plan."""
        selection = self.selection
        types = self._types(selection.types)
        if types is False or (selection.ids is not None and not selection.ids) or self._never():
            return EMPTY
        found = self._indexed()
        arms = self._arms(types, found)
        self._in_memory()
        return self._written(arms, types, found)

    def _kinds(self, attribute: int) -> frozenset[int]:
        self.lasting = False
        rows = self._read(
            "SELECT DISTINCT kind FROM context_use WHERE space = ? AND attribute = ?", (self.space, attribute)
        )
        return frozenset(row[0] for row in rows)

    def _read(self, sql: str, parameters: Parameters) -> list[tuple[Any, ...]]:
        return self.database.reader().all(sql, parameters)

    def _types(self, types: Types | None) -> "Tree[int] | bool":
        """The choice by type in numbers; True if it leaves nothing out, False if nothing can be there."""
        if types is None or types.every:
            return True
        self.lasting = all(self.known(name) is not None for name in types.names())
        return numbered(types.tree, self.known)

    def _never(self) -> bool:
        """Whether an attribute is asked for that nothing here ever had."""
        one = self.selection
        attrs = one.attrs
        if attrs is not None and all(self.known(name) is None for name in attrs):
            return True
        if one.geo is not None and self.known(one.geo.geoproperty) is None:
            return True
        return any(self.known(name) is None for name in self._needed())

    def _needed(self) -> list[str]:
        """The attributes that `q` cannot do without."""
        if self.selection.q is None:
            return []
        found = [one for one in self.selection.q.parts() if not isinstance(one, All | Either)]
        first = [one.path.first for one in found if not (isinstance(one, Exists) and one.negated)]
        return [name for name in first if name not in SYSTEM_NAMES]

    def _indexed(self) -> list[Found]:
        """The rows that indexes give for parts of `q`; a test is left for what they do not decide."""
        q, datasets = self.selection.q, self.selection.datasets
        if q is None:
            return []
        parts = q.parts()
        found = [one for one in map(self.indexes.of, parts) if one is not None]
        points = [one for one in found if isinstance(one, Rows) and one.sorted]
        # Beside a single value, ranges are cheaper looked at than gathered.
        used: list[Found] = [*points] if points else found
        if self.wary or len(used) < len(parts) or datasets is not None or not all(one.exact for one in used):
            reach = Reach(datasets, finding(self.database, self.space) if q.depth else None)
            self.tests.append(lambda entity: q.matches(entity, reach))
            if datasets is None and not points and self.database.engine.dialect.name == "sqlite":
                rest = [part for part in parts if self.indexes.of(part) is None]
                self.sieves = [one for one in map(sieve, rest) if one is not None]
        return used

    def _arms(self, types: "Tree[int] | bool", found: list[Found]) -> list[Arm]:
        selection, space = self.selection, self.space
        checks: list[Sql] = []
        if selection.geo is not None and selection.geo.box is not None:
            checks.append((f"d.{self.database.box_condition}", selection.geo.box))
        point = next((one for one in found if isinstance(one, Rows) and one.sorted), None)
        if selection.ids is not None:
            checks += self._checks(types, found)
            ids = [one for one in dict.fromkeys(selection.ids) if "\0" not in one]
            marks = ",".join("?" * len(ids)) or "NULL"
            source = f"context_entity d WHERE d.space = ? AND d.id IN ({marks})"
            return [Arm(source, (space, *ids), checks, ordered=False)]
        if point is not None:
            checks += self._checks(types, [one for one in found if one is not point])
            return [Arm(f"{point.table} d WHERE {point.where.format(t='d')}", point.parameters, checks)]
        checks += [(one.check(), one.parameters) for one in found]
        if types is not True:
            return self._type_arms(types, checks)
        if checks:
            # The sign keeps the database from walking the whole space by its index.
            return [Arm("context_entity d WHERE +d.space = ?", (space,), checks)]
        return self._unindexed()

    def _checks(self, types: "Tree[int] | bool", found: Sequence[Found]) -> list[Sql]:
        kinds = [] if isinstance(types, bool) else [of_types(self.space, types)]
        return [*kinds, *((one.check(), one.parameters) for one in found)]

    def _type_arms(self, types: "Tree[int] | bool", checks: list[Sql]) -> list[Arm]:
        drivers = drivers_of(types)
        if len(drivers) > MAX_ARMS:
            marks = ",".join("?" * len(drivers))
            gathered = f"d.key IN (SELECT t.key FROM context_entity_type t WHERE t.space = ? AND t.name IN ({marks}))"  # noqa: S608
            first = (gathered, (self.space, *(name for name, _ in drivers)))
            exact = [] if isinstance(types, bool) else [of_types(self.space, types)]
            return [Arm("context_entity d WHERE +d.space = ?", (self.space,), [first, *exact, *checks])]
        return [
            Arm(BY_TYPE, (self.space, name), [*(of_types(self.space, one) for one in beside), *checks])
            for name, beside in drivers
        ]

    def _unindexed(self) -> list[Arm]:
        """Where to start if nothing asked for is indexed: ids that begin alike, types that have the attribute, or everything."""
        space, selection = self.space, self.selection
        start = literal_start(selection.id_pattern) if selection.id_pattern else ""
        if start:
            source = "context_entity d WHERE d.space = ? AND d.id >= ? AND d.id < ?"
            return [Arm(source, (space, start, f"{start}\U0010ffff"), ordered=False)]
        names = list(selection.attrs) if selection.attrs else self._needed()[:1]
        if selection.geo is not None:
            names = [selection.geo.geoproperty]
        self.lasting = False
        if names:
            numbers = [number for number in map(self.known, names) if number is not None]
            marks = ",".join("?" * len(numbers))
            sql = f"SELECT DISTINCT type FROM context_use WHERE space = ? AND attribute IN ({marks})"  # noqa: S608
            rows = self._read(sql, (space, *numbers))
            if len(rows) <= MAX_ARMS:
                return [Arm(BY_TYPE, (space, row[0])) for row in rows]
        total = self._read(
            "SELECT coalesce(sum(count), 0) FROM context_use WHERE space = ? AND attribute = 0", (space,)
        )
        if total[0][0] < FEW:
            return [Arm("context_entity d WHERE d.space = ?", (space,), ordered=False)]
        return [Arm("context_entity d WHERE +d.space = ?", (space,))]

    def _in_memory(self) -> None:
        """Tests for what no statement decides; the cheap ones first."""
        one, tests = self.selection, []
        if one.id_pattern is not None:
            search = searcher(one.id_pattern, "?idPattern")
            tests.append(lambda entity: search(entity.id))
        if (attrs := one.attrs) is not None:
            tests.append(lambda entity: any(has(entity, name) for name in attrs))
        if one.scope is not None:
            tests.append(one.scope.matches)
        if (geo := one.geo) is not None:
            self.tests.append(lambda entity: geo.matches(entity, one.datasets))
        self.tests[:0] = tests

    def _written(self, arms: list[Arm], types: "Tree[int] | bool", found: list[Found]) -> Plan:
        arms = self._limited(arms)
        if not arms:
            return EMPTY
        for arm in arms:
            arm.checks += self.sieves
        tests = (*self.tests, *(self.limits.tests if self.limits is not None else ()))
        matches = None if not tests else tests[0] if len(tests) == 1 else _all_of(tests)
        texts = statements(tuple(arm.form() for arm in arms))
        parameters = tuple(value for arm in arms for value in arm.all_parameters())
        counted, counting = texts.counted, parameters
        by_type = isinstance(types, int) and types is not True and self.limits is None
        if matches is None and by_type and selection_is_types(self.selection):
            counted, counting = COUNTED_BY_TYPE, (self.space, types, self.space, types)
        sets = self.selection.geo is not None or any(isinstance(one, AnyRows) or not one.sorted for one in found)
        return Plan(
            False,
            matches,
            texts.paged,
            counted,
            texts.all,
            parameters,
            counting,
            matches is None and not sets,
            self.lasting,
            texts.bodies if matches is None else "",
            self.limits.sight if self.limits is not None else None,
        )

    def _limited(self, arms: list[Arm]) -> list[Arm]:
        """The arms with the conditions of what may be seen."""
        if self.limits is None:
            return arms
        found = []
        for arm in arms:
            number = arm.parameters[1] if arm.source == BY_TYPE else None
            checks = self.limits.for_all() if number is None else self.limits.for_type(self.text(number))
            if checks is not None:
                arm.checks += checks
                found.append(arm)
        return found


COUNTED_BY_TYPE = (
    f"{GONE}SELECT coalesce((SELECT u.count FROM context_use u WHERE u.space = ? AND u.type = ? "  # noqa: S608
    f"AND u.attribute = 0 AND u.kind = 0), 0) - (SELECT count(*) FROM gone WHERE EXISTS ({OF_TYPE} AND t.key = gone.key))"
)


def selection_is_types(selection: Selection) -> bool:
    """Whether a selection chooses by nothing but types."""
    return selection == Selection(types=selection.types, datasets=selection.datasets)


def _all_of(tests: tuple[Callable[[Entity], bool], ...]) -> Callable[[Entity], bool]:
    return lambda entity: all(test(entity) for test in tests)
