"""Everything by which a query chooses entities."""

from dataclasses import dataclass

from yuzhang.brain.context.model import ENTITY_MEMBERS, Entity
from yuzhang.brain.context.query.geo import Geo
from yuzhang.brain.context.query.kinds import Types
from yuzhang.brain.context.query.paths import Lookup, Reach
from yuzhang.brain.context.query.patterns import searcher
from yuzhang.brain.context.query.q import Q
from yuzhang.brain.context.query.scopes import ScopeQ


@dataclass(frozen=True, slots=True)
class Selection:
    """What a query chooses by; all that is given must hold. `attrs` are names, of which the entity has one at least.

    `datasets` says of which instances `q` and `geo` are asked, `@none` for the default one;
    it leaves no entity out by itself.
    """

    ids: tuple[str, ...] | None = None
    id_pattern: str | None = None
    types: Types | None = None
    attrs: tuple[str, ...] | None = None
    q: Q | None = None
    geo: Geo | None = None
    scope: ScopeQ | None = None
    datasets: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        """Raises BadRequestData if the id pattern is no regular expression."""
        if self.id_pattern is not None:
            searcher(self.id_pattern, "?idPattern")

    def matches(self, entity: Entity, lookup: Lookup | None = None) -> bool:
        """Whether the entity is chosen; `lookup` finds the entities that `q` asks for over relationships."""
        reach = Reach(self.datasets, lookup)
        return (
            (self.ids is None or entity.id in self.ids)
            and (self.types is None or self.types.matches(entity))
            and (self.id_pattern is None or searcher(self.id_pattern, "?idPattern")(entity.id))
            and (self.attrs is None or any(has(entity, name) for name in self.attrs))
            and (self.scope is None or self.scope.matches(entity))
            and (self.q is None or self.q.matches(entity, reach))
            and (self.geo is None or self.geo.matches(entity, self.datasets))
        )


def has(entity: Entity, name: str) -> bool:
    """Whether the entity has an attribute."""
    return name in entity.body and name not in ENTITY_MEMBERS
