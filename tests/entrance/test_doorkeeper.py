"""The door: how a closed address may be written, and how much a stranger may send to an open one."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from yuzhang.core.access import OPERATOR, STRANGER, Party, RoleGuard
from yuzhang.entrance.doorkeeper import MOST_OF_STRANGERS, OPEN, Doorkeeper
from yuzhang.web.gate import Asking
from yuzhang.web.statics import Statics

CLOSED = (
    "/api/plans", "/API/plans", "/api/plans/", "//api/plans", "/./api/plans", "/sign-inn", "/sign-in.html", "/staticx", "/healthy", "/health/x",
    "/ready/", "/metrics/x", "/api/openapi.json/x", "/api/openapi.json%0a", "/sign-in%0a/x", "/joined", "/account", "/HEALTH", "/",
)  # fmt: skip
"""Closed for a stranger, but for "/", which is open."""


class Standing:
    """A gate that takes everybody for one party."""

    def __init__(self, who: Party) -> None:
        self.who = who

    def party(self, asking: Asking) -> Party:
        """That party."""
        return self.who


def behind(who: Party) -> FastAPI:
    """An application that answers at every address, behind the door."""
    made = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    made.mount("/static", Statics())

    @made.api_route("/{path:path}", methods=["GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH"])
    async def anything(request: Request) -> dict[str, int]:
        return {"taken": len(await request.body())}

    made.add_middleware(Doorkeeper, gate=Standing(who), open_paths=OPEN)
    return made


@pytest.fixture
def stranger() -> Iterator[TestClient]:
    """Nobody that is known."""
    with TestClient(behind(replace(STRANGER, guard=RoleGuard())), follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE", "PROPFIND"])
def test_closed_address_stays_closed_however_it_is_written_and_asked(stranger: TestClient, method: str) -> None:
    for path in CLOSED:
        found = stranger.request(method, f"http://testserver{path}", headers={"x-http-method-override": "GET"})
        assert (found.status_code == 403) == (path != "/"), path


@pytest.mark.parametrize(
    "path", ["/static/../api/plans", "/static/%2e%2e/api/plans", "/static/..%2fapi/plans", "/static//etc/passwd", "/static/%2e%2e/reader.py"]
)  # fmt: skip
def test_nothing_but_static_files_is_behind_the_static_path(stranger: TestClient, path: str) -> None:
    assert stranger.get(f"http://testserver{path}").status_code in (403, 404), path


def test_stranger_sends_no_more_than_a_form_needs_whether_it_says_its_length_or_not(stranger: TestClient) -> None:
    assert stranger.post("/sign-in", content=b"x" * MOST_OF_STRANGERS).json() == {"taken": MOST_OF_STRANGERS}
    told = stranger.post("/sign-in", content=b"x" * (MOST_OF_STRANGERS + 1))
    untold = stranger.post("/sign-in", content=iter([b"x" * MOST_OF_STRANGERS, b"x"]))
    assert told.status_code == untold.status_code == 413
    assert "1 MiB" in told.json()["detail"]


def test_known_party_sends_files() -> None:
    with TestClient(behind(OPERATOR)) as known:
        assert known.post("/api/plans", content=b"x" * (MOST_OF_STRANGERS + 1)).status_code == 200


def test_refused_party_learns_nothing_of_what_is_there(stranger: TestClient) -> None:
    here, nowhere = (stranger.get(path).json() for path in ("/api/plans", "/api/nothing"))
    assert here | {"where": ""} == nowhere | {"where": ""}
