"""An entity while it is changed: what shall be of it, when each part was written, and what was touched."""

from typing import Any

import msgspec

from yuzhang.brain.context.model import NULL, Body, Entity, Instance, Microseconds, Touch, times_key
from yuzhang.brain.context.shapes import Shape

Touched = dict[str, Touch]


class Refused(msgspec.Struct, frozen=True):
    """An attribute that an operation left as it was, and why."""

    attribute: str
    reason: str


class Merged(msgspec.Struct, frozen=True):
    """What became of an entity. `entity` is the one given, the very same object, if nothing is to be written."""

    entity: Entity
    touched: Touched
    refused: tuple[Refused, ...] = ()
    shape: Shape | None = None
    """That of the entity before and after, if it is known to be the same."""


class Draft:
    """An entity while it is changed: a copy of its body and times, and what was touched."""

    def __init__(self, entity: Entity, now: Microseconds) -> None:
        self.entity = entity
        self.now = now
        self.body: Body = dict(entity.body)
        self.times = dict(entity.times)
        self.touched: Touched = {}
        self.refused: list[Refused] = []
        self.other = False

    def find(self, name: str, dataset: str | None) -> Instance | None:
        """The instance that is there now."""
        found = self.body.get(name)
        for one in found if isinstance(found, list) else [found] if found is not None else []:
            if one.get("datasetId") == dataset:
                return dict(one) if one is not None else None
        return None

    def put(self, name: str, instance: Instance) -> None:
        """Put an instance in the place of the one with the same datasetId, or beside the others."""
        dataset = instance.get("datasetId")
        there = self.body.get(name)
        key = times_key(name, dataset)
        instances = there if isinstance(there, list) else [there] if there is not None else []
        left = [one for one in instances if one.get("datasetId") != dataset]
        new = len(left) == len(instances)
        place = next((at for at, one in enumerate(instances) if one.get("datasetId") == dataset), len(left))
        together = [*left[:place], instance, *left[place:]]
        self.body[name] = together if len(together) > 1 else together[0]
        made = self.now if new else self.entity.attribute_times(name, dataset)[0]
        self.times[key] = (made, self.now)
        self.touched[key] = "created" if new else "updated"

    def put_only(self, name: str, found: Any) -> bool:
        """Put the one instance of an attribute, in the most usual case: neither it nor what is there has a datasetId. Else False."""
        there = self.body.get(name)
        if found.__class__ is not dict or "datasetId" in found:
            return False
        if there is not None and (there.__class__ is not dict or "datasetId" in there):
            return False
        self.body[name] = found
        made = self.now if there is None else self.entity.attribute_times(name)[0]
        self.times[name] = (made, self.now)
        self.touched[name] = "created" if there is None else "updated"
        return True

    def drop(self, name: str, dataset: str | None) -> bool:
        """Take an instance away; whether it was there."""
        there = self.body.get(name)
        instances = there if isinstance(there, list) else [there] if there is not None else []
        left = [one for one in instances if one.get("datasetId") != dataset]
        if len(left) == len(instances):
            return False
        if left:
            self.body[name] = left if len(left) > 1 else left[0]
        else:
            del self.body[name]
        key = times_key(name, dataset)
        self.times.pop(key, None)
        self.touched[key] = "deleted"
        return True

    def members(self, fragment: Body, *, replace_scope: bool = True) -> None:
        """Type, scope and end of life. Types are added, never taken away. Source: clauses 5.6.3.4, 5.6.17.4."""
        if "type" in fragment:
            added = fragment["type"]
            types = list(dict.fromkeys([*self.entity.types, *([added] if isinstance(added, str) else added)]))
            if types != self.entity.types:
                self.set("type", types if len(types) > 1 else types[0])
        if "scope" in fragment:
            if replace_scope or "scope" not in self.body:
                self.set("scope", fragment["scope"])
            else:
                added = fragment["scope"]
                scopes = list(dict.fromkeys([*self.entity.scopes, *([added] if isinstance(added, str) else added)]))
                if scopes != self.entity.scopes:
                    self.set("scope", scopes if len(scopes) > 1 else scopes[0])
        if "expiresAt" in fragment:
            self.set("expiresAt", fragment["expiresAt"])

    def set(self, member: str, value: Any) -> None:
        """Set a member that is no attribute; an NGSI-LD Null takes it away."""
        if value == NULL:
            if self.body.pop(member, None) is None:
                return
        else:
            self.body[member] = value
        self.other = True

    def done(self) -> Merged:
        """What became of it."""
        if not self.touched and not self.other:
            return Merged(self.entity, {}, tuple(self.refused))
        entity = Entity(self.body, self.entity.created, self.now, self.times)
        return Merged(entity, self.touched, tuple(self.refused))


def together(first: Touched, second: Touched) -> Touched:
    """What two changes of one entity, one after the other, did to it.

    >>> together({"a": "created", "b": "created", "c": "deleted"}, {"a": "updated", "b": "deleted", "c": "created"})
    {'a': 'created', 'c': 'updated'}
    """
    found = dict(first)
    for key, touch in second.items():
        was = first.get(key)
        if was == "created" and touch == "deleted":
            del found[key]
        else:
            found[key] = "created" if was == "created" else "updated" if was == "deleted" else touch
    return found
