"""SQL for officers over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from yuzhang.brain.history.sql import actions
from yuzhang.brain.history.sql.model import MEDIA, Format
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/sql", tags=["sql"])
ENDING = {Format.JSON: "json", Format.CSV: "csv", Format.ARROW: "arrows", Format.PARQUET: "parquet"}


def workers_of(request: Request) -> Workers:
    """The application's workers."""
    workers = request.app.state.sql
    assert isinstance(workers, Workers)  # noqa: S101  # app.py puts it there
    return workers


Asked = Annotated[Workers, Depends(workers_of)]


class Query(BaseModel):
    """One SELECT; `parameters` are the values of its ? by place, or of its $name by name."""

    query: str = Field(max_length=200_000)
    parameters: list[str | int | float | bool | None] | dict[str, str | int | float | bool | None] = []
    format: Format = Format.JSON
    rows: int = Field(
        10_000, ge=1, le=1_000_000, description="so many rows at most; the answer says if there were more"
    )


@router.post("", response_class=Response)
def ask(workers: Asked, caller: Caller, asked: Query) -> Response:
    """The rows of one SELECT. Headers: `yuzhang-snapshot`, the snapshot of the lake it was read from; `yuzhang-cut`, if there were more."""
    made = actions.ask(workers, caller, asked.query, asked.parameters, asked.format, asked.rows)
    headers = {
        "yuzhang-snapshot": str(made.snapshot),
        "yuzhang-cut": str(made.cut).lower(),
        "yuzhang-rows": str(made.rows),
        "yuzhang-seconds": f"{made.seconds:.3f}",
    }
    if asked.format is not Format.JSON:
        headers["content-disposition"] = (
            f'attachment; filename="answer-snapshot-{made.snapshot}.{ENDING[asked.format]}"'
        )
    return Response(made.content, media_type=MEDIA[asked.format], headers=headers)


@router.get("/tables")
def tables(workers: Asked, caller: Caller) -> list[dict[str, Any]]:
    """The tables that a query may name, and their columns."""
    return [
        {
            "name": one.name,
            "title": {"zh": one.title_zh, "en": one.title_en},
            "columns": [
                {"name": column.name, "type": column.kind, "title": {"zh": column.title_zh, "en": column.title_en}}
                for column in one.columns
            ],
        }
        for one in actions.tables(workers, caller)
    ]
