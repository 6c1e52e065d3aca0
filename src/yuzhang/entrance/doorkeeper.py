"""The door before all rooms: a stranger gets no further than to what is open, before anything of a request is read.

Each action asks for itself as well; here nothing can be forgotten, since what is not named is closed. And what a stranger sends is read up
to what a form needs: bodies are kept in memory while they are read, and nobody knows how many strangers there are.
"""

import re
from collections.abc import Iterable

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from yuzhang.core.access import Party, Policy
from yuzhang.web.bounds import Bounds
from yuzhang.web.gate import Asking, Gate
from yuzhang.web.problems import answer

ENTERING = Policy("entrance.doorkeeper", "reader", room="entrance")
"""What a stranger is refused at the door; the name stands in the record."""
OPEN = (
    "/", "/health", "/ready", "/metrics", "/sign-in", "/sign-in/*", "/sign-up", "/sign-up/*", "/join/*", "/recover", "/recover/*",
    "/static/*", "/preferences", "/help", "/help/*", "/.well-known/*", "/oauth2/*", "/api/openapi.json",
    "/api/devices/registrations", "/api/devices/registrations/*/credential", "/open311/v2/*", "/api/sources/*/push",
)  # fmt: skip
"""Paths that anybody may ask for; what stands behind each asks once more."""
MOST_OF_STRANGERS = 1024 * 1024
"""Bytes; a passkey's answer is the longest that the pages behind these paths take, with 100 KB."""


class Doorkeeper:
    """ASGI middleware: knows who comes, and lets strangers to what is open only."""

    def __init__(self, app: ASGIApp, gate: Gate, open_paths: Iterable[str] = OPEN) -> None:
        self._app, self._gate = app, gate
        self._for_strangers = Bounds(app, most=MOST_OF_STRANGERS)
        self._open = re.compile("|".join(re.escape(one).replace(r"\*", ".*") for one in open_paths))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        caller = state.get("caller")  # who stands before knows already, or nobody does: it comes from no sender
        if not isinstance(caller, Party):
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
            client = scope.get("client")
            caller = self._gate.party(Asking(scope["method"], scope["path"], client[0] if client else "", headers))
            state["caller"] = caller
        if caller.kind != "stranger":
            await self._app(scope, receive, send)
            return
        if self._open.fullmatch(scope["path"]):
            await self._for_strangers(scope, receive, send)
            return
        if caller.guard.noting:
            caller.guard.note(caller, ENTERING, "refused", "")
        refusal = caller.guard.refusal(caller, ENTERING)
        await answer(Request(scope), refusal)(scope, receive, send)
