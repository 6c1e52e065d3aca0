"""What officers can do with SQL: see which tables there are, ask a question."""

from yuzhang.brain.context.classification.model import holds_personal
from yuzhang.brain.history.seeing import limit_of
from yuzhang.brain.history.sql.errors import FIXES, QueryNotAllowed, UnfitQuery
from yuzhang.brain.history.sql.model import Answer, Format, Question, Value, View
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.brain.history.store.searching import numbers
from yuzhang.core.access import Object, Party, RoleGuard, action, may
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title

ASKING = "brain.history.sql.actions.ask"


@action("reader")
def tables(workers: Workers, caller: Party, /) -> list[View]:
    """The tables that the caller may read."""
    return [one for one in workers.views if _may(caller, one)]


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
    views = [one.name for one in workers.views if _may(caller, one)]
    series = _seen(workers, caller)
    return workers.ask(Question(query, parameters, form, max(1, min(rows, workers.limits.rows)), views, series))


def _may(caller: Party, view: View) -> bool:
    """Whether a party may read a table at all. Where there is no entrance, a right is a role."""
    if isinstance(caller.guard, RoleGuard):
        return view.role in caller.roles
    return may(caller, ASKING, Object("brain.history.sql", id=view.name, kind="table"))


def _seen(workers: Workers, caller: Party) -> bytes | None:
    """The numbers of the series that a party sees; None for all. Raises NotAllowed where that cannot be told."""
    history = workers.history
    if history is None:
        if isinstance(caller.guard, RoleGuard) or caller.kind == "process":
            return None
        raise NotAllowed(Title("无法确定您可查看的数据。", "It cannot be told which data you may see."))
    sight, within = history.broker.sights.of(caller, ""), limit_of(history, caller, "")
    if sight is not None and any(map(holds_personal, sight.classes.values())):
        sight.note(["urn:yuzhang:sql"])  # which persons the rows are of, nobody can tell
    return None if within is None else numbers(history.broker.database.reader(), "", within).tobytes()
