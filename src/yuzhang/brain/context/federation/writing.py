"""Writes of one entity, or of something in it, spread over this broker and the context sources. Clauses 5.6.1 to 5.6.6, 5.6.17 to 5.6.19."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation.asking import Message, Reply
from yuzhang.brain.context.federation.results import Result, of_answer, of_error, of_reply, unsupported
from yuzhang.brain.context.federation.spreading import Part, Spread, spread
from yuzhang.brain.context.federation.wording import renamed, reworded
from yuzhang.brain.context.http.message import LD_JSON, Answer, Call
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import ENTITY_MEMBERS
from yuzhang.core.language import Language

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

Local = Callable[[Any], Awaitable[Answer]]
"""Does this broker's own part of a write, given what is left of the payload."""


@dataclass(frozen=True, slots=True)
class Write:
    """A write of one entity. `entity` and `types` (None: not known) say which.

    `data` is the payload in `terms`, whose members are attributes; None if it has none. `attribute` is the name of the one
    attribute that the address names; then `data` is its value. `path` and `params` are those of the request.
    """

    operation: str
    method: str
    path: Callable[[Terms], str]
    entity: str
    types: frozenset[str] | None
    terms: Terms
    data: Any = None
    attribute: str | None = None
    params: tuple[tuple[str, str], ...] = ()

    @property
    def attributes(self) -> frozenset[str] | None:
        """The names of the attributes that are written; None if it concerns the whole entity."""
        if self.attribute is not None:
            return frozenset({self.attribute})
        return None if self.data is None else attributes_of(self.data, self.terms)


def attributes_of(data: dict[str, Any], terms: Terms) -> frozenset[str]:
    """The names of the attributes in a payload."""
    return frozenset(terms.expand(key) for key in data) - ENTITY_MEMBERS


def part_of(data: dict[str, Any], terms: Terms, attributes: frozenset[str] | None) -> dict[str, Any]:
    """Of a payload its members that are no attributes, and those of `attributes` (None: all)."""
    if attributes is None:
        return data
    return {
        key: value for key, value in data.items() if (name := terms.expand(key)) in ENTITY_MEMBERS or name in attributes
    }


async def distributed(federation: "Federation", call: Call, write: Write, local: Local) -> list[Result]:
    """Do a write everywhere where it belongs; what became of each part. Raises LoopDetected."""
    found = federation.concerning(call, write.entity, write.types)
    plan = spread(found, frozenset({write.operation}), write.entity, write.types, write.attributes)
    federation.check_loop(call, (part.registration for part in plan.parts))
    work = [_sent(federation, call, write, part) for part in federation.open_to(call, plan.parts)]
    results = list(await asyncio.gather(*work, *_here(call, plan, write, local)))
    # This broker's own part first: it is the one the client spoke to.
    return sorted(results, key=lambda one: one.registration != "")


def _here(call: Call, plan: Spread, write: Write, local: Local) -> Iterable[Awaitable[Result]]:
    if plan.here:
        yield own_part(local, _left(plan, write), plan.local, call.language)


def _left(plan: Spread, write: Write) -> Any:
    if plan.local is None or write.attribute is not None or not isinstance(write.data, dict):
        return write.data
    return part_of(write.data, write.terms, plan.local)


async def own_part(local: Local, data: Any, attributes: frozenset[str] | None, language: Language) -> Result:
    """What becomes of this broker's own part."""
    try:
        return of_answer(await local(data), attributes)
    except ContextError as error:
        return of_error(error, language, attributes)


async def _sent(federation: "Federation", call: Call, write: Write, part: Part) -> Result:
    if not part.supported:
        return unsupported(part)
    one = part.registration
    try:
        speech = await federation.sources.speech(one, call, write.terms)
        body = None
        if write.attribute is not None and write.data is not None:
            name = renamed(write.terms.compact(write.attribute), write.terms, speech.terms)
            body = reworded({name: write.data}, write.terms, speech.terms)[name]
        elif write.data is not None:
            body = reworded(part_of(write.data, write.terms, part.attributes), write.terms, speech.terms)
        if body is not None and speech.media == LD_JSON:
            body = body | {"@context": speech.terms.reference}
        reply = await federation.sources.ask(
            call, one, Message(write.method, write.path(speech.terms), write.params, body), speech
        )
    except ContextError as error:
        reply = Reply(one, 0, failure=str(error))
    return of_reply(reply, part.attributes)
