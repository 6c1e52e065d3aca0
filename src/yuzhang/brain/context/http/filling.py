"""Filling a snapshot: its queries are answered in the background, after the client has its address. Clause 5.16.1.4."""

import asyncio
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Any

from yuzhang.brain.context.actions import planned
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.federation.results import problem
from yuzhang.brain.context.finding import found_all
from yuzhang.brain.context.http.asking import Asked
from yuzhang.brain.context.http.everywhere import EVERYTHING, found_everywhere
from yuzhang.brain.context.http.message import Call, Headers
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.snapshots.actions import fill_snapshot, update_snapshot
from yuzhang.brain.context.snapshots.model import EMPTY, FAILURE, MAX_COPIED, PARTIAL, SUCCESS, Snapshot
from yuzhang.core.errors import YuzhangError

AT_ONCE = 1000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filling:
    """One query of a snapshot as it was read."""

    asked: Asked
    terms: Terms


def begin_filling(broker: Broker, call: Call, snapshot: Snapshot, queries: list[Filling]) -> None:
    """Answer the queries of a new snapshot in the background; a clone copies its origin instead."""
    task = asyncio.get_running_loop().create_task(_filled(broker, call, snapshot, queries))
    broker.fillings.add(task)
    task.add_done_callback(broker.fillings.discard)


async def _filled(broker: Broker, call: Call, snapshot: Snapshot, queries: list[Filling]) -> None:
    wanted: list[Filling | None] = [*queries] or [None]
    details = [await _answered(broker, call, snapshot, one) for one in wanted]
    status = _together([one["resultStatus"] for one in details])
    try:
        await update_snapshot(broker, call.caller, call.tenant, snapshot.id, status=status, details=details)
    except YuzhangError as error:  # it was deleted meanwhile, or the disk is full: nobody waits for an answer
        log.warning("the snapshot %s could not be finished: %s", snapshot.id, error)


def _together(results: list[str]) -> str:
    """How the whole went. Source: clause 5.16.1.4."""
    if all(one == SUCCESS for one in results):
        return SUCCESS
    if SUCCESS in results:
        return PARTIAL
    return EMPTY if EMPTY in results else FAILURE


async def _answered(broker: Broker, call: Call, snapshot: Snapshot, query: Filling | None) -> dict[str, Any]:
    """How one query went. What others have, or share with this broker, comes before what is here alone.

    What sources did not give, and why, stands beside a success. Source: clause 5.2.42.
    """
    count = 0
    missing: Headers = []
    try:
        if query is not None and broker.federation.asks(call) and not query.asked.local:
            found, missing = await found_everywhere(broker, call, query.asked, query.terms, EVERYTHING)
            count = await asyncio.to_thread(_put, broker, call, snapshot, (one.open() for one in found.found))
        count += await asyncio.to_thread(_copied, broker, call, snapshot, query.asked if query else None)
    except YuzhangError as error:
        return {"resultStatus": FAILURE, "problemDetails": error.problem(call.language)}
    details: dict[str, Any] = {"resultStatus": SUCCESS if count else EMPTY, "entityCount": count}
    if missing:
        details["problemDetails"] = problem("InternalError", 502, "Incomplete", missing[0][1])
    return details


def _copied(broker: Broker, call: Call, snapshot: Snapshot, asked: Asked | None) -> int:
    """Copy what a query finds, in a thread."""
    selections = asked.selections if asked is not None else (Selection(),)
    plans = [planned(broker, call.caller, call.tenant, one, snapshot.origin) for one in selections]
    return _put(broker, call, snapshot, (one.open() for one in found_all(broker, call.caller, plans)))


def _put(broker: Broker, call: Call, snapshot: Snapshot, entities: Iterable[Entity]) -> int:
    rest, count = iter(entities), 0
    while some := list(islice(rest, AT_ONCE)):
        count += fill_snapshot(broker, call.caller, call.tenant, snapshot.id, some)
        if count > MAX_COPIED:
            raise TooManyResults(said(f"A snapshot holds at most {MAX_COPIED} entities. Narrow its queries down."))
    return count
