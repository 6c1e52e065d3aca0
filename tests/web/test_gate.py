"""Who is let in, from where, and with how much: strangers, other sites, other names, large bodies, headers."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from entrance.routes import OPEN
from web.views import API, HOME, PENDING, PLAN, addresses
from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.entrance.api.settings import SIGNED_IN_VARIABLE, STRANGERS_VARIABLE
from yuzhang.web import bounds
from yuzhang.web.bounds import HEADERS, MAX_BODY_BYTES, Bounds

PLACES = {"{plan}": PLAN, "{indicator}": "gdp", "{commitment}": PENDING, "{import_id}": "1", "{table}": "targets"}
QUERY = {"region": "南昌市", "series": "x", "table": "targets", "token": "x"}
FORM = {"table": "targets", "name": "a.csv", "content": "YQox", "review": "accepted", "back": HOME, "query": "SELECT 1"}
MIB = b"x" * 1024 * 1024


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every address asked at once would be held back."""
    for name in (STRANGERS_VARIABLE, SIGNED_IN_VARIABLE):
        monkeypatch.setenv(name, "100000/100000")


def asked(client: TestClient, method: str, path: str, **given: Any) -> tuple[int, str]:
    """The status and type of a request that is right in all but who asks."""
    address = path.replace("{format}", "docx" if "report" in path else "csv")
    for place, value in PLACES.items():
        address = address.replace(place, value)
    if method != "GET" and path.startswith("/api/") and path.endswith("/review"):
        given["json"] = {"review": "accepted"}
    elif path == "/api/sql":
        given["json"] = {"query": "SELECT 1"}
    elif method != "GET":
        given |= {"data": FORM, "files": {"file": ("a.csv", b"a\n1\n")}}
    answer = client.request(method, address, params=QUERY, follow_redirects=False, **given)
    return answer.status_code, answer.headers.get("content-type", "")


def test_stranger_is_led_to_the_sign_in_page_and_reads_nothing_of_the_plan(stranger: TestClient) -> None:
    answer = stranger.get(HOME, headers={"accept": "text/html"}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/sign-in?next={HOME}")
    welcome = stranger.get("/", headers={"accept": "text/html", "accept-language": "en"})
    assert welcome.status_code == 200
    assert "Five-Year" not in welcome.text
    assert PLAN not in welcome.text


def test_nothing_of_what_strangers_posted_was_taken(app: FastAPI, stranger: TestClient, client: TestClient) -> None:
    before = [client.get(address).json() for address in (API, "/api/figures/imports")]
    for method, path in addresses(app):
        if method == "POST":
            asked(stranger, method, path)
    assert [client.get(address).json() for address in (API, "/api/figures/imports")] == before


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1:9999", "http://127.0.0.1.evil.example", "null"]
)
def test_form_of_another_site_is_refused_and_nothing_changes(client: TestClient, app: FastAPI, origin: str) -> None:
    before = client.get(API).json()
    for method, path in addresses(app):
        if method == "POST" and f"{method} {path}" not in OPEN:
            assert asked(client, method, path, headers={"origin": origin})[0] == 401, path
    assert client.get(API).json() == before


def test_form_of_the_own_site_is_taken(client: TestClient) -> None:
    answer = client.post(
        f"{HOME}/review/{PENDING}", data={"review": "accepted"}, headers={"origin": "http://127.0.0.1"}
    )
    assert answer.status_code == 200
    assert client.get(API).json()["revision"] == 2


@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1.evil.example", "10.0.0.5", "evil.example:80", "", "[::2]"])
def test_name_that_is_not_this_machine_is_refused_though_the_peer_is(client: TestClient, name: str) -> None:
    for address in (HOME, API):
        assert client.get(address, headers={"host": name}).status_code == 401


@pytest.mark.parametrize("name", ["localhost", "localhost:8700", "127.0.0.1:8700", "[::1]:8700"])
def test_loopback_names_are_this_machine(client: TestClient, name: str) -> None:
    assert client.get(API, headers={"host": name}).status_code == 200


def test_headers_that_a_proxy_would_set_make_nobody_the_operator(stranger: TestClient) -> None:
    forged = {"x-forwarded-for": "127.0.0.1", "forwarded": "for=127.0.0.1", "host": "127.0.0.1"}
    assert stranger.get(API, headers=forged).status_code == 401


@pytest.mark.parametrize(
    "header",
    [{"forwarded": "for=10.0.0.9"}, {"x-forwarded-for": "127.0.0.1"}, {"X-Real-IP": "::1"}, {"x-forwarded-host": "a"}],
)  # fmt: skip
def test_request_that_a_proxy_on_this_machine_hands_on_is_not_of_whoever_sits_at_it(
    client: TestClient, header: dict[str, str]
) -> None:
    assert client.get(API).status_code == 200
    for address in (API, HOME, "/ngsi-ld/v1/entities?type=Road"):
        assert client.get(address, headers=header).status_code in (401, 403), address
    assert client.post(f"{API}/undo", headers=header).status_code == 401


