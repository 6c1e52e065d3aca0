"""Batches of entities, spread over this broker and the context sources: each gets its part in one request. Clauses 5.6.7 to 5.6.10, 5.6.20."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from yuzhang.brain.context.errors import ContextError, LoopDetected
from yuzhang.brain.context.federation.asking import Message, Reply, Speech, entity_path
from yuzhang.brain.context.federation.results import entity_error, of_error, of_reply, unsupported
from yuzhang.brain.context.federation.spreading import Part, spread
from yuzhang.brain.context.federation.wording import reworded
from yuzhang.brain.context.federation.writing import attributes_of, part_of
from yuzhang.brain.context.http.message import LD_JSON, Answer, Call, json_answer
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.model import ENTITY_MEMBERS

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

SINGLE: dict[str, tuple[str, str]] = {
    "createBatch": ("createEntity", "POST"),
    "updateBatch": ("appendAttrs", "POST"),
    "mergeBatch": ("mergeEntity", "PATCH"),
    "deleteBatch": ("deleteEntity", "DELETE"),
}
"""The operation on one entity that does the same, for sources that take no batches, and its method."""


class Element(msgspec.Struct, frozen=True):
    """One entity of a batch: its payload in `terms`; None if it shall be deleted."""

    id: str
    data: dict[str, Any] | None = None
    terms: Terms = CORE

    @property
    def types(self) -> frozenset[str] | None:
        """The names of its types; None if they are not said."""
        kinds = (self.data or {}).get("type")
        if kinds is None:
            return None
        return frozenset(self.terms.expand(one) for one in (kinds if isinstance(kinds, list) else [kinds]))

    def reduced(self, attributes: frozenset[str] | None) -> "Element":
        """The element with no other attributes than these."""
        if self.data is None or attributes is None:
            return self
        return Element(self.id, part_of(self.data, self.terms, attributes), self.terms)


Local = Callable[[list[Element]], Awaitable[Answer]]
"""Does this broker's own part of a batch."""


@dataclass(slots=True)
class Batch:
    """What is to be done, and what became of it."""

    operation: str
    path: str
    params: tuple[tuple[str, str], ...]
    own: list[Element] = field(default_factory=list)
    sent: dict[str, tuple[Part, list[Element]]] = field(default_factory=dict)
    touched: dict[str, None] = field(default_factory=dict)
    created: dict[str, None] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)


async def batched(
    federation: "Federation",
    call: Call,
    batch: Batch,
    elements: Sequence[Element],
    local: Local,
) -> Answer:
    """Do a batch everywhere where it belongs; the answer is that of an operation here. Raises LoopDetected."""
    for element in elements:
        _spread(federation, call, batch, element)
    work = [_send(federation, call, batch, part, some) for part, some in batch.sent.values()]
    await asyncio.gather(*work, _here(call, batch, local))
    failed = {str(one.get("entityId")) for one in batch.errors}
    done = [entity for entity in batch.touched if entity not in failed]
    if batch.errors:
        conflicts = [
            one["error"] for one in batch.errors if str((one.get("error") or {}).get("type", "")).endswith("/Conflict")
        ]
        if not done and len(conflicts) == len(batch.errors) == 1:
            return json_answer(conflicts[0], 409)
        return json_answer({"success": done, "errors": batch.errors}, 207)
    if batch.operation == "createBatch":
        return json_answer(done, 201)
    created = [entity for entity in batch.created if entity not in failed]
    return json_answer(created, 201) if created else Answer(204)


def _spread(federation: "Federation", call: Call, batch: Batch, element: Element) -> None:
    attributes = None if element.data is None else attributes_of(element.data, element.terms)
    found = federation.concerning(call, element.id, element.types)
    operations = frozenset({batch.operation, SINGLE.get(batch.operation, ("", ""))[0]})
    plan = spread(found, operations, element.id, element.types, attributes)
    try:
        federation.check_loop(call, (part.registration for part in plan.parts))
    except LoopDetected as error:
        batch.errors.append(entity_error(element.id, of_error(error, call.language)))
        return
    for part in federation.open_to(call, plan.parts):
        if not part.supported:
            batch.errors.append(entity_error(element.id, unsupported(part)))
            continue
        _, some = batch.sent.setdefault(part.registration.id, (part, []))
        some.append(element.reduced(part.attributes))
    if plan.here:
        batch.own.append(element.reduced(plan.local))


async def _here(call: Call, batch: Batch, local: Local) -> None:
    if not batch.own:
        return
    try:
        answer = await local(batch.own)
    except ContextError as error:
        batch.errors += [entity_error(element.id, of_error(error, call.language)) for element in batch.own]
        return
    _note(batch, [element.id for element in batch.own], answer.status, msgspec.json.decode(answer.body or b"null"), "")


async def _send(federation: "Federation", call: Call, batch: Batch, part: Part, some: list[Element]) -> None:
    one = part.registration
    common = some[0].terms if all(element.terms is some[0].terms for element in some) else CORE
    try:
        speech = await federation.sources.speech(one, call, common)
    except ContextError as error:
        batch.errors += [entity_error(element.id, of_reply(Reply(one, 0, failure=str(error)))) for element in some]
        return
    if batch.operation in one.operations:
        body = [_written(element, speech) for element in some]
        reply = await federation.sources.ask(call, one, Message("POST", batch.path, batch.params, body), speech)
        _take(batch, reply, [element.id for element in some])
        return
    messages = [_single(batch, element, speech) for element in some]
    replies = await asyncio.gather(*(federation.sources.ask(call, one, message, speech) for message in messages))
    for element, reply in zip(some, replies, strict=True):
        _take(batch, reply, [element.id])


def _written(element: Element, speech: Speech) -> Any:
    if element.data is None:
        return element.id
    data = reworded(element.data, element.terms, speech.terms)
    return data | {"@context": speech.terms.reference} if speech.media == LD_JSON else data


def _single(batch: Batch, element: Element, speech: Speech) -> Message:
    method = SINGLE[batch.operation][1]
    if element.data is None:
        return Message(method, entity_path(element.id))
    data = _written(element, speech)
    if batch.operation == "createBatch":
        return Message(method, "/entities", body=data)
    body = {key: value for key, value in data.items() if key == "@context" or key not in ENTITY_MEMBERS}
    more = ("attrs",) if batch.operation == "updateBatch" else ()
    return Message(method, entity_path(element.id, *more), batch.params, body)


def _take(batch: Batch, reply: Reply, ids: list[str]) -> None:
    one = reply.registration.id
    if reply.fine or (reply.status == 207 and isinstance(reply.data, dict)):
        _note(batch, ids, reply.status, reply.data, one)
    else:
        batch.touched |= dict.fromkeys(ids)
        batch.errors += [entity_error(entity, of_reply(reply)) for entity in ids]


def _note(batch: Batch, ids: list[str], status: int, data: Any, registration: str) -> None:
    """Enter what one broker answered for its part of the batch."""
    batch.touched |= dict.fromkeys(ids)
    if status == 207 and isinstance(data, dict):
        errors = [one for one in data.get("errors", ()) if isinstance(one, dict) and one.get("entityId") in ids]
        batch.errors += [one | {"registrationId": registration} if registration else one for one in errors]
    elif status == 201 and isinstance(data, list):
        batch.created |= dict.fromkeys(one for one in data if one in ids)
