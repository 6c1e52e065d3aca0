"""Entities by what they are asked for: by one selection or several, in the order in which they were made or in another one."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from heapq import merge, nsmallest
from itertools import islice
from typing import Any

from yuzhang.brain.context.actions import every, page, planned
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.query import Order, Selection
from yuzhang.brain.context.store.entities import MAX_IN_MEMORY, Page, Stored
from yuzhang.brain.context.store.selecting import Plan
from yuzhang.core.access import Party, action

MAX_FIRST = 10_000
"""So far into an ordered answer no more entities are held than the answer needs."""


@action("reader")
async def found_page(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    selections: Sequence[Selection],
    order: Order | None,
    offset: int,
    limit: int,
    count: bool,
    *,
    snapshot: str = "",
    closed: bool = False,
) -> Page:
    """A part of the entities that one of `selections` matches; `closed`: they will not be opened.

    Raises: TooComplexQuery, TooManyResults. Source: clause 5.7.2.
    """
    plans = [planned(broker, caller, tenant, one, snapshot) for one in selections]
    if len(plans) == 1 and order is None:
        if plans[0].cheap:
            return page(broker, caller, plans[0], offset, limit, count, closed=closed)
        return await asyncio.to_thread(page, broker, caller, plans[0], offset, limit, count)
    return await asyncio.to_thread(_page_of_all, plans, broker, caller, order, offset, limit, count)


@action("reader")
def found_all(broker: Broker, caller: Party, /, plans: Sequence[Plan]) -> Iterator[Stored]:
    """All entities that one of `plans` finds, each one once, in the order in which they were made."""
    last = None
    for one in merge(*(every(broker, caller, one) for one in plans), key=_key):
        if one.row[0] != last:
            last = one.row[0]
            yield one


@action("reader")
def found_in_order(broker: Broker, caller: Party, /, plans: Sequence[Plan], order: Order | None) -> list[Stored]:
    """All entities that one of `plans` finds. Raises TooManyResults, as all of them are held in memory."""
    found = list(islice(found_all(broker, caller, plans), MAX_IN_MEMORY + 1))
    if len(found) > MAX_IN_MEMORY:
        raise TooManyResults(
            said(f"More than {MAX_IN_MEMORY} entities would have to be put in order. Narrow the query down.")
        )
    if order is not None:
        found.sort(key=_placed(order))
    return found


def _page_of_all(
    plans: Sequence[Plan], broker: Broker, caller: Party, order: Order | None, offset: int, limit: int, count: bool
) -> Page:
    if order is None and not count:
        part = list(islice(found_all(broker, caller, plans), offset, offset + limit + 1))
        return Page(part[:limit], None, len(part) > limit)
    end = offset + limit
    if order is not None and end < MAX_FIRST:
        total = 0

        def counted() -> Iterator[Stored]:
            nonlocal total
            for one in found_all(broker, caller, plans):
                total += 1
                yield one

        first = nsmallest(end + 1, counted(), key=_placed(order))
        return Page(first[offset:end], total if count else None, total > end)
    found = found_in_order(broker, caller, plans, order)
    return Page(found[offset:end], len(found) if count else None, len(found) > end)


def _placed(order: Order) -> Callable[[Stored], tuple[Any, ...]]:
    """Where a kept entity comes in an order; it is opened for that alone."""
    return lambda stored: order.key(stored.open())


def _key(stored: Stored) -> int:
    return int(stored.row[0])
