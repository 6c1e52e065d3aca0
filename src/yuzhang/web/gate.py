"""Which party a request comes from: what of it tells, and the application's gate that answers.

The entrance brings the gate that knows sessions, tokens and keys. The one here knows none: it takes whoever asks from this machine for
the operator, for a laptop that one person sits at. Its Host check keeps out DNS rebinding; the Origin check keeps other sites from
writing (CSRF), with either gate. Of a declared proxy's request `web/forwarded` has put the sender in the place of the peer, and taken
its headers away before it comes here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Protocol
from urllib.parse import urlsplit

from fastapi import Request

from yuzhang.core.access import OPERATOR, ROLES, STRANGER, Guard, Party
from yuzhang.core.settings import Trust, is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
PASSED_ON = frozenset({
    "forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-forwarded-server",
    "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "cf-connecting-ip",
})  # fmt: skip
"""What proxies write into a request. `Via` is not among them: brokers on one machine name themselves in it (NGSI-LD, 4.3.6.8), and it says
of nobody where they are. Source: RFC 7239, and what is in use."""


@dataclass(frozen=True, slots=True)
class Asking:
    """What of a request tells who sends it. `headers`: by lower-case name."""

    method: str
    path: str
    peer: str
    headers: Mapping[str, str]

    @property
    def safe(self) -> bool:
        """Whether the method only reads."""
        return self.method in SAFE_METHODS

    @property
    def passed_on(self) -> bool:
        """Whether a proxy handed it on that nobody declared: its peer is the proxy, and who sent it is anybody's guess."""
        return not PASSED_ON.isdisjoint(self.headers)

    @property
    def host(self) -> str:
        """The name that was asked for."""
        return self.headers.get("host", "")

    @property
    def origin(self) -> str | None:
        """The page that it comes from, if a browser says so."""
        return self.headers.get("origin")


class Gate(Protocol):
    """Knows parties by their requests."""

    def party(self, asking: Asking) -> Party:
        """Whoever sends it; a stranger if it is nobody that the gate knows."""
        ...


class TrustingGate:
    """The gate without identities: `machine` takes whoever asks from this machine for the operator, `everyone` everybody."""

    def __init__(self, trust: Trust, guard: Guard = ROLES) -> None:
        self._everyone = trust == "everyone"
        self._nobody = trust == "nobody"
        self._operator = replace(OPERATOR, guard=guard)
        self._stranger = replace(STRANGER, guard=guard)

    def party(self, asking: Asking) -> Party:
        """The operator or a stranger. Cross-site writes are always a stranger's, and so is what a proxy says that nobody declared."""
        if self._nobody or (asking.passed_on and not self._everyone):
            return self._stranger
        trusted = trusts(asking.safe, asking.peer, asking.host, asking.origin, self._everyone)
        return self._operator if trusted else self._stranger


@lru_cache(maxsize=1024)
def trusts(safe: bool, peer: str, host: str, origin: str | None, everyone: bool) -> bool:
    """Whether who asks from `peer` for `host`, from a page of `origin` if a browser says so, sits at this machine.

    >>> trusts(True, "127.0.0.1", "localhost:8700", None, False), trusts(True, "10.0.0.7", "city.example", None, False)
    (True, False)
    """
    if not safe and not same_origin(origin, host):
        return False
    if everyone:
        return True
    try:
        return is_loopback(peer) and is_loopback(urlsplit(f"//{host}").hostname or "")
    except ValueError:  # a Host that is no address
        return False


def same_origin(origin: str | None, host: str) -> bool:
    """Whether a page of `origin` belongs to `host`; so does what is sent by no page.

    >>> same_origin("http://a.example", "a.example"), same_origin("http://b.example", "a.example"), same_origin(None, "a")
    (True, False, True)
    """
    try:
        return origin is None or urlsplit(origin).netloc == host
    except ValueError:  # an Origin that is no address
        return False


def asking_of(request: Request) -> Asking:
    """What a request tells of its sender."""
    return Asking(request.method, request.url.path, request.client.host if request.client else "", request.headers)


def caller_of(request: Request) -> Party:
    """The party of a request, as the application's gate knows it; asked once a request."""
    known = getattr(request.state, "caller", None)
    if not isinstance(known, Party):
        known = request.app.state.gate.party(asking_of(request))
        request.state.caller = known
    return known
