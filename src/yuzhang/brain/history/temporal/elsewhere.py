"""The past of entities that other brokers have: asked of whoever is registered for it, and put together with what is here.

Source: clauses 4.5.5, 5.7.3.4 and 5.7.4.4.
"""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData, ContextError, said
from yuzhang.brain.context.federation.asking import Message, Reply, Speech
from yuzhang.brain.context.federation.seeking import GEO, Seek, address_of, narrowed, questions
from yuzhang.brain.context.federation.warnings import MISSING, named, warned, written
from yuzhang.brain.context.http.everywhere import shown_attributes
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.query import parse_q
from yuzhang.brain.context.registrations.matching import Period, Request, Sought, matches
from yuzhang.brain.context.registrations.model import Registration
from yuzhang.brain.history.temporal.arriving import arrived, keep_last, merged
from yuzhang.brain.history.temporal.asking import Wish
from yuzhang.brain.history.temporal.model import Evolution
from yuzhang.brain.history.temporal.selecting import meets
from yuzhang.brain.history.temporal.spreading import RESOURCE, path

MOST_FROM_ONE = 1000
"""Entities that one context source is asked for one query."""
SYSTEM = ("options", "sysAttrs")
QUERYING = frozenset({"queryTemporal", "queryBatchTemporal"})


@dataclass(frozen=True, slots=True)
class Piece:
    """What one context source has of an entity's past."""

    evolution: Evolution
    registration: Registration


async def pieces_of_one(
    broker: Broker, call: Call, entity: str, wish: Wish, terms: Terms
) -> tuple[list[Piece], list[Registration], Headers]:
    """What others have of one entity, who was asked, and the warnings about who did not answer. Raises LoopDetected."""
    shown = shown_attributes(wish.how)
    sources = []
    for one in broker.registrations.of(call.tenant).concerning(entity, None):
        covered = one.covered(entity, None, shown)
        if covered.any and "retrieveTemporal" in one.operations and _alive(broker, one) and _in_time(one, wish):
            sources.append((one, covered.attributes))
    broker.federation.check_loop(call, (one for one, _ in sources))
    sources = [(one, covered) for one, covered in sources if not broker.federation.closed(call, one)]

    async def ask(one: Registration, covered: frozenset[str] | None) -> Reply:
        try:
            speech = await broker.federation.sources.speech(one, call, terms)
            params = (*wish.timing.items(), SYSTEM, *_attrs(covered, speech))
            return await broker.federation.sources.ask(call, one, Message("GET", path(entity), params), speech)
        except ContextError as error:
            return Reply(one, 0, failure=str(error))

    replies = await asyncio.gather(*(ask(one, covered) for one, covered in sources))
    pieces, judged = _read(replies, wish)
    found = [one for one in pieces if one.evolution.id == entity]
    return found, [one for one, _ in sources], warned(judged)


async def pieces_of_query(
    broker: Broker, call: Call, wish: Wish, terms: Terms, most: int
) -> tuple[list[Piece], list[Registration], Headers]:
    """What others find for a query, at most `most` entities each; who was asked; and warnings about what is missing.

    Raises: BadRequestData if an order is wanted, LoopDetected.
    """
    sources = sources_of(broker, call, wish, terms)
    if sources and wish.asked is not None and wish.asked.order is not None:
        raise BadRequestData(
            said("A query that others answer, too, cannot be ordered."), where="?orderBy", fix=said("local=true")
        )
    broker.federation.check_loop(call, sources)
    sources = [one for one in sources if not broker.federation.closed(call, one)]
    size = min(most, MOST_FROM_ONE)

    async def ask(one: Registration) -> list[Reply]:
        try:
            speech = await broker.federation.sources.speech(one, call, terms)
            messages = _questions(one, wish, terms, speech, size)
            return list(
                await asyncio.gather(*(broker.federation.sources.ask(call, one, each, speech) for each in messages))
            )
        except ContextError as error:
            return [Reply(one, 0, failure=str(error))]

    replies = [reply for each in await asyncio.gather(*map(ask, sources)) for reply in each]
    pieces, judged = _read(replies, wish)
    if not split(wish):
        pieces = [one for one in pieces if _still(one.evolution, wish)]
    return pieces, sources, warned(judged, (_cut(one) for one in judged if _full(one, size)))


def sources_of(broker: Broker, call: Call, wish: Wish, terms: Terms) -> list[Registration]:
    """Who is registered for what a query seeks, in the time that it seeks it in. Source: clauses 5.10.2.4 and 5.12."""
    assert wish.asked is not None  # noqa: S101  # it is a query
    csf = wish.asked.members.get("csf")
    request = Request(
        tuple(Sought(one.types, one.ids, one.id_pattern) for one in wish.asked.selectors),
        None if split(wish) else shown_attributes(wish.how),
        csf=parse_q(csf, terms) if csf else None,
    )
    period = _period(wish)
    found = []
    for one in broker.registrations.of(call.tenant).everything.values():
        if one.operations & QUERYING and _alive(broker, one):
            timed = period is not None and matches(one, replace(request, period=period))
            if timed or matches(one, request):
                found.append(one)
    return found


def split(wish: Wish) -> bool:
    """Whether the parts of one entity may lie in several places, so that conditions hold for the whole only."""
    return wish.asked is not None and str(wish.asked.members.get("splitEntities", "")).lower() == "true"


