"""Entities as answers: retrieve one, query many. Clauses 5.7.1, 5.7.2, 6.4.3.2, 6.5.3.1, 6.23."""

import asyncio
from typing import Any

from yuzhang.brain.context.actions import not_found, retrieve
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.entity_maps.model import HERE
from yuzhang.brain.context.errors import ResourceNotFound, said
from yuzhang.brain.context.finding import found_page
from yuzhang.brain.context.http import mapping
from yuzhang.brain.context.http.asking import (
    Asked,
    asked_in_address,
    members_in_address,
)
from yuzhang.brain.context.http.everywhere import found_everywhere, linked_everywhere, retrieved_everywhere
from yuzhang.brain.context.http.message import GEO_JSON, JSON, Answer, Call, Headers, Route, json_answer
from yuzhang.brain.context.http.negotiation import CORE_HEADERS, answer_media, body_answer, payload_of, terms_of
from yuzhang.brain.context.http.parameters import (
    LINKING,
    MAPPING,
    ORDERING,
    PAGING,
    REPRESENTING,
    SELECTING,
    page_headers,
    wanted,
)
from yuzhang.brain.context.http.query_payload import asked_in_payload
from yuzhang.brain.context.http.representing import joining_of, representation_of
from yuzhang.brain.context.http.showing import shown_answer
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.linking import FEW
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.query.selection import has
from yuzhang.brain.context.reading import checked_uri
from yuzhang.brain.context.rendering import PLAIN, Representation, render, render_geojson, rendered_bytes, rendered_list
from yuzhang.brain.context.snapshots.actions import use_snapshot
from yuzhang.brain.context.store.entities import Stored

SPECIAL = frozenset({"link", "prefer", "ngsild-snapshot", "ngsild-entitymap"})
"""Headers by which an answer can differ from what is kept."""
ANY = frozenset({JSON, "*/*"})
RETRIEVING = REPRESENTING | LINKING | MAPPING | {"attrs", "local", "type"}
QUERYING = SELECTING | REPRESENTING | LINKING | PAGING | MAPPING | ORDERING | {"local"}
QUERYING_BY_PAYLOAD = PAGING | {"options", "format", "local", "sysAttrs"}


async def retrieve_entity(broker: Broker, call: Call, entity: str) -> Answer:
    """One entity."""
    headers = call.headers
    if (
        not call.query_string
        and not broker.registrations.tenants
        and SPECIAL.isdisjoint(headers)
        and headers.get("accept", JSON) in ANY
    ):
        stored = retrieve(broker, call.caller, call.tenant, entity, closed=True)
        if stored is not None:
            row = stored.row
            return Answer(200, rendered_bytes(row[1], row[2], CORE), CORE_HEADERS)
    return await _retrieve_shown(broker, call, entity)


async def _retrieve_shown(broker: Broker, call: Call, entity: str) -> Answer:
    """One entity in another form than it is kept in, or why not."""
    media, terms = answer_media(call, geo=True), await terms_of(broker, call)
    checked_uri(entity, "/id")
    members = members_in_address(call.query_string)
    joining = joining_of(members)
    how = representation_of(call, members, terms, joining, geojson=media == GEO_JSON)
    snapshot = await snapshot_of(broker, call)
    warnings: Headers = []
    entity_map = mapping.referred(broker, call)
    holders: tuple[str, ...] = (HERE,)
    if broker.federation.asks(call):
        stored, warnings, holders = await retrieved_everywhere(broker, call, entity, members, how, terms, entity_map)
    else:
        stored = retrieve(broker, call.caller, call.tenant, entity, snapshot)
    if stored is None:
        error = not_found(entity)
        if warnings:
            return json_answer(error.problem(call.language), error.status, warnings)
        raise error
    kept = stored.open()
    if "type" in members and not parse_types(members["type"], terms).matches(kept):
        raise not_found(entity)
    headers = [*await mapping.for_one(broker, call, entity, members, entity_map, holders), *warnings]
    if how is PLAIN and not joining.join:
        return shown_answer(call, rendered_bytes(stored.body, stored.expires, terms), terms, media, headers)
    shown = (render_geojson if how.geojson else render)(kept, terms, how)
    if how.attrs is not None and not any(has(kept, name) for name in how.attrs):
        raise ResourceNotFound(said(f"The entity {entity} has none of these attributes."), where="?attrs")
    if not (shown if not how.geojson else shown["properties"] or "id" in shown):
        raise ResourceNotFound(said(f"Nothing is left to show of {entity}."), where=call.path)
    if joining.join:
        found, missing = await linked_everywhere(broker, call, [kept], [shown], terms, how, joining, snapshot)
        return shown_answer(call, found if len(found) > 1 else found[0], terms, media, [*headers, *missing])
    return shown_answer(call, shown, terms, media, headers)


