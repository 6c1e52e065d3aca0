"""A query of somebody who may not see all: conditions beside those that were asked for, and tests of what is left to see."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from yuzhang.brain.context.classification.rules import ALWAYS, Rules
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.query.paths import Lookup
from yuzhang.brain.context.store.indexes import Parameters

Sql = tuple[str, Parameters]
Known = Callable[[str], int | None]
TYPED = "SELECT 1 FROM context_entity_type y WHERE y.space = ? AND y.name"


@dataclass(frozen=True, slots=True)
class Limits:
    """What narrows one query. `selection` is what is left for indexes; `tests` decide the rest.

    `mixed`: entities of several types are there, so that what is seen does not follow from the one that a query walks by.
    """

    sight: Sight
    rules: Rules
    selection: Selection
    tests: tuple[Callable[[Entity], bool], ...]
    space: int
    known: Known
    mixed: bool

    def for_type(self, name: str) -> list[Sql] | None:
        """The conditions for entities that have a type; None if none of them is seen."""
        if name in self.rules.unseen:
            return None
        return self.for_all() if self.mixed else self._placed(name, alone=True)

    def for_all(self) -> list[Sql]:
        """The conditions for all entities of the space."""
        found: list[Sql] = []
        unseen, seen = ([self.known(one) for one in some] for some in (self.rules.unseen, self.rules.seen))
        if unseen and len(seen) < len(unseen) and not self.mixed:
            marks = ",".join("?" * len(seen)) or "NULL"
            found.append((f"EXISTS ({TYPED} IN ({marks}) AND y.key = d.key)", (self.space, *seen)))
        elif unseen:
            marks = ",".join("?" * len(unseen))
            found.append((f"NOT EXISTS ({TYPED} IN ({marks}) AND y.key = d.key)", (self.space, *unseen)))
        return [*found, *(one for name in self.rules.placed for one in self._placed(name, alone=False))]

    def _placed(self, name: str, *, alone: bool) -> list[Sql]:
        places = self.rules.placed.get(name)
        if places is None or places.where is None or places.where == ALWAYS:
            return []
        text, values = places.where[0].format(k="d.key"), places.where[1]
        if alone:
            return [(text, values)]
        other = f"NOT EXISTS ({TYPED} = ? AND y.key = d.key)"
        return [(f"({other} OR {text})", (self.space, self.known(name), *values))]


def limits_of(
    sight: Sight,
    rules: Rules,
    selection: Selection,
    space: int,
    known: Known,
    lookup: Callable[[], Lookup],
    *,
    mixed: bool,
    wary: bool,
) -> Limits:
    """What narrows `selection`. An attribute that is hidden is as if the entity did not have it.

    `wary`: indexes hold values that have ended, so that no place is taken from them alone.
    """
    tests: list[Callable[[Entity], bool]] = []
    if not sight.hideable.isdisjoint(_asked(selection)) or (selection.q is not None and selection.q.depth):
        tests.append(_shown_and_chosen(sight, selection, lookup()))
        selection = replace(selection, q=None, geo=None, attrs=None)
    elif wary or any(one.where is None for one in rules.placed.values()):
        tests.append(lambda entity: sight.of(entity.body) is not None)
    return Limits(sight, rules, selection, tuple(tests), space, known, mixed)


def _asked(selection: Selection) -> frozenset[str]:
    """The attributes that a selection speaks of."""
    found = frozenset(selection.attrs or ())
    if selection.q is not None:
        found |= selection.q.attributes()
    return found | {selection.geo.geoproperty} if selection.geo is not None else found


def _shown_and_chosen(sight: Sight, selection: Selection, lookup: Lookup) -> Callable[[Entity], bool]:
    def seen(entity: str) -> Entity | None:
        found = lookup(entity)
        return None if found is None else sight.shown(found)

    def test(entity: Entity) -> bool:
        shown = sight.shown(entity)
        return shown is not None and selection.matches(shown, seen)

    return test
