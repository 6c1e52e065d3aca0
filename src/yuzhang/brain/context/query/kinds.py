"""The choice of entities by type: `Building,(House;Shop)`. Source: clause 4.17."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query.scanner import Scanner, Tree, leaves, read_tree, tester

_NAME = re.compile(r"\w(?:[^\s\x00-\x1f;,|()<>\"\[\]{}]*)")
EVERY = "*"


@dataclass(frozen=True, slots=True, eq=False)
class Types:
    """A choice by type that was read; its leaves are names. Equal texts in equal terms are read but once."""

    text: str
    tree: Tree[str]
    _test: Callable[[list[str]], bool] = field(repr=False)

    def names(self) -> frozenset[str]:
        """All names in it; empty for `*`, which chooses every type."""
        return frozenset(leaves(self.tree)) - {EVERY}

    @property
    def every(self) -> bool:
        """Whether it chooses every type."""
        return EVERY in leaves(self.tree)

    def matches(self, entity: Entity) -> bool:
        """Whether the entity's types fit."""
        return self.fit(entity.types)

    def fit(self, types: list[str]) -> bool:
        """Whether an entity of these types fits."""
        return self._test(types)


@lru_cache(maxsize=1024)
def parse_types(text: str, terms: Terms) -> Types:
    """Read a choice by type. Raises BadRequestData, TooComplexQuery.

    >>> from yuzhang.brain.context.jsonld import CORE
    >>> sorted(parse_types("(House;Shop),Building", CORE).names())
    ['Building', 'House', 'Shop']
    """
    scanner = Scanner(text, "type")
    if text.strip() == EVERY:
        return Types(text, EVERY, lambda _: True)
    tree = read_tree(scanner, lambda one: _name(one, terms), ",|")
    return Types(text, tree, tester(tree, lambda name: lambda types: name in types))


def _name(scanner: Scanner, terms: Terms) -> str:
    found = scanner.match(_NAME)
    if found is None:
        scanner.fail("the name of a type is missing")
    return terms.expand(found)


def only(name: str) -> Types:
    """The choice of one type by its name, whatever signs are in it."""
    return Types(name, name, lambda kinds: name in kinds)
