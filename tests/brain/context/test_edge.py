"""Strangers and clumsy clients at the edge of the API: what is refused changes nothing, and says what to do."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from brain.context.conftest import Run
from brain.context.serving import Running
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http import asgi
from yuzhang.brain.context.http.asgi import ContextApi
from yuzhang.brain.context.http.message import Answer, Call, Route
from yuzhang.web.gate import TrustingGate

LD_JSON = {"content-type": "application/ld+json"}
STRANGER = {"host": "evil.example"}
WELL = {"id": "urn:x:1", "type": "Well", "level": {"type": "Property", "value": 3}}
ADDRESS = "/ngsi-ld/v1/entities/urn:x:1"
CONTEXT_RELATION = 'rel="http://www.w3.org/ns/json-ld#context"'


def scope(method: str, path: str, *headers: tuple[str, str]) -> dict[str, Any]:
    """A request as the server hands it on, from this machine."""
    given = [("host", "127.0.0.1"), *headers]
    return {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given],
        "client": ("127.0.0.1", 50000),
    }


async def asked(app: ContextApi, request: dict[str, Any], receive: Any) -> tuple[int, dict[str, Any]]:
    """The status and the body of an answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(request, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize("body", [json.dumps(WELL | {"@context": {"level": "https://evil.example/v"}}), "{", ""])
def test_stranger_is_refused_before_anything_of_the_payload_is_read_or_kept(api: TestClient, body: str) -> None:
    assert api.post("/entities", content=body, headers=LD_JSON | STRANGER).status_code == 403
    assert api.get("/jsonldContexts").json() == []
    assert api.get("/entities/urn:x:1").status_code == 404


def test_stranger_does_not_make_this_server_look_for_a_context(api: TestClient) -> None:
    link = {"link": f"<http://127.0.0.1:9/c.jsonld>; {CONTEXT_RELATION}"}
    assert api.get("/entities?type=Well", headers=link).status_code == 504
    assert api.get("/entities?type=Well", headers=link | STRANGER).status_code == 403


def test_stranger_is_not_told_who_this_broker_is(api: TestClient) -> None:
    assert api.get("/info/sourceIdentity", headers=STRANGER).status_code == 403


@pytest.mark.parametrize("name", ["NGSILD-Tenant", "NGSILD-Snapshot", "Content-Type"])
def test_header_that_has_one_value_is_refused_if_it_is_given_twice(api: TestClient, name: str) -> None:
    headers = [("Content-Type", "application/json"), (name, "application/json"), (name, "b")]
    answer = api.post("/entities", content=json.dumps(WELL), headers=headers)
    assert answer.status_code == 400
    assert answer.json()["where"] == name.lower()
    assert api.get("/entities/urn:x:1").status_code == 404


def test_two_pages_that_claim_to_ask_are_none_of_ours(api: TestClient) -> None:
    headers = [("Origin", "http://evil.example"), ("Origin", "http://127.0.0.1")]
    assert api.post("/entities", json=WELL, headers=headers).status_code == 403


def test_context_is_found_in_the_second_of_two_link_headers(api: TestClient) -> None:
    local = api.post("/jsonldContexts", json={"@context": {"level": "https://x.example/level"}}, headers=LD_JSON)
    address = f"http://127.0.0.1:8700{local.headers['location']}"
    links = [("Link", '<http://x.example/>; rel="author"'), ("Link", f"<{address}>; {CONTEXT_RELATION}")]
    for headers in (links, links[::-1]):
        assert api.post("/entityOperations/upsert", json=[WELL], headers=headers).status_code in (201, 204)
        assert "https://x.example/level" in api.get("/entities/urn:x:1").json()


@pytest.mark.parametrize("limit", ["--5", "-", "5-", "+5", "1_0", " 5", "٣", ""])
def test_number_that_is_none_is_refused(api: TestClient, limit: str) -> None:
    answer = api.get("/entities", params={"type": "Well", "limit": limit})
    assert (answer.status_code, answer.json()["where"]) == (400, "?limit")


@pytest.mark.parametrize("path", ["/ngsi-ld/v1types", "/ngsi-ld/v1", "/ngsi-ld/v10/types", "/ngsi%2Dld/v1/types"])
def test_address_that_only_looks_like_one_of_ours_is_none(api: TestClient, path: str) -> None:
    assert api.get(f"http://127.0.0.1{path}").status_code == 404


def test_packed_payload_is_refused_in_the_readers_language_with_what_to_do(api: TestClient) -> None:
    for tag, fix in (("zh", "请发送未压缩的 JSON。"), ("en", "Send plain JSON.")):
        headers = {"content-encoding": "gzip", "content-type": "application/json", "accept-language": tag}
        answer = api.post("/entities", content=b"\x1f\x8b", headers=headers)
        assert (answer.status_code, answer.json()["fix"]) == (400, fix)


def test_wrong_method_is_told_which_ones_there_are(api: TestClient) -> None:
    for tag, fix in (("zh", "可用：DELETE, GET, PATCH, PUT。"), ("en", "It has: DELETE, GET, PATCH, PUT.")):
        answer = api.post("/entities/urn:x:1", json={}, headers={"accept-language": tag})
        assert (answer.status_code, answer.json()["fix"]) == (405, fix)
        assert answer.headers["allow"] == "DELETE, GET, PATCH, PUT"


def test_payload_that_never_ends_is_given_up(broker: Broker, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asgi, "BODY_S", 0.05)
    parts: Iterator[dict[str, Any]] = iter([{"type": "http.request", "body": b"{", "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(parts, None) or await asyncio.get_running_loop().create_future()

    request = scope("POST", "/ngsi-ld/v1/entities", ("content-type", "application/json"), ("content-length", "9"))
    status, problem = run(asked, context_api(broker, TrustingGate("machine")), request, receive)
    assert (status, problem["code"]) == (408, "payload-too-slow")
    assert problem["fix"]


def test_address_with_line_breaks_forges_no_line_of_the_log(
    broker: Broker, run: Run, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(_: Broker, __: Call) -> Answer:
        raise RuntimeError("a fault of ours")

    app = ContextApi(broker, [Route("GET", "/broken", broken)], TrustingGate("machine"))
    request = scope("GET", "/ngsi-ld/v1/broken") | {"path": "/ngsi-ld/v1/broken\nERROR all is lost"}
    with caplog.at_level(logging.ERROR):
        status, problem = run(asked, app, request, None)
    assert status == 500
    assert "fault of ours" not in json.dumps(problem)
    assert "\n" not in caplog.records[-1].getMessage()


@pytest.mark.services
def test_hundreds_of_clients_that_send_nothing_keep_nobody_else_waiting(tmp_path: Path) -> None:
    with Running(tmp_path) as server, ExitStack() as held:
        place = urlsplit(server.address)
        for _ in range(300):
            one = held.enter_context(socket.create_connection((place.hostname or "", place.port or 0), timeout=10))
            one.sendall(b"GET /ngsi-ld/v1/types HTTP/1.1\r\nHo")
        with httpx.Client(base_url=server.address, timeout=10) as client:
            assert client.get("/ngsi-ld/v1/types").status_code == 200
