"""The registry in the terminal: read a plan's text, keep it, tables in and out, undo."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.core.terminal import Data, cells, err, file_bytes, language, opened, out, say, write_out
from yuzhang.plan.reading.commitments import commitment_lines
from yuzhang.plan.reading.documents import read_document
from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.reading.model import Draft
from yuzhang.plan.reading.tables import indicator_table_csv
from yuzhang.plan.registry import actions, exchange
from yuzhang.plan.registry.exchange import TableName
from yuzhang.plan.registry.model import Chapter, Comparison, Plan, Reading

app = typer.Typer(no_args_is_help=True, help="规划：读取、审核、评估 / the plan: read, review, evaluate")
PlanName = Annotated[str, typer.Argument(help="规划编号 / the plan's id")]


@app.command()
def read(
    file: Annotated[Path, typer.Argument(help="规划文本：txt、docx、pdf / the plan's text")],
    data: Data,
    out_file: Annotated[Path | None, typer.Option("--out", help="承诺写入 JSONL / commitments, one a line")] = None,
    tables: Annotated[Path | None, typer.Option("--tables", help="指标表写入 CSV / indicator tables as CSV")] = None,
    whole: Annotated[
        Path | None, typer.Option("--draft", help="整份草稿（结构、表格、项目）写入 JSON / the whole draft as JSON")
    ] = None,
    into: Annotated[str | None, typer.Option(help="并入已登记的规划 / into a registered plan")] = None,
    register: Annotated[str | None, typer.Option(help="登记为新规划的编号 / register as a new plan of this id")] = None,
    region: Annotated[str, typer.Option(help="新规划的地区 / region of the new plan")] = "",
) -> None:
    """读取规划文本，得到待审核的草稿 / Read a plan's text into a draft for review."""
    _check_options(into, register, region)
    with err.status("读取中… / reading…"):
        document = read_document(file)
        draft = read_plan(document.text)
    if out_file is not None:
        write_out(out_file, "".join(f"{line}\n" for line in commitment_lines(draft)).encode())
    if tables is not None:
        write_out(tables, indicator_table_csv(draft).encode("utf-8-sig"))
    if whole is not None:
        write_out(whole, msgspec.json.encode(replace(draft, text="")) + b"\n")
    _summary(draft)
    if into is not None or register is not None:
        with opened(data) as storage:
            if register is not None:
                reading = actions.register_draft(storage, OPERATOR, _plan(register, region, draft), draft)
            else:
                reading = actions.read_into(storage, OPERATOR, str(into), draft)
        _report_reading(reading)


def _check_options(into: str | None, register: str | None, region: str) -> None:
    """Return if the options fit together; before anything is read or written."""
    if into is not None and register is not None:
        raise InputRefused(
            Title("--into 与 --register 只能选一个。", "Give --into or --register, not both."),
            where="--into",
            fix=Title(
                "--into 并入已登记的规划，--register 登记新规划。",
                "--into is for a registered plan, --register for a new one.",
            ),
        )
    if register is not None and not region.strip():
        raise InputRefused(
            Title("登记新规划需要地区。", "A new plan needs its region."),
            where="--region",
            fix=Title("例：--region 某市。", "For example: --region NAME."),
        )


def _plan(name: str, region: str, draft: Draft) -> Plan:
    title = next((line.strip() for line in draft.text.split("\n") if line.strip()), name)[:200]
    chapters = tuple(
        Chapter(node.number, node.place.part, Title(node.title, node.title))
        for node in draft.outline
        if node.kind == "chapter" and node.number is not None
    )
    return Plan(
        id=name,
        region=region,
        title=Title(title, title),
        first_year=draft.first_year,
        last_year=draft.last_year,
        base_year=draft.first_year - 1,
        text_sha256=hashlib.sha256(draft.text.encode()).hexdigest(),
        text_characters=len(draft.text),
        source="",
        chapters=chapters,
    )


