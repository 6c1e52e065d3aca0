"""`yuzhang plan report`: the evaluation report as a file."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Language, Title
from yuzhang.core.terminal import Data, err, language, opened, say, write_out
from yuzhang.plan.evaluation.actions import evaluate
from yuzhang.plan.evaluation.model import EvaluationKind
from yuzhang.plan.report.actions import ReportFormat, render


def report(
    plan: Annotated[str, typer.Argument(help="规划编号 / the plan's id")],
    data: Data,
    kind: Annotated[EvaluationKind, typer.Option(help="annual, mid-term, final")] = EvaluationKind.FINAL,
    format: Annotated[ReportFormat, typer.Option(help="docx, pdf, html")] = "docx",
    out_file: Annotated[
        Path | None, typer.Option("--out", help="文件 / the file; <plan>-<kind>-<year>.<format>")
    ] = None,
    known: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至何日已知 / as known on")] = None,
    year: Annotated[int | None, typer.Option(help="评估年份 / the year judged")] = None,
    lang: Annotated[Language | None, typer.Option(help="zh, en; 默认随终端 / the terminal's by default")] = None,
) -> None:
    """写出评估报告 / Write the evaluation report."""
    with opened(data) as storage, err.status("评估中… / evaluating…") as status:
        found = evaluate(storage, OPERATOR, plan, kind=kind, known=known.date() if known else None, year=year)
        status.update("排版中… / setting the report…")
        content = render(found, format, lang or language())
    path = out_file or Path(f"{found.plan.id}-{kind.value}-{found.year}.{format}")
    write_out(path, content)
    say(Title(f"报告已写入 {path}（{len(content):,} 字节）。", f"The report is in {path} ({len(content):,} bytes)."))
