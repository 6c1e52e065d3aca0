"""Figures in the terminal: define, import, pull, export, undo."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings, parts
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.core.terminal import Data, cells, err, file_bytes, language, opened, out, say, write_out
from yuzhang.plan.figures import actions
from yuzhang.plan.figures.computing import Reckoning, compute_figures, own_packs
from yuzhang.plan.figures.model import ImportResult
from yuzhang.plan.figures.offered import FIGURES

app = typer.Typer(no_args_is_help=True, help="已发布的数据 / published figures")
DryRun = Annotated[bool, typer.Option("--dry-run", help="只显示会发生什么 / only show what would happen")]
Replace = Annotated[bool, typer.Option(help="更正同一次发布中的错误 / correct mistakes of the same vintage")]
SHOWN = 200


@app.command()
def define(file: Annotated[Path, typer.Argument(help="series.toml")], data: Data) -> None:
    """定义数据系列：单位与合理范围 / Define series: unit and plausible range."""
    with opened(data) as storage:
        count = actions.define_series(storage, OPERATOR, file)
    say(Title(f"已定义 {count} 个系列。", f"{count} series are defined."))


@app.command("import")
def import_figures(
    file: Annotated[Path, typer.Argument(help="CSV, xlsx, JSON")],
    data: Data,
    dry_run: DryRun = False,
    replace: Replace = False,
) -> None:
    """导入数据：全部或全不 / Import figures, all or none."""
    content = file_bytes(file)
    with opened(data) as storage, err.status("…"):
        result = actions.import_figures(storage, OPERATOR, content, file.name, dry_run=dry_run, replace=replace)
    _show(result)


@app.command()
def pull(
    url: Annotated[str, typer.Argument(help="http(s)://…")],
    data: Data,
    dry_run: DryRun = False,
    replace: Replace = False,
    header_variable: Annotated[
        str | None, typer.Option(help="存放请求头的环境变量 YUZHANG_PULL_… / environment variable that holds a header")
    ] = None,
) -> None:
    """从接口拉取数据 / Pull figures from a web address."""
    with opened(data) as storage, err.status("…"):
        result = actions.pull_figures(
            storage, OPERATOR, url, dry_run=dry_run, replace=replace, header_variable=header_variable
        )
    _show(result)


@app.command()
def compute(
    region: Annotated[str, typer.Argument(help="地区 / region")],
    data: Data,
    pack: Annotated[str, typer.Option(help="只算这个应用包 / of this pack only, as governance/air")] = "",
    dry_run: DryRun = False,
) -> None:
    """由观测计算应用包的指标 / Compute the packs' indicators from what was observed; simulated devices never count."""
    with opened(data) as storage, err.status("…"):
        there = parts()
        settings = Settings(data.resolve(), context_database=there.context_database, lake=there.lake, bus=there.bus)
        workers = Workers(settings, [*VIEWS, FIGURES])
        try:
            reckoning = Reckoning(storage, workers, own_packs(storage))
            computed = compute_figures(reckoning, OPERATOR, region, pack=pack, dry_run=dry_run)
        finally:
            workers.close()
    for one in computed:
        title = one.indicator.title
        say(Title(f"{title.zh}（{one.pack}）：{one.periods} 期", f"{title.en} ({one.pack}): {one.periods} periods"))
        if one.result is not None:
            _show(one.result)


def _show(result: ImportResult) -> None:
    zh = language() == "zh"
    table = Table(title=result.filename)
    for column in (
        ("行", "系列", "时期", "原值", "新值", "发布")
        if zh
        else ("row", "series", "period", "before", "new", "published")
    ):
        table.add_column(column)
    for one in result.differences[:SHOWN]:
        new, former = one.figure, one.former
        before = f"{former.value:.12g} {former.unit}" if former else ""
        table.add_row(*cells(one.row, new.series, new.period, before, f"{new.value:.12g} {new.unit}", new.vintage))
    if result.differences:
        out.print(table)
    done = Title("试运行，未写入：", "Dry run, nothing written: ") if result.dry_run else Title("", "")
    say(
        Title(
            f"{done.zh}新增 {result.added}，已有 {result.known}，替换 {result.withdrawn}。",
            f"{done.en}{result.added} added, {result.known} known already, {result.withdrawn} replaced.",
        )
    )


@app.command()
def export(
    region: Annotated[str, typer.Argument(help="地区 / region")],
    data: Data,
    out_file: Annotated[Path | None, typer.Option("--out", help="文件（.csv 或 .xlsx）/ file")] = None,
) -> None:
    """导出一个地区的全部数据 / Export all figures of a region."""
    format: SheetFormat = "xlsx" if out_file is not None and out_file.suffix.lower() == ".xlsx" else "csv"
    with opened(data) as storage:
        write_out(out_file, actions.export_figures(storage, OPERATOR, region, format=format))


@app.command()
def undo(import_id: Annotated[int, typer.Argument(help="导入编号 / the import's number")], data: Data) -> None:
    """撤销一次导入 / Take back an import."""
    with opened(data) as storage:
        record = actions.undo_import(storage, OPERATOR, import_id)
    say(Title(f"已撤回 {record.withdrawn} 个数据。", f"{record.withdrawn} figures are withdrawn."))
