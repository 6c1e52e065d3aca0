"""Answers of the temporal API: entities over time, in parts where they are many, from here and from elsewhere. Clauses 5.7.3, 5.7.4, 6.3.10."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yuzhang.brain.context.entity_maps.actions import create_map
from yuzhang.brain.context.entity_maps.model import HERE, MAX_MAPPED, EntityMap, lifetime
from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.http import mapping
from yuzhang.brain.context.http.asking import members_in_address
from yuzhang.brain.context.http.message import JSON, Answer, Call, Headers, json_answer
from yuzhang.brain.context.http.negotiation import encode, with_context
from yuzhang.brain.context.http.parameters import Wanted, page_headers, wanted
from yuzhang.brain.context.http.showing import shown_answer
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history.room import History
from yuzhang.brain.history.temporal import actions
from yuzhang.brain.history.temporal.actions import Found, check_eligible
from yuzhang.brain.history.temporal.asking import Wish
from yuzhang.brain.history.temporal.elsewhere import pieces_of_one, pieces_of_query, put_together, sources_of, split
from yuzhang.brain.history.temporal.evolving import moment
from yuzhang.brain.history.temporal.gathering import Cut, Gathered, summed_up
from yuzhang.brain.history.temporal.model import SCOPE, TemporalQuery
from yuzhang.brain.history.temporal.rendering import render, render_sums

Shown = list[dict[str, Any]]
EVERYTHING = ("q", "geo", "scope", "attrs")
MOST_MERGED = 2_000
"""Entities of this broker that are put together with those of others for one answer."""


async def one(history: History, call: Call, entity: str, wish: Wish, terms: Terms, media: str) -> Answer:
    """One entity over time. Raises ResourceNotFound. Source: clause 5.7.3.4."""
    broker = history.broker
    members = members_in_address(call.query_string)
    entity_map = mapping.referred(broker, call)
    warnings: Headers = []
    holders: list[str] = [HERE]
    if broker.federation.asks(call):
        pieces, sources, warnings = await pieces_of_one(broker, call, entity, wish, terms)
        own = await in_thread(actions.retrieve, history, call.caller, call.tenant, entity, _plain(wish))
        together = put_together(own.entities if own is not None else [], pieces, sources, wish)
        found: Gathered | None = None
        if together:
            found = _summed(Gathered(together, cut=own.cut if own is not None else None), wish)
            holders = [*([HERE] if own is not None else []), *(piece.registration.id for piece in pieces)]
    else:
        found = await in_thread(actions.retrieve, history, call.caller, call.tenant, entity, wish)
    shown = await in_thread(rendered, found, wish, terms) if found is not None else []
    if found is None or not shown or not shown[0]:
        error = actions.not_found(entity)
        if warnings:
            return json_answer(error.problem(call.language), error.status, warnings)
        raise error
    headers = [*await mapping.for_one(broker, call, entity, members, entity_map, holders), *warnings]
    return shown_answer(call, shown[0], terms, media, [*headers, *_range(found.cut, wish.query)], _status(found.cut))


async def some(history: History, call: Call, wish: Wish, terms: Terms, media: str) -> Answer:
    """Entities over time, page by page. Source: clause 5.7.4.4."""
    page = wanted(call)
    entity_map, status, warnings = await _map_of(history, call, wish, terms)
    only = None if entity_map is None else list(entity_map.sources)
    if history.broker.federation.asks(call) and not (wish.asked is not None and wish.asked.local):
        found, more = await _everywhere(history, call, wish, terms, page, only)
        warnings += [one for one in more if one not in warnings]
    else:
        parts = (page.offset, page.limit, page.count, only)
        found = await in_thread(actions.query, history, call.caller, call.tenant, wish, *parts)
    if entity_map is not None:
        warnings = [("ngsild-entitymap", mapping.address(entity_map.id)), *warnings]
    shown = [one for one in await in_thread(rendered, found.gathered, wish, terms) if one]
    headers = [*warnings, *page_headers(call, page, more=found.more, total=found.total, media=media)]
    cut = found.gathered.cut
    return shown_answer(
        call, shown, terms, media, [*headers, *_range(cut, wish.query)], _status(cut) if cut is not None else status
    )


async def mapped(history: History, call: Call, wish: Wish, terms: Terms, media: str) -> Answer:
    """Which entities a query finds, without the entities. Source: clauses 5.14.5 and 6.35.3."""
    made, warnings = await _new_map(history, call, wish, terms)
    body = encode(made.shown())
    if media != JSON:
        body = with_context(body, CORE)
    where = mapping.address(made.id)
    return Answer(201, body, [("content-type", media), ("ngsild-entitymap", where), ("location", where), *warnings])


def rendered(found: Gathered, wish: Wish, terms: Terms) -> Shown:
    """The entities in the form that is wanted; an empty one if nothing is left of it."""
    if wish.query.form == "aggregatedValues":
        pairs = zip(found.entities, found.sums, strict=True)
        return [render_sums(one, sums, terms, wish.how) for one, sums in pairs]
    simplified = wish.query.form == "temporalValues"
    return [render(one, terms, wish.how, simplified=simplified) for one in found.entities]


async def _everywhere(
    history: History, call: Call, wish: Wish, terms: Terms, page: Wanted, only: Sequence[str] | None
) -> tuple[Found, Headers]:
    """A page of what is here and elsewhere. Source: clause 5.7.4.4."""
    broker = history.broker
    end = page.offset + page.limit
    most = min(MOST_MERGED, end + 1) if not split(wish) and not page.count else MOST_MERGED
    pieces, sources, warnings = await pieces_of_query(broker, call, wish, terms, most)
    if not sources:
        parts = (page.offset, page.limit, page.count, only)
        return await in_thread(actions.query, history, call.caller, call.tenant, wish, *parts), warnings
    plain = _unfiltered(_plain(wish)) if split(wish) else _plain(wish)
    own = await in_thread(actions.query, history, call.caller, call.tenant, plain, 0, most, False, only)
    if only is not None:
        pieces = [one for one in pieces if one.evolution.id in set(only)]
    together = put_together(own.gathered.entities, pieces, sources, wish)
    part = Gathered(together[page.offset : end], cut=own.gathered.cut)
    total = len(together) if page.count else None
    return Found(_summed(part, wish), total, len(together) > end or own.more), warnings


def _plain(wish: Wish) -> Wish:
    """The same for instances one by one."""
    return replace(wish, query=replace(wish.query, form="normalized"))


def _unfiltered(wish: Wish) -> Wish:
    """The same without conditions that hold for the whole entity only."""
    assert wish.asked is not None  # noqa: S101  # it is a query
    selections = tuple(replace(one, **dict.fromkeys(EVERYTHING)) for one in wish.asked.selections)
    return replace(wish, asked=replace(wish.asked, selections=selections))


def _summed(found: Gathered, wish: Wish) -> Gathered:
    if wish.query.form != "aggregatedValues":
        return found
    for one in found.entities:
        one.attributes.pop(SCOPE, None)
    sums = summed_up(found.entities, wish.query)
    check_eligible(sums, wish)
    return replace(sums, cut=found.cut)


async def _map_of(history: History, call: Call, wish: Wish, terms: Terms) -> tuple[EntityMap | None, int, Headers]:
    """The map that a query goes by, and 201 if it is new; None if none is wanted. Source: clauses 5.5.14 and 5.7.4.4."""
    if not call.flag("entityMap") and "ngsild-entitymap" not in call.headers:
        return None, 200, []
    found = mapping.referred(history.broker, call)
    if found is not None:
        return found, 200, []
    made, warnings = await _new_map(history, call, wish, terms)
    return made, 201, warnings


async def _new_map(history: History, call: Call, wish: Wish, terms: Terms) -> tuple[EntityMap, Headers]:
    broker = history.broker
    life = lifetime(call.parameter("entityMapLifetime"))
    here = await in_thread(actions.ids, history, call.caller, call.tenant, wish, MAX_MAPPED + 1)
    if len(here) > MAX_MAPPED:
        raise TooManyResults(said(f"An entity map holds at most {MAX_MAPPED} entities. Narrow the query down."))
    holders: dict[str, list[str]] = {one: [HERE] for one in here}
    warnings: Headers = []
    concerned = broker.federation.asks(call) and not (wish.asked is not None and wish.asked.local)
    if concerned and sources_of(broker, call, wish, terms):
        pieces, _, warnings = await pieces_of_query(broker, call, _plain(wish), terms, MOST_MERGED)
        for piece in pieces:
            holders.setdefault(piece.evolution.id, []).append(piece.registration.id)
    return await create_map(broker, call.caller, call.tenant, holders, life), warnings


def _status(cut: Cut | None) -> int:
    return 200 if cut is None else 206


def _range(cut: Cut | None, query: TemporalQuery) -> Headers:
    """The header of a part of the time that was asked for. Source: clause 6.3.10."""
    if cut is None:
        return []
    window = query.window
    if query.last_n is not None:
        start = window.end if window is not None and window.end is not None else cut.newest
        return [("content-range", f"DateTime {moment(start)}-{moment(cut.oldest)}/{query.last_n}")]
    start = window.start if window is not None and window.start is not None else cut.oldest
    return [("content-range", f"DateTime {moment(start)}-{moment(cut.newest)}/*")]
