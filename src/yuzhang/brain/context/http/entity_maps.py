"""Entity maps as a resource. Clauses 5.14, 6.32 and 6.34."""

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.entity_maps.actions import delete_map, no_map, retrieve_map, set_expiry
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.http.asking import asked_in_address
from yuzhang.brain.context.http.mapping import address, new_map
from yuzhang.brain.context.http.message import JSON, Answer, Call, Route
from yuzhang.brain.context.http.negotiation import answer_media, body_answer, encode, payload_of, terms_of, with_context
from yuzhang.brain.context.http.parameters import LINKING, MAPPING, ORDERING, REPRESENTING, SELECTING
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.reading import checked_uri


async def create(broker: Broker, call: Call) -> Answer:
    """Which entities a query finds, without the entities."""
    media, terms = answer_media(call), await terms_of(broker, call)
    asked = asked_in_address(call, terms, geojson=False)
    made, warnings = await new_map(broker, call, asked, terms)
    body = encode(made.shown())
    if media != JSON:
        body = with_context(body, CORE)
    where = address(made.id)
    return Answer(201, body, [("content-type", media), ("ngsild-entitymap", where), ("location", where), *warnings])


async def retrieve(broker: Broker, call: Call, entity_map: str) -> Answer:
    """One map."""
    media = answer_media(call)
    found = retrieve_map(broker, call.caller, call.tenant, checked_uri(entity_map, "/id"))
    if found is None:
        raise no_map(entity_map)
    return body_answer(encode(found.shown()), CORE, media)


async def update(broker: Broker, call: Call, entity_map: str) -> Answer:
    """Let a map end at another time; what only the broker sets is passed over. Source: clause 5.14.2.4."""
    checked_uri(entity_map, "/id")
    data, _ = await payload_of(broker, call)
    if not isinstance(data, dict):
        raise BadRequestData(said("The payload is an object."), where="/")
    if "expiresAt" in data:
        expires = microseconds(data["expiresAt"])
        await set_expiry(broker, call.caller, call.tenant, entity_map, expires)
    elif retrieve_map(broker, call.caller, call.tenant, entity_map) is None:
        raise no_map(entity_map)
    return Answer(204)


async def delete(broker: Broker, call: Call, entity_map: str) -> Answer:
    """Take a map away."""
    await delete_map(broker, call.caller, call.tenant, checked_uri(entity_map, "/id"))
    return Answer(204)


NONE: frozenset[str] = frozenset()
CREATING = SELECTING | REPRESENTING | LINKING | MAPPING | ORDERING | {"local"}
ROUTES = [
    Route("GET", "/entityMaps", create, CREATING, "Create EntityMap for Query Entities"),
    Route("GET", "/entityMaps/{entity_map}", retrieve, NONE, "Retrieve EntityMap"),
    Route("PATCH", "/entityMaps/{entity_map}", update, NONE, "Update EntityMap"),
    Route("DELETE", "/entityMaps/{entity_map}", delete, NONE, "Delete EntityMap"),
]
