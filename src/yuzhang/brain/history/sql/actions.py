"""What officers can do with SQL: see which tables there are, ask a question."""

from yuzhang.brain.history.sql.errors import FIXES, QueryNotAllowed, UnfitQuery
from yuzhang.brain.history.sql.model import Answer, Format, Question, Value, View
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title


@action("reader")
def tables(workers: Workers, caller: Party, /) -> list[View]:
    """The tables that the caller may read."""
    return [one for one in workers.views if one.role in caller.roles]


@action("reader")
def ask(
    workers: Workers,
    caller: Party,
    /,
    query: str,
    parameters: list[Value] | dict[str, Value],
    form: Format = Format.JSON,
    rows: int = 10_000,
) -> Answer:
    """The rows of one SELECT over the tables that the caller may read, `rows` at most.

    Raises: QueryNotAllowed, UnfitQuery, QueryTooLarge, QueriesBusy, LakeFileMissing.
    """
    if any(one == "\0" or "\ud800" <= one <= "\udfff" for one in query):
        raise UnfitQuery(
            Title("查询含有不是文字的字符。", "There are characters in the query that are no text."),
            fix=FIXES["wrong"],
            where="query",
        )
    if len(query.encode()) > workers.limits.query_bytes:
        raise QueryNotAllowed(Title("查询过长。", "The query is too long."), fix=FIXES["forbidden"], where="query")
    views = [one.name for one in workers.views if one.role in caller.roles]
    return workers.ask(Question(query, parameters, form, max(1, min(rows, workers.limits.rows)), views))
