"""What every answer and every request keeps to: a body's size, and the headers that keep a page to itself."""

from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES = 64 * 1024 * 1024
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'self'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
}


class TooLarge(Exception):
    """The body went past the limit while it was read."""


class Bounds:
    """ASGI middleware: refuses bodies above 64 MiB before they are kept, and sets the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, within the bounds."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken = 0
        started = over = False

        async def bounded() -> Message:
            nonlocal taken, over
            message = await receive()
            taken += len(message.get("body", b""))
            over = over or taken > MAX_BODY_BYTES
            if over:
                raise TooLarge
            return message

        async def with_headers(message: Message) -> None:
            nonlocal started
            if over and not started:
                return  # what the application makes of the cut body; the refusal is sent instead
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BODY_BYTES:
            await _refusal(scope, receive, with_headers)
            return
        with suppress(TooLarge):
            await self.app(scope, bounded, with_headers)
        if over and not started:
            over = False
            await _refusal(scope, receive, with_headers)


async def _refusal(scope: Scope, receive: Receive, send: Send) -> None:
    limit = MAX_BODY_BYTES // 1024 // 1024
    await JSONResponse(
        {
            "type": "urn:yuzhang:error:too-large",
            "title": "内容过大 / Too large",
            "status": 413,
            "detail": f"正文超过 {limit} MiB。The body is larger than {limit} MiB.",
            "fix": "请拆分后重试。Split it and send it again.",
        },
        413,
        media_type="application/problem+json",
    )(scope, receive, send)
