"""Pages cross the network compressed. Only whole HTML pages: files are compressed where they are kept, streams stay as they are.

What a page says and what its address asks stand together in one compressed body. That gives nothing away (BREACH) where a page is
fetched for another site: it has no session there, since its cookie is SameSite=Lax, and pages carry no secret token.
"""

import gzip

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LEAST_BYTES = 1_000
LEVEL = 5


class Compressing:
    """ASGI middleware that does it, for whoever accepts gzip."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http" or "gzip" not in Headers(scope=scope).get("accept-encoding", ""):
            await self.app(scope, receive, send)
            return
        start: Message | None = None

        async def packing(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
                return
            if start is not None and message["type"] == "http.response.body":
                begun, start = start, None
                await send(_packed(begun, message))
            await send(message)

        await self.app(scope, receive, packing)


def _is_page(message: Message) -> bool:
    headers = Headers(raw=message["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers


def _packed(start: Message, body: Message) -> Message:
    """The start of the answer; `body` is changed with it, if it is whole and worth it."""
    headers = MutableHeaders(raw=start["headers"])
    headers.add_vary_header("Accept-Encoding")
    content = body.get("body", b"")
    if not body.get("more_body", False) and len(content) >= LEAST_BYTES:
        body["body"] = gzip.compress(content, LEVEL, mtime=0)
        headers["content-encoding"] = "gzip"
        headers["content-length"] = str(len(body["body"]))
    start["headers"] = headers.raw
    return start
