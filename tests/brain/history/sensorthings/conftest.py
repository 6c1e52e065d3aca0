"""The SensorThings API over a broker and a history of their own, with a few entities of a city that no one knows."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import Receive, Scope, Send

from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.http.asgi import PREFIX
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings import api
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.web import problems
from yuzhang.web.gate import TrustingGate

STATION, BUS, CAMERA = "urn:ngsi-ld:AirQualityObserved:s-1", "urn:ngsi-ld:Vehicle:b-7", "urn:ngsi-ld:Device:c-1"
DAY = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
HOUR = 3_600_000_000


@dataclass
class Sensed:
    """The API, asked as the operator; `settle` waits until what was accepted is in history."""

    client: TestClient
    history: History
    intake: Intake

    def get(self, path: str, **options: Any) -> Any:
        """What a path names."""
        answer = self.client.get(
            f"/sensorthings/v1.1/{path}", params={f"${name}": one for name, one in options.items()}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, path: str, **options: Any) -> list[Any]:
        """The ids of a collection."""
        return [one["@iot.id"] for one in self.get(path, **options)["value"]]

    def values(self, path: str, name: str, **options: Any) -> list[Any]:
        """One property of everything in a collection."""
        return [one[name] for one in self.get(path, **options)["value"]]

    def observe(self, key: Key, rows: list[tuple[int, float]], kind: str = "Thing") -> None:
        """Bring numbers as a source does, and wait for them."""
        import numpy as np

        columns = Columns(
            np.zeros(len(rows), np.int32), np.array([one[0] for one in rows]), np.array([one[1] for one in rows])
        )
        self.intake.observe_now(OPERATOR, "", [key], columns, {key.entity: kind})
        self.history.settle()

    def series(self, entity: str, attribute: str) -> int:
        """The number of a series."""
        (found,) = self.history.series_of("", entities=[entity], attributes=[attribute])
        return found.number


def build(storage: Storage, settings: BrokerSettings | None = None) -> tuple[FastAPI, History, Intake]:
    """An application with the two APIs and nothing else."""
    broker = Broker(storage, settings)
    history, intake = History(broker, storage), Intake(broker)

    @asynccontextmanager
    async def life(_: FastAPI) -> AsyncIterator[None]:
        await broker.start()
        await history.start()
        yield
        await history.stop()
        await broker.stop()

    class Both(FastAPI):
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http" and scope["path"].startswith(PREFIX):
                await self.state.context_api(scope, receive, send)
            else:
                await super().__call__(scope, receive, send)

    app = Both(lifespan=life)
    app.state.history, app.state.intake, app.state.gate = history, intake, TrustingGate("machine")
    app.state.broker, app.state.storage, app.state.context_api = broker, storage, context_api(broker, app.state.gate)
    problems.install(app)
    app.include_router(api.router)
    return app, history, intake


ENTITIES: list[dict[str, Any]] = [
    {
        "id": STATION,
        "type": "AirQualityObserved",
        "name": {"type": "LanguageProperty", "languageMap": {"zh": "一号站", "en": "Station One"}},
        "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [10.0, 50.0]}},
        "temperature": {
            "type": "Property",
            "value": 20,
            "unitCode": "CEL",
            "observedAt": "2026-01-01T00:00:00Z",
            "providedBy": {"type": "Relationship", "object": CAMERA},
        },
        "status": {"type": "Property", "value": "open", "observedAt": "2026-01-01T00:00:00Z"},
    },
    {
        "id": BUS,
        "type": "Vehicle",
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [11.0, 51.0]},
            "observedAt": "2026-01-01T00:00:00Z",
        },
        "speed": {"type": "Property", "value": 30, "unitCode": "KMH", "observedAt": "2026-01-01T00:00:00Z"},
    },
    {"id": CAMERA, "type": "Device", "description": {"type": "Property", "value": "a box on a mast"}},
]


@contextmanager
def started(storage: Storage, settings: BrokerSettings | None = None) -> Iterator[Sensed]:
    """The API over nothing."""
    app, history, intake = build(storage, settings)
    with TestClient(
        app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False
    ) as client:
        yield Sensed(client, history, intake)


def fill(empty: Sensed) -> Sensed:
    """A station with ten hours of temperature, 20 to 29, seen by a camera; a bus that moved once; the camera."""
    answer = empty.client.post("/ngsi-ld/v1/entityOperations/create", json=ENTITIES)
    assert answer.status_code == 201, answer.text
    moved = {
        "location": {
            "type": "GeoProperty",
            "value": {"type": "Point", "coordinates": [12.0, 52.0]},
            "observedAt": "2026-01-01T05:00:00Z",
        }
    }
    answer = empty.client.patch(f"/ngsi-ld/v1/entities/{BUS}/attrs", json=moved)
    assert answer.status_code == 204, answer.text
    empty.observe(Key(STATION, "temperature"), [(DAY + HOUR * n, 20.0 + n) for n in range(1, 10)])
    empty.observe(Key(BUS, "speed"), [(DAY + HOUR * n, 30.0 + n) for n in range(1, 4)])
    return empty


@pytest.fixture
def empty(storage: Storage) -> Iterator[Sensed]:
    """The API over nothing."""
    with started(storage) as found:
        yield found


@pytest.fixture
def changing(empty: Sensed) -> Sensed:
    """The city of `fill`, for a test that changes it."""
    return fill(empty)


@pytest.fixture(scope="session")
def sensed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sensed]:
    """The city of `fill`, made once for all tests that only look at it."""
    storage = Storage(tmp_path_factory.mktemp("sensed") / "data")
    with started(storage) as found:
        yield fill(found)
    storage.close()
