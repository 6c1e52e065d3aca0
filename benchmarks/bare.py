"""The limit that the other figures are held against: the server of `yuzhang serve`, answering bytes that lie ready.

    .venv/bin/python -m benchmarks.bare PORT

`/SIZE` answers 200 with SIZE bytes; a request with a payload is read and answered 204.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Any

from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server

JSON = (b"content-type", b"application/json")


@lru_cache(maxsize=64)
def answer(size: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is sent for `size` bytes."""
    headers = [JSON, (b"content-length", b"%d" % size)]
    return {"type": "http.response.start", "status": 200, "headers": headers}, {
        "type": "http.response.body",
        "body": b"x" * size,
    }


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer one request."""
    if scope["method"] == "GET":
        start, body = answer(int(scope["path"][1:] or 2))
    else:
        while (await receive()).get("more_body"):
            pass
        start = {"type": "http.response.start", "status": 204, "headers": []}
        body = {"type": "http.response.body", "body": b""}
    await send(start)
    await send(body)


async def serve(port: int) -> None:
    """Serve until the process is asked to end."""
    server = Server(app, port=port, interface=Interfaces.ASGI, log_level=LogLevels.error)
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, server.stop)
    await server.serve()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
