"""Writes of the past that concern other brokers, too. Clauses 5.6.11.4 to 5.6.16.4."""

from typing import Any
from urllib.parse import quote

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.federation.results import of_attributes, of_entity
from yuzhang.brain.context.federation.writing import Local, Write, distributed
from yuzhang.brain.context.http.message import Answer, Call
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.history.temporal.reading import Account

RESOURCE = "/temporal/entities"


def path(entity: str, *more: str) -> str:
    """The path of an entity's past, or of something in it."""
    return f"{RESOURCE}/" + "/".join(quote(one, safe=":") for one in (entity, *more))


async def upserted(broker: Broker, call: Call, account: Account, data: Any, terms: Terms, local: Local) -> Answer:
    """Tell of an entity's past, each part of it where it belongs. `data` was checked before."""
    write = Write("upsertTemporal", "POST", lambda _: RESOURCE, account.id, frozenset(account.types), terms, data)
    results = await distributed(broker.federation, call, write, local)
    new = any(one.status == 201 for one in results)
    headers = [("location", f"/ngsi-ld/v1{path(account.id)}")]
    return of_entity(results, account.id, Answer(201, headers=headers) if new else Answer(204))


async def added(broker: Broker, call: Call, entity: str, data: Any, terms: Terms, local: Local) -> Answer:
    """Add instances to an entity's past, each where it belongs."""
    write = Write("appendAttrsTemporal", "POST", lambda _: path(entity, "attrs"), entity, None, terms, data)
    return of_attributes(await distributed(broker.federation, call, write, local), terms, Answer(204))


async def deleted(broker: Broker, call: Call, entity: str, terms: Terms, local: Local) -> Answer:
    """Forget an entity's past wherever it is."""
    write = Write("deleteTemporal", "DELETE", lambda _: path(entity), entity, None, terms)
    return of_entity(await distributed(broker.federation, call, write, local), entity, Answer(204))


async def of_attribute(
    broker: Broker, call: Call, operation: str, place: tuple[str, ...], data: Any, terms: Terms, local: Local
) -> Answer:
    """A write of one attribute, or of one instance of it. `place`: the entity, the attribute's name, maybe the instance."""
    entity, name, *instance = place
    write = Write(
        operation,
        call.method,
        lambda spoken: path(entity, "attrs", spoken.compact(name), *instance),
        entity,
        None,
        terms,
        data,
        name,
        tuple((one, values[0]) for one, values in call.query.items() if one in {"datasetId", "deleteAll"}),
    )
    return of_attributes(await distributed(broker.federation, call, write, local), terms, Answer(204))
