"""What whoever asks too much is told: when to come back, as a page for people and as problem+json for programs."""

import json
import math

from starlette.requests import Request
from starlette.types import Scope, Send

from yuzhang.core.language import Title
from yuzhang.entrance.api.errors import TooManyRequests
from yuzhang.entrance.api.model import Limit
from yuzhang.web.reader import reader_of
from yuzhang.web.rendering import environment

DAY_S = 86_400
OWN_STYLE = "default-src 'none'; style-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def policy(limit: Limit) -> str:
    """The limit as RateLimit-Policy says it. Source: draft-ietf-httpapi-ratelimit-headers-10.

    >>> policy(Limit(20, 100)), policy(Limit(2, 2, 500))
    ('"second";q=100;w=5', '"second";q=2;w=1, "day";q=500;w=86400')
    """
    said = f'"second";q={limit.burst};w={math.ceil(limit.burst / limit.rate)}'
    return said if limit.daily is None else f'{said}, "day";q={limit.daily};w={DAY_S}'


async def refuse(scope: Scope, send: Send, limit: Limit, wait_s: float, name: str) -> None:
    """Answer 429 for one request: `name` is the limit that was met, `wait_s` the seconds until the next may be sent."""
    seconds = max(1, math.ceil(wait_s))
    error = TooManyRequests(
        Title("请求超过限额。", "More was asked than the limit allows."),
        where=scope["path"],
        fix=Title(f"请在 {seconds} 秒后重试。", f"Try again in {seconds} s."),
    )
    # Without the caller: what they prefer would be looked up, for one who asks too much already.
    request = Request({**scope, "state": {}})
    reader = reader_of(request)
    if not scope["path"].startswith("/api/") and "text/html" in request.headers.get("accept", ""):
        template = environment().get_template("api/too_many.html")
        body, kind = template.render(error=error, t=reader.title, reader=reader).encode(), "text/html; charset=utf-8"
    else:
        body = json.dumps(error.problem(reader.language), ensure_ascii=False).encode()
        kind = "application/problem+json"
    said = {
        "content-type": kind,
        "content-length": str(len(body)),
        "retry-after": str(seconds),
        "ratelimit-policy": policy(limit),
        "ratelimit": f'"{name}";r=0;t={seconds}',
        "cache-control": "no-store",
        "content-security-policy": OWN_STYLE,
        "x-content-type-options": "nosniff",
    }
    raw = [(key.encode(), value.encode()) for key, value in said.items()]
    await send({"type": "http.response.start", "status": 429, "headers": raw})
    await send({"type": "http.response.body", "body": body})
