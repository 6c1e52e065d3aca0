"""What can be asked: the report of a plan, as the office hands it in."""

from datetime import date
from typing import Literal

from yuzhang.core.access import Party, action
from yuzhang.core.language import Language
from yuzhang.core.storage import Storage
from yuzhang.plan.evaluation.actions import evaluate
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind
from yuzhang.plan.report.content.content import report_of
from yuzhang.plan.report.writing.fonts import find_fonts

ReportFormat = Literal["docx", "pdf", "html"]
MEDIA_TYPES: dict[ReportFormat, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "html": "text/html; charset=utf-8",
}


@action("reader")
def write_report(
    storage: Storage,
    caller: Party,
    /,
    plan: str,
    *,
    kind: EvaluationKind,
    format: ReportFormat,
    language: Language = "zh",
    known: date | None = None,
    year: int | None = None,
) -> bytes:
    """The report of a plan's evaluation as a file.

    Raises: PlanNotFound, YearOutside; FontsMissing if the machine has no Chinese font.
    """
    return render(evaluate(storage, caller, plan, kind=kind, known=known, year=year), format, language)


def render(evaluation: Evaluation, format: ReportFormat, language: Language = "zh") -> bytes:
    """The report of an evaluation as a file: the same evaluation gives the same bytes. Raises FontsMissing."""
    report, fonts = report_of(evaluation, language), find_fonts()
    # Imported here: each of these takes up to a second to load, and only reports need them.
    if format == "docx":
        from yuzhang.plan.report.writing.word import docx

        return docx(report, fonts)
    if format == "pdf":
        from yuzhang.plan.report.writing.typeset import pdf

        return pdf(report, fonts)
    from yuzhang.plan.report.writing.hypertext import html

    return html(report, fonts)
