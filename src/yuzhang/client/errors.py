"""What can go wrong between a client and a broker. Each carries what the broker said as `answer`, where it said something.

YuzhangError
├── InputRefused
│   └── RequestRefused       422  the broker refused the request; `answer.status` is the status it gave
│       ├── NotThere         404
│       └── AlreadyThere     409
├── TryAgain
│   └── NotReached           503  nobody answers there, or not in time
└── Broken
    └── NotUnderstood        502  the answer is none of a broker, or the broker failed
"""

from dataclasses import dataclass
from typing import Any

import msgspec

from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.core.language import Title

MOST_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """What a broker says went wrong, as problem+json. Source: RFC 9457, section 3; ETSI GS CIM 009, clause 5.5.2.

    `where` and `fix` come from Yuzhang only.
    """

    status: int
    type: str = ""
    title: str = ""
    detail: str = ""
    where: str = ""
    fix: str = ""

    @classmethod
    def of(cls, data: Any, status: int) -> "Problem":
        """From the JSON of the answer, whatever it is.

        >>> Problem.of({"type": "urn:x", "title": "No such entity"}, 404)
        Problem(status=404, type='urn:x', title='No such entity', detail='', where='', fix='')
        """
        members = data if isinstance(data, dict) else {"detail": str(data)[:MOST_CHARACTERS]}
        given = members.get("status")
        texts = {name: str(members.get(name) or "") for name in ("type", "title", "detail", "where", "fix")}
        return cls(given if isinstance(given, int) else status, **texts)

    @property
    def text(self) -> str:
        """One sentence: the detail, or the title where there is none."""
        return self.detail or self.title or f"HTTP {self.status}"


class RequestRefused(InputRefused):
    """The broker refused the request; nothing was changed by it."""

    code = "request-refused"
    title = Title("请求被拒绝", "The request was refused")
    answer: Problem = Problem(422)


class NotThere(RequestRefused):
    """The broker has nothing of that name."""

    code, status = "not-there", 404
    title = Title("不存在", "It is not there")


class AlreadyThere(RequestRefused):
    """The broker has something of that name."""

    code, status = "already-there", 409
    title = Title("已经存在", "It is there already")


class NotReached(TryAgain):
    """Nobody answers at the address, or not in time; whether the request was done is not known."""

    code = "not-reached"
    title = Title("无法连接", "It cannot be reached")


class NotUnderstood(YuzhangError):
    """The answer is none of a broker, or the broker failed."""

    code, status = "not-understood", 502
    title = Title("回答无法理解", "The answer is not understood")
    answer: Problem = Problem(502)


def refused(status: int, content: bytes) -> YuzhangError:
    """The error of an answer with `status` 400 and above."""
    try:
        problem = Problem.of(msgspec.json.decode(content), status)
    except msgspec.DecodeError:
        problem = Problem.of(content.decode(errors="replace") if content else "", status)
    kind = {404: NotThere, 409: AlreadyThere}.get(status, RequestRefused if status < 500 else NotUnderstood)
    fix = Title(problem.fix, problem.fix) if problem.fix else None
    error = kind(Title(problem.text, problem.text), fix=fix, where=problem.where or None)
    error.answer = problem
    return error
