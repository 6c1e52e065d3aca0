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
from yuzhang.brain.context.finding import found_all
from yuzhang.brain.context.http.asking import Asked
from yuzhang.brain.context.http.everywhere import found_everywhere
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.http.parameters import Wanted
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import Selection
from yuzhang.brain.context.snapshots.actions import fill_snapshot, update_snapshot
from yuzhang.brain.context.snapshots.model import FAILURE, MAX_COPIED, PARTIAL, SUCCESS, Snapshot
from yuzhang.core.errors import YuzhangError

AT_ONCE = 1000
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Filling:
    """One query of a snapshot: as it came, and as it was read."""

    data: Any
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
    fine = [one["resultStatus"] == SUCCESS for one in details]
    status = SUCCESS if all(fine) else PARTIAL if any(fine) else FAILURE
    try:
        await update_snapshot(broker, call.caller, call.tenant, snapshot.id, status=status, details=details)
    except YuzhangError as error:  # it was deleted meanwhile, or the disk is full: nobody waits for an answer
        log.warning("the snapshot %s could not be finished: %s", snapshot.id, error)


async def _answered(broker: Broker, call: Call, snapshot: Snapshot, query: Filling | None) -> dict[str, Any]:
    """How one query went. What others have, or share with this broker, comes before what is here alone."""
    count = 0
    try:
        if query is not None and broker.federation.concerns(call) and not query.asked.local:
            part = Wanted(0, AT_ONCE, False)
            found, _ = await found_everywhere(broker, call, query.asked, query.terms, part, query.data)
            count = await asyncio.to_thread(_put, broker, call, snapshot, (one.open() for one in found.found))
        count += await asyncio.to_thread(_copied, broker, call, snapshot, query.asked if query else None)
    except YuzhangError as error:
        return {"resultStatus": FAILURE, "error": error.problem("en")}
    return {"resultStatus": SUCCESS, "entityCount": count}


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
