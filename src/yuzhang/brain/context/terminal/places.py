"""How a terminal reaches entities: a server that runs, by its address, or the data folder itself where none is named.

Both ways go through the same API, so that a command means the same on either. SQLite and PostgreSQL let a second process write
beside the server; each write is one durable transaction. Notifications are left to the server: they wait until it sends the next
ones of that subscription, or starts.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.client import AsyncClient
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import parts
from yuzhang.core.terminal import KEY_VARIABLE, language, opened
from yuzhang.web.gate import TrustingGate

INSIDE = "http://127.0.0.1"


@dataclass(frozen=True, slots=True)
class Place:
    """Where entities are, and whose: `url` of a server, else the folder `data`; the @context of terms by its address."""

    data: Path
    url: str = ""
    tenant: str = ""
    context: str = ""


@asynccontextmanager
async def own_broker(data: Path) -> AsyncIterator[Broker]:
    """A broker over the data folder, for as long as a command takes. Raises TryAgain if the folder cannot be opened."""
    with opened(data) as storage:
        there = parts()
        broker = Broker(storage, BrokerSettings(database=there.context_database, bus=there.bus))
        await broker.start(serving=False)
        try:
            yield broker
        finally:
            await broker.stop()


@asynccontextmanager
async def reached(place: Place) -> AsyncIterator[AsyncClient]:
    """A client of the place."""
    if place.url:
        key = os.environ.get(KEY_VARIABLE, "")
        async with AsyncClient(
            place.url, tenant=place.tenant, context=place.context, language=language(), key=key
        ) as client:
            yield client
        return
    async with own_broker(place.data) as broker:
        inside = httpx.ASGITransport(context_api(broker, TrustingGate("machine", OPERATOR.guard)))  # type: ignore[arg-type]  # our scope is a plain dict
        async with httpx.AsyncClient(transport=inside) as http:
            yield AsyncClient(INSIDE, tenant=place.tenant, context=place.context, language=language(), http=http)
