"""A device in the whole application: it sends with its own credential, and only what is its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Connection

from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.foundation.network import actions as network
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.checking import completed
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.provisioning import asking
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import devices as store

OWN, OTHER = "urn:ngsi-ld:PumpStation:pump-1", "urn:ngsi-ld:PumpStation:pump-2"


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The whole application, which trusts nobody."""
    return create_app(Settings(tmp_path / "data", trust="nobody", mqtt_port=None, warm=False))


@pytest.fixture
def outside(app: FastAPI) -> Iterator[TestClient]:
    """Somewhere else in the network."""
    with TestClient(app, "http://10.0.0.5", client=("10.0.0.9", 50000), raise_server_exceptions=False) as made:
        yield made


def rows(*entities: str) -> str:
    return "entity,time,level\n" + "".join(f"{one},2026-03-02T08:00:00Z,1.8\n" for one in entities)


def send(client: TestClient, secret: str, *entities: str) -> int:
    headers = {"authorization": f"Device pump-1:{secret}", "content-type": "text/csv"}
    sent = client.post("/api/observations?type=PumpStation", content=rows(*entities), headers=headers)
    return sent.status_code


def test_a_device_sends_its_own_values_and_is_refused_for_anothers_and_when_it_is_revoked(
    app: FastAPI, outside: TestClient
) -> None:
    registry = app.state.registry
    made = actions.add(registry, OPERATOR, Device("pump-1", kind="PumpStation"))
    actions.add(registry, OPERATOR, Device("pump-2", kind="PumpStation"))
    assert made.credential is not None
    secret = made.credential.secret
    assert send(outside, secret, OWN) == 201
    assert send(outside, secret, OWN, OTHER) == 403
    assert send(outside, "dev_" + "x" * 43, OWN) == 401
    headers = {"authorization": f"Device pump-1:{secret}"}
    assert outside.get("/api/devices", headers=headers).status_code == 403
    actions.revoke(registry, OPERATOR, "pump-1")
    assert send(outside, secret, OWN) == 401


def test_a_device_that_nobody_knows_asks_from_outside_is_approved_and_sends(app: FastAPI, outside: TestClient) -> None:
    claim = {"claim": "c" * 43}
    asked = outside.post("/api/devices/registrations", json={"name": "pump-1", "kind": "PumpStation", **claim})
    assert asked.status_code == 202
    waiting = asking.waiting(app.state.registry, OPERATOR)
    assert [(one.name, one.peer) for one in waiting] == [("pump-1", "10.0.0.9")]
    asking.approve(app.state.registry, OPERATOR, "pump-1")
    secret = outside.post("/api/devices/registrations/pump-1/credential", json=claim).json()["credential"]["secret"]
    assert send(outside, secret, OWN) == 201
    app.state.network.learn()
    assert network.health(app.state.network, OPERATOR, "pump-1").expected_s == 300


def test_a_gateway_sends_for_the_devices_behind_it_until_they_move_or_are_suspended(
    app: FastAPI, outside: TestClient
) -> None:
    registry = app.state.registry
    made = actions.add(registry, OPERATOR, Device("pump-1", kind="Gateway", entity="urn:ngsi-ld:Gateway:1"))
    actions.add(registry, OPERATOR, Device("gateway-2", kind="Gateway"))
    assert made.credential is not None
    secret = made.credential.secret
    assert send(outside, secret, OTHER) == 403
    actions.add(registry, OPERATOR, Device("pump-2", kind="PumpStation", gateway="pump-1"))
    assert send(outside, secret, OTHER) == 201
    actions.set_status(registry, OPERATOR, "pump-2", "suspended")
    assert send(outside, secret, OTHER) == 403
    actions.set_status(registry, OPERATOR, "pump-2", "active")
    assert send(outside, secret, OTHER) == 201

    actions.change(Registry(registry.storage), OPERATOR, "pump-2", {"gateway": "gateway-2"})  # in another process
    registry.look()

    assert send(outside, secret, OTHER) == 403
    new = registry.device("gateway-2")
    assert new is not None
    assert registry.may_write(new, OTHER, "level")


def test_a_gateway_of_more_devices_than_a_list_could_hold_may_write_for_each_and_asks_the_database_once(
    app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry = app.state.registry
    actions.add(registry, OPERATOR, Device("gateway", kind="Gateway"))
    for first in range(0, 2_000, 1_000):
        some = [Device(f"p-{at}", kind="Pump", gateway="gateway") for at in range(first, first + 1_000)]
        with registry.changing() as changing:
            store.add(changing.connection, [completed(one) for one in some], registry.now(), "operator")
            changing.devices += some
    asked: list[str] = []
    behind = store.behind

    def counted(connection: Connection, of: str) -> dict[str, str]:
        asked.append(of)
        return behind(connection, of)

    monkeypatch.setattr(store, "behind", counted)
    gateway = registry.device("gateway")
    assert all(registry.may_write(gateway, f"urn:ngsi-ld:Pump:p-{at}", "level") for at in range(2_000))
    assert not registry.may_write(gateway, "urn:ngsi-ld:Pump:p-2000", "level")
    assert len(asked) == 1
