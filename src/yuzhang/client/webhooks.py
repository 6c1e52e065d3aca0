"""Messages of webhooks: how they are signed, and how whoever gets one knows that it is genuine. Source: Standard Webhooks 1.0.

from yuzhang.client.webhooks import verify
event = verify(request.headers, request.body, secret)   # raises NotGenuine
"""

import binascii
import hmac
import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from time import time
from typing import Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256, SM3
from cryptography.hazmat.primitives.hmac import HMAC

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title

Suite = Literal["international", "sm"]
PREFIX = "whsec_"
TOLERANCE_S = 300
"""So far may a message's time lie from the receiver's: an older one may be sent again by whoever heard it."""
VERSIONS: Mapping[str, Suite] = {"v1": "international", "v1sm3": "sm"}
"""`v1`: HMAC-SHA256, as the standard says; `v1sm3`: HMAC-SM3 (GB/T 32905-2016), for an installation of that suite."""


class NotGenuine(InputRefused):
    """A message was not sent by whoever has the secret, was changed on its way, or is too old."""

    code = "not-genuine"
    status = 401
    title = Title("消息不可信", "The message is not genuine")


@dataclass(frozen=True, slots=True)
class Event:
    """What a message tells. `id`: the same whenever it is sent again; `at`: when it happened; `data`: what is told of it."""

    id: str
    kind: str
    at: datetime
    data: Mapping[str, Any]


def signature(secret: str, message: str, timestamp: int, body: bytes, suite: Suite = "international") -> str:
    """What stands in the header webhook-signature. Raises ValueError if `secret` is no `whsec_…`.

    >>> secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    >>> signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
    'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE='
    """
    signing = HMAC(_key(secret), SM3() if suite == "sm" else SHA256())
    signing.update(f"{message}.{timestamp}.".encode() + body)
    version = next(name for name, one in VERSIONS.items() if one == suite)
    return f"{version},{b64encode(signing.finalize()).decode()}"


def verify(
    headers: Mapping[str, str],
    body: bytes,
    secret: str,
    *,
    tolerance_s: float = TOLERANCE_S,
    now: float | None = None,
) -> Event:
    """What a genuine message tells; `body` as it came, unread. Raises NotGenuine, ValueError if `secret` is no `whsec_…`.

    Whoever must not act twice on one event remembers its `id`: a message may come again.
    """
    _key(secret)
    given = {name.lower(): value for name, value in headers.items()}
    message, written, said = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (message and said and written.isascii() and written.isdigit() and len(written) <= 12):
        raise _not("消息没有完整的签名。", "The message has no complete signature.")
    if abs((time() if now is None else now) - int(written)) > tolerance_s:
        raise _not("消息的时间相差过大。", "The message's time lies too far off.")
    if not any(_signed(one, secret, message, int(written), body) for one in said.split(" ")):
        raise _not("签名不符。", "The signature does not fit.")
    try:
        told = json.loads(body)
        return Event(message, told["type"], datetime.fromisoformat(told["timestamp"]), told["data"])
    except (ValueError, KeyError, TypeError) as err:
        raise _not("消息内容无法读取。", "What the message says cannot be read.") from err


def _signed(one: str, secret: str, message: str, timestamp: int, body: bytes) -> bool:
    suite = VERSIONS.get(one.partition(",")[0])
    return suite is not None and hmac.compare_digest(
        signature(secret, message, timestamp, body, suite).encode(), one.encode()
    )


def _key(secret: str) -> bytes:
    try:
        key = b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as err:
        raise ValueError("the secret is no base64") from err
    if not secret.startswith(PREFIX) or not key:
        raise ValueError(f"the secret begins with {PREFIX}")
    return key


def _not(chinese: str, english: str) -> NotGenuine:
    return NotGenuine(Title(chinese, english))
