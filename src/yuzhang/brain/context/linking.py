"""Linked entities, put beside or into the entities that point to them. Clause 4.5.23."""

import asyncio
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yuzhang.brain.context.actions import retrieve_all
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.projection import nested
from yuzhang.brain.context.rendering import Representation, render, render_geojson
from yuzhang.brain.context.store.facets import targets
from yuzhang.core.access import Party, action

MAX_LINKED = 5000
"""Linked entities that one answer may hold, each time it holds them."""
FEW = 50
"""So many entities are linked on the event loop; more go to a thread."""

Shown = list[dict[str, Any]]
Wanted = Mapping[str, str]
"""Entities that are pointed to, each with the type that the relationship says it has; empty if it says none."""
Fetch = Callable[[Sequence[str]], Mapping[str, Entity]]
"""Those of the entities asked for that are there."""
Search = Callable[[Wanted], Awaitable[Mapping[str, Entity]]]
"""Those of the entities asked for that are there or elsewhere."""
Steps = Generator[Wanted, Mapping[str, Entity], Shown]
"""Asks for the entities that are pointed to, one level of links after the other, and is sent those that there are."""


@dataclass(frozen=True, slots=True)
class _Place:
    """An entity in the answer whose links are still to be followed; `path` are the entities on the way to it."""

    entity: Entity
    shown: dict[str, Any]
    how: Representation
    path: frozenset[str]


@action("reader")
async def linked(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    entities: list[Entity],
    rendered: Shown,
    terms: Terms,
    how: Representation,
    join: str,
    level: int,
    contained_by: tuple[str, ...] = (),
    *,
    snapshot: str = "",
    search: Search | None = None,
) -> Shown:
    """`rendered` with the entities that its relationships point to: `flat` adds them, `inline` puts them in.

    They are those of this broker, or what `search` finds. Raises: TooManyResults. Source: clause 4.5.23.
    """

    def fetch(ids: Sequence[str]) -> dict[str, Entity]:
        return {one: kept.open() for one, kept in retrieve_all(broker, caller, tenant, ids, snapshot).items()}

    if search is not None:
        return await _searched(search, _steps(entities, rendered, terms, how, join, level, contained_by))
    if len(entities) > FEW:
        return await asyncio.to_thread(joined, fetch, entities, rendered, terms, how, join, level, contained_by)
    return joined(fetch, entities, rendered, terms, how, join, level, contained_by)


def joined(
    fetch: Fetch,
    entities: Sequence[Entity],
    rendered: Shown,
    terms: Terms,
    how: Representation,
    join: str,
    level: int,
    contained_by: tuple[str, ...] = (),
) -> Shown:
    """As `linked`, for whoever fetches entities in another way, as inside a write."""
    steps = _steps(entities, rendered, terms, how, join, level, contained_by)
    wanted, result = _advanced(steps, None)
    while wanted is not None:
        wanted, result = _advanced(steps, fetch(list(wanted)))
    return result


async def _searched(search: Search, steps: Steps) -> Shown:
    wanted, result = await asyncio.to_thread(_advanced, steps, None)
    while wanted is not None:
        wanted, result = await asyncio.to_thread(_advanced, steps, await search(wanted))
    return result


def _advanced(steps: Steps, found: Mapping[str, Entity] | None) -> tuple[Wanted | None, Shown]:
    """The next entities to find; None with the result once all is found."""
    try:
        return (next(steps) if found is None else steps.send(found)), []
    except StopIteration as end:
        return None, end.value


def _steps(
    entities: Sequence[Entity],
    rendered: Shown,
    terms: Terms,
    how: Representation,
    join: str,
    level: int,
    contained_by: tuple[str, ...],
) -> Steps:
    """Entities in `contained_by`, and those on the way to a link, are not put in again, so that a circle ends."""
    around = frozenset(contained_by)
    places = [
        _Place(entity, shown["properties"] if how.geojson else shown, how, around | {entity.id})
        for entity, shown in zip(entities, rendered, strict=True)
    ]
    result = list(rendered)
    there = {entity.id for entity in entities} | around
    count = 0
    for _ in range(level):
        pointed = {target: kind for place in places for _, target, kind in _links(place, terms)}
        wanted = {one: kind for one, kind in pointed.items() if join == "inline" or one not in there}
        if not wanted:
            break
        found = yield wanted
        places = list(_inline(places, found, terms) if join == "inline" else _flat(places, found, terms, there, result))
        count += len(places)
        if count > MAX_LINKED:
            raise TooManyResults(said(f"The answer would hold more than {MAX_LINKED} linked entities."), where="?join")
    return result


def _links(place: _Place, terms: Terms) -> Iterator[tuple[str, str, str]]:
    """The relationships that are shown, with what they point to, and the type that they say this has."""
    for name in place.entity.attributes():
        if terms.compact(name) in place.shown:
            for instance in place.entity.instances(name):
                if instance["type"] == "Relationship" or instance["type"] == "ListRelationship":
                    kind = instance.get("objectType", "")
                    for target in targets(instance):
                        if target not in place.path:
                            yield name, target, kind if isinstance(kind, str) else ",".join(kind)


def _how_below(how: Representation, name: str) -> Representation:
    """How the entity behind the relationship `name` is shown. `attrs` speaks of the first level only."""
    return replace(
        how,
        attrs=None,
        dataset=None,
        pick=nested(how.pick, name) if how.pick else None,
        omit=nested(how.omit, name) if how.omit else None,
    )


def _flat(
    places: list[_Place], found: Mapping[str, Entity], terms: Terms, there: set[str], result: list[dict[str, Any]]
) -> Iterator[_Place]:
    """Add the entities to the end of the result, each one once."""
    for place in places:
        for name, target, _ in _links(place, terms):
            entity = found.get(target)
            if entity is None or target in there:
                continue
            there.add(target)
            how = _how_below(place.how, name)
            shown = (render_geojson if how.geojson else render)(entity, terms, how)
            result.append(shown)
            yield _Place(entity, shown["properties"] if how.geojson else shown, how, place.path | {target})


def _inline(places: list[_Place], found: Mapping[str, Entity], terms: Terms) -> Iterator[_Place]:
    """Put the entities into the relationships."""
    for place in places:
        by_name: dict[str, dict[str, _Place]] = {}
        for name, target, _ in _links(place, terms):
            if target in found:
                how = replace(_how_below(place.how, name), geojson=False)
                shown = render(found[target], terms, how)
                below = _Place(found[target], shown, how, place.path | {target})
                by_name.setdefault(name, {})[target] = below
                yield below
        for name, below_of in by_name.items():
            entities = {target: below.shown for target, below in below_of.items()}
            term = terms.compact(name)
            place.shown[term] = _filled(place.shown[term], entities, place.how.format == "simplified")


def _filled(value: Any, entities: Mapping[str, dict[str, Any]], simplified: bool) -> Any:
    """A rendered relationship with entities in it: beside the URI as `entity`, or in its place if simplified."""
    if isinstance(value, list):
        return [_filled(one, entities, simplified) for one in value]
    if isinstance(value, str):
        return entities.get(value, value) if simplified else value
    if not isinstance(value, dict):
        return value
    if simplified:
        return (
            {"dataset": {key: _filled(one, entities, True) for key, one in value["dataset"].items()}}
            if "dataset" in value
            else value
        )
    found = [entities[one] for one in targets(value) if one in entities]
    if not found:
        return value
    if "objectList" in value:
        return value | {"entityList": found}
    return value | {"entity": found if isinstance(value.get("object"), list) else found[0]}
