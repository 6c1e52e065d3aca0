"""The page "SQL": a box to write a query in, the tables that it may name, its rows, and downloads."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, Response

from yuzhang.brain.history.sql import actions
from yuzhang.brain.history.sql.api import ENDING, Asked
from yuzhang.brain.history.sql.model import MEDIA, Answer, Format
from yuzhang.brain.history.sql.views import EXAMPLES
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import Party
from yuzhang.core.errors import YuzhangError
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
SHOWN = 1000
FILED = 1_000_000
PAGE_LENGTH = 100
Text = Annotated[str, Form(alias="query", max_length=100_000)]


@router.get("/sql", response_class=HTMLResponse)
def sql_page(request: Request, workers: Asked, caller: Caller, example: int = -1) -> HTMLResponse:
    """The box, empty or with an example. Nothing runs before the reader says so."""
    query = EXAMPLES[example].query if 0 <= example < len(EXAMPLES) else ""
    return _page(request, workers, caller, query)


@router.post("/sql", response_class=HTMLResponse)
def sql_rows(
    request: Request,
    workers: Asked,
    caller: Caller,
    query: Text = "",
    number: Annotated[int, Form(alias="page", ge=1, le=SHOWN // PAGE_LENGTH)] = 1,
) -> HTMLResponse:
    """The rows of a query, a page of them."""
    answer, refused = None, None
    try:
        answer = actions.ask(workers, caller, query, [], Format.JSON, SHOWN)
    except YuzhangError as error:
        if error.status in (401, 403):  # a stranger sees no page of it
            raise
        refused = error
    return _page(request, workers, caller, query, answer, refused, number)


@router.post("/sql/download", response_class=Response)
def sql_file(
    workers: Asked, caller: Caller, query: Text = "", form: Annotated[Format, Form(alias="format")] = Format.CSV
) -> Response:
    """All rows of a query as a file."""
    made = actions.ask(workers, caller, query, [], form, FILED)
    name = f'attachment; filename="answer-snapshot-{made.snapshot}.{ENDING[form]}"'
    headers = {"content-disposition": name, "yuzhang-cut": str(made.cut).lower()}
    return Response(made.content, media_type=MEDIA[form], headers=headers)


def _page(
    request: Request,
    workers: Workers,
    caller: Party,
    query: str,
    answer: Answer | None = None,
    refused: YuzhangError | None = None,
    number: int = 1,
) -> HTMLResponse:
    found = {"columns": [], "rows": []} if answer is None else msgspec.json.decode(answer.content)
    first = (number - 1) * PAGE_LENGTH
    return page(
        request,
        "sql/sql.html",
        status=200 if refused is None else refused.status,
        query=query,
        views=actions.tables(workers, caller),
        examples=EXAMPLES,
        answer=answer,
        columns=found["columns"],
        rows=found["rows"][first : first + PAGE_LENGTH],
        number=number,
        pages=max(1, -(-len(found["rows"]) // PAGE_LENGTH)),
        refused=refused,
        limits=workers.limits,
        forms=[Format.CSV, Format.PARQUET, Format.ARROW, Format.JSON],
    )
