"""Writing one entity, or something of it, and purging. Clauses 5.6.1 to 5.6.6, 5.6.17 to 5.6.19, 5.6.21; 6.4 to 6.7."""

from collections.abc import Callable
from functools import partial
from itertools import islice
from typing import Any
from urllib.parse import quote

from yuzhang.brain.context import actions, merging
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.drafts import Merged
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.http import distributed
from yuzhang.brain.context.http.asking import SYSTEM, asked_in_address
from yuzhang.brain.context.http.batch import result_of
from yuzhang.brain.context.http.message import Answer, Call, Route, json_answer
from yuzhang.brain.context.http.negotiation import payload_of, terms_of
from yuzhang.brain.context.http.parameters import SELECTING, options_of
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.jsonld.core import full_iri
from yuzhang.brain.context.model import Body, Entity, Instance, Microseconds
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.reading import attribute_name, checked_uri, read_attribute, read_entity, read_fragment

NOTHING = Answer(204)
MERGE_OPTIONS = frozenset({"keyValues", "simplified", "concise", "normalized"})
IDS_AT_ONCE = 1_000


def location(entity: str) -> str:
    """Where an entity is found."""
    return f"/ngsi-ld/v1/entities/{quote(entity, safe=':')}"


async def create(broker: Broker, call: Call) -> Answer:
    """Create Entity."""
    data, terms = await payload_of(broker, call)
    body = read_entity(data, terms)

    async def here(left: Any) -> Answer:
        await actions.create(broker, call.caller, call.tenant, body if left is data else read_entity(left, terms))
        return Answer(201, headers=[("location", location(body["id"]))])

    if broker.federation.concerns(call):
        return await distributed.create_everywhere(broker, call, data, terms, here)
    return await here(data)


async def merge(broker: Broker, call: Call, entity: str) -> Answer:
    """Merge Entity."""
    data, terms = await payload_of(broker, call)
    simple = _is_simple(call)
    lang, observed = call.parameter("lang"), call.parameter("observedAt")
    _same_id(data, entity, terms)

    async def here(left: Any) -> Answer:
        fragment = read_fragment(left, terms, nulls=True, simple=simple, partial=True)
        change = partial(_merging, fragment=fragment, lang=lang, observed=observed)
        await _alter(broker, call, entity, terms, change)
        return NOTHING

    if broker.federation.concerns(call):
        read_fragment(data, terms, nulls=True, simple=simple, partial=True)
        return await distributed.entity_everywhere(broker, call, "mergeEntity", entity, data, terms, here)
    return await here(data)


def _merging(entity: Entity, now: Microseconds, fragment: Body, lang: str | None, observed: str | None) -> Merged:
    return merging.merge_patched(entity, now, fragment, lang=lang, observed=observed)


async def replace(broker: Broker, call: Call, entity: str) -> Answer:
    """Replace Entity."""
    data, terms = await payload_of(broker, call)
    _same_id(data, entity, terms)

    async def here(left: Any) -> Answer:
        whole = {"id": entity, **left} if isinstance(left, dict) else left
        body = read_entity(whole, terms, need_type=False)
        await _alter(broker, call, entity, terms, partial(merging.replaced, body=body))
        return NOTHING

    if broker.federation.concerns(call):
        return await distributed.entity_everywhere(broker, call, "replaceEntity", entity, data, terms, here)
    return await here(data)


async def delete(broker: Broker, call: Call, entity: str) -> Answer:
    """Delete Entity."""
    checked_uri(entity)
    terms = await terms_of(broker, call)

    async def here(_: Any) -> Answer:
        kinds = call.parameter("type")
        if kinds is not None:
            _of_type(broker, call, entity, terms, kinds)
        await actions.delete(broker, call.caller, call.tenant, entity)
        return NOTHING

    if broker.federation.concerns(call):
        return await distributed.entity_everywhere(broker, call, "deleteEntity", entity, None, terms, here)
    return await here(None)


