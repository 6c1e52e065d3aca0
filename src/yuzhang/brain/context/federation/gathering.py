"""Entities asked of this broker and of all who are registered for them. Source: clauses 5.7.1.4 and 5.7.2.4."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from yuzhang.brain.context.actions import page, planned, retrieve
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.federation.asking import Message, Reply, Speech, entity_path
from yuzhang.brain.context.federation.merging import Piece, arrived, merged, only, without
from yuzhang.brain.context.federation.seeking import Seek, narrowed, questions
from yuzhang.brain.context.federation.warnings import warned
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, Types, parse_q
from yuzhang.brain.context.registrations.matching import Request, Sought, matches
from yuzhang.brain.context.registrations.model import Registration

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

MOST_FROM_ONE = 1000
"""Entities that are asked of one context source for one query."""
MOST_TOGETHER = 20_000
SYSTEM_ATTRIBUTES = ("options", "sysAttrs")
RETRIEVING = frozenset({"retrieveEntity", "queryEntity", "queryBatch"})
"""Operations by which one entity can be had."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was found everywhere. `total` is None unless it was asked for; `headers` tell of what is missing."""

    entities: list[Entity]
    total: int | None = None
    more: bool = False
    headers: Headers = field(default_factory=list)


async def retrieved(
    federation: "Federation",
    call: Call,
    entity: str,
    types: Types | None,
    attributes: frozenset[str] | None,
    terms: Terms,
) -> Gathered:
    """One entity out of all its pieces; none if nobody has it. Raises LoopDetected. Source: clause 5.7.1.4."""
    names = types.names() if types is not None and not types.every else None
    sources = []
    for one in federation.concerning(call, entity, names):
        covered = one.covered(entity, names, attributes)
        if covered.any and one.operations & RETRIEVING:
            sources.append((one, covered.attributes))
    federation.check_loop(call, (one for one, _ in sources))
    sources = [(one, covered) for one, covered in sources if not federation.closed(call, one)]

    async def ask(one: Registration, covered: frozenset[str] | None) -> Reply:
        try:
            speech = await federation.sources.speech(one, call, terms)
            return await federation.sources.ask(call, one, _retrieval(one, entity, covered, speech), speech)
        except ContextError as error:
            return Reply(one, 0, failure=str(error))

    replies = await asyncio.gather(*(ask(one, covered) for one, covered in sources))
    pieces: list[Piece] = []
    stored = retrieve(federation.broker, call.caller, call.tenant, entity)
    if stored is not None and (kept := _not_held_elsewhere(stored.open(), [one for one, _ in sources])) is not None:
        pieces.append(Piece(kept))
    judged = []
    for reply in replies:
        reply, found = _pieces(reply)
        judged.append(reply)
        pieces += [piece for piece in found if piece.entity.id == entity]
    # An auxiliary source adds to what others know; alone it makes no entity.
    whole = [] if all(piece.fills_gaps for piece in pieces) else [merged(pieces)]
    if types is not None:
        whole = [one for one in whole if types.matches(one)]
    return Gathered(whole, headers=warned(judged))


def _retrieval(one: Registration, entity: str, attributes: frozenset[str] | None, speech: Speech) -> Message:
    """The request for one entity, by the operation that the source offers. Source: clause 5.7.1.4."""
    conditions = {}
    if attributes is not None:
        conditions["attrs"] = ",".join(sorted(speech.terms.compact(name) for name in attributes))
    if "retrieveEntity" in one.operations:
        return Message("GET", entity_path(entity), (SYSTEM_ATTRIBUTES, *conditions.items()))
    seek = narrowed(Seek(ids=(entity,)), one, speech.terms, speech.terms) or Seek(ids=(entity,))
    return questions(one, [seek], conditions, [SYSTEM_ATTRIBUTES])[0]


def _not_held_elsewhere(entity: Entity, sources: Iterable[Registration]) -> Entity | None:
    """What of this broker's own entity counts: not what others hold alone. Source: clause 4.3.6.3."""
    found: Entity | None = entity
    for one in sources:
        if one.is_proxy and found is not None:
            covered = one.covered(entity.id, frozenset(entity.types), None)
            found = without(found, covered.attributes) if covered.any else found
    return found


def _pieces(reply: Reply) -> tuple[Reply, list[Piece]]:
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


@dataclass(frozen=True, slots=True)
class Question:
    """A distributed query. `members` are those of the query as texts; `chosen` are the selections that they make here.

    `attributes` are those that shall be shown (None: all). `offset`, `limit` and `count` are the page that is wanted.
    """

    members: Mapping[str, Any]
    seeks: tuple[Seek, ...]
    chosen: tuple[Selection, ...]
    attributes: frozenset[str] | None
    terms: Terms
    offset: int
    limit: int
    count: bool
    ordered: bool = False

    @property
    def split(self) -> bool:
        """Whether the parts of one entity may lie in several places, so that conditions hold for the whole only."""
        return str(self.members.get("splitEntities", "")).lower() == "true"

    @property
    def at_most(self) -> int:
        """How many entities are asked of each source."""
        return MOST_FROM_ONE if self.split else max(1, min(self.offset + self.limit + 1, MOST_FROM_ONE))

    @property
    def own_most(self) -> int:
        """How many of its own entities this broker looks at."""
        return MOST_TOGETHER if self.split else max(1, min(self.offset + self.limit + 1, MOST_TOGETHER))


