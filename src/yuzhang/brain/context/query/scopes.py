"""The choice of entities by scope: `/City/+/Gardens,/Company/#`. Source: clause 4.19."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query.scanner import Scanner, Tree, read_tree, tester

_SCOPE = re.compile(r"/?(?:\w+|\+|#)(?:/(?:\w+|\+|#))*")
_LEVEL = "[^/]+"

Scopes = list[str]


@dataclass(frozen=True, slots=True, eq=False)
class ScopeQ:
    """A choice by scope that was read. Equal texts are read but once."""

    text: str
    tree: Tree[str]
    _test: Callable[[Scopes], bool] = field(repr=False)

    def matches(self, entity: Entity) -> bool:
        """Whether the entity's scopes fit."""
        return self.fit(entity.scopes)

    def fit(self, scopes: Scopes) -> bool:
        """Whether an entity of these scopes fits."""
        return self._test(scopes)


@lru_cache(maxsize=1024)
def parse_scope(text: str) -> ScopeQ:
    """Read a choice by scope. Raises BadRequestData, TooComplexQuery.

    `+` is any one level; `#`, at the end alone, is the scope before it and all below it; `/#` is any scope.
    >>> parse_scope("/Madrid/#").fit(["/Madrid/Gardens/ParqueNorte"]), parse_scope("/+/Gardens").fit(["/Madrid/Streets"])
    (True, False)
    """
    tree = read_tree(Scanner(text, "scopeQ"), _scope, ",|")
    return ScopeQ(text, tree, tester(tree, _test))


def _scope(scanner: Scanner) -> str:
    found = scanner.match(_SCOPE)
    if found is None:
        scanner.fail("a scope is missing")
    if "#" in found[:-1]:
        scanner.fail("# stands at the end of a scope only,")
    return found.strip("/")


def _test(scope: str) -> Callable[[Scopes], bool]:
    if scope == "#":
        return lambda scopes: bool(scopes)
    if "+" not in scope and "#" not in scope:
        return lambda scopes: any(one.strip("/") == scope for one in scopes)
    levels = scope.split("/")
    below = levels[-1] == "#"
    fixed = "/".join(_LEVEL if one == "+" else re.escape(one) for one in levels[: -1 if below else None])
    pattern = re.compile(fixed + ("(?:/.*)?" if below else ""), re.DOTALL)
    return lambda scopes: any(pattern.fullmatch(one.strip("/")) is not None for one in scopes)
