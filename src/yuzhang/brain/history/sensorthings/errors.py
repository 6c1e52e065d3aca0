"""What can go wrong with a request to the SensorThings API."""

from yuzhang.core.errors import InputRefused, NotFound
from yuzhang.core.language import Title

OPTIONS_FIX = Title("写法见 docs/reference/sensorthings.md。", "How it is written: docs/reference/sensorthings.md.")


class BadQuery(InputRefused):
    """A path or a query option of the SensorThings API cannot be read."""

    code, status = "sensorthings-query", 400
    title = Title("查询无法理解", "The query cannot be read")


class CostlyQuery(InputRefused):
    """The query of the SensorThings API would cost more than this server spends on one."""

    code, status = "sensorthings-too-costly", 400
    title = Title("查询代价过高", "The query costs too much")


class NotOffered(InputRefused):
    """The SensorThings API has this, but not here; `fix` says what to use instead."""

    code, status = "sensorthings-not-offered", 501
    title = Title("不提供此功能", "Not offered")


class NotThere(NotFound):
    """The SensorThings API has nothing under this id or path."""

    code = "sensorthings-not-found"
    title = Title("找不到", "Not found")


def bad(zh: str, en: str, where: str) -> BadQuery:
    """A BadQuery of the option or path `where`."""
    return BadQuery(Title(zh, en), where=where, fix=OPTIONS_FIX)


def not_there(what: str) -> NotThere:
    """Nothing is called `what`."""
    shown = what[:200]
    return NotThere(Title(f"没有 {shown}。", f"There is no {shown}."), where=shown)
