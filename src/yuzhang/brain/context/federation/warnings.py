"""What a client is told when a part of an answer is missing: the header NGSILD-Warning. Source: clause 6.3.17."""

from collections.abc import Iterable

from yuzhang.brain.context.federation.asking import Reply
from yuzhang.brain.context.http.message import Headers
from yuzhang.brain.context.registrations.model import Registration

HEADER = "ngsild-warning"
INVALID, MISSING, REFUSED = 111, 199, 299
LONGEST = 1000
"""Characters of the warnings that another broker gave."""


def warning(reply: Reply) -> str | None:
    """The warning for one reply; None if all is well. That nothing is found is no fault.

    The codes are those of table 6.3.17-1, which takes them from RFC 7234.
    """
    who = named(reply.registration)
    if reply.spoiled:
        return written(INVALID, who, reply.failure or "The answer is invalid.")
    if not reply.status:
        return written(MISSING, who, reply.failure)
    if reply.status >= 300 and reply.status != 404:
        return written(REFUSED, who, f"The context source answered {reply.status}.")
    return None


def named(one: Registration) -> str:
    """What a context source is called in warnings."""
    return one.alias or one.id


def written(code: int, who: str, text: str) -> str:
    """One warning.

    >>> written(MISSING, "county", "No answer.")
    '199 county "No answer."'
    """
    readable = _ascii(text).replace('"', "'")
    return f'{code} {who} "{readable[:200]}"'


def _ascii(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace("\\", "/")


def warned(replies: Iterable[Reply], more: Iterable[str] = ()) -> Headers:
    """The header for all replies together, and for `more` warnings; none if all is well.

    What another broker says is missing of its own sources is missing here, too.
    """
    found: list[str] = []
    for reply in replies:
        if (own := warning(reply)) is not None:
            found.append(own)
        if told := reply.headers.get(HEADER):
            found.append(_ascii(told)[:LONGEST])
    return headers_of([*found, *more])


def headers_of(warnings: Iterable[str]) -> Headers:
    """The header of these warnings; none if there are none."""
    text = ", ".join(dict.fromkeys(warnings))
    return [(HEADER, text)] if text else []
