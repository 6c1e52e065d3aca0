"""The deletion of all entities that a query chooses, here and wherever they are registered. Source: clause 5.6.21."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation.asking import Message, Reply
from yuzhang.brain.context.federation.results import Result, of_reply, single, unsupported
from yuzhang.brain.context.federation.seeking import Seek, address_of, narrowed
from yuzhang.brain.context.federation.spreading import Part
from yuzhang.brain.context.federation.writing import own_part
from yuzhang.brain.context.http.message import Answer, Call, json_answer
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.registrations.matching import Request, Sought, matches
from yuzhang.brain.context.registrations.model import Registration

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

CONDITIONS = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "keep", "drop")


async def purged(
    federation: "Federation", call: Call, seek: Seek, terms: Terms, local: Callable[[Any], Awaitable[Answer]]
) -> Answer:
    """Delete everywhere what `seek` and the conditions in the address choose. Raises LoopDetected."""
    request = Request((Sought(seek.types, seek.ids, seek.pattern),))
    parts = [
        Part(one, None, "purgeEntity" in one.operations)
        for one in federation.all(call)
        if one.mode != "auxiliary" and matches(one, request)
    ]
    parts = [part for part in parts if part.supported or part.registration.is_proxy]
    federation.check_loop(call, (part.registration for part in parts))
    work = [_sent(federation, call, part, seek, terms) for part in federation.open_to(call, parts)]
    results: list[Result] = [one for some in await asyncio.gather(*work) for one in some]
    own = await own_part(local, None, None, call.language)
    if own.problem is not None and not results:
        return json_answer(own.problem, own.status)
    results = [own, *results]
    if all(one.fine for one in results):
        return Answer(204)
    if (refused := single(results)) is not None:
        return refused
    errors = [{"registrationId": one.registration, "error": one.problem} for one in results if one.problem is not None]
    inner = own.data if isinstance(own.data, dict) else {}
    return json_answer({"success": inner.get("success", []), "errors": [*inner.get("errors", []), *errors]}, 207)


async def _sent(federation: "Federation", call: Call, part: Part, seek: Seek, terms: Terms) -> list[Result]:
    if not part.supported:
        return [unsupported(part)]
    one: Registration = part.registration
    try:
        speech = await federation.sources.speech(one, call, terms)
        narrow = narrowed(seek, one, speech.terms, terms)
        conditions = {name: value for name in CONDITIONS if (value := call.parameter(name)) is not None}
        if one_attributes := one.covered(None, None, None).attributes:
            conditions["attrs"] = ",".join(sorted(speech.terms.compact(name) for name in one_attributes))
        messages = [] if narrow is None else [Message("DELETE", "/entities", tuple(address_of(narrow, conditions)))]
        return [of_reply(await federation.sources.ask(call, one, message, speech)) for message in messages]
    except ContextError as error:
        return [of_reply(Reply(one, 0, failure=str(error)))]
