"""Registrations of context sources, their discovery, and what this broker is as a context source. Clauses 6.8, 6.9, 6.33."""

from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import msgspec

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.http import hearing
from yuzhang.brain.context.http.message import LD_JSON, Answer, Call, Headers, Route
from yuzhang.brain.context.http.negotiation import answer_media, body_answer, payload_of, terms_of
from yuzhang.brain.context.http.parameters import PAGING, SAFE_IN_QUERY, Wanted, options_of, wanted
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.members import checked_id, checked_pattern
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.query import parse_geo, parse_q, parse_scope, parse_types
from yuzhang.brain.context.registrations.actions import discover, register, remove, retrieve, update
from yuzhang.brain.context.registrations.identity import alias_of, duration
from yuzhang.brain.context.registrations.matching import Period, Relation, Request, Sought
from yuzhang.brain.context.registrations.members import read_document, read_update
from yuzhang.brain.context.registrations.parts import shown

BASE = "/ngsi-ld/v1/csourceRegistrations"
SHOWING = frozenset({"options", "sysAttrs"})
SEEKING = frozenset(
    {"id", "type", "idPattern", "attrs", "q", "csf", "georel", "geometry", "coordinates", "geoproperty", "scopeQ"}
    | {"timerel", "timeAt", "endTimeAt", "timeproperty"}
)
STARTED = monotonic()


async def create(broker: Broker, call: Call) -> Answer:
    """Register a context source."""
    data, terms = await payload_of(broker, call)
    document = read_document(data, terms, broker.now())
    document.setdefault("id", f"urn:ngsi-ld:ContextSourceRegistration:{uuid4()}")
    kept = await register(broker, call.caller, call.tenant, document, terms.reference)
    broker.federation.following.registered(call, kept)
    return Answer(201, headers=[("location", f"{BASE}/{quote(kept.id, safe=':')}")])


async def change(broker: Broker, call: Call, registration: str) -> Answer:
    """Replace members of a registration."""
    registration_id = checked_id(registration)
    data, terms = await payload_of(broker, call)
    changes, gone = read_update(data, terms, broker.now())
    await update(broker, call.caller, call.tenant, registration_id, changes, gone)
    return Answer(204)


async def delete(broker: Broker, call: Call, registration: str) -> Answer:
    """Remove a registration."""
    gone = await remove(broker, call.caller, call.tenant, checked_id(registration))
    broker.federation.following.unregistered(call, gone)
    return Answer(204)


async def one(broker: Broker, call: Call, registration: str) -> Answer:
    """One registration."""
    media, terms = answer_media(call), await terms_of(broker, call)
    found = retrieve(broker, call.caller, call.tenant, checked_id(registration))
    return body_answer(msgspec.json.encode(shown(found, terms, sysattrs=_sysattrs(call))), terms, media)


async def many(broker: Broker, call: Call) -> Answer:
    """The registrations that fit."""
    media, terms = answer_media(call), await terms_of(broker, call)
    page, sysattrs = wanted(call), _sysattrs(call)
    found = discover(broker, call.caller, call.tenant, request_of(call, terms))
    some = [shown(item, terms, sysattrs=sysattrs) for item in found[page.offset : page.offset + page.limit]]
    return body_answer(msgspec.json.encode(some), terms, media, paging(call, page, len(found)))


def paging(call: Call, page: Wanted, total: int, base: str = BASE) -> Headers:
    """Where the parts before and after this one are, and the count if it was asked for. Source: clauses 6.3.10, 6.3.13."""
    found: Headers = [("ngsild-results-count", str(total))] if page.count else []
    places = {"prev": max(0, page.offset - page.limit), "next": page.offset + page.limit}
    for relation, offset in places.items():
        if page.limit and (page.offset > 0 if relation == "prev" else offset < total):
            kept = {name: values[0] for name, values in call.query.items()} | {"limit": page.limit, "offset": offset}
            query = urlencode(kept, quote_via=quote, safe=SAFE_IN_QUERY)
            found.append(("link", f'<{base}?{query}>;rel="{relation}";type="{LD_JSON}"'))
    return found


