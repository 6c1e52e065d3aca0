"""The resources of the temporal API. Clauses 6.18 to 6.22, 6.24 and 6.35."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, ResourceNotFound, said
from yuzhang.brain.context.http.message import Answer, Call, Route
from yuzhang.brain.context.http.negotiation import answer_media, payload_of, terms_of
from yuzhang.brain.context.http.parameters import MAPPING, ORDERING, PAGING, SELECTING
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.reading import attribute_name, checked_uri
from yuzhang.brain.history.room import History
from yuzhang.brain.history.temporal import actions, answering, spreading
from yuzhang.brain.history.temporal.asking import query_in_address, query_in_payload, retrieval
from yuzhang.brain.history.temporal.periods import AGGREGATING, TIMING
from yuzhang.brain.history.temporal.reading import read_account, read_addition, read_one

NOTHING = Answer(204)
Handler = Callable[..., Awaitable[Answer]]


def location(entity: str) -> str:
    """Where the past of an entity is found."""
    return f"/ngsi-ld/v1/temporal/entities/{quote(entity, safe=':')}"


async def create(history: History, broker: Broker, call: Call) -> Answer:
    """Create or Update Temporal Evolution of an Entity."""
    data, terms = await payload_of(broker, call)
    account = read_account(data, terms)

    async def here(left: Any) -> Answer:
        told = account if left is data else read_account(left, terms)
        if await actions.upsert(history, call.caller, call.tenant, told):
            return Answer(201, headers=[("location", location(account.id))])
        return NOTHING

    if broker.federation.concerns(call):
        return await spreading.upserted(broker, call, account, data, terms, here)
    return await here(data)


async def add(history: History, broker: Broker, call: Call, entity: str) -> Answer:
    """Add Attributes to Temporal Evolution of an Entity."""
    checked_uri(entity)
    data, terms = await payload_of(broker, call)
    account = read_addition(data, terms)

    async def here(left: Any) -> Answer:
        told = account if left is data else read_addition(left, terms)
        await actions.add(history, call.caller, call.tenant, entity, told)
        return NOTHING

    if broker.federation.concerns(call):
        return await spreading.added(broker, call, entity, data, terms, here)
    return await here(data)


async def delete(history: History, broker: Broker, call: Call, entity: str) -> Answer:
    """Delete Temporal Evolution of an Entity."""
    checked_uri(entity)
    terms = await terms_of(broker, call)

    async def here(_: Any) -> Answer:
        await actions.erase(history, call.caller, call.tenant, entity)
        return NOTHING

    if broker.federation.concerns(call):
        return await spreading.deleted(broker, call, entity, terms, here)
    return await here(None)


async def delete_attribute(history: History, broker: Broker, call: Call, entity: str, attribute: str) -> Answer:
    """Delete Attribute from Temporal Evolution of an Entity."""
    checked_uri(entity)
    terms = await terms_of(broker, call)
    name = attribute_name(attribute, terms)
    dataset = call.parameter("datasetId") or "@none"
    if dataset != "@none":
        checked_uri(dataset, "?datasetId")
    everything = call.flag("deleteAll")

    async def here(_: Any) -> Answer:
        which = None if everything else "" if dataset == "@none" else dataset
        await actions.erase_attribute(history, call.caller, call.tenant, entity, name, which)
        return NOTHING

    if broker.federation.concerns(call):
        return await spreading.of_attribute(broker, call, "deleteAttrsTemporal", (entity, name), None, terms, here)
    return await here(None)


async def replace_instance(
    history: History, broker: Broker, call: Call, entity: str, attribute: str, instance: str
) -> Answer:
    """Modify Attribute instance in Temporal Evolution of an Entity."""
    checked_uri(entity)
    checked_uri(instance, "/instanceId")
    data, terms = await payload_of(broker, call)
    name = attribute_name(attribute, terms)
    told = read_one(data, terms, name)

    async def here(_: Any) -> Answer:
        await actions.replace_instance(history, call.caller, call.tenant, entity, name, instance, told)
        return NOTHING

    if broker.federation.concerns(call):
        place = (entity, name, instance)
        return await spreading.of_attribute(broker, call, "updateAttrInstanceTemporal", place, data, terms, here)
    return await here(data)


async def delete_instance(
    history: History, broker: Broker, call: Call, entity: str, attribute: str, instance: str
) -> Answer:
    """Delete Attribute instance from Temporal Evolution of an Entity."""
    checked_uri(entity)
    checked_uri(instance, "/instanceId")
    terms = await terms_of(broker, call)
    name = attribute_name(attribute, terms)

    async def here(_: Any) -> Answer:
        await actions.erase_instance(history, call.caller, call.tenant, entity, name, instance)
        return NOTHING

    if broker.federation.concerns(call):
        place = (entity, name, instance)
        return await spreading.of_attribute(broker, call, "deleteAttrInstanceTemporal", place, None, terms, here)
    return await here(None)


async def retrieve(history: History, broker: Broker, call: Call, entity: str) -> Answer:
    """Retrieve Temporal Evolution of an Entity."""
    media, terms = answer_media(call), await terms_of(broker, call)
    checked_uri(entity)
    wish = retrieval(call, terms)
    await _ready(history, call)
    return await answering.one(history, call, entity, wish, terms, media)


async def query(history: History, broker: Broker, call: Call) -> Answer:
    """Query Temporal Evolution of Entities."""
    media, terms = answer_media(call), await terms_of(broker, call)
    wish = query_in_address(call, terms)
    await _ready(history, call)
    return await answering.some(history, call, wish, terms, media)


async def query_by_payload(history: History, broker: Broker, call: Call) -> Answer:
    """The same, the query in the payload."""
    media, (wish, terms) = answer_media(call), await _asked(broker, call)
    await _ready(history, call)
    return await answering.some(history, call, wish, terms, media)


async def map_query(history: History, broker: Broker, call: Call) -> Answer:
    """Create EntityMap for Query Temporal Evolution of Entities."""
    media, terms = answer_media(call), await terms_of(broker, call)
    wish = query_in_address(call, terms)
    await _ready(history, call)
    return await answering.mapped(history, call, wish, terms, media)


async def map_query_by_payload(history: History, broker: Broker, call: Call) -> Answer:
    """The same, the query in the payload."""
    media, (wish, terms) = answer_media(call), await _asked(broker, call)
    await _ready(history, call)
    return await answering.mapped(history, call, wish, terms, media)


async def _asked(broker: Broker, call: Call) -> tuple[Any, Terms]:
    data, terms = await payload_of(broker, call)
    if not isinstance(data, dict):
        raise BadRequestData(said("The payload of a query is an object."), where="/")
    return query_in_payload(call, data, terms), terms


async def _ready(history: History, call: Call) -> None:
    if "ngsild-snapshot" in call.headers:
        raise ResourceNotFound(said("A snapshot holds the present of its time, and no past."), where="NGSILD-Snapshot")
    await actions.catch_up(history, call.caller)


LOCAL = frozenset({"local"})
SHOWING = frozenset({"options", "format", "lang", "pick", "omit", "attrs", "datasetId", "sysAttrs"})
RETRIEVING = SHOWING | TIMING | AGGREGATING | MAPPING | LOCAL
QUERYING = SELECTING | SHOWING | TIMING | AGGREGATING | PAGING | MAPPING | ORDERING | LOCAL
BY_PAYLOAD = PAGING | LOCAL | {"options", "format", "sysAttrs"}


def routes(history: History) -> list[Route]:
    """The routes of the temporal API over one history."""

    def route(method: str, pattern: str, handler: Handler, params: frozenset[str], summary: str) -> Route:
        return Route(method, pattern, partial(handler, history), params, summary)

    entity = "/temporal/entities/{entity}"
    attribute = f"{entity}/attrs/{{attribute}}"
    deleting = LOCAL | {"datasetId", "deleteAll"}
    return [
        route("POST", "/temporal/entities", create, LOCAL, "Create or Update Temporal Evolution of an Entity"),
        route("GET", "/temporal/entities", query, QUERYING, "Query Temporal Evolution of Entities"),
        route("GET", entity, retrieve, RETRIEVING, "Retrieve Temporal Evolution of an Entity"),
        route("DELETE", entity, delete, LOCAL, "Delete Temporal Evolution of an Entity"),
        route("POST", f"{entity}/attrs", add, LOCAL, "Add Attributes to Temporal Evolution of an Entity"),
        route("DELETE", attribute, delete_attribute, deleting, "Delete Attribute from Temporal Evolution of an Entity"),
        route("PATCH", f"{attribute}/{{instance}}", replace_instance, LOCAL, "Modify Attribute instance of the past"),
        route("DELETE", f"{attribute}/{{instance}}", delete_instance, LOCAL, "Delete Attribute instance of the past"),
        route("POST", "/temporal/entityOperations/query", query_by_payload, BY_PAYLOAD, "Query the past by a payload"),
        route("GET", "/temporal/entityMaps", map_query, QUERYING, "Create EntityMap for Query of the past"),
        route("POST", "/temporal/entityMaps", map_query_by_payload, BY_PAYLOAD | MAPPING, "Map a query in a payload"),
    ]
