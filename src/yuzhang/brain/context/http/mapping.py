"""Queries that are answered by an entity map, so that their pages are of one set. Clauses 5.5.9.3, 5.5.14, 5.7.1.4, 5.7.2.4."""

import asyncio
from collections.abc import Mapping, Sequence
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
from yuzhang.brain.context.finding import found_all, found_in_order
from yuzhang.brain.context.http.asking import Asked, flag
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.http.parameters import Wanted
from yuzhang.brain.context.store.entities import Page, Stored

RESOURCE = "/ngsi-ld/v1/entityMaps/"
AT_ONCE = 400


class _Named(msgspec.Struct):
    id: str


_named = msgspec.json.Decoder(_Named).decode


def address(entity_map: str) -> str:
    """The path of a map."""
    return RESOURCE + entity_map


async def for_query(broker: Broker, call: Call, asked: Asked) -> tuple[EntityMap, bool]:
    """The map that a query refers to; or else a new one, and True."""
    found = referred(broker, call)
    return (found, False) if found is not None else (await new_map(broker, call, asked), True)


async def for_one(broker: Broker, call: Call, entity: str, members: Mapping[str, Any]) -> Headers:
    """The header that tells the map of a request for one entity; none if no map is wanted. Source: clause 5.7.1.4."""
    if not flag(members, "entityMap") and "ngsild-entitymap" not in call.headers:
        return []
    found = referred(broker, call)
    if found is None:
        life = lifetime(members.get("entityMapLifetime"))
        found = await create_map(broker, call.caller, call.tenant, {entity: [HERE]}, life)
    return [("ngsild-entitymap", address(found.id))]


def referred(broker: Broker, call: Call) -> EntityMap | None:
    """The map of the NGSILD-EntityMap header, which is a path or an id; None if it is not there any more."""
    named = call.headers.get("ngsild-entitymap")
    if not named:
        return None
    return retrieve_map(broker, call.caller, call.tenant, unquote(named.rstrip("/").rpartition("/")[2]))


async def new_map(broker: Broker, call: Call, asked: Asked) -> EntityMap:
    """A map of everything that a query finds. Raises TooManyResults. Source: clause 5.14.4."""
    life = lifetime(call.parameter("entityMapLifetime"))
    found = await asyncio.to_thread(_ids, broker, call, asked)
    return await create_map(broker, call.caller, call.tenant, {one: [HERE] for one in found}, life)


def _ids(broker: Broker, call: Call, asked: Asked) -> list[str]:
    plans = [planned(broker, call.caller, call.tenant, one, _snapshot(call)) for one in asked.selections]
    if asked.order is None:
        found = list(islice(found_all(broker, call.caller, plans), MAX_MAPPED + 1))
    else:
        found = found_in_order(broker, call.caller, plans, asked.order)
    if len(found) > MAX_MAPPED:
        raise TooManyResults(said(f"An entity map holds at most {MAX_MAPPED} entities. Narrow the query down."))
    return [_named(one.body).id for one in found]


async def mapped_page(broker: Broker, call: Call, asked: Asked, entity_map: EntityMap, part: Wanted) -> Page:
    """A page of the entities of a map that still fit the query; those that do not are taken out. Source: clause 5.5.9.3."""
    found, gone = await asyncio.to_thread(_page, broker, call, asked, list(entity_map.sources), part)
    if gone:
        await prune_map(broker, call.caller, call.tenant, entity_map.id, gone)
    return found


def _page(broker: Broker, call: Call, asked: Asked, ids: Sequence[str], part: Wanted) -> tuple[Page, list[str]]:
    skipped = 0 if part.count else part.offset
    wanted = None if part.count else part.limit + 1
    found: list[Stored] = []
    gone: list[str] = []
    for start in range(skipped, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        there = _there(broker, call, asked, some)
        found += [there[one] for one in some if one in there]
        gone += [one for one in some if one not in there]
        if wanted is not None and len(found) >= wanted:
            break
    total = len(found) if part.count else None
    if part.count:
        found = found[part.offset :]
    return Page(found[: part.limit], total, len(found) > part.limit), gone


def _there(broker: Broker, call: Call, asked: Asked, ids: Sequence[str]) -> dict[str, Stored]:
    """Those of `ids` that fit the query."""
    plans = []
    for one in asked.selections:
        some = tuple(ids) if one.ids is None else tuple(name for name in ids if name in one.ids)
        plans.append(planned(broker, call.caller, call.tenant, replace(one, ids=some), _snapshot(call)))
    return {_named(one.body).id: one for one in found_all(broker, call.caller, plans)}


def _snapshot(call: Call) -> str:
    return call.headers.get("ngsild-snapshot", "")