def _summary(draft: Draft) -> None:
    table = Table(title=f"{draft.first_year}–{draft.last_year}")
    zh = language() == "zh"
    table.add_column("内容" if zh else "what")
    table.add_column("数量" if zh else "count", justify="right")
    kinds: dict[str, int] = {}
    for node in draft.outline:
        kinds[node.kind.value] = kinds.get(node.kind.value, 0) + 1
    rows = {
        **kinds,
        "指标行" if zh else "indicator rows": len(draft.rows),
        "承诺" if zh else "commitments": len(draft.commitments),
        "项目包" if zh else "project packages": len(draft.packages),
        "项目" if zh else "projects": len(draft.projects),
    }
    for name, count in rows.items():
        table.add_row(name, f"{count:,}")
    out.print(table)


def _report_reading(reading: Reading) -> None:
    lost = "、".join(reading.lost)
    say(
        Title(
            f"新候选 {reading.new}，已知 {reading.known}，撤下 {reading.withdrawn}，已审核而未再找到 {len(reading.lost)} {lost}",
            f"{reading.new} new candidates, {reading.known} known, {reading.withdrawn} withdrawn, "
            f"{len(reading.lost)} reviewed ones not found again {lost}",
        )
    )


@app.command()
def attach(
    plan: PlanName, file: Annotated[Path, typer.Argument(help="规划文本 / the plan's text")], data: Data
) -> None:
    """附上规划文本，审核时可对照 / Keep the plan's text, so that candidates are seen beside it."""
    with opened(data) as storage:
        actions.attach_text(storage, OPERATOR, plan, read_document(file).text)
    say(Title("文本已附上。", "The text is kept."))


@app.command("export")
def export_table(
    plan: PlanName,
    table: Annotated[TableName, typer.Argument(help="targets, commitments")],
    data: Data,
    out_file: Annotated[Path | None, typer.Option("--out", help="文件（.csv 或 .xlsx）/ file")] = None,
) -> None:
    """导出目标或承诺为表格 / Export targets or commitments as a table."""
    format: SheetFormat = "xlsx" if out_file is not None and out_file.suffix.lower() == ".xlsx" else "csv"
    with opened(data) as storage:
        write_out(out_file, exchange.export_table(storage, OPERATOR, plan, table, format))


@app.command("import")
def import_table(
    plan: PlanName,
    table: Annotated[TableName, typer.Argument(help="targets, commitments")],
    file: Annotated[Path, typer.Argument(help="CSV, xlsx")],
    data: Data,
    dry_run: Annotated[bool, typer.Option(help="只显示差异 / only show the differences")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="不再询问 / do not ask")] = False,
) -> None:
    """导入改好的表格，先显示差异 / Import an edited table; the differences are shown first."""
    content = file_bytes(file)
    with opened(data) as storage:
        comparison = exchange.compare_table(storage, OPERATOR, plan, table, content, file.name)
        _show(comparison)
        if dry_run or not comparison.differences:
            return
        if not yes and not typer.confirm("采用这些差异？/ Take these differences?"):
            return
        exchange.import_table(storage, OPERATOR, plan, table, content, file.name, token=comparison.token)
    say(Title("已采用；可用 yuzhang plan undo 撤销。", "Taken; yuzhang plan undo takes it back."))


def _show(comparison: Comparison) -> None:
    zh = language() == "zh"
    table = Table(title=f"{'差异' if zh else 'differences'}: {len(comparison.differences)}")
    for column in ("项", "列", "原", "新") if zh else ("entry", "column", "before", "after"):
        table.add_column(column)
    for one in comparison.differences:
        table.add_row(*cells(one.title, one.field, one.before or "", one.after or ""))
    out.print(table)


@app.command()
def undo(plan: PlanName, data: Data) -> None:
    """撤销最近一次更改 / Take back the newest change."""
    with opened(data) as storage:
        taken_back = actions.undo(storage, OPERATOR, plan)
    say(
        Title(
            f"已撤销版本 {taken_back.number}（{taken_back.what}）。",
            f"Revision {taken_back.number} ({taken_back.what}) is taken back.",
        )
    )
