"""Queries that are answered by an entity map, so that their pages are of one set. Clauses 5.5.9.3, 5.5.14, 5.7.1.4, 5.7.2.4."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any
from urllib.parse import unquote

import msgspec

from yuzhang.brain.context.actions import planned
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.entity_maps.actions import create_map, prune_map, retrieve_map
from yuzhang.brain.context.entity_maps.model import HERE, MAX_MAPPED, EntityMap, lifetime
from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.federation.mapped import Candidates, candidates, fetched
from yuzhang.brain.context.finding import found_all, found_in_order
from yuzhang.brain.context.http.asking import Asked
from yuzhang.brain.context.http.everywhere import question_of, stored_of
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.http.parameters import Wanted
from yuzhang.brain.context.http.representing import flag
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.store.entities import Page, Stored

RESOURCE = "/ngsi-ld/v1/entityMaps/"
AT_ONCE = 400
Fetch = Callable[[Sequence[str]], Awaitable[tuple[dict[str, Stored], Sequence[str]]]]
"""Those of the entities asked for that fit the query, by id, and those that fit no more."""


class _Named(msgspec.Struct):
    id: str


_named = msgspec.json.Decoder(_Named).decode


def address(entity_map: str) -> str:
    """The path of a map."""
    return RESOURCE + entity_map


async def for_query(broker: Broker, call: Call, asked: Asked, terms: Terms) -> tuple[EntityMap, bool, Headers]:
    """The map that a query refers to; or else a new one, True, and warnings about what is missing in it."""
    found = referred(broker, call)
    if found is not None:
        return found, False, []
    made, warnings = await new_map(broker, call, asked, terms)
    return made, True, warnings


async def for_one(
    broker: Broker,
    call: Call,
    entity: str,
    members: Mapping[str, Any],
    kept: EntityMap | None,
    holders: Sequence[str] = (HERE,),
) -> Headers:
    """The header that tells the map of a request for one entity; none if no map is wanted. Source: clause 5.7.1.4.

    `kept` is the map that the request refers to; else one is made of the `holders` that had the entity.
    """
    if not flag(members, "entityMap") and "ngsild-entitymap" not in call.headers:
        return []
    if kept is None:
        life = lifetime(members.get("entityMapLifetime"))
        kept = await create_map(broker, call.caller, call.tenant, {entity: list(holders)}, life)
    return [("ngsild-entitymap", address(kept.id))]


def referred(broker: Broker, call: Call) -> EntityMap | None:
    """The map of the NGSILD-EntityMap header, which is a path or an id; None if it is not there any more."""
    named = call.headers.get("ngsild-entitymap")
    if not named:
        return None
    return retrieve_map(broker, call.caller, call.tenant, unquote(named.rstrip("/").rpartition("/")[2]))


async def new_map(broker: Broker, call: Call, asked: Asked, terms: Terms) -> tuple[EntityMap, Headers]:
    """A map of everything that a query finds, and warnings about what is missing. Raises TooManyResults. Source: clause 5.14.4."""
    wanted = call.parameter("entityMapLifetime")
    life = lifetime(wanted)
    everywhere = None
    if broker.federation.asks(call) and not asked.local:
        question = question_of(asked, terms)
        here = await asyncio.to_thread(_ids, broker, call, asked, question.here)
        everywhere = await candidates(broker.federation, call, question, here, wanted)
    if everywhere is None:
        found = await asyncio.to_thread(_ids, broker, call, asked, asked.selections)
        everywhere = Candidates({one: [HERE] for one in found}, {}, [])
    if len(everywhere.holders) > MAX_MAPPED:
        raise _too_many()
    made = await create_map(broker, call.caller, call.tenant, everywhere.holders, life, everywhere.linked)
    return made, everywhere.headers


def _ids(broker: Broker, call: Call, asked: Asked, selections: Sequence[Selection]) -> list[str]:
    plans = [planned(broker, call.caller, call.tenant, one, _snapshot(call)) for one in selections]
    if asked.order is None:
        found = list(islice(found_all(broker, call.caller, plans), MAX_MAPPED + 1))
    else:
        found = found_in_order(broker, call.caller, plans, asked.order)
    if len(found) > MAX_MAPPED:
        raise _too_many()
    return [_named(one.body).id for one in found]


def _too_many() -> TooManyResults:
    return TooManyResults(said(f"An entity map holds at most {MAX_MAPPED} entities. Narrow the query down."))


async def mapped_page(
    broker: Broker, call: Call, asked: Asked, terms: Terms, entity_map: EntityMap, part: Wanted
) -> tuple[Page, Headers]:
    """A page of the entities of a map that still fit the query; those that do not are taken out. Source: clause 5.5.9.3.

    The count is exact if all of them are here; else it is that of the entities left in the map.
    """
    named = [one.ids for one in asked.selections if one.ids is not None]
    # A request may name fewer entities than the map holds (clause 5.5.14): the others stay in it.
    only = {one for ids in named for one in ids} if len(named) == len(asked.selections) else None
    holders = {one: where for one, where in entity_map.sources.items() if only is None or one in only}
    warnings: Headers = []

    async def here(ids: Sequence[str]) -> tuple[dict[str, Stored], Sequence[str]]:
        found = await asyncio.to_thread(_there, broker, call, asked, ids)
        return found, [one for one in ids if one not in found]

    async def everywhere(ids: Sequence[str]) -> tuple[dict[str, Stored], Sequence[str]]:
        some = {one: holders[one] for one in ids}
        found = await fetched(broker.federation, call, question_of(asked, terms), some, entity_map.linked_maps)
        warnings.extend(one for one in found.headers if one not in warnings)
        now = broker.now()
        return {one: stored_of(entity, now) for one, entity in found.entities.items()}, found.gone

    if all(where == [HERE] for where in holders.values()):
        found, gone = await _page(here, list(holders), part, AT_ONCE, exact=True)
    else:
        size = max(20, min(part.limit + 1, AT_ONCE))
        found, gone = await _page(everywhere, list(holders), part, size, exact=False)
    if gone:
        await prune_map(broker, call.caller, call.tenant, entity_map.id, gone)
    return found, warnings


async def _page(fetch: Fetch, ids: Sequence[str], part: Wanted, at_once: int, *, exact: bool) -> tuple[Page, list[str]]:
    """A page of those of `ids` that are found, and those that are gone. An `exact` count looks at all of them."""
    through = part.count and exact
    found: list[Stored] = []
    gone: list[str] = []
    skipped = 0 if through else part.offset
    for start in range(skipped, len(ids), at_once):
        if not through and len(found) > part.limit:
            break
        some = ids[start : start + at_once]
        there, missing = await fetch(some)
        found += [there[one] for one in some if one in there]
        gone += missing
    if through:
        total, found = len(found), found[part.offset :]
    else:
        total = len(ids) - len(gone)
    return Page(found[: part.limit], total if part.count else None, len(found) > part.limit), gone


def _there(broker: Broker, call: Call, asked: Asked, ids: Sequence[str]) -> dict[str, Stored]:
    """Those of `ids` that fit the query."""
    plans = []
    for one in asked.selections:
        some = tuple(ids) if one.ids is None else tuple(name for name in ids if name in one.ids)
        plans.append(planned(broker, call.caller, call.tenant, replace(one, ids=some), _snapshot(call)))
    return {_named(one.body).id: one for one in found_all(broker, call.caller, plans)}


def _snapshot(call: Call) -> str:
    return call.headers.get("ngsild-snapshot", "")
