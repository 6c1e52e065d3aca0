"""Every error that a reader can meet.

    YuzhangError
    ├── InputRefused        the reader's fault: 4xx; says where and what to do; nothing was changed
    │   ├── NotFound        404
    │   └── Conflict        409
    ├── NotAllowed          403
    ├── TryAgain            503, may work later
    └── Broken              500, our fault; details go to the log only

Rooms add their own below these in their `errors.py`. Each class has a stable `code`, an HTTP `status` and a title in both
languages; the instance has `detail` (what happened), `where` (a JSON pointer, file and line, or row) and `fix` (what to do).
"""

from typing import Any, ClassVar

from yuzhang.core.language import Language, Title


class YuzhangError(Exception):
    """The root. `detail` and `fix` are titles, so that a page speaks the reader's language."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[Title] = Title("出错了", "Something went wrong")
    template: ClassVar[str] = "web/problem.html"
    """The page that shows it."""

    def __init__(self, detail: Title, *, fix: Title | None = None, where: str | None = None) -> None:
        super().__init__(detail.en)
        self.detail = detail
        self.fix = fix
        self.where = where

    def problem(self, language: Language) -> dict[str, Any]:
        """The error as a problem+json object. Source: RFC 9457, section 3."""
        body: dict[str, Any] = {
            "type": f"urn:yuzhang:error:{self.code}",
            "title": self.title.in_language(language),
            "status": self.status,
            "detail": self.detail.in_language(language),
            "code": self.code,
        }
        if self.where:
            body["where"] = self.where
        if self.fix:
            body["fix"] = self.fix.in_language(language)
        return body

    def line(self, language: Language) -> str:
        """The error as one line of a terminal: where, what, what to do."""
        place = f"{self.where}: " if self.where else ""
        fix = f" {self.fix.in_language(language)}" if self.fix else ""
        return f"{place}{self.detail.in_language(language)}{fix}"


class InputRefused(YuzhangError):
    """What was given cannot be taken; nothing was changed."""

    code = "input-refused"
    status = 422
    title = Title("输入无法接受", "The input was refused")


class NotFound(InputRefused):
    """What was asked for does not exist."""

    code = "not-found"
    status = 404
    title = Title("找不到", "Not found")


class Conflict(InputRefused):
    """What was given contradicts what is stored."""

    code = "conflict"
    status = 409
    title = Title("与已有内容冲突", "It conflicts with what is stored")


class NotAllowed(YuzhangError):
    """The party may not do this."""

    code = "not-allowed"
    status = 403
    title = Title("没有权限", "Not allowed")


class TryAgain(YuzhangError):
    """It may work later: something that is needed is busy or away. Answers say when, in the header Retry-After."""

    code = "try-again"
    status = 503
    title = Title("请稍后再试", "Try again")
    retry_after_s: int = 5


class Broken(YuzhangError):
    """Our fault. What happened goes to the log, not to the reader."""

    code = "broken"
    status = 500
    title = Title("系统内部错误", "Internal error")
