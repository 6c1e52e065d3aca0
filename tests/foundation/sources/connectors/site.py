"""A server of somebody else's, on this machine: what it answers is said by the test, what it was asked is remembered."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answering = Callable[[str], bytes]


@dataclass
class Site:
    """`pages`: what lies at a path (without its query), or what makes it of the whole address. `asked`: addresses and headers."""

    address: str
    pages: dict[str, bytes | Answering] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def site() -> Iterator[Site]:
    """A server that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # the library's name
            asked = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append((self.path, asked))
            found = made.pages.get(self.path.partition("?")[0])
            if found is None:
                self.send_error(404)
                return
            etag = made.headers.get("ETag")
            if etag and asked.get("if-none-match") == etag:
                self.send_response(304)
                self.end_headers()
                return
            body = found if isinstance(found, bytes) else found(self.path)
            self.send_response(200)
            for name, value in made.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
