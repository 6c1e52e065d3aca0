"""Queries put to this broker and to all who are registered for what they seek, page by page. Source: clause 5.7.2.4."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING, Any

from yuzhang.brain.context.actions import page, planned
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.federation.asking import Message, Reply, Speech
from yuzhang.brain.context.federation.gathering import SYSTEM_ATTRIBUTES, Gathered, not_held_elsewhere, pieces_of
from yuzhang.brain.context.federation.merging import Piece, merged
from yuzhang.brain.context.federation.seeking import Seek, narrowed, questions
from yuzhang.brain.context.federation.warnings import MISSING, named, warned, written
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection, parse_q
from yuzhang.brain.context.registrations.identity import alias_of
from yuzhang.brain.context.registrations.matching import Request, Sought, matches
from yuzhang.brain.context.registrations.model import Registration

if TYPE_CHECKING:
    from yuzhang.brain.context.federation.federation import Federation

MOST_FROM_ONE = 20_000
"""Entities that one broker, this one too, is asked for one query."""
AT_ONCE = 1000
"""Entities in one answer of a context source."""
IDS_AT_ONCE = 50
"""Ids in one address."""
PAGING_S = 10.0
"""So long is a context source asked for one page after the other."""


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
    offset: int = 0
    limit: int = MOST_FROM_ONE
    count: bool = False
    ordered: bool = False

    @property
    def split(self) -> bool:
        """Whether the parts of one entity may lie in several places, so that conditions hold for the whole only."""
        return str(self.members.get("splitEntities", "")).lower() == "true"

    @property
    def most(self) -> int:
        """How many entities are asked of each broker: what the page may need, but all if only the whole entity tells."""
        return MOST_FROM_ONE if self.split else max(1, min(self.offset + self.limit + 1, MOST_FROM_ONE))

    @property
    def here(self) -> tuple[Selection, ...]:
        """What this broker's own entities are chosen by before they are put together with those of others."""
        if not self.split:
            return self.chosen
        return tuple(replace(one, q=None, geo=None, scope=None, attrs=None) for one in self.chosen)

    def still_chosen(self, entity: Entity) -> bool:
        """Whether an entity that was put together is one that is sought."""
        return not self.split or any(one.matches(entity) for one in self.chosen)


@dataclass(frozen=True, slots=True)
class Answered:
    """What one source answered. `unsaid` are conditions that could not be said in its terms: they are looked after here.

    `more`: the source has more; `cut` is the warning about that, empty if nobody needs more.
    """

    replies: Sequence[Reply]
    unsaid: Selection | None = None
    more: bool = False
    cut: str = ""


async def queried(federation: "Federation", call: Call, question: Question) -> Gathered | None:
    """The entities that a query finds everywhere; None if it concerns this broker alone.

    Raises: BadRequestData, LoopDetected, TooComplexQuery. Source: clause 5.7.2.4.
    """
    asked = sources_of(federation, call, question)
    if asked is None:
        return None
    (kept, total), answers = await asyncio.gather(
        asyncio.to_thread(own_entities, federation, call, question),
        asyncio.gather(*(answered(federation, call, one, question) for one in asked)),
    )
    # Thousands of entities take a while to read: others are answered meanwhile.
    found, replies = await asyncio.to_thread(whole, question, kept, answers, asked)
    entities = list(found.values())
    end = question.offset + question.limit
    complete = len(kept) < question.most and not any(one.more for one in answers)
    total = len(entities) if complete else max(total + sum(map(_count, replies)), len(entities))
    cuts = [one.cut for one in answers if one.cut]
    if len(kept) >= MOST_FROM_ONE:
        cuts.append(_cut(alias_of(federation.broker.registrations.alias, call.tenant), len(kept)))
    some = entities[question.offset : end]
    return Gathered(some, total if question.count else None, len(entities) > end, warned(replies, cuts))


def sources_of(federation: "Federation", call: Call, question: Question) -> list[Registration] | None:
    """Who is asked: those registered for it, but for those that the request comes from. None if nobody else is concerned.

    Raises: BadRequestData if an order is wanted, LoopDetected.
    """
    csf = question.members.get("csf")
    sought = tuple(Sought(one.types, one.ids, one.pattern) for one in question.seeks)
    attributes = None if question.split else question.attributes
    request = Request(sought, attributes, csf=parse_q(csf, question.terms) if csf else None)
    operations = frozenset({"queryEntity", "queryBatch"})
    sources = [one for one in federation.all(call) if one.operations & operations and matches(one, request)]
    if not sources:
        return None
    if question.ordered:
        # Clause 4.23.1: "Sort ordering is never applied to distributed operations".
        raise BadRequestData(
            said("A query that others answer, too, cannot be ordered."), where="?orderBy", fix=said("local=true")
        )
    federation.check_loop(call, sources)
    return [one for one in sources if not federation.closed(call, one)]


def own_entities(federation: "Federation", call: Call, question: Question) -> tuple[list[Entity], int]:
    """The entities of this broker that are chosen, and how many there are."""
    found: dict[str, Entity] = {}
    total = 0
    for selection in question.here:
        plan = planned(federation.broker, call.caller, call.tenant, selection)
        some = page(federation.broker, call.caller, plan, 0, question.most, question.count)
        total += some.total or 0
        for stored in some.found:
            entity = stored.open()
            found[entity.id] = entity
    return list(found.values()), total


