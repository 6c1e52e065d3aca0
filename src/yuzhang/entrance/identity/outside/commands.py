"""Who may come in by the outside provider, in the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from yuzhang.core.access import OPERATOR, ROLES
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.terminal import Data, opened, say
from yuzhang.entrance.identity.outside import actions
from yuzhang.entrance.identity.outside.model import ISSUER_VARIABLE
from yuzhang.entrance.identity.outside.room import Outside, configured_outside
from yuzhang.entrance.identity.room import Identity

app = typer.Typer(no_args_is_help=True, help="经外部 OpenID 服务登录 / signing in by an outside OpenID provider")
PartyId = Annotated[str, typer.Argument(help="主体编号 / the party's id")]


@contextmanager
def _outside(data: Path) -> Iterator[Outside]:
    with opened(data) as storage:
        identity = Identity(storage, secrets_of(storage.folder), Settings(storage.folder), ROLES)
        outside = configured_outside(identity)
        if outside is None:
            raise InputRefused(
                Title("没有配置外部登录。", "No outside provider is configured."),
                where=ISSUER_VARIABLE,
                fix=Title("见 docs/reference/openid-connect.md。", "See docs/reference/openid-connect.md."),
            )
        yield outside
        outside.close()
        identity.close()


@app.command("invite")
def invite(
    party: PartyId,
    email: Annotated[str, typer.Argument(help="外部服务核实过的邮箱 / the address that the provider has checked")],
    data: Data,
) -> None:
    """邀请一个主体用该邮箱经外部服务登录 / Invite a party to sign in from outside with this address."""
    with _outside(data) as outside:
        actions.invite(outside, OPERATOR, party, email)
    say(Title("已邀请。", "Invited."))


@app.command("link")
def link(
    party: PartyId,
    subject: Annotated[str, typer.Argument(help="外部服务中的编号（sub）/ what the provider calls it (sub)")],
    data: Data,
) -> None:
    """把主体与外部账户关联；需要 YUZHANG_OIDC_* / Link a party with an outside account; needs YUZHANG_OIDC_*."""
    with _outside(data) as outside:
        actions.link(outside, OPERATOR, party, subject)
    say(Title("已关联。", "Linked."))


@app.command("unlink")
def unlink(party: PartyId, data: Data) -> None:
    """取消主体与外部账户的关联 / Forget the outside accounts of a party."""
    with _outside(data) as outside:
        found = actions.unlink(outside, OPERATOR, party)
    say(Title(f"已取消 {found} 个关联。", f"{found} links are gone."))
