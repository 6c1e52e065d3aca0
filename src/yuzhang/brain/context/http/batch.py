"""Writing many entities at once; each stands for itself. Clauses 5.6.7 to 5.6.10, 5.6.20; 6.14 to 6.17, 6.31."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from yuzhang.brain.context import actions, merging
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.federation.batches import Element
from yuzhang.brain.context.http import distributed
from yuzhang.brain.context.http.message import LD_JSON, Answer, Call, Route, json_answer
from yuzhang.brain.context.http.negotiation import linked_context, own_terms, payload_media, terms_of
from yuzhang.brain.context.http.parameters import options_of
from yuzhang.brain.context.model import Body
from yuzhang.brain.context.reading import checked_uri, read_entity, read_fragment
from yuzhang.core.errors import YuzhangError

MAX_ENTITIES = 100_000
Failed = list[tuple[str, ContextError]]


async def payloads_of(broker: Broker, call: Call) -> tuple[list[Element], Failed]:
    """The entities of a batch, each with its terms, and those that cannot be read for their @context.

    Raises: UnsupportedMediaType, InvalidRequest; BadRequestData if the list is empty or holds something else. Source: 6.3.5.
    """
    media = payload_media(call)
    if media == LD_JSON and linked_context(call.headers.get("link", "")) is not None:
        raise BadRequestData(
            said("A payload in application/ld+json brings its own @context; take the Link header away.")
        )
    elements = elements_of(call)
    shared = await terms_of(broker, call)
    found: list[Element] = []
    failed: Failed = []
    for place, one in enumerate(elements):
        if one.__class__ is not dict:
            raise BadRequestData(said("An element of a batch is an entity."), where=f"/{place}")
        try:
            if media == LD_JSON:
                if "@context" not in one:
                    raise BadRequestData(
                        said("An entity in application/ld+json needs an @context."), where=f"/{place}/@context"
                    )
                found.append(Element(_id_of(one, place), one, await own_terms(broker, call, one)))
            else:
                if "@context" in one:
                    raise BadRequestData(said("@context belongs into application/ld+json."), where=f"/{place}/@context")
                found.append(Element(_id_of(one, place), one, shared))
        except ContextError as error:
            failed.append((_id_of(one, place), error))
    return found, failed


def elements_of(call: Call) -> list[Any]:
    """The elements of a payload that is a list. Raises InvalidRequest, BadRequestData."""
    elements = call.payload
    if not isinstance(elements, list) or not elements:
        raise BadRequestData(said("A batch is a list with at least one element."), where="/")
    if len(elements) > MAX_ENTITIES:
        raise BadRequestData(said(f"A batch has at most {MAX_ENTITIES} elements. Split it."), where="/")
    return elements


def _id_of(one: dict[str, Any], place: int) -> str:
    given = one.get("id", one.get("@id"))
    return given if isinstance(given, str) else f"/{place}"


async def create(broker: Broker, call: Call) -> Answer:
    """Batch Entity Creation."""

    async def here(elements: Sequence[Element], failed: Failed) -> Answer:
        bodies, refused = _read(elements)
        outcome = await actions.create_all(broker, call.caller, call.tenant, bodies)
        problems = [*failed, *refused, *outcome.failed]
        return result_of(call, outcome.done, problems) if problems else json_answer(outcome.done, 201)

    return await _everywhere(broker, call, "createBatch", here)


async def upsert(broker: Broker, call: Call) -> Answer:
    """Batch Entity Creation or Update (Upsert)."""
    updating = "update" in options_of(call, frozenset({"replace", "update"}))

    async def here(elements: Sequence[Element], failed: Failed) -> Answer:
        bodies, refused = _read(elements)
        outcome = await _put(broker, call, bodies, updating=updating)
        problems = [*failed, *refused, *outcome.failed]
        if problems:
            return result_of(call, outcome.done, problems)
        return json_answer(outcome.new, 201) if outcome.new else Answer(204)

    return await _everywhere(broker, call, "upsertBatch", here)


async def _put(broker: Broker, call: Call, bodies: Sequence[Body], *, updating: bool) -> actions.Outcome:
    steps: list[tuple[str, actions.Alteration]] = [
        (
            one["id"],
            partial(merging.appended, fragment=one, overwrite=True)
            if updating
            else partial(merging.replaced, body=one),
        )
        for one in bodies
    ]
    return await actions.alter_all(broker, call.caller, call.tenant, steps, bodies)


async def update(broker: Broker, call: Call) -> Answer:
    """Batch Entity Update."""
    overwrite = "noOverwrite" not in options_of(call, frozenset({"noOverwrite"}))

    async def here(elements: Sequence[Element], failed: Failed) -> Answer:
        bodies, refused = _read(elements, need_type=False)
        steps: list[tuple[str, actions.Alteration]] = [
            (one["id"], partial(merging.appended, fragment=one, overwrite=overwrite)) for one in bodies
        ]
        outcome = await actions.alter_all(broker, call.caller, call.tenant, steps)
        return _done(call, outcome, [*failed, *refused])

    return await _everywhere(broker, call, "updateBatch", here)


async def merge(broker: Broker, call: Call) -> Answer:
    """Batch Entity Merge."""
    options = options_of(call, frozenset({"keyValues", "simplified", "concise", "normalized"}))
    simple = bool(options & {"keyValues", "simplified"}) or call.parameter("format") in {"keyValues", "simplified"}
    lang, observed = call.parameter("lang"), call.parameter("observedAt")

    async def here(elements: Sequence[Element], failed: Failed) -> Answer:
        steps: list[tuple[str, actions.Alteration]] = []
        refused: Failed = []
        for one in elements:
            try:
                entity = checked_uri(one.id)
                fragment = read_fragment(one.data, one.terms, nulls=True, simple=simple, partial=True)
                change = partial(merging.merge_patched, fragment=fragment, lang=lang, observed=observed)
                steps.append((entity, change))
            except ContextError as error:
                refused.append((one.id, error))
        outcome = await actions.alter_all(broker, call.caller, call.tenant, steps)
        return _done(call, outcome, [*failed, *refused])

    return await _everywhere(broker, call, "mergeBatch", here)


async def delete(broker: Broker, call: Call) -> Answer:
    """Batch Entity Delete."""
    payload_media(call)
    ids = [checked_uri(one, f"/{place}") for place, one in enumerate(elements_of(call))]

    async def here(elements: Sequence[Element]) -> Answer:
        outcome = await actions.delete_all(broker, call.caller, call.tenant, [one.id for one in elements])
        return _done(call, outcome, [])

    elements = [Element(one) for one in ids]
    if broker.federation.concerns(call):
        return await distributed.batch_everywhere(broker, call, "deleteBatch", elements, here)
    return await here(elements)


def _done(call: Call, outcome: actions.Outcome, problems: Failed) -> Answer:
    failed = [*problems, *outcome.failed]
    return result_of(call, outcome.done, failed) if failed else Answer(204)


async def _everywhere(broker: Broker, call: Call, operation: str, here: Any) -> Answer:
    elements, failed = await payloads_of(broker, call)
    if broker.federation.concerns(call):
        return await distributed.batch_everywhere(
            broker, call, operation, elements, lambda left: here(left, []), failed
        )
    answer: Answer = await here(elements, failed)
    return answer


def _read(elements: Sequence[Element], *, need_type: bool = True) -> tuple[list[Body], Failed]:
    """The bodies of those that can be read, and why the others cannot."""
    bodies: list[Body] = []
    failed: Failed = []
    for one in elements:
        try:
            bodies.append(read_entity(one.data, one.terms, need_type=need_type))
        except ContextError as error:
            failed.append((one.id, error))
    return bodies, failed


def result_of(call: Call, done: Sequence[str], failed: Sequence[tuple[str, YuzhangError]]) -> Answer:
    """A BatchOperationResult, in the language of whoever reads it. Source: clause 5.2.16."""
    errors = [{"entityId": entity, "error": error.problem(call.language)} for entity, error in failed]
    return json_answer({"success": list(done), "errors": errors}, 207)


ROUTES = [
    Route("POST", "/entityOperations/create", create, frozenset({"local"}), "Batch Entity Creation"),
    Route("POST", "/entityOperations/upsert", upsert, frozenset({"options", "local"}), "Batch Entity Upsert"),
    Route("POST", "/entityOperations/update", update, frozenset({"options", "local"}), "Batch Entity Update"),
    Route(
        "POST",
        "/entityOperations/merge",
        merge,
        frozenset({"options", "format", "lang", "observedAt", "local"}),
        "Batch Entity Merge",
    ),
    Route("POST", "/entityOperations/delete", delete, frozenset({"local"}), "Batch Entity Delete"),
]
