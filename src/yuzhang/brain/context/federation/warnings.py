"""What a client is told when a part of an answer is missing: the header NGSILD-Warning. Source: clause 6.3.17."""

from collections.abc import Iterable

from yuzhang.brain.context.federation.asking import Reply
from yuzhang.brain.context.http.message import Headers

INVALID, NO_ANSWER, REFUSED = 111, 199, 299


def warning(reply: Reply) -> str | None:
    """The warning for one reply; None if all is well. That nothing is found is no fault.

    The codes are those of table 6.3.17-1, which takes them from RFC 7234.
    """
    if reply.spoiled:
        return _written(INVALID, reply, reply.failure or "The answer is invalid.")
    if not reply.status:
        return _written(NO_ANSWER, reply, reply.failure)
    if reply.status >= 300 and reply.status != 404:
        return _written(REFUSED, reply, f"The context source answered {reply.status}.")
    return None


def _written(code: int, reply: Reply, text: str) -> str:
    readable = text.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "/")
    return f'{code} {reply.registration.alias or reply.registration.id} "{readable[:200]}"'


def warned(replies: Iterable[Reply]) -> Headers:
    """The header for all replies together; none if all is well."""
    found = [one for one in map(warning, replies) if one is not None]
    return [("ngsild-warning", ", ".join(dict.fromkeys(found)))] if found else []