async def append(broker: Broker, call: Call, entity: str) -> Answer:
    """Append Attributes to Entity."""
    overwrite = "noOverwrite" not in options_of(call, frozenset({"noOverwrite"}))
    data, terms = await payload_of(broker, call)

    async def here(left: Any) -> Answer:
        fragment = read_fragment(left, terms)
        merged = await _alter(
            broker, call, entity, terms, lambda old, now: merging.appended(old, now, fragment, overwrite=overwrite)
        )
        return _updated(merged)

    if broker.federation.concerns(call):
        read_fragment(data, terms)
        return await distributed.attributes_everywhere(broker, call, "appendAttrs", entity, data, terms, here)
    return await here(data)


async def update(broker: Broker, call: Call, entity: str) -> Answer:
    """Update Attributes of Entity."""
    data, terms = await payload_of(broker, call)

    async def here(left: Any) -> Answer:
        fragment = read_fragment(left, terms, nulls=True)
        merged = await _alter(broker, call, entity, terms, lambda old, now: merging.updated(old, now, fragment))
        return _updated(merged)

    if broker.federation.concerns(call):
        read_fragment(data, terms, nulls=True)
        return await distributed.attributes_everywhere(broker, call, "updateEntity", entity, data, terms, here)
    return await here(data)


async def patch_attribute(broker: Broker, call: Call, entity: str, attribute: str) -> Answer:
    """Partial Attribute update."""
    data, terms = await payload_of(broker, call)
    name = attribute_name(attribute, terms)
    if name == "scope":
        raise BadRequestData(said("The scope is no attribute; write it with the entity."), where="/scope")

    async def here(left: Any) -> Answer:
        given = read_attribute(left, terms, nulls=True, partial=True)
        if isinstance(given, list):
            raise BadRequestData(said("One instance of an attribute is updated at a time."), where="/")
        await _alter(broker, call, entity, terms, lambda old, now: merging.attribute_patched(old, now, name, given))
        return NOTHING

    if broker.federation.concerns(call):
        read_attribute(data, terms, nulls=True, partial=True)
        return await distributed.attribute_everywhere(broker, call, "updateAttrs", entity, name, data, terms, here)
    return await here(data)


async def replace_attribute(broker: Broker, call: Call, entity: str, attribute: str) -> Answer:
    """Replace Attribute."""
    data, terms = await payload_of(broker, call)
    name = attribute_name(attribute, terms)
    if name == "scope":
        raise BadRequestData(said("The scope is no attribute; write it with the entity."), where="/scope")

    async def here(left: Any) -> Answer:
        given: Instance | list[Instance] = read_attribute(left, terms, name=name)
        await _alter(broker, call, entity, terms, lambda old, now: merging.attribute_replaced(old, now, name, given))
        return NOTHING

    if broker.federation.concerns(call):
        # Who holds the attribute judges its payload: this broker only for its own part.
        return await distributed.attribute_everywhere(broker, call, "replaceAttrs", entity, name, data, terms, here)
    return await here(data)


async def delete_attribute(broker: Broker, call: Call, entity: str, attribute: str) -> Answer:
    """Delete Attribute."""
    terms = await terms_of(broker, call)
    name = attribute_name(attribute, terms)
    everything = call.flag("deleteAll")
    dataset = call.parameter("datasetId")
    if dataset == "@none":
        dataset = None
    if dataset is not None:
        checked_uri(dataset, "?datasetId")

    async def here(_: Any) -> Answer:
        change = partial(merging.attribute_deleted, name=name, dataset=dataset, everything=everything)
        await _alter(broker, call, entity, terms, change)
        return NOTHING

    if broker.federation.concerns(call):
        return await distributed.attribute_everywhere(broker, call, "deleteAttrs", entity, name, None, terms, here)
    return await here(None)


async def purge(broker: Broker, call: Call) -> Answer:
    """Purge Entities."""
    terms = await terms_of(broker, call)
    keep, drop = call.words("keep"), call.words("drop")
    if call.parameter("keep") is not None and call.parameter("drop") is not None:
        raise BadRequestData(said("keep and drop exclude each other."), where="?drop")
    query = asked_in_address(call.without("keep", "drop"), terms, geojson=False)

    async def here(_: Any) -> Answer:
        wanted = [actions.planned(broker, call.caller, call.tenant, one) for one in query.selections]
        done: list[str] = []
        failed: list[tuple[str, ContextError]] = []
        for how in wanted:
            found = (one.open().id for one in actions.every(broker, call.caller, how))
            while ids := list(islice(found, IDS_AT_ONCE)):
                outcome = await _purged(broker, call, ids, terms, keep, drop)
                done += outcome.done
                failed += outcome.failed
        return result_of(call, done, failed) if failed else NOTHING

    if broker.federation.concerns(call):
        return await distributed.purge_everywhere(broker, call, terms, here)
    return await here(None)


