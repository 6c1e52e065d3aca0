"""The words of registrations. Source: ETSI GS CIM 009 v1.9.1, clauses 5.2.8 to 5.2.11, 5.2.34."""

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from yuzhang.brain.context.model import Body, Entity, Microseconds

Mode = Literal["inclusive", "exclusive", "redirect", "auxiliary"]
MODES = frozenset({"inclusive", "exclusive", "redirect", "auxiliary"})
Document = dict[str, Any]
"""A CSourceRegistration as of clause 5.2.9, with *names* for terms and without the members that only answers have."""

MEMBERS = frozenset(
    {
        "id",
        "type",
        "registrationName",
        "description",
        "information",
        "tenant",
        "observationInterval",
        "managementInterval",
    }
    | {"location", "observationSpace", "operationSpace", "expiresAt", "endpoint", "contextSourceInfo", "scope", "mode"}
    | {"operations", "refreshRate", "management", "localOnly", "contextSourceAlias", "ngsildConformance"}
)
"""Every other member is a property of the context source itself, chosen by who registers it."""
SPACES = ("location", "observationSpace", "operationSpace")


@dataclass(frozen=True, slots=True)
class EntityInfo:
    """Entities of some types: one of them by its id, those whose id fits a pattern, or all. Source: clause 5.2.8."""

    types: frozenset[str]
    id: str | None = None
    pattern: re.Pattern[str] | None = None

    def fits_id(self, entity: str | None) -> bool:
        """Whether an entity of this id may be meant; None is any."""
        if entity is None:
            return True
        if self.id is not None:
            return self.id == entity
        return self.pattern is None or self.pattern.search(entity) is not None

    def fits(self, entity: str | None, types: frozenset[str] | None) -> bool:
        """Whether an entity of this id and one of these types may be meant; None is any."""
        return (types is None or not self.types.isdisjoint(types)) and self.fits_id(entity)


@dataclass(frozen=True, slots=True)
class Information:
    """Which attributes (None: all) of which entities (none named: all) a context source has. Source: clause 5.2.10."""

    entities: tuple[EntityInfo, ...]
    attributes: frozenset[str] | None

    def fits(self, entity: str | None, types: frozenset[str] | None) -> bool:
        """Whether an entity of this id and one of these types may be meant; None is any."""
        return not self.entities or any(one.fits(entity, types) for one in self.entities)


@dataclass(frozen=True, slots=True)
class Interval:
    """From when to when; `end` is None if it goes on. Source: clause 5.2.11."""

    start: Microseconds
    end: Microseconds | None


@dataclass(frozen=True, slots=True)
class Registration:
    """A registration as it is kept, its parts ready for matching; made by `registrations.members.registration`.

    `endpoint` is the address to which `/ngsi-ld/v1/…` is added. `headers` are the pairs of contextSourceInfo. `reference` is the
    @context in which its members were written. `timeout_s` and `cooldown_s` are None if the registration names none.
    """

    tenant: str
    id: str
    document: Document
    reference: Any
    created: Microseconds
    modified: Microseconds
    expires: Microseconds | None
    information: tuple[Information, ...]
    mode: Mode
    operations: frozenset[str]
    endpoint: str
    headers: tuple[tuple[str, str], ...] = ()
    target_tenant: str | None = None
    alias: str | None = None
    local_only: bool = False
    timeout_s: float | None = None
    cooldown_s: float | None = None
    observed: Interval | None = None
    managed: Interval | None = None
    properties: Body = field(default_factory=dict)

    @property
    def is_proxy(self) -> bool:
        """Whether what it covers is held by the context source only. Source: clause 4.3.6.3."""
        return self.mode in ("exclusive", "redirect")

    @property
    def is_latest(self) -> bool:
        """Whether the context source has the present, not only a stretch of the past. Source: clause 5.10.2.4."""
        return self.observed is None and self.managed is None

    def alive(self, now: Microseconds) -> bool:
        """Whether it has not expired at `now`."""
        return self.expires is None or self.expires > now

    def as_entity(self) -> Entity:
        """Its properties, places and scopes as those of an entity, so that `q`, geo and scope queries can be asked of them."""
        return Entity(self.properties, self.created, self.modified)

    def covered(self, entity: str | None, types: frozenset[str] | None, attributes: frozenset[str] | None) -> "Covered":
        """Which of `attributes` (None: of all) of an entity it has. Source: clause 4.3.6.1."""
        found: set[str] = set()
        fits = False
        for one in self.information:
            if not one.fits(entity, types):
                continue
            if one.attributes is None:
                return Covered(True, attributes)
            part = one.attributes if attributes is None else one.attributes & attributes
            fits = fits or bool(part)
            found |= part
        return Covered(fits, frozenset(found))


@dataclass(frozen=True, slots=True)
class Covered:
    """What of a request a registration covers: nothing if not `any`; `attributes` is None for all there are."""

    any: bool
    attributes: frozenset[str] | None

    def takes(self, attribute: str) -> bool:
        """Whether `attribute` is among it."""
        return self.any and (self.attributes is None or attribute in self.attributes)


@dataclass(frozen=True, slots=True)
class RegistrationChange:
    """What became of one registration: `before` is None if it is new, `after` if it is gone."""

    tenant: str
    before: Registration | None
    after: Registration | None
    at: Microseconds

    @property
    def registration(self) -> Registration:
        """The registration after the change, or its last state."""
        found = self.after or self.before
        assert found is not None  # noqa: S101  # one of both is always there
        return found
