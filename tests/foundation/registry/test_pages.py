"""The pages and the API of devices, as an officer and as a device see them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.foundation.registry import api
from yuzhang.foundation.registry.devices import pages
from yuzhang.foundation.registry.room import Registry
from yuzhang.web import problems
from yuzhang.web.gate import Asking
from yuzhang.web.statics import Statics

TABLE = b"id,kind,lon,lat\r\np-1,PumpStation,115.8921,28.6765\r\np-2,PumpStation,,\r\n"


class ByHeader:
    """Lets in whoever says that they are the operator."""

    def party(self, asking: Asking) -> Party:
        """The operator, or a stranger."""
        return OPERATOR if asking.headers.get("x-who") == "operator" else replace(STRANGER, peer=asking.peer)


@pytest.fixture
def app(placed: Registry) -> FastAPI:
    """The room's routes alone."""
    made = FastAPI()
    made.state.registry, made.state.gate = placed, ByHeader()
    problems.install(made)
    for router in (api.router, api.places, pages.router):
        made.include_router(router)
    made.mount("/static", Statics(), name="static")
    return made


@pytest.fixture
def officer(app: FastAPI) -> Iterator[TestClient]:
    """An officer's browser."""
    with TestClient(app, "http://127.0.0.1", headers={"x-who": "operator", "accept": "text/html"}) as made:
        yield made


@pytest.fixture
def program(app: FastAPI) -> TestClient:
    """An officer's program."""
    return TestClient(app, "http://127.0.0.1", headers={"x-who": "operator"})


@pytest.fixture
def device(app: FastAPI) -> TestClient:
    """Somebody whom nobody knows."""
    return TestClient(app, "http://127.0.0.1", headers={"accept-language": "en"})


