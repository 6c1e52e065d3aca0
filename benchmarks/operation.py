"""What watching costs a request: the ASGI application bare, counted and named, with a line of the log, and with traces.

    .venv/bin/python -m benchmarks.operation

One process, no network: each way is called 20,000 times with the headers of a browser, five rounds in turn, and the median round counts. Then
`/metrics` and `/ready` of an application over a new data folder. Writes benchmarks/results/operation.json.
"""

import asyncio
import io
import json
import logging
import os
import platform
import statistics
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from time import perf_counter
from typing import Any

from fastapi.testclient import TestClient

from yuzhang.operation.logs import handler
from yuzhang.operation.metrics.requests import Requests
from yuzhang.operation.settings import OperationSettings
from yuzhang.operation.tracing.room import Tracing
from yuzhang.operation.watching import Watching
from yuzhang.web.forwarded import Forwarded, networks

RESULT = Path(__file__).parent / "results" / "operation.json"
TIMES, ROUNDS = 20_000, 5
HEADERS = [
    (b"host", b"brain.example.cn"),
    (b"user-agent", b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"),
    (b"accept", b"application/ld+json"),
    (b"accept-language", b"zh-CN,zh;q=0.9"),
    (b"accept-encoding", b"gzip, deflate, br"),
    (b"cookie", b"session=0123456789abcdef0123456789abcdef"),
    (b"x-forwarded-for", b"203.0.113.7"),
]
App = Callable[[Any, Any, Any], Awaitable[None]]


class Route:
    """A route as the framework leaves it in the scope."""

    path = "/ngsi-ld/v1/entities/{entity}"


async def bare(scope: Any, _receive: Any, send: Any) -> None:
    """The shortest application that answers."""
    scope["route"] = Route
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    await send({"type": "http.response.body", "body": b"{}"})


async def _receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def _send(_message: Any) -> None:
    pass


def microseconds(app: App) -> float:
    """The mean time of one request of a round."""

    async def ask() -> float:
        began = perf_counter()
        for _ in range(TIMES):
            scope = {"type": "http", "method": "GET", "path": "/x", "client": ("10.0.0.2", 1), "scheme": "http"}
            await app(scope | {"headers": list(HEADERS), "query_string": b""}, _receive, _send)
        return (perf_counter() - began) / TIMES * 1e6

    return asyncio.run(ask())


def logged(app: App) -> App:
    """`app` while each request has a line of the log."""
    writing = handler(OperationSettings(form="json", level="info"), io.StringIO())
    logger = logging.getLogger("yuzhang.requests")

    async def within(scope: Any, receive: Any, send: Any) -> None:
        logger.setLevel(logging.INFO)
        logger.handlers[:], logger.propagate = [writing], False
        await app(scope, receive, send)
        logger.setLevel(logging.WARNING)

    return within


def endpoints() -> dict[str, float]:
    """Milliseconds of `/metrics` and `/ready`."""
    from yuzhang.app import create_app
    from yuzhang.core.settings import Settings

    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Settings(Path(folder) / "data", trust="machine"))
        with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
            found = {}
            for path in ("/health", "/ready", "/metrics"):
                took = []
                for _ in range(20):
                    began = perf_counter()
                    client.get(path).raise_for_status()
                    took.append((perf_counter() - began) * 1e3)
                found[path] = round(statistics.median(took), 2)
    return found


def main() -> None:
    """Measure, print and store."""
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9"
    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)
    tracing = Tracing()
    watching = Watching(bare, Requests())
    ways: dict[str, App] = {
        "bare": bare,
        "counted and named": watching,
        "counted and named, sender from a proxy": Forwarded(watching, networks(["10.0.0.2"])),
        "with a line of the log": logged(watching),
        "with traces": Watching(tracing.around(bare), Requests()),
    }
    rounds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, app in ways.items():
            rounds[name].append(microseconds(app))
    found = {name: round(statistics.median(one), 2) for name, one in rounds.items()}
    for name, value in found.items():
        print(f"{name:42} {value:8.2f} µs a request, {value - found['bare']:+8.2f}")
    there = endpoints()
    print(there)
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULT.write_text(
        json.dumps({"machine": machine, "request_us": found, "endpoint_ms": there}, indent=2) + "\n", "utf-8"
    )
    os._exit(0)  # the collector is away on purpose: nothing waits for it


if __name__ == "__main__":
    main()
