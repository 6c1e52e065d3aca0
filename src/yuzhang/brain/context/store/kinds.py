"""A choice by type in the numbers of the database: which types to walk, and what to check of the others."""

from collections.abc import Callable

from yuzhang.brain.context.query.scanner import All, Either, Tree
from yuzhang.brain.context.store.indexes import Parameters

OF_TYPE = "SELECT 1 FROM context_entity_type t WHERE t.space = ? AND t.name = ?"


def numbered(tree: Tree[str], known: Callable[[str], int | None]) -> "Tree[int] | bool":
    """The tree in numbers without what cannot be; False if nothing is left."""
    if isinstance(tree, All):
        parts = [numbered(one, known) for one in tree.parts]
        return False if any(one is False for one in parts) else All(tuple(one for one in parts if one is not False))
    if isinstance(tree, Either):
        left = [one for one in (numbered(one, known) for one in tree.parts) if one is not False]
        return False if not left else left[0] if len(left) == 1 else Either(tuple(left))
    return known(tree) or False


def drivers_of(tree: "Tree[int] | bool") -> "list[tuple[int, list[Tree[int]]]]":
    """The types to walk, each with what must hold beside it; together they reach all that the tree asks for."""
    if isinstance(tree, Either):
        return [one for part in tree.parts for one in drivers_of(part)]
    if isinstance(tree, All):
        ways = [(drivers_of(part), index) for index, part in enumerate(tree.parts)]
        fewest, index = min(ways, key=lambda way: len(way[0]))
        rest = [part for place, part in enumerate(tree.parts) if place != index]
        return [(name, [*beside, *rest]) for name, beside in fewest]
    assert not isinstance(tree, bool)  # noqa: S101  # nothing to choose by was handled before
    return [(tree, [])]


def of_types(space: int, tree: Tree[int]) -> tuple[str, Parameters]:
    """A condition on `d.key`: the entity has the types."""
    if isinstance(tree, All | Either):
        parts = [of_types(space, one) for one in tree.parts]
        word = " AND " if isinstance(tree, All) else " OR "
        return f"({word.join(text for text, _ in parts)})", tuple(value for _, values in parts for value in values)
    return f"EXISTS ({OF_TYPE} AND t.key = d.key)", (space, tree)
