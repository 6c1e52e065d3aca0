"""Reports over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from yuzhang.core.language import Language
from yuzhang.plan.evaluation.api import Asked
from yuzhang.plan.report import actions
from yuzhang.plan.report.actions import MEDIA_TYPES, ReportFormat
from yuzhang.web.asking import Caller, Store

router = APIRouter(prefix="/api/plans/{plan}", tags=["plan report"])


@router.get("/report.{format}", response_class=Response)
def report(
    storage: Store,
    caller: Caller,
    plan: str,
    format: ReportFormat,
    asked: Asked,
    lang: Annotated[Language, Query(description="the report's language")] = "zh",
) -> Response:
    """The evaluation report as Word, PDF or HTML."""
    content = actions.write_report(
        storage, caller, plan, kind=asked.kind, format=format, language=lang, known=asked.known, year=asked.year
    )
    name = f'attachment; filename="report-{asked.kind.value}.{format}"'
    return Response(content, media_type=MEDIA_TYPES[format], headers={"content-disposition": name})
