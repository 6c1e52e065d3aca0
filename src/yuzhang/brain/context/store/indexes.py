"""Which rows of the narrow tables hold the entities that a part of a query asks for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yuzhang.brain.context.query.paths import ENTITY_VALUES, TIMES
from yuzhang.brain.context.query.q import Compare, Term
from yuzhang.brain.context.query.scanner import All, Either, Tree
from yuzhang.brain.context.query.values import Asked, Range, is_number, temporal
from yuzhang.brain.context.shapes import KIND_NUMBERS
from yuzhang.brain.context.store.facets import MAX_INDEXED_TEXT

EXACT_NUMBERS = 2**53
"""Whole numbers below are told apart by the index, which keeps floating-point numbers of 64 bits."""
LINKS = frozenset({KIND_NUMBERS["Relationship"], KIND_NUMBERS["ListRelationship"]})
NUMBER, TEXT, LINK = "context_value_number", "context_value_text", "context_link"

Parameters = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table; `where` writes `{t}` for the table. `exact`: they are all that fits, not only among them.

    `sorted`: they come in the order of their keys, so that a query can stop at its limit.
    """

    table: str
    where: str
    parameters: Parameters
    exact: bool
    sorted: bool = False

    def keys(self) -> str:
        """SQL that gives their keys."""
        return f"SELECT x.key FROM {self.table} x WHERE {self.where.format(t='x')}"  # noqa: S608  # our own tables

    def check(self) -> str:
        """A condition on `d.key`."""
        if self.sorted:
            return f"EXISTS ({self.keys()} AND x.key = d.key)"
        return f"d.key IN ({self.keys()})"


@dataclass(frozen=True, slots=True)
class AnyRows:
    """Rows of several tables, or several places of one."""

    parts: tuple[Rows, ...]

    @property
    def parameters(self) -> Parameters:
        """Of all parts."""
        return tuple(value for part in self.parts for value in part.parameters)

    @property
    def exact(self) -> bool:
        """Whether all parts are."""
        return all(part.exact for part in self.parts)

    def check(self) -> str:
        """A condition on `d.key`."""
        return f"d.key IN ({' UNION ALL '.join(part.keys() for part in self.parts)})"


Found = Rows | AnyRows


@dataclass(frozen=True, slots=True)
class Indexes:
    """What is indexed in a space: values of the attributes in `declared`, and all relationships.

    `known` gives the number of a name, `kinds` the kinds an attribute has.
    """

    space: int
    declared: frozenset[str]
    known: Callable[[str], int | None]
    kinds: Callable[[int], frozenset[int]]

    def of(self, tree: Tree[Term]) -> Found | None:
        """The rows that a part of a query asks for; None if no index knows."""
        if isinstance(tree, Compare):
            return self._compare(tree)
        if isinstance(tree, Either):
            parts: list[Rows] = []
            for one in tree.parts:
                found = self.of(one)
                if found is None:
                    return None
                parts.extend(found.parts if isinstance(found, AnyRows) else (found,))
            return AnyRows(tuple(parts)) if parts else None
        if isinstance(tree, All):
            return self._narrowest(tree.parts)
        return None

    def _narrowest(self, parts: Sequence[Tree[Term]]) -> Found | None:
        found = [one for one in map(self.of, parts) if one is not None]
        if not found:
            return None
        best = next((one for one in found if isinstance(one, Rows) and one.sorted), found[0])
        if isinstance(best, Rows):
            return replace(best, exact=False)
        return AnyRows(tuple(replace(one, exact=False) for one in best.parts))

    def _compare(self, term: Compare) -> Found | None:
        path, sign = term.path, term.sign
        if len(path.names) > 1 or path.inside or path.hops or path.first in TIMES | ENTITY_VALUES:
            return None
        number = self.known(path.first)
        if number is None:
            return None
        if path.first in self.declared:
            if sign == "==":
                return _union([_equal(self.space, number, one) for one in term.values])
            first = term.values[0]
            if sign in {"<", "<=", ">", ">="} and not isinstance(first, Range):
                return _ordered(self.space, number, [(sign, first)])
            return None
        if sign == "==" and all(isinstance(one, str) and _in_index(one) for one in term.values):
            kinds = self.kinds(number)
            if kinds and kinds <= LINKS:
                return _union([_linked(self.space, number, one) for one in term.values])
        return None


def _union(parts: Sequence[Rows | None]) -> Found | None:
    found = tuple(one for one in parts if one is not None)
    if len(found) != len(parts):
        return None
    return found[0] if len(found) == 1 else AnyRows(found)


def _linked(space: int, name: int, target: Asked) -> Rows:
    return Rows(LINK, "{t}.space = ? AND {t}.target = ? AND {t}.name = ?", (space, target, name), True, True)


def _equal(space: int, name: int, value: Asked) -> Rows | None:
    where = "{t}.space = ? AND {t}.name = ? AND {t}.value = ?"
    if isinstance(value, Range):
        return _ordered(space, name, [(">=", value.low), ("<=", value.high)])
    if isinstance(value, bool):
        # A text "true" stands under the same entry.
        return Rows(TEXT, where, (space, name, "true" if value else "false"), False, True)
    if isinstance(value, str):
        if not _in_index(value):
            return None
        return Rows(TEXT, where, (space, name, value), value not in {"true", "false"}, True)
    if not _fits(value):
        return None
    return Rows(NUMBER, where, (space, name, float(value)), abs(value) < EXACT_NUMBERS, True)


def _ordered(space: int, name: int, bounds: Sequence[tuple[str, Any]]) -> Rows | None:
    """The rows within bounds; texts are not exact, since the targets of relationships, which have no order, are among them."""
    values: list[Any]
    numbers = [value for _, value in bounds if is_number(value) and _fits(value)]
    if len(numbers) == len(bounds):
        exact = all(abs(value) < EXACT_NUMBERS for value in numbers)
        table, values = NUMBER, [float(value) for value in numbers]
    else:
        texts = [value for _, value in bounds if isinstance(value, str) and _in_index(value)]
        if len(texts) != len(bounds):
            return None
        exact, table, values = False, TEXT, list(texts)
    signs = [sign if exact or "=" in sign else f"{sign}=" for sign, _ in bounds]
    where = "{t}.space = ? AND {t}.name = ?" + "".join(f" AND {{t}}.value {sign} ?" for sign in signs)
    return Rows(table, where, (space, name, *values), exact)


def _in_index(text: str) -> bool:
    # Longer texts are cut in the index; times are compared as such, not by their letters. No index holds a NUL.
    return len(text) < MAX_INDEXED_TEXT and temporal(text) is None and "\0" not in text


def _fits(number: float) -> bool:
    try:
        float(number)
    except OverflowError:
        return False
    return True
