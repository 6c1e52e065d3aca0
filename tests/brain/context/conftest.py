"""A broker over a storage of its own, and its whole API, asked as the operator."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.types import ASGIApp

from brain.context.postgres import Server, server_or_skip
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.core.storage import Storage
from yuzhang.web.gate import TrustingGate

Run = Callable[..., Any]


@dataclass
class Served:
    """A started broker, and a client whose requests it answers on the event loop that it lives on."""

    broker: Broker
    client: TestClient


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One PostgreSQL for all tests; each gets a database of its own."""
    made = server_or_skip()
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the database, empty for SQLite in the data folder: what needs a broker runs on both."""
    if request.param == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("postgres_server")
    made = server.fresh()
    yield made
    server.forget(made)


@pytest.fixture
def served(storage: Storage, database: str) -> Iterator[Served]:
    """The broker and its API."""
    broker = Broker(storage, BrokerSettings(database=database))

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        yield
        await broker.stop()

    app = Starlette(lifespan=life)
    # Not by a Route, which takes no address with a line break in it.
    app.router.default = cast(ASGIApp, context_api(broker, TrustingGate("machine")))
    with TestClient(
        app, base_url="http://127.0.0.1/ngsi-ld/v1", client=("127.0.0.1", 50000), raise_server_exceptions=False
    ) as client:
        yield Served(broker, client)


@pytest.fixture
def broker(served: Served) -> Broker:
    """A started broker; what awaits is called by `run`."""
    return served.broker


@pytest.fixture
def api(served: Served) -> TestClient:
    """A client of the context API on the same machine; addresses begin after /ngsi-ld/v1."""
    return served.client


@pytest.fixture
def run(served: Served) -> Run:
    """Calls an async function with arguments on the broker's event loop."""
    assert served.client.portal is not None
    return served.client.portal.call
