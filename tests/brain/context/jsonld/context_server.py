"""A real server of contexts on this machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any


class ContextServer:
    """`documents` by path: JSON, raw bytes, gzip, an address to send on to after `->`, or an event that is waited for."""

    def __init__(self) -> None:
        self.documents: dict[str, Any] = {}
        self.asked: list[str] = []
        documents, asked = self.documents, self.asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                found = documents.get(self.path)
                if isinstance(found, Event):
                    found.wait(60)
                elsewhere = isinstance(found, str) and found.startswith("->")
                body = found if isinstance(found, bytes) else json.dumps(None if found is None else str(found)).encode()
                if isinstance(found, dict | list):
                    body = json.dumps(found).encode()
                self.send_response(404 if found is None else 302 if elsewhere else 200)
                if elsewhere:
                    self.send_header("Location", str(found)[2:])
                if body.startswith(b"\x1f\x8b"):
                    self.send_header("Content-Encoding", "gzip")
                self.send_header("Content-Type", "application/ld+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                try:
                    self.wfile.write(body)
                except OSError:  # who asked had enough of it
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def put(self, path: str, context: Any) -> str:
        """Serve a context; its address."""
        self.documents[path] = {"@context": context}
        return self.address + path

    def close(self) -> None:
        """Listen no longer."""
        for one in self.documents.values():
            if isinstance(one, Event):
                one.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def context_server() -> Iterator[ContextServer]:
    """A server for the time of the `with`."""
    made = ContextServer()
    try:
        yield made
    finally:
        made.close()