def test_declared_proxy_says_who_sits_at_this_machine_and_who_does_not(city_folder: Path) -> None:
    made = create_app(Settings(city_folder, trust="machine", proxies=("127.0.0.1",)))
    with TestClient(made, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as behind:
        for sender, status in (("127.0.0.2", 200), ("10.0.0.9", 401), ("10.0.0.9, 127.0.0.1", 401), ("unknown", 401)):
            said = behind.get(API, headers={"x-forwarded-for": sender, "via": "1.1 edge"})
            assert said.status_code == status, sender
        assert behind.get(API).status_code == 401


def test_every_answer_keeps_the_page_to_itself(client: TestClient, stranger: TestClient) -> None:
    for answer in (
        client.get(HOME), client.get(API), client.get("/static/style.css"), client.get("/nowhere"), client.get("/health"),
        stranger.get(HOME), client.post(f"{HOME}/figures", headers={"content-length": str(MAX_BODY_BYTES + 1)}),
    ):  # fmt: skip
        wanted = dict(HEADERS)
        if answer.url.path.startswith("/static/"):
            del wanted["cache-control"]  # everybody's, and may be kept
        assert wanted.items() <= dict(answer.headers).items(), answer.url
    policy = HEADERS["content-security-policy"]
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "default-src 'self'" in policy


def test_behind_tls_every_answer_asks_for_tls(city_folder: Path) -> None:
    behind = create_app(Settings(city_folder, public_address="https://brain.example.cn"))
    answer = TestClient(behind, "http://127.0.0.1").get("/sign-in")
    entities = TestClient(behind, "http://127.0.0.1").get("/ngsi-ld/v1/entities")
    for one in (answer, entities):
        assert one.headers["strict-transport-security"] == "max-age=63072000; includeSubDomains"
        assert HEADERS.items() <= dict(one.headers).items()
    behind.state.storage.close()


def _file_without_end() -> Iterator[bytes]:
    yield b'--b\r\ncontent-disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
    for _ in range(MAX_BODY_BYTES // len(MIB) + 1):
        yield MIB
    yield b"\r\n--b--\r\n"


@pytest.mark.parametrize("path", [f"{HOME}/figures", f"{HOME}/tables", "/api/figures/imports", f"{API}/undo"])
def test_body_over_the_limit_is_refused_whether_it_says_its_length_or_not(client: TestClient, path: str) -> None:
    kind = {"content-type": "multipart/form-data; boundary=b"}
    told = client.post(path, headers=kind | {"content-length": str(MAX_BODY_BYTES + 1)})
    assert (told.status_code, told.headers["content-type"]) == (413, "application/problem+json")
    assert "64 MiB" in told.json()["detail"]
    assert told.json()["fix"]
    if not path.endswith("undo"):  # which reads no body
        found = client.post(path, content=_file_without_end(), headers=kind)
        assert (found.status_code, found.json()) == (413, told.json())
    assert client.get(API).json()["revision"] == 1


def test_wrong_method_is_a_problem_too(client: TestClient) -> None:
    answer = client.get(f"{HOME}/undo", headers={"accept": "text/html"})
    assert answer.status_code == 405
    assert answer.headers["allow"] == "POST"
    assert "<h1>" in answer.text
    assert client.get(f"{API}/undo").headers["content-type"] == "application/problem+json"


def test_health_is_open_and_says_nothing_of_the_data(stranger: TestClient) -> None:
    assert set(stranger.get("/health").json()) == {"status"}


@pytest.mark.parametrize("headers", [{"host": "["}, {"origin": "http://["}])
def test_a_malformed_host_or_origin_is_a_stranger_not_a_failure(client: TestClient, headers: dict[str, str]) -> None:
    assert client.post("/api/plans/nanchang-14/undo", headers=headers).status_code == 401


def test_a_parameter_that_does_not_fit_is_explained_in_the_readers_language(client: TestClient) -> None:
    said = {
        tag: client.get("/api/plans/nanchang-14?revision=x", headers={"accept-language": tag}).json()
        for tag in ("zh", "en")
    }
    assert (said["zh"]["detail"], said["en"]["detail"]) == (
        "参数不合要求：应为整数。",
        "A parameter does not fit: a whole number is wanted.",
    )
    assert said["en"]["where"] == "/query/revision"


def test_body_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "BODY_S", 0.05)
    sent: list[Any] = []
    waiting = iter([{"type": "http.request", "body": b"--b\r\n", "more_body": True}])

    async def receive() -> Any:
        return next(waiting, None) or await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        sent.append(message)

    async def upload(scope: Any, receive: Any, send: Any) -> None:
        await Request(scope, receive).body()

    asyncio.run(Bounds(upload)({"type": "http", "method": "POST", "headers": []}, receive, send))
    assert sent[0]["status"] == 408
    assert b"120 s" in sent[1]["body"]
