"""`yuzhang plan status`: the page "Plan" in a terminal, and for machines."""

from datetime import datetime
from typing import Annotated

import msgspec
import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.terminal import Data, cells, language, opened, out, say, write_out
from yuzhang.plan.evaluation import actions
from yuzhang.plan.evaluation.headline import headline
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind
from yuzhang.plan.evaluation.titles import BINDING_TITLES, STATUS_TITLES
from yuzhang.plan.model import Binding
from yuzhang.plan.registry.actions import plans
from yuzhang.plan.registry.model import Plan

COLOURS = {
    "kept": "green",
    "on_track": "green",
    "nearly": "yellow",
    "behind": "yellow",
    "missed": "red",
    "off_track": "red",
}


def status(
    data: Data,
    plan: Annotated[
        str | None, typer.Argument(help="规划编号，默认第一个 / the plan's id, the first by default")
    ] = None,
    kind: Annotated[EvaluationKind, typer.Option(help="annual, mid-term, final")] = EvaluationKind.FINAL,
    known: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="截至何日已知 / as known on")] = None,
    year: Annotated[int | None, typer.Option(help="评估年份 / the year judged")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="供机器读取 / for machines")] = False,
) -> None:
    """规划完成到什么程度 / How far the plan was kept."""
    with opened(data) as storage:
        name = plan or _only(plans(storage, OPERATOR))
        found = actions.evaluate(storage, OPERATOR, name, kind=kind, known=known.date() if known else None, year=year)
    if as_json:
        write_out(None, msgspec.json.encode(found) + b"\n")
        return
    _print(found)


def _only(listed: tuple[Plan, ...]) -> str:
    """The one plan that is registered. Raises InputRefused if there is none, or more than one to choose from."""
    if len(listed) == 1:
        return listed[0].id
    names = "、".join(one.id for one in listed)
    raise InputRefused(
        Title(f"已登记的规划：{names}。", f"Registered plans: {names}.")
        if listed
        else Title("尚未装入规划。", "No plan is loaded yet."),
        where="PLAN",
        fix=Title("请写明规划编号。", "Name one of them.")
        if listed
        else Title("请先运行 yuzhang city load 目录。", "Run yuzhang city load FOLDER first."),
    )


def _print(found: Evaluation) -> None:
    spoken = language()
    say(found.plan.title)
    say(
        Title(
            f"评估年份 {found.year}，数据截至 {found.known}，数据快照 {found.snapshot}，登记版本 {found.revision}",
            f"judged at the end of {found.year}, as known on {found.known}, figures snapshot {found.snapshot}, revision {found.revision}",
        )
    )
    total = headline(found)
    say(total.verdict)
    for binding, counts in ((Binding.BINDING, total.binding), (Binding.EXPECTED, total.expected)):
        parts = ", ".join(
            f"{STATUS_TITLES[word].in_language(spoken)} {count}" for word, count in counts.counts if count
        )
        out.print(f"{BINDING_TITLES[binding].in_language(spoken)}: {parts}", highlight=False)
    table = Table(show_lines=False)
    for column in ("指标", "属性", "状态", "说明") if spoken == "zh" else ("indicator", "kind", "status", "reason"):
        table.add_column(column)
    for one in found.indicators:
        word = STATUS_TITLES[one.status].in_language(spoken)
        bound = BINDING_TITLES[one.indicator.binding]
        colour = COLOURS.get(one.status, "dim")
        name, obliges, reason = cells(
            *(title.in_language(spoken) for title in (one.indicator.title, bound, one.reason))
        )
        table.add_row(name, obliges, f"[{colour}]{word}[/]", reason)
    out.print(table)