def put_together(
    own: Iterable[Evolution], pieces: Sequence[Piece], sources: Sequence[Registration], wish: Wish
) -> list[Evolution]:
    """Each entity out of all that is known of it; what others hold alone is not taken from here. Source: clause 4.5.5."""
    here = {one.id: _left_here(one, sources) for one in own}
    theirs: dict[str, list[Piece]] = {}
    for piece in pieces:
        theirs.setdefault(piece.evolution.id, []).append(piece)
    found = []
    for entity in dict.fromkeys([*here, *theirs]):
        some = theirs.get(entity, [])
        whole = [one.evolution for one in some if one.registration.mode != "auxiliary"]
        if (kept := here.get(entity)) is not None:
            whole.insert(0, kept)
        if whole:
            gaps = [one.evolution for one in some if one.registration.mode == "auxiliary"]
            together = merged(whole, gaps)
            keep_last(together, wish.query.last_n)
            if not split(wish) or _still(together, wish):
                found.append(together)
    return found


def _left_here(one: Evolution, sources: Sequence[Registration]) -> Evolution | None:
    for source in sources:
        covered = source.covered(one.id, frozenset(one.types), None) if source.is_proxy else None
        if covered is not None and covered.any:
            if covered.attributes is None:
                return None
            kept = {name: past for name, past in one.attributes.items() if name not in covered.attributes}
            one = replace(one, attributes=kept)
    return one


def _still(evolution: Evolution, wish: Wish) -> bool:
    return any(meets(evolution, one) for one in wish.selections)


def _alive(broker: Broker, one: Registration) -> bool:
    return one.alive(broker.now())


def _in_time(one: Registration, wish: Wish) -> bool:
    period = _period(wish)
    return one.is_latest or period is None or period.meets(one)


def _period(wish: Wish) -> Period | None:
    window, relation = wish.query.window, wish.query.relation
    if window is None or relation is None:
        return None
    at = window.end if relation == "before" else window.start
    assert at is not None  # noqa: S101  # every relation has its moment
    return Period(relation, at, window.end if relation == "between" else None, wish.query.by)


def _attrs(covered: frozenset[str] | None, speech: Speech) -> list[tuple[str, str]]:
    if covered is None:
        return []
    return [("attrs", ",".join(sorted(speech.terms.compact(name) for name in covered)))]


def _questions(one: Registration, wish: Wish, terms: Terms, speech: Speech, size: int) -> list[Message]:
    assert wish.asked is not None  # noqa: S101  # it is a query
    members = wish.asked.members
    conditions: dict[str, Any] = {}
    if not split(wish):
        # What is in other terms than the source's is looked after here.
        names = ("q", "scopeQ", *GEO, "jsonKeys", "expandValues") if speech.terms is terms else ("scopeQ",)
        conditions = {name: members[name] for name in names if name in members}
    shown = None if split(wish) or wish.selections[0].q is not None else shown_attributes(wish.how)
    conditions |= dict(_attrs(one.covered(None, None, shown).attributes, speech))
    seeks = [
        Seek(None if each.any_type else each.text, each.types, each.ids, each.id_pattern)
        for each in wish.asked.selectors
    ]
    asked = [found for seek in seeks or [Seek()] if (found := narrowed(seek, one, speech.terms, terms)) is not None]
    further = [SYSTEM, ("limit", str(size))]
    if "queryTemporal" in one.operations:
        return [
            Message("GET", RESOURCE, (*address_of(each, conditions), *wish.timing.items(), *further)) for each in asked
        ]
    timing: dict[str, Any] = dict(wish.timing)
    if "lastN" in timing:
        timing["lastN"] = int(timing["lastN"])
    return [
        replace(each, path="/temporal/entityOperations/query", body=each.body | {"temporalQ": timing})
        for each in questions(replace(one, operations=frozenset()), asked, conditions, further)
    ]


def _read(replies: Iterable[Reply], wish: Wish) -> tuple[list[Piece], list[Reply]]:
    """The entities in replies, only what their registrations cover; replies that cannot be read are marked."""
    pieces: list[Piece] = []
    judged: list[Reply] = []
    for reply in replies:
        one = reply.registration
        found: list[Piece] = []
        try:
            if reply.fine and not reply.spoiled:
                for data in reply.data if isinstance(reply.data, list) else [reply.data]:
                    evolution = arrived(data, reply.terms, wish)
                    covered = one.covered(evolution.id, frozenset(evolution.types), None)
                    if covered.any:
                        if covered.attributes is not None:
                            kept = {n: past for n, past in evolution.attributes.items() if n in covered.attributes}
                            evolution = replace(evolution, attributes=kept)
                        found.append(Piece(evolution, one))
            judged.append(reply)
            pieces += found
        except ContextError:
            judged.append(replace(reply, spoiled=True, failure="The answer is no past of entities."))
    return pieces, judged


def _full(reply: Reply, size: int) -> bool:
    return size >= MOST_FROM_ONE and isinstance(reply.data, list) and len(reply.data) >= size


def _cut(reply: Reply) -> str:
    text = f"It may have more: only {MOST_FROM_ONE} entities were asked for."
    return written(MISSING, named(reply.registration), text)
