"""A broker that also notifies inner addresses, for as long as a test wants it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from time import sleep
from typing import TypeVar

from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.subscriptions.model import Delivery
from yuzhang.core.storage import Storage
from yuzhang.web.gate import TrustingGate

R = TypeVar("R")
DEFAULT = Delivery()
QUICK = Delivery(refusals=2, backoff_s=0.01, longest_backoff_s=0.05, flush_s=0.01)


@contextmanager
def running(
    storage: Storage, delivery: Delivery = DEFAULT, database: str = "", *, serving: bool = True
) -> Iterator[tuple[Broker, TestClient]]:
    """The broker and a client of its API; not `serving` as a terminal has it beside a server."""
    broker = Broker(storage, BrokerSettings(database=database, private_addresses=True, delivery=delivery))

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start(serving=serving)
        yield
        await broker.stop()

    app = Starlette(routes=[Route("/{rest:path}", context_api(broker, TrustingGate("machine")))], lifespan=life)
    with TestClient(app, base_url="http://127.0.0.1/ngsi-ld/v1", client=("127.0.0.1", 50000)) as client:
        yield broker, client


Start = Callable[..., AbstractContextManager[tuple[Broker, TestClient]]]
"""Begins to run a broker, by default as an operator's; a test may do it again and again over the same data."""


def until(ask: Callable[[], R], fits: Callable[[R], bool]) -> R:
    """The first answer that fits; fails if none does for a long time."""
    for _ in range(3000):
        found = ask()
        if fits(found):
            return found
        sleep(0.01)
    raise AssertionError(f"it stays {found}")