async def _purged(
    broker: Broker, call: Call, ids: list[str], terms: Terms, keep: list[str], drop: list[str]
) -> actions.Outcome:
    if not keep and not drop:
        return await actions.delete_all(broker, call.caller, call.tenant, ids)
    names = frozenset(terms.expand(one) for one in keep or drop) - SYSTEM
    change = partial(merging.thinned, names=names, keep=bool(keep))
    return await actions.alter_all(broker, call.caller, call.tenant, [(one, change) for one in ids])


async def _alter(
    broker: Broker, call: Call, entity: str, terms: Terms, change: Callable[[Entity, Microseconds], Merged]
) -> Merged:
    checked_uri(entity)
    kinds = call.parameter("type") if call.query_string else None
    if kinds is not None:
        _of_type(broker, call, entity, terms, kinds)
    return await actions.alter(broker, call.caller, call.tenant, entity, change)


def _of_type(broker: Broker, call: Call, entity: str, terms: Terms, kinds: str) -> None:
    """The entity has the type that the address names, else it is as if it were not there. Raises ResourceNotFound."""
    found = actions.retrieve(broker, call.caller, call.tenant, entity)
    if found is None or not parse_types(kinds, terms).matches(found.open()):
        raise actions.not_found(entity)


def _updated(merged: Merged) -> Answer:
    """204, or an UpdateResult (clause 5.2.18) if something was left as it was: in full names, for it has no @context (6.3.6)."""
    if not merged.refused:
        return NOTHING
    names = dict.fromkeys(full_iri(key.partition("\n")[0]) for key in merged.touched)
    left = [{"attributeName": full_iri(one.attribute), "reason": one.reason} for one in merged.refused]
    return json_answer({"updated": list(names), "notUpdated": left}, 207)


def _is_simple(call: Call) -> bool:
    options = options_of(call, MERGE_OPTIONS)
    return bool(options & {"keyValues", "simplified"}) or call.parameter("format") in {"keyValues", "simplified"}


def _same_id(data: Any, entity: str, terms: Terms) -> None:
    """An id in the payload is that of the address. Raises BadRequestData."""
    given = data.get("id") if isinstance(data, dict) else None
    if isinstance(given, str) and terms.expand_id(given) != entity:
        raise BadRequestData(said("The id in the payload is not the one in the address."), where="/id")


TYPED = frozenset({"type", "local"})
MERGING = TYPED | {"options", "format", "lang", "observedAt"}
ROUTES = [
    Route("POST", "/entities", create, frozenset({"local"}), "Create Entity"),
    Route("DELETE", "/entities", purge, SELECTING | {"local", "keep", "drop"}, "Purge Entities"),
    Route("PATCH", "/entities/{entity}", merge, MERGING, "Merge Entity"),
    Route("PUT", "/entities/{entity}", replace, TYPED, "Replace Entity"),
    Route("DELETE", "/entities/{entity}", delete, TYPED, "Delete Entity"),
    Route("POST", "/entities/{entity}/attrs", append, TYPED | {"options"}, "Append Attributes to Entity"),
    Route("PATCH", "/entities/{entity}/attrs", update, TYPED, "Update Attributes of Entity"),
    Route("PATCH", "/entities/{entity}/attrs/{attribute}", patch_attribute, TYPED, "Partial Attribute update"),
    Route("PUT", "/entities/{entity}/attrs/{attribute}", replace_attribute, TYPED, "Replace Attribute"),
    Route(
        "DELETE",
        "/entities/{entity}/attrs/{attribute}",
        delete_attribute,
        TYPED | {"datasetId", "deleteAll"},
        "Delete Attribute",
    ),
]
