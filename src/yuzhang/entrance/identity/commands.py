"""Parties in the terminal: list, invite, suspend, roles, sessions, and a way back for whoever lost their proofs."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.terminal import Data, cells, opened, out, say
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.audit.terminal import terminal_party
from yuzhang.entrance.identity import granting, parties
from yuzhang.entrance.identity.model import Grant
from yuzhang.entrance.identity.parties import Place
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.parties import Wanted

app = typer.Typer(no_args_is_help=True, help="主体：账户、角色、会话 / parties: accounts, roles, sessions")
Who = Annotated[str, typer.Argument(help="编号或登录名 / id or sign-in name")]
Until = Annotated[str, typer.Option("--until", help="至此日（含），例 2026-12-31 / to this day, which is part of it")]
MOST = 500


@contextmanager
def _identity(data: Path) -> Iterator[tuple[Identity, Party]]:
    """The room over a data folder, and whoever sits at the terminal: with all rights, and on record."""
    with opened(data) as storage:
        secrets = secrets_of(data)
        auditor = Auditor(data, secrets)
        caller = terminal_party(auditor)
        identity = Identity(storage, secrets, Settings(data), caller.guard)
        try:
            yield identity, caller
        finally:
            identity.close()
            auditor.stop()


@app.command("list")
def list_command(
    data: Data,
    text: Annotated[str, typer.Option("--search", help="名称或登录名的一部分 / a piece of the name")] = "",
    kind: Annotated[str, typer.Option(help="official、enterprise、citizen、device、application")] = "",
    role: Annotated[str, typer.Option(help="角色 / role")] = "",
) -> None:
    """列出主体及其角色 / List parties with their roles."""
    with _identity(data) as (identity, caller):
        found = parties.parties(identity, caller, Wanted(text, kind, role), most=MOST)
    table = Table("id", "kind", "name", "login", "roles", "status")
    for one in found.accounts:
        roles = " ".join(_grant(grant) for grant in found.roles(one.id))
        table.add_row(*cells(one.id, one.kind, one.name, one.login or "–", roles, one.status))
    out.print(table)
    if found.total > len(found.accounts):
        say(
            Title(
                f"共 {found.total} 个，只列出 {len(found.accounts)} 个。",
                f"{found.total} in all; {len(found.accounts)} are listed.",
            )
        )


@app.command()
def show(who: Who, data: Data) -> None:
    """显示一个主体 / Show one party."""
    with _identity(data) as (identity, caller):
        found = parties.one(identity, caller, who)
    one = found.accounts[0]
    table = Table(show_header=False)
    for name in ("id", "kind", "name", "login", "identifier", "unit", "post", "region", "status", "created_at"):
        table.add_row(*cells(name, getattr(one, name) or "–"))
    table.add_row(*cells("confirmed_at", one.confirmed_at or "–"))
    for grant in found.grants:
        table.add_row(*cells("role", f"{_grant(grant)} ({grant.granted_by}, {grant.at:%Y-%m-%d})"))
    out.print(table)


@app.command()
def invite(
    name: Annotated[str, typer.Option(help="姓名或名称 / name")],
    data: Data,
    role: Annotated[list[str] | None, typer.Option(help="角色，可多次 / role; may be repeated")] = None,
    kind: Annotated[str, typer.Option(help="official、enterprise、citizen")] = "official",
    unit: Annotated[str, typer.Option(help="单位 / unit")] = "",
    post: Annotated[str, typer.Option(help="职务 / post")] = "",
    region: Annotated[str, typer.Option(help="地区 / region")] = "",
) -> None:
    """得到一次性邀请链接，七天内有效 / A one-time link for a new party, valid for seven days."""
    with _identity(data) as (identity, caller):
        path = parties.invite(identity, caller, kind, name, tuple(role or ()), Place(unit, post, region))
    _link(path)


@app.command()
def suspend(who: Who, data: Data) -> None:
    """停用主体，并结束其会话 / Suspend a party and end its sessions."""
    with _identity(data) as (identity, caller):
        parties.set_status(identity, caller, who, "suspended")
    say(Title(f"已停用 {who}。", f"{who} is suspended."))


@app.command()
def resume(who: Who, data: Data) -> None:
    """恢复主体 / Let a suspended party in again."""
    with _identity(data) as (identity, caller):
        parties.set_status(identity, caller, who, "active")
    say(Title(f"已恢复 {who}。", f"{who} may sign in again."))


@app.command()
def confirm(who: Who, data: Data) -> None:
    """证照已核实 / Its papers were seen."""
    with _identity(data) as (identity, caller):
        parties.confirm(identity, caller, who)
    say(Title(f"已核实 {who}。", f"{who} is confirmed."))


@app.command()
def roles(
    who: Who,
    data: Data,
    grant: Annotated[list[str] | None, typer.Option(help="授予 / give")] = None,
    take: Annotated[list[str] | None, typer.Option(help="收回 / take back")] = None,
    until: Until = "",
) -> None:
    """授予或收回角色，并列出 / Give or take roles, and list them."""
    last = _end_of(until)
    with _identity(data) as (identity, caller):
        for role in take or ():
            granting.take(identity, caller, who, role)
        for role in grant or ():
            granting.grant(identity, caller, who, role, last)
        found = parties.one(identity, caller, who)
    for one in found.grants:
        out.print(_grant(one), highlight=False, markup=False)


@app.command()
def sessions(who: Who, data: Data) -> None:
    """列出主体的会话 / List a party's sessions."""
    with _identity(data) as (identity, caller):
        found = granting.sessions_of(identity, caller, who)
    table = Table("id", "created", "seen", "peer", "proofs", "agent")
    for one in found:
        proofs = "+".join(one.proofs)
        table.add_row(*cells(one.id, f"{one.created_at:%F %R}", f"{one.seen_at:%F %R}", one.peer, proofs, one.agent))
    out.print(table)


@app.command("end-sessions")
def end_sessions(who: Who, data: Data) -> None:
    """结束主体的全部会话 / End all sessions of a party."""
    with _identity(data) as (identity, caller):
        ended = granting.end_sessions(identity, caller, who)
    say(Title(f"已结束 {ended} 个会话。", f"{ended} sessions were ended."))


@app.command("recovery-link")
def recovery_link(who: Who, data: Data) -> None:
    """当面核实身份后，得到一次性恢复链接 / A one-time link to a new password, after the person was seen."""
    with _identity(data) as (identity, caller):
        path = granting.recovery_link(identity, caller, who)
    _link(path)


def _link(path: str) -> None:
    say(Title("在本系统的地址后打开（只能用一次）：", "Open after this server's address (it can be used once):"))
    out.print(path, highlight=False, markup=False, soft_wrap=True)


def _grant(grant: Grant) -> str:
    if grant.until is None:
        return grant.role
    last = grant.until - timedelta(seconds=1)  # the moment itself is the first without the role
    return f"{grant.role} (–{last:%Y-%m-%d})"


def _end_of(day: str) -> datetime | None:
    if not day:
        return None
    try:
        last = datetime.combine(datetime.strptime(day, "%Y-%m-%d").date(), time(), UTC)
    except ValueError as err:
        raise typer.BadParameter(day) from err
    return last + timedelta(days=1)
