"""Which types and attributes there are, for somebody who may not see all: counted, where it is not known without."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.kinds import only
from yuzhang.brain.context.shapes import KINDS
from yuzhang.brain.context.store.facets import facets
from yuzhang.brain.context.store.kept import Use

if TYPE_CHECKING:
    from yuzhang.brain.context.store.entities import EntityStore


def seen_uses(
    store: "EntityStore", space: int, sight: Sight, type_name: str | None, attribute: str | None
) -> Iterator[Use]:
    """The types and attributes that are seen. Raises TooComplexQuery where too many entities would have to be counted."""
    rules, mixed = store.rules(space, sight)
    known = {} if mixed else {kind: hidden for kind, hidden in rules.hidden.items() if kind in rules.seen}
    for use in store.uses(space, type_name=type_name, attribute=attribute):
        if use.type in known and (use.attribute is None or use.attribute not in known[use.type]):
            yield use
    for kind in rules.seen:
        if kind not in known and type_name in (None, kind):
            yield from _counted(store, space, sight, kind, attribute)


def _counted(store: "EntityStore", space: int, sight: Sight, kind: str, attribute: str | None) -> Iterator[Use]:
    total, uses = 0, Counter[tuple[str, int]]()
    for entity in store.looked_at(store.plan(space, Selection(types=only(kind)), sight)):
        total += 1
        uses.update(facets(entity.body).uses)
    if total and attribute is None:
        yield Use(kind, None, None, total)
    for (name, number), count in sorted(uses.items()):
        if attribute in (None, name):
            yield Use(kind, name, KINDS[number], count)
