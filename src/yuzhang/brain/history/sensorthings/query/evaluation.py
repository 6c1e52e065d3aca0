"""Filters over entities in memory. A path over a link to many stands for each of what is there: one that fits is enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import msgspec

from yuzhang.brain.history.sensorthings.errors import CostlyQuery
from yuzhang.brain.history.sensorthings.model import ID, Item
from yuzhang.brain.history.sensorthings.query.functions import call
from yuzhang.brain.history.sensorthings.query.grammar import Call, Literal, Node, Operation, Path
from yuzhang.brain.history.sensorthings.query.values import (
    ORDERINGS,
    Value,
    compared,
    is_number,
    kind_of,
    read_time,
    reckoned,
)
from yuzhang.core.language import Title

COMPARISONS = frozenset({"eq", "ne", *ORDERINGS})
MAX_COMBINED = 10_000
Related = Callable[[Item, str], Sequence[Item]]
"""The entities that a link of an entity leads to."""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Evaluates trees; `related` follows links."""

    related: Related

    def holds(self, node: Node, item: Item) -> bool:
        """Whether a filter lets an entity through."""
        return any(value is True for value in self.values(node, item))

    def key(self, node: Node, item: Item) -> tuple[Any, ...]:
        """What to order an entity by; nothing comes before everything (OData 4.0 part 1, clause 11.2.5.2)."""
        return sortable(self.values(node, item)[0])

    def values(self, node: Node, item: Item) -> list[Value]:
        """The values of a tree, at least one, which may be None."""
        if isinstance(node, Literal):
            return [node.value]
        if isinstance(node, Path):
            return self._found(node.steps, item) or [None]
        if isinstance(node, Call):
            return [call(node.name, list(given)) for given in self._combined(node.arguments, item)]
        return self._operated(node, item)

    def _operated(self, node: Operation, item: Item) -> list[Value]:
        name, operands = node.name, node.operands
        if name == "and":
            return [all(self.holds(one, item) for one in operands)]
        if name == "or":
            return [any(self.holds(one, item) for one in operands)]
        if name == "not":
            return [not self.holds(operands[0], item)]
        if name == "-":
            return [-one if is_number(one) else None for one in self.values(operands[0], item)]
        if name in COMPARISONS:
            return [any(compared(name, left, right) for left, right in self._combined(operands, item))]
        return [reckoned(name, left, right) for left, right in self._combined(operands, item)]

    def _combined(self, nodes: Sequence[Node], item: Item) -> list[tuple[Value, ...]]:
        lists = [self.values(one, item) for one in nodes]
        size = 1
        for one in lists:
            size *= len(one)
        if size > MAX_COMBINED:
            raise CostlyQuery(
                Title("一个条件涉及的值过多。", "One condition is about too many values."), where="$filter"
            )
        return list(product(*lists))

    def _found(self, steps: tuple[str, ...], item: Item) -> list[Value]:
        first, rest = steps[0], steps[1:]
        if first in item.kind.links:
            return [value for one in self.related(item, first) for value in self._found(rest, one)]
        if first in ID:
            return [item.id]
        value: Value = item.body.get(first)
        if not rest and first in item.kind.times:
            return [read_time(value)]
        for step in rest:
            value = value.get(step) if isinstance(value, dict) else None
        return [value]


def sortable(value: Value) -> tuple[Any, ...]:
    """A value that can be compared with those of other kinds."""
    if value is None:
        return (0,)
    if is_number(value):
        return (1, value)
    kind = kind_of(value)
    if kind == "interval":
        return (2, "moment", value.start, value.end)
    if kind in ("json", "geometry"):
        return (3, msgspec.json.encode(value if kind == "json" else value.wkt, order="sorted"))
    return (2, kind, value)