def whole(
    question: Question, kept: Iterable[Entity], answers: Iterable[Answered], asked: Sequence[Registration]
) -> tuple[dict[str, Entity], list[Reply]]:
    """The entities that are sought, each out of all its pieces, and the replies, those that cannot be read marked."""
    pieces, replies = assembled(kept, answers, asked)
    found = {}
    for entity, some in pieces.items():
        # An auxiliary source adds to what others know; alone it makes no entity.
        if not all(one.fills_gaps for one in some) and question.still_chosen(together := merged(some)):
            found[entity] = together
    return found, replies


def assembled(
    kept: Iterable[Entity], answers: Iterable[Answered], asked: Sequence[Registration]
) -> tuple[dict[str, list[Piece]], list[Reply]]:
    """What is here and what was answered, by the ids of entities; and the replies, those that cannot be read marked."""
    pieces: dict[str, list[Piece]] = {}
    for entity in kept:
        left = not_held_elsewhere(entity, asked)
        if left is not None:
            pieces[entity.id] = [Piece(left)]
    replies: list[Reply] = []
    for one in answers:
        for reply in one.replies:
            judged, found = pieces_of(reply)
            replies.append(judged)
            for piece in found:
                if one.unsaid is None or one.unsaid.matches(piece.entity):
                    pieces.setdefault(piece.entity.id, []).append(piece)
    return pieces, replies


@dataclass(frozen=True, slots=True)
class Spoken:
    """A question in the terms of one source: `messages` without paging, and what of its conditions is `unsaid`."""

    speech: Speech
    messages: Sequence[Message]
    unsaid: Selection | None


async def spoken(federation: "Federation", call: Call, one: Registration, question: Question) -> Spoken:
    """A question as it is put to a source. Raises LdContextNotAvailable."""
    speech = await federation.sources.speech(one, call, question.terms)
    seeks = [
        part
        for seek in question.seeks or (Seek(),)
        if (found := narrowed(seek, one, speech.terms, question.terms)) is not None
        for part in _few(found)
    ]
    conditions, unsaid = _conditions(question, speech)
    # What is looked after here may ask for attributes that are not shown.
    shown = question.attributes if unsaid is None and not question.split else None
    attributes = one.covered(None, None, shown).attributes
    if attributes is not None:
        conditions["attrs"] = ",".join(sorted(speech.terms.compact(name) for name in attributes))
    return Spoken(speech, questions(one, seeks, conditions, [SYSTEM_ATTRIBUTES]), unsaid)


async def answered(
    federation: "Federation",
    call: Call,
    one: Registration,
    question: Question,
    headers: tuple[tuple[str, str], ...] = (),
) -> Answered:
    """What a source answers to a question; `headers` go with every request."""
    try:
        found = await spoken(federation, call, one, question)
    except ContextError as error:
        return Answered([Reply(one, 0, failure=str(error))])
    most = question.most if found.unsaid is None else MOST_FROM_ONE
    parts = await asyncio.gather(
        *(
            _read_through(federation, call, one, replace(message, headers=headers), found.speech, most, question.count)
            for message in found.messages
        )
    )
    replies = [reply for part in parts for reply in part.replies]
    cuts = [part.cut for part in parts if part.cut]
    return Answered(replies, found.unsaid, any(part.more for part in parts), cuts[0] if cuts else "")


async def _read_through(
    federation: "Federation", call: Call, one: Registration, message: Message, speech: Speech, most: int, count: bool
) -> Answered:
    """One page of a source after the other, until it has no more, `most` entities came, or it takes too long."""
    replies: list[Reply] = []
    taken = 0
    until = monotonic() + PAGING_S
    while True:
        size = min(AT_ONCE, most - taken)
        paging = [("limit", str(size))]
        if taken:
            paging.append(("offset", str(taken)))
        elif count:
            paging.append(("count", "true"))
        asked = replace(message, params=(*message.params, *paging))
        reply = await federation.sources.ask(call, one, asked, speech)
        replies.append(reply)
        some = len(reply.data) if reply.fine and isinstance(reply.data, list) else 0
        taken += some
        if not some or not _has_more(reply, some >= size):
            return Answered(replies)
        late = monotonic() > until
        if taken >= most or late:
            return Answered(replies, more=True, cut=_cut(named(one), taken) if late or most >= MOST_FROM_ONE else "")


def _has_more(reply: Reply, full: bool) -> bool:
    """Whether another page follows: by its links if a source gives any, else if this one is full."""
    link = reply.headers.get("link", "")
    return 'rel="next"' in link or (full and 'rel="prev"' not in link)


def _cut(who: str, taken: int) -> str:
    return written(MISSING, who, f"It has more: only the first {taken} entities were looked at.")


def _few(seek: Seek) -> Iterable[Seek]:
    """A seek with so few ids that an address can hold them."""
    if seek.ids is None or len(seek.ids) <= IDS_AT_ONCE:
        return (seek,)
    parts = (seek.ids[start : start + IDS_AT_ONCE] for start in range(0, len(seek.ids), IDS_AT_ONCE))
    return [replace(seek, ids=part) for part in parts]


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
