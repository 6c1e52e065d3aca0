"""The audit in the terminal: verify, search, take out, give to a witness, let go what is old."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.terminal import Data, cells, err, file_bytes, language, out, say, write_out
from yuzhang.entrance.audit import actions
from yuzhang.entrance.audit.chain import exporting
from yuzhang.entrance.audit.chain.checking import witnesses_of
from yuzhang.entrance.audit.chain.signing import PublicKey, read_pem
from yuzhang.entrance.audit.model import Verified, Wanted
from yuzhang.entrance.audit.moments import moment_of, stamp
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.store import looking
from yuzhang.entrance.audit.terminal import terminal_party

app = typer.Typer(no_args_is_help=True, help="审计记录 / the records of what was done")
Out = Annotated[Path | None, typer.Option("--out", help="写入文件 / write to this file")]
Since = Annotated[str, typer.Option("--since", help="自此日或时间起 / from this day or time on")]
Until = Annotated[str, typer.Option("--until", help="至此日（含） / to this day, which is part of it")]


@contextmanager
def _audit(data: Path) -> Iterator[tuple[Auditor, Party]]:
    auditor = Auditor(data, secrets_of(data))
    try:
        yield auditor, terminal_party(auditor)
    finally:
        auditor.stop()


@app.command()
def verify(
    data: Data,
    witness: Annotated[
        Path | None, typer.Option("--witness", help="外部见证保存的检查点 / checkpoints that a witness kept")
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="验证导出文件，无需数据目录 / verify an export")
    ] = None,
    key: Annotated[Path | None, typer.Option("--key", help="只信任此公钥 / trust this public key only")] = None,
    progress: Annotated[bool, typer.Option("--progress", help="显示进度 / show how far it is")] = False,
) -> None:
    """找出被改动、缺失、移动、插入或截断的记录 / Find records that were changed, taken out, moved, put in or cut off."""
    pinned = read_pem(file_bytes(key), str(key)) if key else None
    if export is not None:
        with _bar(progress, None) as told:
            found, trusted = exporting.verify(export, pinned, told)
        if pinned is None:
            say(
                Title(
                    f"用文件自带的公钥 {trusted.name} 验证；请与另行保存的公钥核对（--key）。",
                    f"Verified with the file's own key {trusted.name}; compare it with one that was kept apart (--key).",
                )
            )
    else:
        kept = witnesses_of(witness) if witness else []
        with _audit(data) as (auditor, caller), looking.looking(auditor.path) as view:
            total = looking.count(view) if view is not None else 0
            with _bar(progress, total) as told:
                found = actions.verify(auditor, caller, kept, pinned, told)
    _tell(found)
    if not found.whole:
        raise typer.Exit(1)


def _tell(found: Verified) -> None:
    for fault in found.faults:
        err.print(fault.said.in_language(language()), style="red", markup=False, highlight=False, soft_wrap=True)
    if found.whole:
        say(
            Title(
                f"完整：{found.records} 条记录（{found.first}–{found.last}），{found.checkpoints} 个签名，"
                f"末尾 {found.unsigned} 条尚未签名。",
                f"whole: {found.records} records ({found.first}–{found.last}), {found.checkpoints} signatures, "
                f"the last {found.unsigned} not signed yet.",
            )
        )


@app.command()
def export(data: Data, to: Out = None, since: Since = "", until: Until = "", progress: bool = False) -> None:
    """导出记录与签名，旁边写出公钥 / Take records out, with a signature; the public key is written beside it."""
    first, last = moment_of(since, "--since"), moment_of(until, "--until", end=True)
    with _audit(data) as (auditor, caller), _bar(progress, None) as told:
        lines = actions.export(auditor, caller, first, last, told)
        if to is None:
            for line in lines:
                write_out(None, line)
            return
        try:
            with to.open("wb") as file:
                file.writelines(lines)
        except OSError as problem:
            raise InputRefused(
                Title(f"无法写入文件：{problem.strerror}。", f"The file cannot be written: {problem.strerror}."),
                where=str(to),
            ) from problem
        _write_key(to.with_name(to.name + ".pem"), auditor.signing_key())
    say(Title(f"已写入 {to} 与 {to}.pem。", f"{to} and {to}.pem are written."))


def _write_key(path: Path, key: PublicKey) -> None:
    write_out(path, key.pem())


@app.command()
def witness(data: Data, to: Out = None) -> None:
    """打印最新的签名检查点，供外部见证保存 / Print the newest signed checkpoint, for an outside witness to keep."""
    with _audit(data) as (auditor, caller):
        found = actions.checkpoint(auditor, caller)
    write_out(to, msgspec.json.encode(found) + b"\n")


@app.command()
def key(data: Data, to: Out = None) -> None:
    """打印验证签名的公钥 / Print the public key that checks the signatures."""
    with _audit(data) as (auditor, caller):
        found = actions.public_key(auditor, caller)
    write_out(to, found.pem())


@app.command()
def search(
    data: Data,
    text: Annotated[str, typer.Argument(help="任意文字 / any text")] = "",
    party: str = "",
    action: str = "",
    subject: str = "",
    outcome: str = "",
    purpose: str = "",
    peer: str = "",
    since: Since = "",
    until: Until = "",
    before: Annotated[int | None, typer.Option(help="此编号之前 / before this number")] = None,
    limit: Annotated[int, typer.Option(min=1, max=actions.MOST)] = 50,
) -> None:
    """查找记录，最新的在前 / Look for records, the newest first."""
    moments = moment_of(since, "--since"), moment_of(until, "--until", end=True)
    wanted = Wanted(party, action, subject, outcome, purpose, peer, text, *moments, before)
    with _audit(data) as (auditor, caller):
        found = actions.search(auditor, caller, wanted.told, wanted, limit)
    table = Table()
    chinese = ("编号", "时间", "主体", "动作", "结果", "对象", "目的", "来自", "次数")
    english = ("number", "time", "party", "action", "outcome", "subject", "purpose", "from", "times")
    for title in chinese if language() == "zh" else english:
        table.add_column(title, overflow="fold")
    for one in found.records:
        table.add_row(
            *cells(
                one.number,
                stamp(one.at),
                one.party,
                one.action,
                one.outcome,
                one.subject,
                one.purpose,
                one.peer,
                one.count,
            )
        )
    out.print(table)
    if found.more is not None:
        say(Title(f"还有更早的：--before {found.more}", f"There are earlier ones: --before {found.more}"))


@app.command()
def tidy(
    data: Data,
    keep_days: Annotated[int, typer.Option("--keep-days", help="保存天数，至少 180 / days to keep, at least 180")],
) -> None:
    """删除更早的已签名部分，链仍可验证 / Remove older signed parts; the rest can still be verified."""
    with _audit(data) as (auditor, caller):
        gone = actions.remove_old(auditor, caller, keep_days)
    say(Title(f"删除了 {gone} 条记录。", f"{gone} records were removed."))


@contextmanager
def _bar(shown: bool, total: int | None) -> Iterator[Callable[[int], None]]:
    if not shown:
        yield lambda _: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(Title("记录", "records").in_language(language()), total=total)
        yield lambda count: bar.advance(task, count)
