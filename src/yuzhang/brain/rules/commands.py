"""Rules in the terminal: check those of packs, and try one on the history of a data folder, beside a server or without one."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Column, Table

from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.history.room import History
from yuzhang.brain.rules import actions
from yuzhang.brain.rules.api import asked
from yuzhang.brain.rules.errors import UnfitRule
from yuzhang.brain.rules.reading import read
from yuzhang.brain.rules.room import Rules
from yuzhang.brain.rules.trying import Tried
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.moments import moment
from yuzhang.core.packs import Pack, TypeModel, found, own_folders, read_models
from yuzhang.core.settings import default_data, parts
from yuzhang.core.terminal import Data, cells, language, opened, out

Extra = Annotated[
    list[Path] | None,
    typer.Option("--packs", help="另有应用包的文件夹，可多次 / a further folder of packs; may be repeated"),
]
app = typer.Typer(no_args_is_help=True, help="规则 / rules")


def packs_in(extra: Sequence[Path] | None, data: Path | None = None) -> list[Pack]:
    """The packs that come with the program, and those of further folders: where none is named those that a server reads."""
    return found(tuple(extra or ()) or own_folders(data or default_data()))[0]


@app.command()
def check(extra: Extra = None) -> None:
    """检查所有应用包的规则 / Check the rules of all packs: every fault with its file and line."""
    packs = packs_in(extra)
    models: dict[str, TypeModel] = {}
    for pack in packs:
        models.update(read_models(pack)[0])
    faults = 0
    for pack in packs:
        some, wrong = read(pack, models)
        faults += len(wrong)
        for one in wrong:
            out.print(one.said(language()), markup=False, highlight=False, soft_wrap=True)
        said = Title(f"{pack.id}：{len(some)} 条规则", f"{pack.id}: {len(some)} rules")
        out.print(said.in_language(language()), markup=False, highlight=False)
    if faults:
        raise UnfitRule(
            Title(f"{faults} 处错误。", f"{faults} faults."),
            fix=Title("请按上面的提示修改。", "Mend them as said above."),
        )


@app.command("dry-run")
def dry_run(
    data: Data,
    name: Annotated[str, typer.Argument(help="规则编号 / the rule's id, such as governance/drainage:waterlogging")],
    start: Annotated[str, typer.Option("--from", help="开始的日期或时间 / the first day or moment")],
    end: Annotated[str, typer.Option("--to", help="结束于此之前 / until before this day or moment")],
    extra: Extra = None,
) -> None:
    """一条规则在历史上本会产生哪些事件 / What a rule would have raised, over history."""
    with opened(data) as storage:
        there = parts()
        broker = Broker(storage, BrokerSettings(database=there.context_database, bus=there.bus))
        room = Rules(storage, broker, None, packs_in(extra, data), None)
        room.history = History(broker, storage)

        async def tried() -> Tried:
            await broker.start(serving=False)
            try:
                return await _in_thread(
                    lambda: actions.dry_run(room, OPERATOR, name, asked(start, "--from"), asked(end, "--to"))
                )
            finally:
                await broker.stop()

        found_ = asyncio.run(tried())
    heads = (Title("产生", "opened"), Title("消除", "over"), Title("事件", "event"))
    table = Table(*(Column(cell) for cell in cells(*(one.in_language(language()) for one in heads))))
    for one in found_.events:
        over = "" if one.cleared_at is None else f"{moment(one.cleared_at):%Y-%m-%d %H:%M:%S}"
        table.add_row(*cells(f"{moment(one.opened_at):%Y-%m-%d %H:%M:%S}", over, one.title.in_language(language())))
    out.print(table)
    said = Title(
        f"{found_.series} 个序列，{found_.rows} 条观测，{len(found_.events)} 个事件。",
        f"{found_.series} series, {found_.rows} observations, {len(found_.events)} events.",
    )
    out.print(said.in_language(language()), markup=False, highlight=False)


async def _in_thread(work: Callable[[], Tried]) -> Tried:
    return await asyncio.to_thread(work)
