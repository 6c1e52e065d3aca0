"""Changes by somebody who may not change everything: what they may not is to them as if it were not there, and stays as it was."""

from collections.abc import Callable

from yuzhang.brain.context.classification.errors import NotYourData, not_yours
from yuzhang.brain.context.classification.model import UNCLASSIFIED
from yuzhang.brain.context.classification.rules import ELSEWHERE
from yuzhang.brain.context.classification.sight import Sight, without
from yuzhang.brain.context.drafts import Merged
from yuzhang.brain.context.errors import ResourceNotFound
from yuzhang.brain.context.model import Body, Entity, Microseconds, times_key

Alteration = Callable[[Entity, Microseconds], Merged]


def check_made(sight: Sight | None, entity: Entity) -> None:
    """Raises NotYourData if a party may not make such an entity."""
    if sight is None:
        return
    view = sight.of(entity.body)
    if view is None:
        raise not_yours(entity.id)
    if wrong := view.hidden.intersection(entity.body):
        raise not_yours(f"{entity.id}/{min(wrong)}")


def may_observe(sight: Sight, body: Body, attribute: str) -> bool:
    """Whether a party may bring values of an attribute of an entity, without looking at them.

    So an attribute that tells the region or the unit is only for who may change entities in all of them.
    """
    view = sight.of(body)
    if view is None or attribute in view.hidden:
        return False
    kinds = [body["type"]] if isinstance(body["type"], str) else body["type"]
    for kind in kinds:
        classed = sight.classes.get(kind, UNCLASSIFIED)
        if attribute in (classed.region_by, classed.unit_by):
            places = (ELSEWHERE if classed.region_by else "", ELSEWHERE if classed.unit_by else "")
            if sight.view(kind, *places) is None:
                return False
    return True


def check_gone(sight: Sight | None, reading: Sight | None, entity: Entity, missing: ResourceNotFound) -> None:
    """Raises if a party may not take an entity away: `missing` if it does not see it, else NotYourData."""
    if sight is None:
        return
    view = sight.of(entity.body)
    if view is None:
        raise _refusal(reading, entity, missing)
    if view.hidden:
        raise not_yours(f"{entity.id}/{min(view.hidden)}")


def within(
    sight: Sight | None, reading: Sight | None, alteration: Alteration, missing: Callable[[str], ResourceNotFound]
) -> Alteration:
    """The alteration of what a party may change. Raises (when called): `missing` of an entity that it does not see, NotYourData."""
    if sight is None:
        return alteration

    def altered(entity: Entity, now: Microseconds) -> Merged:
        view = sight.of(entity.body)
        if view is None:
            raise _refusal(reading, entity, missing(entity.id))
        given = without(entity, view.hidden)
        merged = alteration(given, now)
        if merged.entity is given:
            return Merged(entity, merged.touched, merged.refused)
        check_made(sight, merged.entity)
        if given is entity:
            return merged
        if wrong := view.hidden.intersection(merged.entity.body):
            raise not_yours(f"{entity.id}/{min(wrong)}")
        return Merged(_with_hidden(merged.entity, entity, view.hidden), merged.touched, merged.refused)

    return altered


def _with_hidden(after: Entity, before: Entity, hidden: frozenset[str]) -> Entity:
    """What became of an entity, with the attributes that were not changed because they were not seen."""
    body, times = dict(after.body), dict(after.times)
    for name in before.body:
        if name in hidden:
            body[name] = before.body[name]
            for one in before.instances(name):
                key = times_key(name, one.get("datasetId"))
                times[key] = before.times_of(key)
    return Entity(body, after.created, after.modified, times)


def _refusal(reading: Sight | None, entity: Entity, missing: ResourceNotFound) -> NotYourData | ResourceNotFound:
    """Who sees an entity is told why; to everybody else it is not there."""
    return not_yours(entity.id) if reading is None or reading.of(entity.body) is not None else missing
