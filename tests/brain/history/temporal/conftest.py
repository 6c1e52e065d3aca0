"""The temporal API over a broker and a history of their own, asked as the operator."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import numpy as np
import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from brain.context.federation.sources import Source
from brain.context.postgres import Server, server_or_skip
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.history.room import History
from yuzhang.brain.history.temporal.api import routes
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Key, NewEntity, observations
from yuzhang.web.gate import TrustingGate

WELL = "urn:ngsi-ld:Well:1"


@dataclass
class Past:
    """The whole NGSI-LD API with history; addresses begin after /ngsi-ld/v1."""

    client: TestClient
    history: History

    def tell(self, entity: dict[str, Any], status: int = 201) -> None:
        """Create or update the past of an entity."""
        answer = self.client.post("temporal/entities", json=entity)
        assert answer.status_code == status, answer.text

    def get(self, path: str = f"temporal/entities/{WELL}", status: int = 200, **params: Any) -> Any:
        """What is answered."""
        answer = self.client.get(path, params=params)
        assert answer.status_code == status, answer.text
        return answer.json()

    def ids(self, **params: Any) -> list[str]:
        """The entities that a query finds, of all times unless it says when."""
        always = {"timerel": "after", "timeAt": "0001-01-01T00:00:00Z"}
        return [one["id"] for one in self.get("temporal/entities", **always | params)]

    def observe(self, entity: str, attribute: str, times: list[int], values: list[float], kind: str = "Well") -> None:
        """Have numbers filed as a source's are."""
        columns = Columns(np.zeros(len(times), np.int32), np.array(times, np.int64), np.array(values))
        broker = self.history.broker
        broker.accept_now(observations("", broker.now(), [Key(entity, attribute)], columns, [NewEntity(entity, kind)]))
        self.history.settle()


def levels(*pairs: tuple[str, Any], entity: str = WELL, **more: Any) -> dict[str, Any]:
    """A well with levels: times of the day, and values."""
    instances = [{"type": "Property", "value": value, "observedAt": day(time)} for time, value in pairs]
    return {"id": entity, "type": "Well", "level": instances} | more


def day(time: str) -> str:
    """A moment of the day on which all happens."""
    return f"2026-03-01T{time}:00Z"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of the database, empty for SQLite in the data folder."""
    if request.param == "sqlite":
        yield ""
        return
    server: Server = request.getfixturevalue("postgres_server")
    made = server.fresh()
    yield made
    server.forget(made)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One PostgreSQL for all tests; each gets a database of its own."""
    made = server_or_skip()
    yield made
    made.drop()


def build(storage: Storage, database: str = "") -> tuple[Starlette, History]:
    """The application and its history."""
    broker = Broker(storage, BrokerSettings(database=database))
    history = History(broker, storage)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        await history.start()
        yield
        await history.stop()
        await broker.stop()

    return Starlette(
        routes=[Route("/{rest:path}", context_api(broker, TrustingGate("machine"), routes(history)))], lifespan=life
    ), history


def asked_from(app: Starlette, address: str) -> TestClient:
    """A client at some address."""
    return TestClient(
        app, base_url="http://127.0.0.1/ngsi-ld/v1", client=(address, 50000), raise_server_exceptions=False
    )


@pytest.fixture
def past(storage: Storage, database: str) -> Iterator[Past]:
    """The API, started, on both databases."""
    app, history = build(storage, database)
    with asked_from(app, "127.0.0.1") as client:
        yield Past(client, history)


@pytest.fixture
def source(past: Past) -> Source:
    """A context source that the broker reaches without a network."""
    made = Source()
    client = httpx.AsyncClient(transport=httpx.ASGITransport(made))
    past.history.broker.federation.sources._client = client
    return made