async def query_entities(broker: Broker, call: Call) -> Answer:
    """The entities that the parameters of the address choose."""
    media, terms = answer_media(call, geo=True), await terms_of(broker, call)
    asked = asked_in_address(call, terms, geojson=media == GEO_JSON)
    return await answer_query(broker, call, asked, terms, media)


async def query_by_payload(broker: Broker, call: Call) -> Answer:
    """The entities that a Query in the payload chooses."""
    media = answer_media(call, geo=True)
    data, terms = await payload_of(broker, call)
    asked = asked_in_payload(call, data, terms, geojson=media == GEO_JSON)
    return await answer_query(broker, call, asked, terms, media)


async def answer_query(broker: Broker, call: Call, asked: Asked, terms: Terms, media: str) -> Answer:
    """A page of what a query finds. Source: clause 5.7.2."""
    part = wanted(call)
    snapshot = await snapshot_of(broker, call)
    headers: Headers = []
    status = 200
    if asked.entity_map or "ngsild-entitymap" in call.headers:
        entity_map, is_new, warnings = await mapping.for_query(broker, call, asked, terms)
        found, missing = await mapping.mapped_page(broker, call, asked, terms, entity_map, part)
        headers += [("ngsild-entitymap", mapping.address(entity_map.id)), *warnings, *missing]
        status = 201 if is_new else 200
    elif broker.federation.asks(call) and not asked.local:
        found, headers = await found_everywhere(broker, call, asked, terms, part)
    else:
        found = await found_page(
            *(broker, call.caller, call.tenant, asked.selections, asked.order),
            *(part.offset, part.limit, part.count),
            snapshot=snapshot,
            closed=asked.how is PLAIN and not asked.joining.join,
        )
    headers += page_headers(call, part, more=found.more, total=found.total, media=media)
    if asked.how is PLAIN and not asked.joining.join:
        body = rendered_list([(one.row[1], one.row[2]) for one in found.found], terms)
        if media == JSON and status == 200 and SPECIAL.isdisjoint(call.headers):
            return body_answer(body, terms, media, headers)
        return shown_answer(call, body, terms, media, headers, status)
    shown, missing = await _shown(broker, call, asked, terms, found.found, snapshot)
    return shown_answer(call, shown, terms, media, headers + missing, status)


async def _shown(
    broker: Broker, call: Call, asked: Asked, terms: Terms, found: list[Stored], snapshot: str
) -> tuple[list[dict[str, Any]], Headers]:
    """The entities in the form wanted, with those that they are linked to; without those of which nothing is left."""
    how, joining = asked.how, asked.joining
    if len(found) > FEW:  # so that others are answered meanwhile
        entities, rendered = await asyncio.to_thread(_rendered, found, terms, how)
    else:
        entities, rendered = _rendered(found, terms, how)
    if not joining.join:
        return rendered, []
    return await linked_everywhere(broker, call, entities, rendered, terms, how, joining, snapshot, local=asked.local)


def _rendered(found: list[Stored], terms: Terms, how: Representation) -> tuple[list[Entity], list[dict[str, Any]]]:
    entities = [one.open() for one in found]
    rendered = [(render_geojson if how.geojson else render)(one, terms, how) for one in entities]
    if how.geojson or all(rendered):
        return entities, rendered
    pairs = [pair for pair in zip(entities, rendered, strict=True) if pair[1]]
    return [one for one, _ in pairs], [one for _, one in pairs]


async def snapshot_of(broker: Broker, call: Call) -> str:
    """The snapshot that a request is to be answered from; empty for the present. Raises ResourceNotFound. Source: clause 6.3.22."""
    named = call.headers.get("ngsild-snapshot")
    return await use_snapshot(broker, call.caller, call.tenant, named) if named else ""


ROUTES = [
    Route("GET", "/entities", query_entities, QUERYING, "Query Entities"),
    Route("GET", "/entities/{entity}", retrieve_entity, RETRIEVING, "Retrieve Entity"),
    Route("POST", "/entityOperations/query", query_by_payload, QUERYING_BY_PAYLOAD, "Query Entities by a payload"),
]
