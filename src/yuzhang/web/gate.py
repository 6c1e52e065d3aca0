"""Decides which party a request comes from, until the entrance brings identities.

Whoever asks from this machine, by a loopback name, is the operator; everybody else is a stranger, whom every action
refuses. The Host check keeps out DNS rebinding; the Origin check keeps other sites from writing (CSRF).
"""

from urllib.parse import urlsplit

from fastapi import Request

from yuzhang.core.access import OPERATOR, STRANGER, Party
from yuzhang.core.settings import is_loopback

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


def caller_of(request: Request) -> Party:
    """The party of a request. Under `--insecure` every peer counts as the operator; cross-site writes never do."""
    try:
        return _party(request)
    except ValueError:  # a Host or an Origin that is no address
        return STRANGER


def _party(request: Request) -> Party:
    origin = request.headers.get("origin")
    if (
        request.method not in SAFE_METHODS
        and origin is not None
        and urlsplit(origin).netloc != request.headers.get("host")
    ):
        return STRANGER
    if request.app.state.insecure:
        return OPERATOR
    peer = request.client.host if request.client else ""
    named = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    return OPERATOR if is_loopback(peer) and is_loopback(named) else STRANGER
