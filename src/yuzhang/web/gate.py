"""Decides which party a request comes from, until the entrance brings identities.

Whoever asks from this machine, by a loopback name, is the operator; everybody else is a stranger, whom every action
refuses. The Host check keeps out DNS rebinding; the Origin check keeps other sites from writing (CSRF).
"""

from functools import lru_cache
from urllib.parse import urlsplit

from fastapi import Request

from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.settings import is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def caller_of(request: Request) -> Party:
    """The party of a request. Under `--insecure` every peer counts as the operator; cross-site writes never do."""
    return party(
        request.method in SAFE_METHODS,
        request.client.host if request.client else "",
        request.headers.get("host", ""),
        request.headers.get("origin"),
        request.app.state.insecure,
    )


@lru_cache(maxsize=1024)
def party(safe: bool, peer: str, host: str, origin: str | None, insecure: bool) -> Party:
    """The party that asks from `peer` for `host`, from a page of `origin` if a browser says so.

    >>> party(True, "127.0.0.1", "localhost:8700", None, False).id, party(True, "10.0.0.7", "city.example", None, False).id
    ('operator', 'stranger')
    """
    try:
        if not safe and origin is not None and urlsplit(origin).netloc != host:
            return STRANGER
        if insecure:
            return OPERATOR
        named = urlsplit(f"//{host}").hostname or ""
        return OPERATOR if is_loopback(peer) and is_loopback(named) else STRANGER
    except ValueError:  # a Host or an Origin that is no address
        return STRANGER
