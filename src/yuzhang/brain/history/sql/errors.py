"""What can go wrong with SQL for officers."""

from yuzhang.brain.history.sql.model import Refusal
from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.core.lake import LakeFileMissing
from yuzhang.core.language import Title


class QueryNotAllowed(InputRefused):
    """The query is no single SELECT over the tables that are offered."""

    code = "query-not-allowed"
    title = Title("不允许这样的查询", "Such a query is not allowed")


class UnfitQuery(InputRefused):
    """The query cannot be understood or computed: a word misspelt, an unknown column, a value that does not fit."""

    code = "unfit-query"
    title = Title("查询有误", "The query is wrong")


class QueryTooLarge(InputRefused):
    """The query took more time or memory than one may; it was ended."""

    code = "query-too-large"
    title = Title("查询超出限额", "The query takes too much")


class QueriesBusy(TryAgain):
    """As many queries as may run at once are running, or the process that runs them ended."""

    code = "queries-busy"
    title = Title("查询繁忙", "Busy with queries")


class LakeNotRead(TryAgain):
    """The process that runs queries cannot read the lake."""

    code = "lake-not-read"
    title = Title("数据湖无法读取", "The lake cannot be read")


KINDS: dict[str, type[YuzhangError]] = {
    "forbidden": QueryNotAllowed,
    "wrong": UnfitQuery,
    "large": QueryTooLarge,
    "busy": QueriesBusy,
    "away": LakeNotRead,
}
FIXES: dict[str, Title] = {
    "forbidden": Title("请写一条 SELECT，只用列出的表。", "Write one SELECT that names the listed tables only."),
    "wrong": Title("请改正后再试。", "Mend it and try again."),
    "large": Title("请缩小时间范围，先聚合或加条件。", "Narrow the time, add conditions, or sum up first."),
    "busy": Title("请稍候再试。", "Wait a moment and try again."),
    "away": Title(
        "请稍候再试；管理员请查看数据目录。", "Wait a moment and try again; operators: look at the data folder."
    ),
}


def error_of(refusal: Refusal, query: str) -> YuzhangError:
    """The error that a worker's refusal is, with the line and column in `query`."""
    if refusal.kind == "missing":
        return LakeFileMissing.of(refusal.english)
    where = None
    if refusal.place is not None:
        before = query.encode()[: refusal.place].decode(errors="ignore")
        where = f"query:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
    made = KINDS[refusal.kind]
    return made(Title(refusal.chinese, refusal.english), fix=FIXES[refusal.kind], where=where)
