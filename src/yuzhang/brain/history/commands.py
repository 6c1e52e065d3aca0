"""History in the terminal: tidy, policies of keeping, migration; backup and restore of everything."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.durations import DAY, duration
from yuzhang.brain.context.terminal.places import own_broker
from yuzhang.brain.history import migrating
from yuzhang.brain.history.backup.making import back_up
from yuzhang.brain.history.backup.restoring import restore
from yuzhang.brain.history.keeping import actions
from yuzhang.brain.history.model import Policy, Thinning
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.secrets import FILE as SECRET_FILE
from yuzhang.core.settings import parts
from yuzhang.core.terminal import Data, cells, err, language, opened, out, say

R = TypeVar("R")
PATIENCE_S = 60.0
app = typer.Typer(no_args_is_help=True, help="历史观测的保存 / how history is kept")
policy = typer.Typer(no_args_is_help=True, help="保留策略 / policies of keeping")
app.add_typer(policy, name="policy")
Types = Annotated[
    list[str] | None, typer.Option("--type", help="实体类型，可多次；不写则为其余全部 / entity type; none: all others")
]
Vocabulary = Annotated[
    str, typer.Option("--context", help="类型名所用 @context 的地址 / the address of the types' @context")
]
Yes = Annotated[bool, typer.Option("--yes", help="不再询问 / do not ask")]


@asynccontextmanager
async def own_history(data: Path) -> AsyncIterator[History]:
    """History over the data folder, beside a server or without one, for as long as a command takes."""
    with opened(data) as storage:
        async with own_broker(data) as broker:
            history = History(broker, storage)
            await history.start(serving=False)
            yield history


def _with_history(data: Path, work: Callable[[History], R]) -> R:
    async def run() -> R:
        async with own_history(data) as history:
            return await asyncio.to_thread(work, history)

    return asyncio.run(run())


@app.command()
def tidy(data: Data) -> None:
    """合并小文件，按策略抽稀与删除，清理旧快照 / Merge small files, thin and drop by policy, forget old snapshots."""
    with _steps(Title("整理", "tidying")) as told:
        done = _with_history(data, lambda it: actions.tidy(it, OPERATOR, told=told, patience_s=PATIENCE_S))
    merged, rows = done.merged, sum(one.rows for one in done.gone)
    say(
        Title(
            f"文件 {merged.before} → {merged.after}；到期 {len(done.gone)} 个月 {rows} 行；"
            f"清理快照 {done.snapshots} 个、文件 {done.removed} 个。",
            f"files {merged.before} → {merged.after}; {len(done.gone)} months went, {rows} rows; "
            f"{done.snapshots} snapshots forgotten, {done.removed} files removed.",
        )
    )


@policy.command("list")
def list_(data: Data) -> None:
    """列出保留策略 / List the policies."""
    found = _with_history(data, lambda it: actions.kept_policies(it, OPERATOR))
    table = Table()
    for title in ("编号", "类型", "保留", "抽稀") if language() == "zh" else ("number", "types", "kept", "thinned"):
        table.add_column(title, overflow="fold")
    for one in found:
        table.add_row(*cells(one.number, _types(one), _days(one), _steps_of(one)))
    out.print(table)


@policy.command("set")
def set_(
    data: Data,
    types: Types = None,
    keep_days: Annotated[
        int | None, typer.Option(min=1, help="保留天数，不写则永久 / days that rows are kept; for ever if not given")
    ] = None,
    thin_after: Annotated[
        list[int] | None, typer.Option(help="多少天后抽稀，可多次 / thin after so many days; may be repeated")
    ] = None,
    thin_to: Annotated[
        list[str] | None, typer.Option(help="抽稀到的间隔，如 PT1H / the step that is kept then, as PT1H")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只显示会删除什么 / only show what would go")] = False,
    yes: Yes = False,
    context: Vocabulary = "",
) -> None:
    """设定实体类型的保留策略 / Say how long observations of entity types are kept, and when they are thinned."""
    thinning = _thinning(thin_after or [], thin_to or [])
    actions.check(keep_days, thinning)

    async def run() -> None:
        async with own_history(data) as history:
            terms = await history.broker.contexts.obtain(context or None, "")
            names = sorted({terms.expand(one) for one in types or ()})
            await asyncio.to_thread(_set, history, names, keep_days, thinning, dry_run, yes)

    asyncio.run(run())


def _set(
    history: History, names: list[str], keep_days: int | None, thinning: list[Thinning], dry_run: bool, yes: bool
) -> None:
    there = next((one for one in history.policies() if one.types == names), None)
    if there is not None:
        months = actions.would_go(history, OPERATOR, Policy(there.number, names, keep_days, thinning))
        rows, files = sum(one.rows for one in months), sum(one.files for one in months)
        texts = actions.numberless(history, OPERATOR, months)
        say(
            Title(
                f"下次整理时会删除或抽稀 {len(months)} 个月：{rows} 行，{files} 个文件；抽稀时舍去非数值 {texts} 行。",
                f"At the next tidying {len(months)} months are dropped or thinned: {rows} rows in {files} files; "
                f"thinning keeps nothing of {texts} rows that are no numbers.",
            )
        )
        if months and not dry_run and not yes:
            typer.confirm(Title("确定吗？", "Shall it be so?").in_language(language()), abort=True, err=True)
    else:
        say(
            Title(
                "此前归档的行仍按原策略保存；yuzhang history migrate 会移动它们。",
                "Rows filed before stay under their old policy; yuzhang history migrate moves them.",
            )
        )
    if not dry_run:
        done = actions.set_policy(history, OPERATOR, names, keep_days, thinning)
        say(Title(f"策略 {done.number} 已设定。", f"Policy {done.number} is set."))


@policy.command("remove")
def remove(number: Annotated[int, typer.Argument(help="编号 / its number")], data: Data) -> None:
    """去掉一项策略，其数据永久保留 / Take a policy away; what lies under it is kept for ever."""
    found = _with_history(data, lambda it: actions.remove_policy(it, OPERATOR, number))
    say(Title(f"策略 {found.number} 已去掉。", f"Policy {found.number} is taken away."))


@app.command()
def migrate(
    data: Data, status: Annotated[bool, typer.Option("--status", help="只看进度 / only show how far it is")] = False
) -> None:
    """把旧布局的数据湖与旧策略下的行迁到现布局；可中断续做 / Bring an older lake, and rows under an old policy, to where they belong."""
    if status:
        left = _with_history(data, lambda it: migrating.left(it, OPERATOR))
        say(Title(f"布局 {left.layout}；待迁 {left.rows} 行。", f"layout {left.layout}; {left.rows} rows to move."))
        return
    with _steps(Title("迁移", "migrating")) as told:
        moved = _with_history(data, lambda it: migrating.migrate(it, OPERATOR, told=told))
    say(Title(f"已迁移 {moved} 行。", f"{moved} rows were moved."))


def backup(
    target: Annotated[
        Path, typer.Argument(help="目录，或 .tar、.tar.zst 文件 / a folder, or a file named .tar or .tar.zst")
    ],
    data: Data,
    without_secret: Annotated[
        bool,
        typer.Option("--without-secret", help="不含 secret.key，请另行保管 / leave secret.key out; keep it elsewhere"),
    ] = False,
) -> None:
    """备份全部数据，服务可以照常运行 / Back up everything; the server may run meanwhile."""
    left_out = frozenset({SECRET_FILE} if without_secret else ())

    async def run() -> int:
        async with own_broker(data) as broker:
            return await asyncio.to_thread(_back_up, broker, target, left_out)

    files = asyncio.run(run())
    say(Title(f"已备份 {files} 个文件：{target}", f"{files} files were backed up: {target}"))


def _back_up(broker: Broker, target: Path, left_out: frozenset[str]) -> int:
    with _bytes(Title("备份", "backing up")) as (started, moved):
        return len(back_up(broker, OPERATOR, target, started=started, moved=moved, left_out=left_out).files)


def restore_command(
    source: Annotated[Path, typer.Argument(help="备份目录或文件 / the backup")],
    data: Annotated[
        Path, typer.Option("--data", help="新的数据目录，须为空 / the new data folder, empty or not there")
    ],
) -> None:
    """由备份恢复出一个新的数据目录 / Make a data folder of a backup."""
    with _bytes(Title("恢复", "restoring")) as (started, moved):
        made = restore(source, data.resolve(), parts().context_database, started=started, moved=moved)
    say(Title(f"已恢复 {made.made} 的备份：{data}", f"The backup of {made.made} is restored: {data}"))


def _thinning(after: list[int], to: list[str]) -> list[Thinning]:
    if len(after) != len(to):
        raise InputRefused(
            Title("--thin-after 与 --thin-to 须成对。", "Each --thin-after needs a --thin-to."), where="--thin-to"
        )
    return [Thinning(days, duration(step, "--thin-to", DAY) // 1_000_000) for days, step in zip(after, to, strict=True)]


def _types(one: Policy) -> str:
    if one.types:
        return ", ".join(one.types)
    return Title("其余全部", "all others").in_language(language()) if one.number == 0 else "–"


def _days(one: Policy) -> str:
    kept = one.keep_days
    return (Title("永久", "for ever") if kept is None else Title(f"{kept} 天", f"{kept} days")).in_language(language())


def _steps_of(one: Policy) -> str:
    words = [
        Title(f"{step.after_days} 天后每 {step.step_s} 秒", f"after {step.after_days} days: every {step.step_s} s")
        for step in one.thinning
    ]
    return "; ".join(word.in_language(language()) for word in words) or "–"


@contextmanager
def _steps(title: Title) -> Iterator[Callable[[Title], None]]:
    with Progress(SpinnerColumn(), TextColumn("{task.description}", markup=False), console=err, transient=True) as bar:
        task = bar.add_task(title.in_language(language()))
        yield lambda step: bar.update(task, description=step.in_language(language()))


@contextmanager
def _bytes(title: Title) -> Iterator[tuple[Callable[[int], None], Callable[[int], None]]]:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title.in_language(language()), total=None)
        yield lambda total: bar.update(task, total=total), lambda count: bar.advance(task, count)
