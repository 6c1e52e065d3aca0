"""A real HTTP server that webhooks are sent to."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Condition, Thread
from time import monotonic, sleep

WAIT_S = 30.0


class Consumer:
    """What came, as (headers, body). `answers`: the statuses of the next answers, 204 when there are none left."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/told"
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[int] = []
        self.changed = Condition()

    def wait(self, count: int) -> list[tuple[dict[str, str], bytes]]:
        """All that came, once there are `count` of them."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.came) >= count, WAIT_S), f"{len(self.came)} came"
            return list(self.came)


@contextmanager
def consuming() -> Iterator[Consumer]:
    """A consumer that listens."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with made.changed:
                made.came.append((dict(self.headers.items()), body))
                status = made.answers.pop(0) if made.answers else 204
                made.changed.notify_all()
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Consumer(server.server_address[1])
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def until(true: Callable[[], bool]) -> None:
    """Wait until it is so."""
    end = monotonic() + WAIT_S
    while not true():
        assert monotonic() < end
        sleep(0.01)
