"""Which registrations a request concerns: for discovery, for subscriptions of registrations, and for forwarding. Clause 5.12."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.query import Geo, Q, ScopeQ, Selection, Types
from yuzhang.brain.context.registrations.model import EntityInfo, Information, Interval, Registration

Relation = Literal["before", "after", "between"]


@dataclass(frozen=True, slots=True)
class Sought:
    """Entities that a request seeks; what is None does not matter."""

    types: Types | None = None
    ids: tuple[str, ...] | None = None
    pattern: str | None = None

    @property
    def names(self) -> frozenset[str] | None:
        """The names of the types that it mentions; None for every type."""
        return None if self.types is None else self.types.names()

    def met_by(self, info: EntityInfo) -> bool:
        """Whether `info` may hold such an entity. A pattern is not compared with a pattern: they may have ids in common."""
        names = self.names
        if names is not None and info.types.isdisjoint(names):
            return False
        if self.ids is not None:
            return any(info.fits_id(one) for one in self.ids)
        return self.pattern is None or info.id is None or Selection(id_pattern=self.pattern).matches(_named(info.id))


@dataclass(frozen=True, slots=True)
class Period:
    """A temporal query (clause 4.11) as it is asked of a registration's intervals."""

    relation: Relation
    at: Microseconds
    end: Microseconds | None = None
    property: str = "observedAt"

    def meets(self, one: Registration) -> bool:
        """Whether the registration's interval has a moment in common with the query's. Source: clause 5.10.2.4."""
        interval = one.observed if self.property == "observedAt" else one.managed
        return interval is not None and self._overlaps(interval)

    def _overlaps(self, interval: Interval) -> bool:
        if self.relation == "before":
            return interval.start < self.at
        after_start = interval.end is None or interval.end > self.at
        if self.relation == "after":
            return after_start
        return after_start and (self.end is None or interval.start < self.end)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of registrations: `entities` are alternatives (none: all), `attributes` too.

    `csf` and `q` are asked of the context source's own properties, `geo` and `scope` of its places and scopes. Without `period`
    only sources of the present count.
    """

    entities: tuple[Sought, ...] = ()
    attributes: frozenset[str] | None = None
    csf: Q | None = None
    q: Q | None = None
    geo: Geo | None = None
    scope: ScopeQ | None = None
    period: Period | None = None

    def meets(self, information: Information) -> bool:
        """Whether one RegistrationInfo has something of what is sought. Source: clause 5.12."""
        if (
            self.attributes is not None
            and information.attributes is not None
            and not self.attributes & information.attributes
        ):
            return False
        if not self.entities or not information.entities:
            return True
        return any(sought.met_by(info) for sought in self.entities for info in information.entities)


def matches(one: Registration, request: Request) -> bool:
    """Whether a registration is among those that `request` seeks. Source: clauses 5.10.2.4 and 5.12."""
    if request.period is None:
        if not one.is_latest:
            return False
    elif not request.period.meets(one):
        return False
    if not any(request.meets(information) for information in one.information):
        return False
    own = [query for query in (request.csf, request.q) if query is not None]
    if not own and request.geo is None and request.scope is None:
        return True
    entity = one.as_entity()
    asked = [Selection(q=query) for query in own]
    asked.append(Selection(geo=request.geo, scope=request.scope))
    return all(selection.matches(entity) for selection in asked)


def narrowed(one: Registration, request: Request) -> Registration:
    """`one` with only those elements of its information that `request` seeks; whole if it seeks none. Source: clause 5.11.7."""
    parts = zip(one.information, one.document["information"], strict=True)
    kept = [(information, part) for information, part in parts if request.meets(information)]
    if not kept or len(kept) == len(one.information):
        return one
    information = tuple(information for information, _ in kept)
    return replace(one, information=information, document=one.document | {"information": [part for _, part in kept]})


def matching(registrations: Iterable[Registration], request: Request, now: Microseconds) -> list[Registration]:
    """Those of `registrations` that are sought and have not expired."""
    return [one for one in registrations if one.alive(now) and matches(one, request)]


def conflict(new: Registration, others: Iterable[Registration], now: Microseconds) -> Registration | None:
    """A registration beside which `new` cannot be: nobody shares what one of them has exclusively. Source: clause 4.3.6.3."""
    if not new.is_proxy:
        return None
    for other in others:
        if not other.is_proxy or other.id == new.id or not other.alive(now):
            continue
        if "exclusive" in (new.mode, other.mode):
            exclusive, beside = (other, new) if other.mode == "exclusive" else (new, other)
            if _shared(exclusive, beside):
                return other
    return None


def _shared(exclusive: Registration, beside: Registration) -> bool:
    for information in exclusive.information:
        for info in information.entities:
            if beside.covered(info.id, info.types, information.attributes).any:
                return True
    return False


def _named(entity: str) -> Entity:
    return Entity({"id": entity, "type": ""}, 0, 0)
