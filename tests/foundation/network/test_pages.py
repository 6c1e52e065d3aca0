"""The page of the network and its API."""

import re
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from foundation.network.conftest import Town
from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.foundation.network import api, pages
from yuzhang.foundation.registry.model import Device
from yuzhang.web import problems
from yuzhang.web.gate import Asking
from yuzhang.web.statics import Statics

ADDRESSES = (
    "/network",
    "/network?health=",
    "/network?health=fresh&kind=Pump&page=2",
    "/network/tree",
    "/network/tree?gateway=gw",
)


class ByHeader:
    """Lets in whoever says that they are the operator."""

    def party(self, asking: Asking) -> Party:
        """The operator, or a stranger."""
        return OPERATOR if asking.headers.get("x-who") == "operator" else STRANGER


@pytest.fixture
def app(town: Town) -> FastAPI:
    """The room's routes, over a gateway with sixty devices of which one is silent, and simulated ones."""
    names = [f"d{number:02}" for number in range(60)]
    town.add(Device("gw", kind="Gateway", expected_s=60))
    town.add(*(Device(one, kind="Pump", gateway="gw", expected_s=60) for one in names))
    town.add(Device("s1", kind="Pump", simulated=True, expected_s=3600))
    town.send("gw", "s1", *names)
    town.send("d01", attribute="batteryLevel", value=0.5)
    town.judge()
    town.pass_time(240, 60, "gw", *names[1:])
    made = FastAPI()
    made.state.network, made.state.gate = town.network, ByHeader()
    problems.install(made)
    for router in (api.router, pages.router):
        made.include_router(router)
    made.mount("/static", Statics(), name="static")
    return made


@pytest.fixture
def officer(app: FastAPI) -> Iterator[TestClient]:
    """An officer's browser."""
    with TestClient(app, "http://127.0.0.1", headers={"x-who": "operator", "accept": "text/html"}) as made:
        yield made


def test_an_officer_sees_what_is_silent_and_how_many_are_fresh(officer: TestClient) -> None:
    shown = officer.get("/network?lang=en").text
    assert "Device d00 is silent" in shown
    assert "Simulated" in shown
    assert "4 min ago" in shown
    chinese = officer.get("/network?lang=zh").text
    assert "设备 d00 没有上报" in chinese
    assert "模拟" in chinese


def test_an_officer_walks_from_the_gateway_to_its_devices(officer: TestClient) -> None:
    root = officer.get("/network/tree?lang=en").text
    assert 'href="/network/tree?gateway=gw"' in root
    under = officer.get("/network/tree?gateway=gw&lang=en").text
    assert "1 of 60 devices behind it are silent" in under
    assert "page 1 of 2" in under
    assert officer.get("/network/tree?gateway=none").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_english_pages_are_english_and_chinese_ones_carry_no_english_sentence(
    officer: TestClient, address: str
) -> None:
    english = officer.get(address, headers={"accept-language": "en"})
    assert english.status_code == 200
    assert not re.search(r"[\u3400-\u9fff]", english.text.replace("中文", ""))
    chinese = re.sub(r"<[^>]*>", " ", officer.get(address, headers={"accept-language": "zh"}).text)
    assert not re.search(r"[a-z]{3,} [a-z]{3,} [a-z]{3,}", chinese)


def test_programs_read_the_same(app: FastAPI) -> None:
    program = TestClient(app, "http://127.0.0.1", headers={"x-who": "operator"})
    summary = program.get("/api/network").json()
    assert {(one["name"], one["simulated"]): one["silent"] for one in summary["kinds"]} == {
        ("Pump", False): 1,
        ("Gateway", False): 0,
        ("Pump", True): 0,
    }
    assert [one["device"] for one in program.get("/api/network/devices").json()["devices"]] == ["d00"]
    assert program.get("/api/network/devices/d01").json()["battery"] == 50
    assert program.get("/api/network/devices/x").json()["code"] == "not-watched"
    assert program.get("/api/network/devices?health=odd").status_code == 422
    assert [one["device"] for one in program.get("/api/network/findings").json()] == ["d00"]
    assert program.get("/api/network/findings/ended").json() == []
    assert program.get("/api/network/tree?gateway=gw").json()["total"] == 60


@pytest.mark.parametrize("address", ["/network", "/network/tree", "/api/network", "/api/network/findings"])
def test_strangers_see_nothing(app: FastAPI, address: str) -> None:
    assert TestClient(app, "http://127.0.0.1").get(address).status_code == 403
