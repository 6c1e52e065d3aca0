"""A broker whose subscribers may be on this machine."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from brain.context.subscriptions.receiving import Subscriber, subscriber
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.core.storage import Storage


@pytest.fixture
def near(storage: Storage) -> Iterator[TestClient]:
    """A client of a broker that also notifies inner addresses."""
    broker = Broker(storage, BrokerSettings(private_addresses=True))

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        yield
        await broker.stop()

    app = Starlette(routes=[Route("/{rest:path}", context_api(broker))], lifespan=life)
    with TestClient(app, base_url="http://127.0.0.1/ngsi-ld/v1", client=("127.0.0.1", 50000)) as client:
        yield client


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    """A subscriber that takes everything."""
    with subscriber() as made:
        yield made
