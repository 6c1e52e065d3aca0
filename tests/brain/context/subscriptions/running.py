"""A broker that also notifies inner addresses, for as long as a test wants it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from time import sleep
from typing import TypeVar

from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.subscriptions.delivery import Deliveries
from yuzhang.brain.context.subscriptions.model import Delivery
from yuzhang.core.storage import Storage

R = TypeVar("R")
QUICK = Delivery(private_addresses=True, attempts=2, backoff_s=0.01, flush_s=0.01)


@contextmanager
def running(storage: Storage, delivery: Delivery | None = None) -> Iterator[tuple[Broker, TestClient]]:
    """The broker and a client of its API; `delivery` in the place of the settings it has by default."""
    broker = Broker(storage, BrokerSettings(private_addresses=True))
    if delivery is not None:
        broker.subscriptions.deliveries = Deliveries(broker, delivery, broker.subscriptions.watches.get)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        yield
        await broker.stop()

    app = Starlette(routes=[Route("/{rest:path}", context_api(broker))], lifespan=life)
    with TestClient(app, base_url="http://127.0.0.1/ngsi-ld/v1", client=("127.0.0.1", 50000)) as client:
        yield broker, client


def until(ask: Callable[[], R], fits: Callable[[R], bool]) -> R:
    """The first answer that fits; fails if none does for a long time."""
    for _ in range(3000):
        found = ask()
        if fits(found):
            return found
        sleep(0.01)
    raise AssertionError(f"it stays {found}")
