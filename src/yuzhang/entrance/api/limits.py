"""How fast one may ask: before all rooms, per key, per party, or per address for strangers.

A bucket is one number, the time at which it will be full again (generic cell rate algorithm, ITU-T I.371, annex A.1). Limits that are met
are told in RateLimit and RateLimit-Policy. Source: draft-ietf-httpapi-ratelimit-headers-10.
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yuzhang.core.access import Party
from yuzhang.core.errors import YuzhangError
from yuzhang.entrance.api.model import Key, Limit
from yuzhang.entrance.api.refusing import policy, refuse
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.settings import SIGNED_IN_VARIABLE, STRANGERS_VARIABLE, rate
from yuzhang.web.forwarded import network_of
from yuzhang.web.gate import Asking, Gate

STRANGERS, SIGNED_IN = Limit(20, 100), Limit(100, 400)
FREE = frozenset({"/health", "/ready"})
"""What a balancer asks for is not counted."""
MOST_BUCKETS = 50_000
DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Told:
    """What came of taking from a bucket: whether it was given, how many are left, in how many seconds the next may be taken."""

    given: bool
    left: int
    wait_s: float


class Buckets:
    """Buckets of whoever asked lately. There are at most `most`: the one that was asked of longest ago goes first."""

    def __init__(self, most: int = MOST_BUCKETS, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = most, clock
        self._full_at: OrderedDict[str, float] = OrderedDict()
        self._lock = Lock()

    def take(self, who: str, limit: Limit) -> Told:
        """Take one from the bucket of `who`."""
        room_s = limit.burst / limit.rate
        with self._lock:
            now = self._clock()
            full_at = max(self._full_at.get(who, now), now) + 1 / limit.rate
            over_s = full_at - now - room_s
            given = over_s <= 1e-9
            if given:
                self._full_at[who] = full_at
                self._full_at.move_to_end(who)
                if len(self._full_at) > self._most:
                    self._full_at.popitem(last=False)
        if not given:
            return Told(False, 0, over_s)
        return Told(True, int((now + room_s - full_at) * limit.rate + 1e-6), 0.0)

    def __len__(self) -> int:
        return len(self._full_at)


class Headers(Mapping[str, str]):
    """A request's headers by lower-case name, decoded when asked for; of several with one name the last."""

    __slots__ = ("_raw",)

    def __init__(self, raw: Iterable[tuple[bytes, bytes]]) -> None:
        self._raw = dict(raw)

    def __getitem__(self, name: str) -> str:
        return self._raw[name.encode("latin-1")].decode("latin-1")

    def get(self, name: str, default: Any = None) -> Any:
        """The header's value; `default` if it was not sent, as most that are asked for are not."""
        found = self._raw.get(name.encode("latin-1"))
        return default if found is None else found.decode("latin-1")

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.encode("latin-1") in self._raw

    def __iter__(self) -> Iterator[str]:
        return (name.decode("latin-1") for name in self._raw)

    def __len__(self) -> int:
        return len(self._raw)


class Limits:
    """ASGI middleware before everything that answers: also before the NGSI-LD API, which answers beside the framework.

    It asks the gate who sends a request, once for all that stand behind it: they find the party in `scope["state"]["caller"]`, where
    nothing that a sender writes can come. `strangers`, `signed_in`: the installation's settings where they are not given.
    """

    def __init__(
        self,
        app: ASGIApp,
        api: Api,
        gate: Gate,
        *,
        strangers: Limit | None = None,
        signed_in: Limit | None = None,
        buckets: Buckets | None = None,
    ) -> None:
        """Raises UnfitLimit if a setting is none."""
        self._app, self._api, self._gate = app, api, gate
        self._strangers = strangers or rate(STRANGERS_VARIABLE, STRANGERS)
        self._signed_in = signed_in or rate(SIGNED_IN_VARIABLE, SIGNED_IN)
        self._buckets = buckets or Buckets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope["state"] = state = dict(scope.get("state") or ())  # its own: no other request's caller is in it
        state.pop("caller", None)
        if scope["path"] in FREE:
            await self._app(scope, receive, send)
            return
        _as_authorization(scope)
        client = scope.get("client")
        peer = client[0] if client else ""
        caller = self._caller(scope, peer)
        if caller is not None:
            state["caller"] = caller
        key = None if caller is None else self._api.key_of(caller)
        who, limit = self._bucket(caller, key, peer)
        if limit is None:
            await self._app(scope, receive, send)
            return
        told, name = self._buckets.take(who, limit), "second"
        if key is not None:
            if not told.given:
                self._api.counting.refuse(key.id)
            elif not self._api.counting.take(key.id, limit.daily):
                told, name = Told(False, 0, _to_midnight(self._api.now())), "day"
        if told.given:
            await self._app(scope, receive, _telling(send, limit, told))
        else:
            await refuse(scope, send, limit, told.wait_s, name)

    def _caller(self, scope: Scope, peer: str) -> Party | None:
        """Whoever sends it; None if that cannot be said now: whoever stands behind asks again, and answers."""
        try:
            return self._gate.party(Asking(scope["method"], scope["path"], peer, Headers(scope["headers"])))
        except YuzhangError:
            return None

    def _bucket(self, caller: Party | None, key: Key | None, peer: str) -> tuple[str, Limit | None]:
        """Whose bucket it is, and how large; None for whom nothing limits."""
        if key is not None:
            return f"key {key.id}", Limit(
                key.rate or self._signed_in.rate, key.burst or self._signed_in.burst, key.daily
            )
        if caller is None or caller.kind == "stranger":
            return f"address {network_of(peer)}", self._strangers
        if caller.kind == "process":
            return "", None
        return f"party {caller.id}", self._signed_in


def _as_authorization(scope: Scope) -> None:
    """A key in X-API-Key as one in Authorization, where there is no other."""
    given = b""
    for name, value in scope["headers"]:
        if name == b"authorization":
            return
        if name == b"x-api-key":
            given = value
    if given:
        scope["headers"] = [*scope["headers"], (b"authorization", b"Key " + given)]


def _telling(send: Send, limit: Limit, told: Told) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", ()),
                (b"ratelimit-policy", policy(limit).encode()),
                (b"ratelimit", f'"second";r={told.left};t={1 if told.left else math.ceil(1 / limit.rate)}'.encode()),
            ]
        await send(message)

    return sent


def _to_midnight(now: datetime) -> float:
    return DAY_S - now.astimezone(UTC).timestamp() % DAY_S
