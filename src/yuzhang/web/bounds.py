"""What every answer and every request keeps to: a body's size and time, and the headers that keep a page to itself."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024 * 1024
BODY_S = 120.0
"""Seconds that a body may take. Each one that never ends would hold a connection."""
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; object-src 'none'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer, unless it says something else: static files may be kept, nothing that a party sees may."""
OVER_TLS = {"strict-transport-security": "max-age=63072000; includeSubDomains"}
"""Two years; where TLS stands before the server. Source: RFC 6797; OWASP ASVS 5.0, 3.4.1."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a body is not taken; the texts are in both languages, since nothing of the request was read yet."""

    code: str
    status: int
    title: str
    detail: str


def _too_large(most: int) -> Refusal:
    mib = most // 1024 // 1024
    return Refusal("too-large", 413, "内容过大 / Too large", f"正文超过 {mib} MiB。The body is larger than {mib} MiB.")


TOO_SLOW = Refusal(
    "too-slow",
    408,
    "传输过慢 / Too slow",
    f"正文在 {BODY_S:g} 秒内没有传完。The body did not arrive within {BODY_S:g} s.",
)


class Refused(Exception):
    """The body went past a limit while it was read."""


class Bounds:
    """ASGI middleware: refuses bodies above `most` bytes before they are kept, and those that never end, and sets the headers."""

    def __init__(self, app: ASGIApp, *, tls: bool = False, most: int = MAX_BODY_BYTES) -> None:
        self.app, self._most, self._too_large = app, most, _too_large(most)
        self._headers = HEADERS | OVER_TLS if tls else HEADERS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, within the bounds."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False
        reading = _Reading(receive, self._most, self._too_large)

        async def with_headers(message: Message) -> None:
            nonlocal started
            if reading.refusal and not started:
                return  # what the application makes of the cut body; the refusal is sent instead
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._most:
            await _answer(self._too_large, scope, receive, with_headers)
            return
        with suppress(Refused):
            await self.app(scope, reading.receive, with_headers)
        if reading.refusal and not started:
            refusal, reading.refusal = reading.refusal, None
            await _answer(refusal, scope, receive, with_headers)


class _Reading:
    """A body on its way in; `refusal` once it went past a limit."""

    def __init__(self, receive: Receive, most: int, too_large: Refusal) -> None:
        self._receive, self._most, self._too_large = receive, most, too_large
        self._taken = 0
        self._whole = False
        self._until = asyncio.get_running_loop().time() + BODY_S
        self.refusal: Refusal | None = None

    async def receive(self) -> Message:
        """The next part. Raises Refused."""
        if self.refusal is not None:
            raise Refused
        if self._whole:  # what comes now is the end of the connection, for which an answer may wait long
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._until):
                message = await self._receive()
        except TimeoutError as err:
            self.refusal = TOO_SLOW
            raise Refused from err
        self._whole = not message.get("more_body", False)
        self._taken += len(message.get("body", b""))
        if self._taken > self._most:
            self.refusal = self._too_large
            raise Refused
        return message


async def _answer(refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse(
        {
            "type": f"urn:yuzhang:error:{refusal.code}",
            "title": refusal.title,
            "status": refusal.status,
            "detail": refusal.detail,
            "fix": "请拆分后重试。Split it and send it again.",
        },
        refusal.status,
        media_type="application/problem+json",
    )(scope, receive, send)
