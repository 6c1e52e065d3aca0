"""Which brokers hold what a query found, and the entities of one map read from just these. Clauses 4.5.25, 5.5.9.3 and 5.14.4."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yuzhang.brain.context.entity_maps.model import HERE
from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation.asking import Message, Reply
from yuzhang.brain.context.federation.gathering import SYSTEM_ATTRIBUTES, map_header
from yuzhang.brain.context.federation.querying import (
    Question,
    answered,
    assembled,
    own_entities,
    sources_of,
    spoken,
    whole,
)
from yuzhang.brain.context.federation.seeking import Seek
from yuzhang.brain.context.federation.warnings import warned, warning
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.registrations.model import Registration

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation


@dataclass(frozen=True, slots=True)
class Candidates:
    """The entities that a query may find anywhere, each with who holds it, and the maps that sources made themselves."""

    holders: dict[str, list[str]]
    linked: dict[str, str]
    headers: Headers


@dataclass(frozen=True, slots=True)
class Fetched:
    """Entities of a map. `gone` are those that fit no more: all who held them answered, and nobody has them."""

    entities: dict[str, Entity]
    gone: list[str]
    headers: Headers


async def candidates(
    federation: "Federation", call: Call, question: Question, here: Iterable[str], lifetime: str | None
) -> Candidates | None:
    """What a query may find, `here` and elsewhere; None if it concerns nobody else. Raises BadRequestData, LoopDetected."""
    asked = sources_of(federation, call, question)
    if asked is None:
        return None
    parts = await asyncio.gather(*(_found_at(federation, call, one, question, lifetime) for one in asked))
    holders: dict[str, list[str]] = {entity: [HERE] for entity in here}
    for one, part in zip(asked, parts, strict=True):
        # An auxiliary source makes no entity: what it alone has is none.
        for entity in part.ids if one.mode != "auxiliary" else ():
            holders.setdefault(entity, []).append(one.id)
    for one, part in zip(asked, parts, strict=True):
        for entity in part.ids if one.mode == "auxiliary" else ():
            if entity in holders:
                holders[entity].append(one.id)
    linked = {one.id: part.entity_map for one, part in zip(asked, parts, strict=True) if part.entity_map}
    replies = [reply for part in parts for reply in part.replies]
    return Candidates(holders, linked, warned(replies, [part.cut for part in parts if part.cut]))


@dataclass(frozen=True, slots=True)
class _Part:
    """What one source has: ids, and the map in which it keeps them itself."""

    ids: Sequence[str]
    replies: Sequence[Reply]
    entity_map: str = ""
    cut: str = ""


async def _found_at(
    federation: "Federation", call: Call, one: Registration, question: Question, lifetime: str | None
) -> _Part:
    """By a map of the source if it makes maps, else by reading what it has."""
    if "createEntityMap" in one.operations:
        made = await _map_made_at(federation, call, one, question, lifetime)
        if made is not None:
            return made
    found = await answered(federation, call, one, question)
    pieces, replies = await asyncio.to_thread(assembled, (), [found], ())
    return _Part(list(pieces), replies, cut=found.cut)


async def _map_made_at(
    federation: "Federation", call: Call, one: Registration, question: Question, lifetime: str | None
) -> _Part | None:
    """A map that the source makes; None if the question cannot be put so, or the source has no maps after all."""
    try:
        found = await spoken(federation, call, one, question)
    except ContextError as error:
        return _Part((), [Reply(one, 0, failure=str(error))])
    if found.unsaid is not None or len(found.messages) != 1 or found.messages[0].method != "GET":
        return None
    params = [pair for pair in found.messages[0].params if pair != SYSTEM_ATTRIBUTES]
    if lifetime is not None:
        params.append(("entityMapLifetime", lifetime))
    reply = await federation.sources.ask(call, one, Message("GET", "/entityMaps", tuple(params)), found.speech)
    if not reply.status:
        return _Part((), [reply])
    data = reply.data if reply.fine and isinstance(reply.data, dict) else {}
    mapped, name = data.get("entityMap"), data.get("id")
    if not isinstance(mapped, dict) or not isinstance(name, str):
        return None
    return _Part([entity for entity in mapped if one.covered(entity, None, None).any], [reply], name)


async def fetched(
    federation: "Federation",
    call: Call,
    question: Question,
    holders: Mapping[str, Sequence[str]],
    linked: Mapping[str, str],
) -> Fetched:
    """Those of the entities in `holders` that fit a question, read from nobody but who holds them. Raises LoopDetected."""
    asked, wanted = [], []
    for name, ids in _by_holder(holders).items():
        one = federation.broker.registrations.get(call.tenant, name)
        if one is not None:
            federation.check_loop(call, [one])
            if not federation.closed(call, one):
                asked.append(one)
                wanted.append(_of_these(question, ids))
    here = [entity for entity, names in holders.items() if HERE in names]
    kept, answers = await asyncio.gather(
        asyncio.to_thread(_own, federation, call, question, here),
        asyncio.gather(
            *(
                answered(federation, call, one, part, map_header(linked.get(one.id)))
                for one, part in zip(asked, wanted, strict=True)
            )
        ),
    )
    read, replies = await asyncio.to_thread(whole, question, kept, answers, asked)
    found = {one: entity for one, entity in read.items() if one in holders}
    silent = {reply.registration.id for reply in replies if warning(reply) is not None}
    gone = [one for one, names in holders.items() if one not in found and silent.isdisjoint(names)]
    return Fetched(found, gone, warned(replies))


def _by_holder(holders: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for entity, names in holders.items():
        for name in names:
            if name != HERE:
                found.setdefault(name, []).append(entity)
    return found


def _of_these(question: Question, ids: Sequence[str]) -> Question:
    """The question about no other entities than these."""
    seeks = tuple(replace(one, ids=tuple(ids), pattern=None) for one in question.seeks or (Seek(),))
    return replace(question, seeks=seeks, offset=0, limit=len(ids), count=False)


def _own(federation: "Federation", call: Call, question: Question, ids: Sequence[str]) -> list[Entity]:
    if not ids:
        return []
    chosen = tuple(replace(one, ids=tuple(ids)) for one in question.here)
    return own_entities(federation, call, replace(_of_these(question, ids), chosen=chosen))[0]
