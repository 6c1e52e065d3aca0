"""GeoReport over a small city's cases, alone, and as a real server that other systems ask."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.cases.stories import CITIZEN, SYSTEM
from yuzhang.brain.cases.open311.api import router
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import STRANGER, Party
from yuzhang.web import problems
from yuzhang.web.gate import Asking

KEY = "yz_key"


class Keys:
    """A gate that knows one application by its key, and one citizen by a header."""

    def party(self, asking: Asking) -> Party:
        """Whoever it is."""
        if asking.headers.get("authorization") == f"Bearer {KEY}":
            return SYSTEM
        return CITIZEN if asking.headers.get("x-citizen") else STRANGER


def served(cases: Cases) -> FastAPI:
    """The addresses of Open311 alone."""
    app = FastAPI()
    app.state.cases, app.state.gate = cases, Keys()
    problems.install(app)
    app.include_router(router)
    return app


class Address:
    """A real server of an application: its address, and what it was asked. `down`: it answers with 503."""

    def __init__(self, app: FastAPI) -> None:
        asked: list[tuple[str, str]] = []
        client = TestClient(app)
        self.asked, self.down = asked, False
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                asked.append((self.command, body.decode(errors="replace")))
                if outer.down:
                    self.send_response(503)
                    self.end_headers()
                    return
                kind = {"content-type": self.headers.get("content-type", "")}
                answer = client.request(self.command, self.path, content=body, headers=kind)
                self.send_response(answer.status_code)
                self.send_header("content-type", answer.headers["content-type"])
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = _pass  # noqa: N815  # the names are http.server's

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/open311/v2"

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def client(cases: Cases) -> Iterator[TestClient]:
    """Another program."""
    with TestClient(served(cases)) as made:
        yield made