def request_of(call: Call, terms: Terms) -> Request:
    """What a call seeks. Raises BadRequestData if it seeks nothing or cannot be read. Source: clause 5.10.2.4."""
    types, attrs, ids = call.parameter("type"), call.words("attrs"), call.words("id")
    for entity in ids:
        checked_id(entity)
    pattern = call.parameter("idPattern")
    if pattern is not None:
        checked_pattern(pattern, "?idPattern")
    q, csf, scope = call.parameter("q"), call.parameter("csf"), call.parameter("scopeQ")
    sought = Sought(parse_types(types, terms) if types and types != "*" else None, tuple(ids) or None, pattern)
    request = Request(
        entities=() if sought == Sought() else (sought,),
        attributes=frozenset(terms.expand(name) for name in attrs) or None,
        q=parse_q(q, terms) if q else None,
        csf=parse_q(csf, terms) if csf else None,
        geo=_geo(call, terms),
        scope=parse_scope(scope) if scope else None,
        period=_period(call),
    )
    if request == Request(period=request.period):
        raise BadRequestData(said("Say what you seek: by type, attrs, id, idPattern, q, csf, scopeQ or a geo-query."))
    return request


def _geo(call: Call, terms: Terms) -> Any:
    given = {name: call.parameter(name) or None for name in ("georel", "geometry", "coordinates", "geoproperty")}
    if not any(given.values()):
        return None
    relation, shape, coordinates = given["georel"], given["geometry"], given["coordinates"]
    if relation is None or shape is None or coordinates is None:
        raise BadRequestData(said("A geo-query has georel, geometry and coordinates."), where="?georel")
    return parse_geo(relation, shape, coordinates, given["geoproperty"], terms)


def _period(call: Call) -> Period | None:
    relation, at, end = call.parameter("timerel"), call.parameter("timeAt"), call.parameter("endTimeAt")
    if not relation and not at:
        return None
    relations: dict[str | None, Relation] = {"before": "before", "after": "after", "between": "between"}
    if relation not in relations or not at or (relation == "between" and not end):
        raise BadRequestData(said("A temporal query has timerel (before, after, between), timeAt and maybe endTimeAt."))
    named = call.parameter("timeproperty") or "observedAt"
    if named not in ("observedAt", "createdAt", "modifiedAt", "deletedAt"):
        raise BadRequestData(said(f"{named[:60]} is no property of time."), where="?timeproperty")
    return Period(relations[relation], microseconds(at), microseconds(end) if end else None, named)


def _sysattrs(call: Call) -> bool:
    return call.flag("sysAttrs") or "sysAttrs" in options_of(call, frozenset({"sysAttrs"}))


async def identity(broker: Broker, call: Call) -> Answer:
    """What this broker is as a context source of others."""
    media = answer_media(call)
    alias = alias_of(broker.registrations.alias, call.tenant)
    found = {
        "id": f"urn:ngsi-ld:ContextSourceIdentity:{alias}",
        "type": "ContextSourceIdentity",
        "contextSourceAlias": alias,
        "contextSourceUptime": duration(monotonic() - STARTED),
        "contextSourceTimeAt": stamp(broker.now()),
    }
    return body_answer(msgspec.json.encode(found), CORE, media)


ROUTES = [
    Route("POST", "/csourceRegistrations", create, frozenset(), "Register Context Source"),
    Route("GET", "/csourceRegistrations", many, SEEKING | SHOWING | PAGING, "Query Context Source Registrations"),
    Route("GET", "/csourceRegistrations/{registration}", one, SHOWING, "Retrieve Context Source Registration"),
    Route("PATCH", "/csourceRegistrations/{registration}", change, frozenset(), "Update Context Source Registration"),
    Route("DELETE", "/csourceRegistrations/{registration}", delete, frozenset(), "Delete Context Source Registration"),
    *hearing.ROUTES,
    Route("GET", "/info/sourceIdentity", identity, frozenset(), "Retrieve Context Source Identity Information"),
]