async def queried(federation: "Federation", call: Call, question: Question) -> Gathered | None:
    """The entities that a query finds everywhere; None if it concerns this broker alone.

    Raises: BadRequestData, LoopDetected, TooComplexQuery. Source: clause 5.7.2.4.
    """
    sources = _sources(federation, call, question)
    if not sources:
        return None
    if question.ordered:
        # Clause 4.23.1: "Sort ordering is never applied to distributed operations".
        raise BadRequestData(
            said("A query that others answer, too, cannot be ordered."), where="?orderBy", fix=said("local=true")
        )
    federation.check_loop(call, sources)
    asked = [one for one in sources if not federation.closed(call, one)]
    (kept, total), answers = await asyncio.gather(
        asyncio.to_thread(_own, federation, call, question), _answers(federation, call, asked, question)
    )
    pieces: dict[str, list[Piece]] = {}
    for entity in kept:
        left = _not_held_elsewhere(entity, asked)
        if left is not None:
            pieces[entity.id] = [Piece(left)]
    replies = _entered(pieces, answers)
    entities = [merged(some) for some in pieces.values() if not all(one.fills_gaps for one in some)]
    entities = [one for one in entities[:MOST_TOGETHER] if _still_chosen(one, question)]
    end = question.offset + question.limit
    cut = any(len(reply.data) >= question.at_most for reply in replies if isinstance(reply.data, list))
    total = (
        len(entities)
        if not cut and len(kept) < question.own_most
        else max(total + sum(map(_count, replies)), len(entities))
    )
    some = entities[question.offset : end]
    return Gathered(some, total if question.count else None, len(entities) > end, warned(replies))


Answered = tuple[Sequence[Reply], Selection | None]
"""What one source answered, and the conditions that could not be said in its terms."""


async def _answers(
    federation: "Federation", call: Call, sources: Iterable[Registration], question: Question
) -> list[Answered]:
    return await asyncio.gather(*(_ask_all(federation, call, one, question) for one in sources))


def _entered(pieces: dict[str, list[Piece]], answers: Iterable[Answered]) -> list[Reply]:
    """Put what was answered to the pieces of the same entities; the replies, those that cannot be read marked."""
    replies: list[Reply] = []
    for some, unsaid in answers:
        for reply in some:
            judged, found = _pieces(reply)
            replies.append(judged)
            for piece in found:
                if unsaid is None or unsaid.matches(piece.entity):
                    pieces.setdefault(piece.entity.id, []).append(piece)
    return replies


def _still_chosen(entity: Entity, question: Question) -> bool:
    return not question.split or any(one.matches(entity) for one in question.chosen)


def _sources(federation: "Federation", call: Call, question: Question) -> list[Registration]:
    csf = question.members.get("csf")
    sought = tuple(Sought(one.types, one.ids, one.pattern) for one in question.seeks)
    request = Request(sought, question.attributes, csf=parse_q(csf, question.terms) if csf else None)
    operations = frozenset({"queryEntity", "queryBatch"})
    return [one for one in federation.all(call) if one.operations & operations and matches(one, request)]


def _own(federation: "Federation", call: Call, question: Question) -> tuple[list[Entity], int]:
    """The entities of this broker that are chosen, and how many there are."""
    found: dict[str, Entity] = {}
    total = 0
    for selection in question.chosen:
        if question.split:
            selection = replace(selection, q=None, geo=None, scope=None, attrs=None)
        plan = planned(federation.broker, call.caller, call.tenant, selection)
        some = page(federation.broker, call.caller, plan, 0, question.own_most, question.count)
        total += some.total or 0
        for stored in some.found:
            entity = stored.open()
            found[entity.id] = entity
    return list(found.values()), total


async def _ask_all(federation: "Federation", call: Call, one: Registration, question: Question) -> Answered:
    try:
        speech = await federation.sources.speech(one, call, question.terms)
        seeks = [
            found
            for seek in question.seeks or (Seek(),)
            if (found := narrowed(seek, one, speech.terms, question.terms))
        ]
        said_, unsaid = _conditions(question, speech)
        attributes = one.covered(None, None, question.attributes).attributes
        conditions = dict(said_)
        if attributes is not None:
            conditions["attrs"] = ",".join(sorted(speech.terms.compact(name) for name in attributes))
        paging = [SYSTEM_ATTRIBUTES, ("limit", str(question.at_most)), *([("count", "true")] if question.count else [])]
        messages = questions(one, seeks, conditions, paging)
        return await asyncio.gather(
            *(federation.sources.ask(call, one, message, speech) for message in messages)
        ), unsaid
    except ContextError as error:
        return [Reply(one, 0, failure=str(error))], None


def _conditions(question: Question, speech: Speech) -> tuple[dict[str, Any], Selection | None]:
    """The conditions to send on, and those to look after here because they are in other terms. Clause 5.7.2.4."""
    if question.split:
        return {}, None
    names = ("q", "scopeQ", "georel", "geometry", "coordinates", "geoproperty", "jsonKeys", "expandValues")
    said_ = {name: question.members[name] for name in names if name in question.members}
    if speech.terms is question.terms:
        return said_, None
    first = question.chosen[0]
    for name in ("q", "jsonKeys", "expandValues"):
        said_.pop(name, None)
    if "geoproperty" in said_:
        said_["geoproperty"] = speech.terms.compact(question.terms.expand(said_["geoproperty"]))
    return said_, Selection(q=first.q) if first.q is not None else None


def _count(reply: Reply) -> int:
    text = reply.headers.get("ngsild-results-count", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else 0
