"""Pieces of entities from several brokers, put together. Source: clauses 4.3.6.2, 4.5.5 and 5.7.1.4."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import ENTITY_MEMBERS, Body, Entity, Instance, Microseconds, times_key
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.reading import read_entity
from yuzhang.brain.context.registrations.model import Registration

UNKNOWN: Microseconds = 0


@dataclass(frozen=True, slots=True)
class Piece:
    """What one broker knows of an entity; `registration` is None for this broker itself."""

    entity: Entity
    registration: Registration | None = None

    @property
    def fills_gaps(self) -> bool:
        """Whether it only adds what nobody else has. Source: clause 4.3.6.2."""
        return self.registration is not None and self.registration.mode == "auxiliary"


def arrived(data: Any, terms: Terms) -> Entity:
    """The entity in an answer of another broker, in the normalized representation with system attributes.

    Raises: BadRequestData, InvalidRequest if it is none. Attributes of which no time is known count as the oldest.
    """
    if not isinstance(data, dict):
        raise BadRequestData(said("This is no entity."))
    body = read_entity(data, terms)
    created, modified = _time(data, "createdAt"), _time(data, "modifiedAt")
    times: dict[str, tuple[Microseconds, Microseconds]] = {}
    for key, value in data.items():
        name = terms.expand(key)
        if name in ENTITY_MEMBERS or name not in body:
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                times[times_key(name, one.get("datasetId"))] = (_time(one, "createdAt"), _time(one, "modifiedAt"))
    return Entity(body, created, modified, times)


def _time(data: dict[str, Any], member: str) -> Microseconds:
    try:
        return microseconds(data[member]) if isinstance(data.get(member), str) else UNKNOWN
    except ContextError:
        return UNKNOWN


def without(entity: Entity, attributes: frozenset[str] | None) -> Entity | None:
    """The entity but for some attributes; None if all are taken away."""
    if attributes is None:
        return None
    if attributes.isdisjoint(entity.body):
        return entity
    body = {name: value for name, value in entity.body.items() if name in ENTITY_MEMBERS or name not in attributes}
    return Entity(body, entity.created, entity.modified, entity.times)


def only(entity: Entity, attributes: frozenset[str] | None) -> Entity:
    """The entity with no other attributes than these; None is all."""
    if attributes is None:
        return entity
    body = {name: value for name, value in entity.body.items() if name in ENTITY_MEMBERS or name in attributes}
    return Entity(body, entity.created, entity.modified, entity.times)


def merged(pieces: Iterable[Piece]) -> Entity:
    """One entity out of the pieces of it: of each attribute instance the most recent one; auxiliary pieces only fill gaps."""
    ordered = sorted(pieces, key=lambda one: one.fills_gaps)
    if len(ordered) == 1:
        return ordered[0].entity
    chosen: dict[str, dict[str, tuple[Instance, tuple[Microseconds, Microseconds]]]] = {}
    for piece in ordered:
        before = frozenset(chosen) if piece.fills_gaps else frozenset()
        for name in piece.entity.attributes():
            if name not in before:
                _choose(chosen.setdefault(name, {}), piece.entity, name)
    entities = [piece.entity for piece in ordered]
    body: Body = {"id": entities[0].id}
    body["type"] = _one_or_many(kind for entity in entities for kind in entity.types)
    if scopes := [scope for entity in entities for scope in entity.scopes]:
        body["scope"] = _one_or_many(scopes)
    for entity in reversed(entities):
        if "expiresAt" in entity.body:
            body["expiresAt"] = entity.body["expiresAt"]
    times: dict[str, tuple[Microseconds, Microseconds]] = {}
    for name, instances in chosen.items():
        found = [instance for instance, _ in instances.values()]
        body[name] = found[0] if len(found) == 1 else found
        times |= {times_key(name, dataset or None): when for dataset, (_, when) in instances.items()}
    created = [entity.created for entity in entities if entity.created]
    return Entity(body, min(created, default=UNKNOWN), max(entity.modified for entity in entities), times)


def _choose(there: dict[str, tuple[Instance, tuple[Microseconds, Microseconds]]], entity: Entity, name: str) -> None:
    for instance in entity.instances(name):
        dataset = instance.get("datasetId", "")
        when = entity.attribute_times(name, dataset or None)
        old = there.get(dataset)
        if old is None or _newer(instance, when, *old):
            there[dataset] = (instance, when)


def _newer(
    one: Instance,
    when: tuple[Microseconds, Microseconds],
    other: Instance,
    other_when: tuple[Microseconds, Microseconds],
) -> bool:
    """Whether `one` is more recent: by the time of observation if both have it, else by that of their modification."""
    if "observedAt" in one and "observedAt" in other:
        seen, other_seen = _time(one, "observedAt"), _time(other, "observedAt")
        if seen != other_seen:
            return seen > other_seen
    return when[1] > other_when[1]


def _one_or_many(values: Iterable[str]) -> str | list[str]:
    found = list(dict.fromkeys(values))
    return found[0] if len(found) == 1 else found
