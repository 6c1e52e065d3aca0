"""One entity asked of this broker and of all who are registered for it; what of an answer counts. Source: clause 5.7.1.4."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from yuzhang.brain.context.actions import retrieve
from yuzhang.brain.context.entity_maps.model import HERE
from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.federation.asking import Message, Reply, Speech, entity_path
from yuzhang.brain.context.federation.merging import Piece, arrived, merged, only, without
from yuzhang.brain.context.federation.seeking import Seek, narrowed, questions
from yuzhang.brain.context.federation.warnings import warned
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Types
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.context.registrations.parts import API

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

SYSTEM_ATTRIBUTES = ("options", "sysAttrs")
RETRIEVING = frozenset({"retrieveEntity", "queryEntity", "queryBatch"})
"""Operations by which one entity can be had."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found everywhere. `total` is None unless it was asked for; `headers` tell of what is missing.

    `holders` are the registrations that had something of the one entity that was sought, `@none` for this broker.
    """

    entities: list[Entity]
    total: int | None = None
    more: bool = False
    headers: Headers = field(default_factory=list)
    holders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapped:
    """What an entity map says of one entity: which registrations are asked, and their own maps by registration."""

    holders: frozenset[str]
    linked: Mapping[str, str] = field(default_factory=dict)


async def retrieved(
    federation: "Federation",
    call: Call,
    entity: str,
    types: Types | None,
    attributes: frozenset[str] | None,
    terms: Terms,
    mapped: Mapped | None = None,
) -> Gathered:
    """One entity out of all its pieces; none if nobody has it. Raises LoopDetected. Source: clause 5.7.1.4."""
    names = types.names() if types is not None and not types.every else None
    sources = []
    for one in federation.concerning(call, entity, names):
        covered = one.covered(entity, names, attributes)
        if covered.any and one.operations & RETRIEVING and (mapped is None or one.id in mapped.holders):
            sources.append((one, covered.attributes))
    federation.check_loop(call, (one for one, _ in sources))
    sources = [(one, covered) for one, covered in sources if not federation.closed(call, one)]

    async def ask(one: Registration, covered: frozenset[str] | None) -> Reply:
        try:
            speech = await federation.sources.speech(one, call, terms)
            message = _retrieval(one, entity, covered, speech)
            if mapped is not None:
                message = replace(message, headers=map_header(mapped.linked.get(one.id)))
            return await federation.sources.ask(call, one, message, speech)
        except ContextError as error:
            return Reply(one, 0, failure=str(error))

    replies = await asyncio.gather(*(ask(one, covered) for one, covered in sources))
    pieces: list[Piece] = []
    stored = retrieve(federation.broker, call.caller, call.tenant, entity)
    if stored is not None and (kept := not_held_elsewhere(stored.open(), [one for one, _ in sources])) is not None:
        pieces.append(Piece(kept))
    judged = []
    for reply in replies:
        reply, found = pieces_of(reply)
        judged.append(reply)
        pieces += [piece for piece in found if piece.entity.id == entity]
    # An auxiliary source adds to what others know; alone it makes no entity.
    whole = [] if all(piece.fills_gaps for piece in pieces) else [merged(pieces)]
    if types is not None:
        whole = [one for one in whole if types.matches(one)]
    holders = tuple(HERE if piece.registration is None else piece.registration.id for piece in pieces)
    return Gathered(whole, headers=warned(judged), holders=holders)


def map_header(entity_map: str | None) -> tuple[tuple[str, str], ...]:
    """The header that names the map of a context source, if there is one. Source: clauses 5.7.1.4 and 6.3.23."""
    return (("NGSILD-EntityMap", f"{API}/entityMaps/{entity_map}"),) if entity_map else ()


def _retrieval(one: Registration, entity: str, attributes: frozenset[str] | None, speech: Speech) -> Message:
    """The request for one entity, by the operation that the source offers. Source: clause 5.7.1.4."""
    conditions = {}
    if attributes is not None:
        conditions["attrs"] = ",".join(sorted(speech.terms.compact(name) for name in attributes))
    if "retrieveEntity" in one.operations:
        return Message("GET", entity_path(entity), (SYSTEM_ATTRIBUTES, *conditions.items()))
    seek = narrowed(Seek(ids=(entity,)), one, speech.terms, speech.terms) or Seek(ids=(entity,))
    return questions(one, [seek], conditions, [SYSTEM_ATTRIBUTES])[0]


def not_held_elsewhere(entity: Entity, sources: Iterable[Registration]) -> Entity | None:
    """What of this broker's own entity counts: not what others hold alone. Source: clause 4.3.6.3."""
    found: Entity | None = entity
    for one in sources:
        if one.is_proxy and found is not None:
            covered = one.covered(entity.id, frozenset(entity.types), None)
            found = without(found, covered.attributes) if covered.any else found
    return found


def pieces_of(reply: Reply) -> tuple[Reply, list[Piece]]:
    """The entities in a reply, only what its registration covers; the reply is spoiled if it cannot be read."""
    if not reply.fine or reply.spoiled:
        return reply, []
    if reply.data is None:
        return replace(reply, spoiled=True, failure="The answer is empty."), []
    one = reply.registration
    found = []
    try:
        for data in reply.data if isinstance(reply.data, list) else [reply.data]:
            entity = arrived(data, reply.terms)
            covered = one.covered(entity.id, frozenset(entity.types), None)
            if covered.any:
                found.append(Piece(only(entity, covered.attributes), one))
    except ContextError:
        return replace(reply, spoiled=True, failure="The answer is no list of entities."), []
    return reply, found