def secret_in(text: str) -> str:
    found = re.search(r"dev_[A-Za-z0-9_-]{43}", text)
    assert found
    return found[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_an_officer_registers_a_device_and_sees_its_credential_once(
    officer: TestClient, placed: Registry, language: str
) -> None:
    form = {
        "id": "p-1",
        "kind": "PumpStation",
        "name": "第一泵站",
        "lon": "115.8921",
        "lat": "28.6765",
        "expected_s": "60",
    }
    shown = officer.post(f"/devices?lang={language}", data=form)
    assert shown.status_code == 200
    assert placed.authenticate("p-1", secret_in(shown.text)) is not None
    again = officer.get(f"/devices/p-1?lang={language}")
    assert "dev_" not in again.text
    assert "urn:ngsi-ld:PumpStation:p-1" in again.text
    listed = officer.get(f"/devices?q=p-1&kind=PumpStation&lang={language}")
    assert "第一泵站" in listed.text
    assert ("已启用" if language == "zh" else "active") in listed.text or "启用" in listed.text


def test_what_does_not_fit_comes_back_with_the_form_as_it_was(officer: TestClient) -> None:
    shown = officer.post("/devices?lang=en", data={"id": "a b", "kind": "PumpStation", "lon": "x"})
    assert shown.status_code == 422
    assert 'value="a b"' in shown.text
    assert "no number" in shown.text


def test_an_officer_revokes_suspends_and_changes_a_device(officer: TestClient, placed: Registry) -> None:
    secret = secret_in(officer.post("/devices", data={"id": "p-1", "kind": "PumpStation"}).text)
    officer.post("/devices/p-1", data={"name": "北泵站", "unit": "water-bureau", "writes": "urn:x:1\nurn:x:2"})
    changed = placed.device("p-1")
    assert changed is not None
    assert (changed.name, changed.unit, changed.writes) == ("北泵站", "water-bureau", ("urn:x:1", "urn:x:2"))
    officer.post("/devices/p-1/status", data={"status": "suspended"})
    assert placed.authenticate("p-1", secret) is None
    officer.post("/devices/p-1/status", data={"status": "active"})
    assert placed.authenticate("p-1", secret) is not None
    officer.post("/devices/p-1/credential/revoke")
    assert placed.authenticate("p-1", secret) is None
    new = secret_in(officer.post("/devices/p-1/credential").text)
    assert placed.authenticate("p-1", new) is not None


def test_a_table_is_looked_at_first_and_then_taken_with_its_credentials(officer: TestClient, placed: Registry) -> None:
    looked = officer.post("/devices/import?lang=en", files={"file": ("devices.csv", TABLE)})
    assert "2 devices, without a fault" in looked.text
    assert placed.device("p-1") is None
    fields = dict(re.findall(r'<input type="hidden" name="(name|content)" value="([^"]*)"', looked.text))
    taken = officer.post("/devices/import/confirm?credentials=true", data=fields)
    secrets = dict(re.findall(r"(p-\d),(dev_[A-Za-z0-9_-]{43})", taken.text))
    assert placed.authenticate("p-1", secrets["p-1"]) is not None
    again = officer.post("/devices/import?lang=en", files={"file": ("devices.csv", TABLE)})
    assert "p-1 is registered" in again.text
    assert "Register them" not in again.text


def test_a_device_asks_over_http_and_an_officer_approves_it_on_the_page(
    device: TestClient, officer: TestClient, placed: Registry
) -> None:
    claim = {"claim": "c" * 43}
    asked: dict[str, Any] = {"name": "gauge-1", "kind": "RainGauge", "lon": 115.89, "lat": 28.67, **claim}
    assert device.post("/api/devices/registrations", json=asked).status_code == 202
    waits = device.post("/api/devices/registrations/gauge-1/credential", json=claim)
    assert (waits.status_code, waits.json()["status"]) == (202, "waiting")
    assert device.get("/api/devices/registrations").status_code == 403
    assert device.post("/api/devices/registrations/gauge-1/approve", json={}).status_code == 403
    assert "gauge-1" in officer.get("/devices/waiting").text
    officer.post("/devices/waiting/gauge-1/approve", data={"unit": "water-bureau"})
    fetched = device.post("/api/devices/registrations/gauge-1/credential", json=claim)
    assert fetched.status_code == 200
    assert placed.authenticate("gauge-1", fetched.json()["credential"]["secret"]) is not None
    gone = device.post("/api/devices/registrations/gauge-1/credential", json=claim)
    assert gone.json()["code"] == "unknown-registration"
    assert gone.headers["content-type"] == "application/problem+json"


def test_programs_register_change_search_and_import(program: TestClient, placed: Registry) -> None:
    made = program.post("/api/devices", json={"id": "p-9", "kind": "PumpStation", "lon": 115.89, "lat": 28.67})
    assert made.status_code == 201
    assert placed.authenticate("p-9", made.json()["credential"]["secret"]) is not None
    assert program.patch("/api/devices/p-9", json={"status": "suspended"}).json()["status"] == "suspended"
    assert program.get("/api/devices", params={"status": "suspended"}).json()["total"] == 1
    imported = program.post("/api/devices/imports?credentials=true", files={"file": ("d.csv", TABLE)})
    assert imported.json()["added"] == 2
    faults = program.post("/api/devices/imports/check", files={"file": ("d.csv", TABLE)}).json()["faults"]
    assert [one["column"] for one in faults] == ["id", "entity", "id", "entity"]
    assert program.delete("/api/devices/p-9/credential").status_code == 204
    assert program.get("/api/devices/none").json()["code"] == "unknown-device"
    assert len(program.get("/api/regions").json()) == 10
    assert program.get("/api/regions/360102/boundary").json()["type"] == "MultiPolygon"
    assert program.get("/api/units").json()[0]["name"]["zh"]


@pytest.mark.parametrize("address", ["/devices", "/devices/new", "/devices/import", "/devices/waiting", "/devices/x"])
def test_strangers_see_no_page(device: TestClient, address: str) -> None:
    assert device.get(address).status_code == 403


@pytest.mark.parametrize("address", ["/devices", "/devices/new", "/devices/import", "/devices/waiting"])
def test_english_pages_are_english(officer: TestClient, address: str) -> None:
    text = officer.get(address, params={"lang": "en"}).text
    assert not re.search(r"[\u3400-\u9fff]", text.replace("豫章", "").replace("中文", ""))
