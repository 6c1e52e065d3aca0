"""What one party may see, or change, of the entities of a tenant: which ones, and which of their attributes."""

from collections.abc import Iterable, Sequence
from itertools import product
from time import time_ns

import msgspec

from yuzhang.brain.context.classification.model import UNCLASSIFIED, Class, Classes, TypeClass
from yuzhang.brain.context.ending import may_end, pruned
from yuzhang.brain.context.model import ENTITY_MEMBERS, Body, Entity
from yuzhang.brain.context.store.engines import Row
from yuzhang.brain.context.store.facets import facets
from yuzhang.brain.context.store.kept import decode, encode
from yuzhang.core.access import Object, Party, Policy

ROOM = "brain.context"
SEEN = Policy("brain.context.actions.retrieve", "reader", room=ROOM)
"""The policy that is asked of data: the same for the present, for history and for SQL."""
CHANGED = Policy("brain.context.actions.alter", "operator", reads=False, room=ROOM)
"""The policy of changes."""
OBSERVED = Policy("brain.context.accepting.prepared", "operator", reads=False, room="brain.context.accepting")
"""The policy of observations that are brought: a device may bring them, and change nothing else."""
PERSONAL = Policy("brain.context.actions.retrieve", "reader", personal=True, room=ROOM)
"""The same where personal data was read, which is always remembered."""
WHOLE = ""
"""Stands for the entity itself among what is personal."""
MOST_VIEWS = 50_000
NAMED_AT_ONCE = 20
"""Entities that one record names."""


class View(msgspec.Struct, frozen=True):
    """What is seen of an entity: all but `hidden`; of that, `personal` is remembered when it is read."""

    hidden: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()


class Sight:
    """What `caller` may see where `classes` hold, or change, with the policy of changes.

    An entity of several types is seen only by who may see all of them. One that lies in several regions, or belongs to several
    units, is seen by who may see it in one of them.
    """

    def __init__(
        self, caller: Party, classes: Classes, answers: dict[Object, bool] | None = None, policy: Policy = SEEN
    ) -> None:
        self.caller = caller
        self.policy = policy
        self.classes = classes
        self.answers: dict[Object, bool] = {} if answers is None else answers
        self.narrow = True
        """Whether something is hidden; else it only remembers what is read."""
        self._views: dict[tuple[str, str, str], View | None] = {}
        self.hideable = frozenset(name for one in classes.values() for name in one.attributes)
        """Names of attributes that may be hidden in some entity; no others are."""

    def view(self, kind: str, region: str = "", unit: str = "") -> View | None:
        """What is seen of an entity of a type, in a region, of a unit; None if it is not seen."""
        key = (kind, region, unit)
        try:
            return self._views[key]
        except KeyError:
            if len(self._views) > MOST_VIEWS:
                self._views.clear()
            found = self._views[key] = self._viewed(self.classes.get(kind, UNCLASSIFIED), kind, region, unit)
            return found

    def _viewed(self, classed: TypeClass, kind: str, region: str, unit: str) -> View | None:
        if not self._allows(Class(classed.level, classed.personal), kind, region, unit):
            return None
        shown = {name: self._allows(one, kind, region, unit) for name, one in classed.attributes.items()}
        personal = {name for name, one in classed.attributes.items() if one.personal and shown[name]}
        return View(
            frozenset(name for name, allowed in shown.items() if not allowed),
            frozenset(personal | {WHOLE} if classed.personal else personal),
        )

    def _allows(self, one: Class, kind: str, region: str, unit: str) -> bool:
        about = Object(ROOM, kind=kind, level=one.level, personal=one.personal, region=region, unit=unit)
        found = self.answers.get(about)
        if found is None:
            found = self.answers[about] = self.caller.guard.allows(self.caller, self.policy, about)
        return found

    def of(self, body: Body) -> View | None:
        """What is seen of the entity of a body; None if it is not seen."""
        kinds = body["type"]
        if isinstance(kinds, str):
            return self._of_type(kinds, body)
        hidden: frozenset[str] = frozenset()
        personal: frozenset[str] = frozenset()
        for kind in kinds:
            view = self._of_type(kind, body)
            if view is None:
                return None
            hidden, personal = hidden | view.hidden, personal | view.personal
        return View(hidden, personal - hidden)

    def _of_type(self, kind: str, body: Body) -> View | None:
        classed = self.classes.get(kind, UNCLASSIFIED)
        if not classed.placed:
            return self.view(kind)
        places = product(texts(body, classed.region_by) or ("",), texts(body, classed.unit_by) or ("",))
        return any_of([self.view(kind, region, unit) for region, unit in places])

    def shown(self, entity: Entity) -> Entity | None:
        """What is seen of an entity; None if it is not seen."""
        view = self.of(entity.body)
        return None if view is None else without(entity, view.hidden)

    def rows(self, rows: Iterable[Row]) -> list[Row]:
        """Rows of the table of entities, as they are seen, without those that are not; what is personal is remembered.

        The first columns are key, body and end.
        """
        found: list[Row] = []
        persons: list[str] = []
        for row in rows:
            body = decode(row[1])
            view = self.of(pruned(body, time_ns() // 1000) if may_end(row[1]) else body)
            if view is None:
                continue
            if not view.hidden.isdisjoint(body):
                left = {name: value for name, value in body.items() if name not in view.hidden}
                found.append((row[0], encode(left), *row[2:]))
            else:
                found.append(row)
            if _holds(view, body):
                persons.append(body["id"])
        self.note(persons)
        return found

    def read(self, entities: Iterable[Entity]) -> None:
        """Remember of entities, as they are seen, what of them is personal."""
        if self.caller.guard.noting:
            self.note(
                [one.id for one in entities if (view := self.of(one.body)) is not None and _holds(view, one.body)]
            )

    def note(self, entities: Sequence[str]) -> None:
        """Remember, durably, that personal data of entities was read, before anybody gets it. Raises TryAgain if that cannot be."""
        guard = self.caller.guard
        if not guard.noting:
            return
        for at in range(0, len(entities), NAMED_AT_ONCE):
            subject = " ".join(f"entity={one[:120]}" for one in entities[at : at + NAMED_AT_ONCE])
            kept = guard.note(self.caller, PERSONAL, "read", subject)
            if kept is not None:
                kept.result()


def _holds(view: View, body: Body) -> bool:
    """Whether what is seen of a body is personal."""
    return WHOLE in view.personal or not view.personal.isdisjoint(body)


def any_of(views: Sequence[View | None]) -> View | None:
    """What is seen by who sees an entity in one of several ways."""
    seen = [one for one in views if one is not None]
    if len(seen) < 2:
        return seen[0] if seen else None
    hidden = seen[0].hidden.intersection(*(one.hidden for one in seen[1:]))
    return View(hidden, seen[0].personal.union(*(one.personal for one in seen[1:])) - hidden)


def without(entity: Entity, hidden: frozenset[str]) -> Entity:
    """An entity without some attributes."""
    if hidden.isdisjoint(entity.body):
        return entity
    body = {name: value for name, value in entity.body.items() if name not in hidden}
    return Entity(body, entity.created, entity.modified, entity.times)


def texts(body: Body, name: str) -> list[str]:
    """The texts of an attribute, or the targets of a relationship, as the index of values has them."""
    found = body.get(name) if name and name not in ENTITY_MEMBERS else None
    if found is None:
        return []
    return [value for _, value in facets({"type": "", name: found}, {name}).texts]
