"""Keys in the terminal: list, make, revoke."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.terminal import Data, cells, opened, out, say
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.model import READ
from yuzhang.entrance.api.room import Api

app = typer.Typer(no_args_is_help=True, help="应用密钥 / keys of applications")


@contextmanager
def _api(data: Path) -> Iterator[Api]:
    with opened(data) as storage:
        yield Api(storage, secrets_of(data), OPERATOR.guard)


@app.command("list")
def list_command(data: Data) -> None:
    """列出密钥 / List keys."""
    with _api(data) as api:
        table = Table("id", "party", "label", "scopes", "expires", "used", "revoked")
        table.columns[0].min_width = 2 * keys.ID_BYTES  # `revoke` needs all of it
        for one in keys.keys(api, OPERATOR):
            times = [str(at or "–") for at in (one.expires_at, one.used_at, one.revoked_at)]
            table.add_row(*cells(one.id, one.party, one.label, " ".join(one.scopes), *times))
        out.print(table)


@app.command("add")
def add_command(
    party: Annotated[str, typer.Argument(help="应用的编号 / the application's id")],
    label: Annotated[str, typer.Argument(help="用途 / what it is for")],
    data: Data,
    scope: Annotated[list[str] | None, typer.Option(help="范围 / scopes")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="有效天数 / days that it holds")] = None,
    daily: Annotated[int | None, typer.Option(help="每日请求数 / requests a day")] = None,
) -> None:
    """新建密钥，仅显示一次 / Make a key; it is shown this once."""
    with _api(data) as api:
        until = None if days is None else datetime.now(UTC) + timedelta(days=days)
        made = keys.add(api, OPERATOR, party, keys.Wanted(label, tuple(scope or [READ]), until, daily=daily))
        say(Title(f"密钥（仅显示一次）：{made.text}", f"The key, shown this once: {made.text}"))


@app.command("revoke")
def revoke_command(key: Annotated[str, typer.Argument(help="密钥编号 / the key's id")], data: Data) -> None:
    """吊销密钥 / Revoke a key; a running server ends it within two seconds."""
    with _api(data) as api:
        keys.revoke(api, OPERATOR, key)
        say(Title(f"已吊销 {key}。", f"{key} is revoked."))
