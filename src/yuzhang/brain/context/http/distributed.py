"""How writes that concern other brokers, too, are answered: the handlers come here once they have read their payload.

Each function takes `local`, which does this broker's own part of the write, given what is left of the payload.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.federation.asking import entity_path
from yuzhang.brain.context.federation.batches import Batch, Element, batched
from yuzhang.brain.context.federation.batches import Local as LocalBatch
from yuzhang.brain.context.federation.purging import purged
from yuzhang.brain.context.federation.results import entity_error, of_attributes, of_entity, of_error
from yuzhang.brain.context.federation.seeking import Seek
from yuzhang.brain.context.federation.writing import Local, Write, distributed
from yuzhang.brain.context.http.message import Answer, Call
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.reading import checked_uri, read_entity, read_fragment

PASSED_ON = ("options", "format", "lang", "observedAt", "datasetId", "deleteAll", "type")
"""Parameters of a write that hold for every part of it."""
BATCHES = {
    "createBatch": "/entityOperations/create",
    "upsertBatch": "/entityOperations/upsert",
    "updateBatch": "/entityOperations/update",
    "mergeBatch": "/entityOperations/merge",
    "deleteBatch": "/entityOperations/delete",
}


def _params(call: Call) -> tuple[tuple[str, str], ...]:
    return tuple((name, values[0]) for name, values in call.query.items() if name in PASSED_ON)


def _types(data: Any, call: Call, terms: Terms) -> frozenset[str] | None:
    """The types of the entity that is written, if the request says them."""
    kinds = data.get("type") if isinstance(data, dict) else None
    if kinds is not None:
        return frozenset(
            terms.expand(one) for one in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(one, str)
        )
    asked = call.parameter("type")
    return (parse_types(asked, terms).names() or None) if asked else None


async def create_everywhere(broker: Broker, call: Call, data: Any, terms: Terms, local: Local) -> Answer:
    """Create an entity, each part of it where it belongs. `data` was checked before. Source: clause 5.6.1.4."""
    entity = terms.expand_id(data["id"])
    write = Write("createEntity", "POST", lambda _: "/entities", entity, _types(data, call, terms), terms, data)
    results = await distributed(broker.federation, call, write, local)
    created = Answer(201, headers=[("location", f"/ngsi-ld/v1/entities/{quote(entity, safe=':')}")])
    return of_entity(results, entity, created)


async def entity_everywhere(
    broker: Broker, call: Call, operation: str, entity: str, data: Any, terms: Terms, local: Local
) -> Answer:
    """Merge into, replace or delete an entity (`data` None). Source: clauses 5.6.6.4, 5.6.17.4, 5.6.18.4."""
    checked_uri(entity, "/id")
    write = Write(
        operation,
        call.method,
        lambda _: entity_path(entity),
        entity,
        _types(data, call, terms),
        terms,
        data,
        None,
        _params(call),
    )
    return of_entity(await distributed(broker.federation, call, write, local), entity, Answer(204))


async def attributes_everywhere(
    broker: Broker, call: Call, operation: str, entity: str, data: Any, terms: Terms, local: Local
) -> Answer:
    """Append or update attributes of an entity. Source: clauses 5.6.2.4, 5.6.3.4."""
    checked_uri(entity, "/id")
    write = Write(
        operation,
        call.method,
        lambda _: entity_path(entity, "attrs"),
        entity,
        _types(data, call, terms),
        terms,
        data,
        params=_params(call),
    )
    results = await distributed(broker.federation, call, write, local)
    # An update leaves out only what is not there; the other operations may refuse for other reasons.
    return of_attributes(results, terms, Answer(204), anywhere=operation == "updateEntity")


async def attribute_everywhere(
    broker: Broker, call: Call, operation: str, entity: str, attribute: str, data: Any, terms: Terms, local: Local
) -> Answer:
    """Update, replace or delete (`data` None) the attribute of this name. Source: clauses 5.6.4.4, 5.6.5.4, 5.6.19.4."""
    checked_uri(entity, "/id")
    write = Write(
        operation,
        call.method,
        lambda spoken: entity_path(entity, "attrs", spoken.compact(attribute)),
        entity,
        _types(None, call, terms),
        terms,
        data,
        attribute,
        _params(call),
    )
    return of_attributes(await distributed(broker.federation, call, write, local), terms, Answer(204))


async def batch_everywhere(
    broker: Broker,
    call: Call,
    operation: str,
    elements: Sequence[Element],
    local: LocalBatch,
    failed: Sequence[tuple[str, ContextError]] = (),
) -> Answer:
    """Do a batch; `failed` are those of its elements that could not be read. Source: clauses 5.6.7.4 to 5.6.10.4, 5.6.20.4."""
    batch = Batch(operation, BATCHES[operation], _params(call))
    batch.errors += [entity_error(entity, of_error(error, call.language)) for entity, error in failed]
    # What is wrong goes to nobody else: this broker says why.
    well: list[Element] = []
    for one in elements:
        (well if _readable(operation, one) else batch.own).append(one)
    return await batched(broker.federation, call, batch, well, local)


def _readable(operation: str, one: Element) -> bool:
    if one.data is None:
        return True
    try:
        checked_uri(one.id)
        if operation == "mergeBatch":
            read_fragment(one.data, one.terms, nulls=True, partial=True)
        else:
            read_entity(one.data, one.terms, need_type=operation != "updateBatch")
    except ContextError:
        return False
    return True


async def purge_everywhere(broker: Broker, call: Call, terms: Terms, local: Local) -> Answer:
    """Delete what a query in the address chooses. Source: clause 5.6.21.4."""
    types, ids = call.parameter("type"), call.words("id")
    if types == "*":
        raise BadRequestData(said("type=* asks this broker alone."), where="?type")
    seek = Seek(
        types or None, parse_types(types, terms) if types else None, tuple(ids) or None, call.parameter("idPattern")
    )
    return await purged(broker.federation, call, seek, terms, local)
