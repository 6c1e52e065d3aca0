"""Subscribers for tests: a real HTTP server on this machine, and a real MQTT broker."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread
from typing import Any

WAIT_S = 30.0
"""How long a test waits for what must come; it passes as soon as it is there."""
Heard = tuple[dict[str, str], dict[str, Any]]
"""Headers with small names, and the notification."""


class Subscriber:
    """What a subscriber got; `answers` are the statuses it gives first, then it answers 200."""

    def __init__(self, *answers: int, port: int = 0) -> None:
        self.heard: Queue[Heard] = Queue()
        answers_left = list(answers)
        heard = self.heard

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # the name is the library's
                body = self.rfile.read(int(self.headers["Content-Length"]))
                heard.put(({name.lower(): value for name, value in self.headers.items()}, json.loads(body)))
                self.send_response(answers_left.pop(0) if answers_left else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Tests are quiet."""

        class Server(ThreadingHTTPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", port), Handler)
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.uri = f"http://127.0.0.1:{self._server.server_port}/notify"

    def next(self) -> Heard:
        """The next notification; fails if none comes."""
        return self.heard.get(timeout=WAIT_S)

    def close(self) -> None:
        """Listen no longer."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def subscriber(*answers: int, port: int = 0) -> Iterator[Subscriber]:
    """A subscriber that listens for the time of the `with`."""
    made = Subscriber(*answers, port=port)
    try:
        yield made
    finally:
        made.close()


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def mqtt_broker(folder: Path, tls: str = "") -> Iterator[int]:
    """The port of a real MQTT broker that takes the user `reader` with the password `se:cret`; `tls` as its settings say it."""
    port, inner = free_port(), free_port()
    settings = folder / "nats.conf"
    settings.write_text(
        f'server_name: here\nlisten: "127.0.0.1:{inner}"\njetstream {{ store_dir: "{folder}" }}\n'
        f'mqtt {{ listen: "127.0.0.1:{port}" {tls} }}\n'
        'authorization { users: [ { user: "reader", password: "se:cret" } ] }\n'
    )
    process = subprocess.Popen(
        [str(Path(sys.executable).parent / "nats-server"), "-c", str(settings)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield port
    finally:
        process.terminate()
        process.wait(30)
