"""A broker whose clients say in a header which party they are; a rule decides what each may see."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from brain.context.classification.ruled import Ruled, by_attributes
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.context.classification.model import Row
from yuzhang.core.access import OPERATOR, Guard, Party
from yuzhang.core.storage import Storage
from yuzhang.web.gate import Asking

ROWS = [
    Row("", "Person", "", 1),
    Row("", "Person", "phone", 1, personal=True),
    Row("", "Person", "income", 3),
    Row("", "Person", "carer", 3),
    Row("", "Station", "", 2, region_by="district"),
    Row("", "Tunnel", "", 4),
]
PARTIES = {
    "ann": Party("ann", kind="citizen", factors=1),
    "bea": Party("bea", kind="citizen", factors=1, purpose="care at home"),
    "li": Party("li", kind="official", region="360102", factors=2),
    "wu": Party("wu", kind="official", region="3601", factors=4, purpose="planning"),
}


def value(given: Any) -> dict[str, Any]:
    return {"type": "Property", "value": given}


def link(target: str) -> dict[str, Any]:
    return {"type": "Relationship", "object": target}


PERSON = {
    "id": "urn:p:1", "type": "Person", "name": value("Mei"), "phone": value("138"), "income": value(9),
    "carer": link("urn:p:2"),
}  # fmt: skip
ENTITIES: list[dict[str, Any]] = [
    PERSON,
    {"id": "urn:p:2", "type": "Person", "name": value("Hua"), "income": value(5), "lives": link("urn:t:1")},
    {"id": "urn:s:1", "type": "Station", "district": value("360102"), "level": value(1)},
    {"id": "urn:s:2", "type": "Station", "district": value("360103"), "level": value(2), "next": link("urn:s:1")},
    {"id": "urn:s:3", "type": "Station", "level": value(3)},
    {"id": "urn:t:1", "type": "Tunnel", "depth": value(30), "near": link("urn:s:1")},
]


class PartyGate:
    """Knows whoever says who it is."""

    def __init__(self, guard: Guard, parties: dict[str, Party]) -> None:
        self.parties = {name: replace(one, guard=guard) for name, one in parties.items()}

    def party(self, asking: Asking) -> Party:
        """The operator if nobody is named."""
        return self.parties.get(asking.headers.get("x-party", ""), OPERATOR)


@dataclass
class City:
    """The API as several parties see it; addresses begin after /ngsi-ld/v1."""

    client: TestClient
    broker: Broker
    guard: Ruled = field(default_factory=lambda: Ruled(by_attributes))

    def get(self, who: str, path: str, status: int = 200) -> Any:
        answer = self.client.get(path, headers={"x-party": who})
        assert answer.status_code == status, answer.text
        return answer.json()

    def ids(self, who: str, path: str) -> list[str]:
        """The ids that a query finds; its count says the same."""
        answer = self.client.get(path + "&count=true&local=true", headers={"x-party": who})
        assert answer.status_code == 200, answer.text
        found = [one["id"] for one in answer.json()]
        assert answer.headers["ngsild-results-count"] == str(len(found))
        return found

    def send(self, who: str, method: str, path: str, status: int, data: Any = None) -> Any:
        answer = self.client.request(method, path, headers={"x-party": who}, json=data)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture
def city(storage: Storage, database: str) -> Iterator[City]:
    """Some people, stations and a tunnel, classified; on both databases."""
    broker = Broker(storage, BrokerSettings(database=database, private_addresses=True))
    guard = Ruled(by_attributes)
    broker.sights.guard = guard

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        await classify_all(broker, OPERATOR, "", ROWS)
        yield
        await broker.stop()

    routes = [Route("/{rest:path}", context_api(broker, PartyGate(guard, PARTIES)))]
    with TestClient(Starlette(routes=routes, lifespan=life), base_url="http://127.0.0.1/ngsi-ld/v1") as client:
        made = City(client, broker, guard)
        made.send("", "POST", "/entityOperations/create", 201, ENTITIES)
        yield made
