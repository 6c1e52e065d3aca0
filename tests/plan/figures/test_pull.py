"""Figures pulled from a web address, from a small real server on this machine."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from plan.figures.samples import GOOD, sheet
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.core.tables.errors import SheetTooLarge, SheetUnreadable
from yuzhang.plan.figures.actions import figures_known, imports, pull_figures
from yuzhang.plan.figures.errors import FiguresRefused, SourceAway, SourceRefused

NUMBERS = {"period": 2023, "value": 7203.5, "quote": None}
SECRET = "Bearer 12345"  # noqa: S105  # of the server below


class Office(BaseHTTPRequestHandler):
    """A statistics office's server: each path answers in its own way."""

    def do_GET(self) -> None:
        route = self.path.partition("?")[0]
        if route == "/figures.json":
            self._answer(200, json.dumps([GOOD | NUMBERS]).encode(), "application/json")
        elif route == "/figures.csv":
            self._answer(200, sheet({}), "text/csv")
        elif route == "/bad.json":
            self._answer(200, json.dumps([GOOD, GOOD | {"value": [1]}]).encode(), "application/json")
        elif route == "/secret":
            known = self.headers.get("Authorization") == SECRET
            self._answer(200 if known else 401, sheet({}), "text/csv")
        elif route == "/elsewhere":  # another host by name, the same server
            self._redirect(f"http://localhost:{self.headers['Host'].rpartition(':')[2]}/secret")
        elif route == "/moved":
            self._redirect("/figures.csv")
        elif route == "/file":
            self._redirect("file:///etc/passwd")
        elif route == "/round":
            self._redirect("/round")
        elif route == "/large":
            self._answer(200, b"x" * 20_000_001, "text/csv")
        elif route == "/cut":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"indicator,")
        else:
            self._answer(int(route[1:]), b"", "text/plain")

    def _answer(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Server(ThreadingHTTPServer):
    """A server that does not mind when its guest hangs up."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def office() -> Iterator[str]:
    with Server(("127.0.0.1", 0), Office) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("path", ["/figures.json", "/figures.csv", "/moved"])
def test_figures_are_pulled_once_and_then_known(storage: Storage, office: str, path: str) -> None:
    url = f"{office}{path}?token=hidden"
    planned = pull_figures(storage, OPERATOR, url, dry_run=True)
    assert (planned.added, planned.import_id) == (1, None)
    assert pull_figures(storage, OPERATOR, url).added == 1
    assert pull_figures(storage, OPERATOR, url).known == 1
    assert figures_known(storage, OPERATOR, "甲市").figures[0].value == 7203.5
    assert imports(storage, OPERATOR)[0].filename == f"{office}{path}"


@pytest.mark.parametrize("status", [500, 502, 503, 429])
def test_server_that_fails_now_may_be_asked_again(refusing: Storage, office: str, status: int) -> None:
    with pytest.raises(SourceAway) as away:
        pull_figures(refusing, OPERATOR, f"{office}/{status}")
    assert str(status) in away.value.detail.en
    assert away.value.status == 503
    assert away.value.fix


def test_server_that_is_away_or_hangs_up_may_be_asked_again(refusing: Storage, office: str) -> None:
    for url in ("http://127.0.0.1:9/", f"{office}/cut"):
        with pytest.raises(SourceAway):
            pull_figures(refusing, OPERATOR, url)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda office: f"{office}/404", SourceRefused, "HTTP 404"),
        (lambda office: f"{office}/204", SourceRefused, "HTTP 204"),
        (lambda office: f"{office}/file", SourceRefused, "Only http and https"),
        (lambda office: f"{office}/round", SourceRefused, "more than 5 times"),
        (lambda office: f"{office}/large", SheetTooLarge, "over the limit of 20 MB"),
        (lambda office: f"{office}/bad.json", FiguresRefused, 'row 2, value: “["1"]” is no number'),
        (lambda office: f"{office}/secret", SourceRefused, "HTTP 401"),
        (lambda _: "file:///etc/passwd", SourceRefused, "Only http and https"),
        (lambda _: "ftp://example.org/a.csv", SourceRefused, "Only http and https"),
        (lambda _: "figures.csv", SourceRefused, "Only http and https"),
        (lambda _: "http://example.org:port/", SourceRefused, "no address"),
    ],
)
def test_address_that_gives_no_figures_is_refused(
    refusing: Storage, office: str, make: Callable[[str], str], error: type[YuzhangError], words: str
) -> None:
    with pytest.raises(error) as refused:
        pull_figures(refusing, OPERATOR, make(office))
    assert words in refused.value.detail.en


def test_header_comes_from_the_environment(storage: Storage, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUZHANG_PULL_OFFICE", f"Authorization: {SECRET}")
    done = pull_figures(storage, OPERATOR, f"{office}/secret", header_variable="YUZHANG_PULL_OFFICE")
    assert done.added == 1


def test_header_is_not_carried_to_another_host(refusing: Storage, office: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YUZHANG_PULL_OFFICE", f"Authorization: {SECRET}")
    with pytest.raises(SourceRefused, match="HTTP 401"):
        pull_figures(refusing, OPERATOR, f"{office}/elsewhere", header_variable="YUZHANG_PULL_OFFICE")


@pytest.mark.parametrize("variable", ["HOME_SECRET", "YUZHANG_PULL_NONE", "YUZHANG_PULL_BROKEN"])
def test_no_other_variable_can_be_sent(
    refusing: Storage, office: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv("HOME_SECRET", "Authorization: mine")
    monkeypatch.setenv("YUZHANG_PULL_BROKEN", "no header")
    with pytest.raises(SourceRefused) as refused:
        pull_figures(refusing, OPERATOR, f"{office}/figures.csv", header_variable=variable)
    assert variable in refused.value.detail.en
    assert "mine" not in refused.value.line("en")


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Bearer 秘密",
        "Authorization: Bearer \u201csecret\u201d",
        "授权: secret",
        "Author ization: secret",
        "Authorization: secret\r\nHost: elsewhere",
        "Authorization: secret\x07",
        ": secret",
        "secret",
    ],
)
def test_header_that_no_server_could_read_is_refused_and_not_shown(
    refusing: Storage, office: str, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setenv("YUZHANG_PULL_OFFICE", header)
    with pytest.raises(SourceRefused) as refused:
        pull_figures(refusing, OPERATOR, f"{office}/secret", header_variable="YUZHANG_PULL_OFFICE")
    assert "YUZHANG_PULL_OFFICE" in refused.value.detail.en
    assert refused.value.fix
    assert not any(word in refused.value.line("zh") for word in ("secret", "秘密"))


@pytest.mark.parametrize(
    "variable", ["YUZHANG_PULL_办公室", "YUZHANG_PULL_\ud83d", "YUZHANG_PULL_A=B", "YUZHANG_PULL_\0"]
)
def test_variable_whose_name_is_no_name_is_refused(refusing: Storage, office: str, variable: str) -> None:
    with pytest.raises(SourceRefused, match="YUZHANG_PULL_"):
        pull_figures(refusing, OPERATOR, f"{office}/secret", header_variable=variable)


def test_page_instead_of_figures_is_refused(refusing: Storage, office: str) -> None:
    with pytest.raises(SheetUnreadable):
        pull_figures(refusing, OPERATOR, f"{office}/200")
