"""Around every request, the NGSI-LD API's too: counts it, names it, and writes a line of the log.

A request has a name (X-Request-Id), its own or the one that it came with; every line of the log that is written meanwhile bears it.
"""

import logging
import os
import re
from contextvars import ContextVar
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yuzhang.operation.metrics.requests import Requests, route_of

HEADER = b"x-request-id"
NAME = re.compile(rb"[A-Za-z0-9._-]{8,64}")
"""What a name from outside may look like; another one is replaced."""
REQUEST: ContextVar["Watched | None"] = ContextVar("request", default=None)
"""The request that is being answered."""
lines = logging.getLogger("yuzhang.requests")


class Watched:
    """One request: its name, and the scope whose route is known once it was found."""

    __slots__ = ("id", "scope", "trace")

    def __init__(self, name: str, scope: Any) -> None:
        self.id = name
        self.scope = scope
        self.trace = ""

    @property
    def route(self) -> str:
        """The route as it is declared."""
        return route_of(self.scope)


class Watching:
    """ASGI middleware before everything else."""

    def __init__(self, app: ASGIApp, requests: Requests) -> None:
        self._app, self._requests = app, requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500
        name = _name(scope)
        watched = Watched(name.decode(), scope)

        async def named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, name)]
            await send(message)

        before = REQUEST.set(watched)
        self._requests.in_flight += 1
        try:
            await self._app(scope, receive, named)
        finally:
            self._requests.in_flight -= 1
            seconds = perf_counter() - began
            route = route_of(scope)  # type: ignore[arg-type]  # a scope is a dict
            self._requests.count(route, scope["method"], status, seconds)
            if lines.isEnabledFor(logging.INFO):
                _write(scope, route, status, seconds)
            REQUEST.reset(before)


def _name(scope: Scope) -> bytes:
    for header, value in scope["headers"]:
        if header == HEADER and NAME.fullmatch(value):
            return bytes(value)
    return os.urandom(12).hex().encode()


def _write(scope: Scope, route: str, status: int, seconds: float) -> None:
    client = scope.get("client")
    said = {
        "route": route,
        "method": scope["method"],
        "status": status,
        "duration_ms": round(seconds * 1000, 3),
        "peer": client[0] if client else "",
    }
    lines.info("%s %s %d", scope["method"], route, status, extra=said)
