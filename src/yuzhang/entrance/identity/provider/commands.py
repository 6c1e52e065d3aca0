"""Clients and signing keys in the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from yuzhang.core.access import OPERATOR, ROLES
from yuzhang.core.language import Title
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.terminal import Data, cells, file_bytes, language, opened, out, say
from yuzhang.entrance.identity.provider import keys as signing
from yuzhang.entrance.identity.provider.clients import actions
from yuzhang.entrance.identity.provider.model import ALGORITHMS, OPENID, Algorithm, Client, Method
from yuzhang.entrance.identity.provider.room import Provider
from yuzhang.entrance.identity.room import Identity

app = typer.Typer(no_args_is_help=True, help="让用户经本系统登录的应用 / programs that have their users signed in here")
keys = typer.Typer(no_args_is_help=True, help="令牌签名密钥 / the keys that tokens are signed with")
ClientId = Annotated[str, typer.Argument(help="应用编号 / the client's id")]
AlgorithmName = Annotated[str, typer.Argument(help="ES256 或 RS256 / ES256 or RS256")]


@contextmanager
def _provider(data: Path) -> Iterator[Provider]:
    """The provider of a data folder, where there is no server."""
    with opened(data) as storage:
        identity = Identity(storage, secrets_of(storage.folder), Settings(storage.folder), ROLES)
        yield Provider(identity)
        identity.close()


@app.command("add")
def add(
    client: ClientId,
    data: Data,
    name: Annotated[str, typer.Option(help="中文名称 / its name in Chinese")],
    redirects: Annotated[
        list[str] | None, typer.Option("--redirect", help="回调地址，可重复 / where codes go; may be repeated")
    ] = None,
    name_en: Annotated[str, typer.Option(help="英文名称 / its name in English")] = "",
    method: Annotated[
        str, typer.Option(help="client_secret_basic, client_secret_post, private_key_jwt, none")
    ] = "client_secret_basic",
    jwks: Annotated[Path | None, typer.Option(help="公钥集文件，用于 private_key_jwt / its public keys")] = None,
    scopes: Annotated[str, typer.Option("--scope", help="空格分隔 / separated by blanks")] = "openid profile",
    grants: Annotated[
        str, typer.Option("--grant", help="空格分隔 / authorization_code refresh_token client_credentials")
    ] = "authorization_code",
    after_logout: Annotated[
        list[str] | None, typer.Option("--after-logout", help="退出后的地址，可重复 / where to go after sign-out")
    ] = None,
    logout_address: Annotated[
        str, typer.Option(help="通知退出的地址 / told when a session ends (back-channel logout)")
    ] = "",
    algorithm: Annotated[str, typer.Option(help="ID 令牌的签名算法：ES256 或 RS256 / signs its ID tokens")] = "ES256",
    own: Annotated[
        bool, typer.Option("--own", help="本市自己的应用，不逐个询问用户 / the city's own: users are not asked")
    ] = False,
    without_pkce: Annotated[bool, typer.Option("--without-pkce", help="应用不支持 PKCE / it knows no PKCE")] = False,
    introspects: Annotated[
        bool, typer.Option("--introspects", help="可查询其他应用的令牌 / may ask about others' tokens")
    ] = False,
    party: Annotated[str, typer.Option(help="client_credentials 所代表的主体 / whom it acts as without a user")] = "",
) -> None:
    """登记应用；口令只显示一次 / Register a client; its secret is shown once."""
    wanted = Client(
        client,
        Title(name, name_en or name),
        cast(Method, method),
        tuple(redirects or ()),
        tuple(after_logout or ()),
        logout_address,
        frozenset(scopes.split()) or frozenset({OPENID}),
        frozenset(grants.split()),
        cast(Algorithm, algorithm),
        third_party=not own,
        pkce=not without_pkce,
        introspects=introspects,
        party=party,
        jwks=file_bytes(jwks).decode(errors="replace") if jwks else "",
    )
    with _provider(data) as provider:
        _show(actions.register(provider, OPERATOR, client, wanted))


def _show(made: actions.Registered) -> None:
    say(Title(f"应用：{made.client.id}", f"Client: {made.client.id}"))
    if made.secret:
        say(Title(f"口令（只显示这一次）：{made.secret}", f"Secret (shown this once): {made.secret}"))


@app.command("list")
def listed(data: Data) -> None:
    """列出应用 / List the clients."""
    with _provider(data) as provider:
        found = actions.registered(provider, OPERATOR)
    table = Table("id", "name", "method", "scopes", "redirects")
    for one in found:
        table.add_row(
            *cells(
                one.id,
                one.name.in_language(language()),
                one.method,
                " ".join(sorted(one.scopes)),
                " ".join(one.redirects),
            )
        )
    out.print(table)


@app.command("rotate-secret")
def rotate_secret(client: ClientId, data: Data) -> None:
    """换一个口令，旧口令立即失效 / Give it a new secret; the old one ends at once."""
    with _provider(data) as provider:
        _show(actions.rotate_secret(provider, OPERATOR, client))


@app.command("remove")
def remove(client: ClientId, data: Data) -> None:
    """删除应用，其令牌和授权一并作废 / Remove a client; its tokens and consents end."""
    with _provider(data) as provider:
        actions.remove(provider, OPERATOR, client)
    say(Title(f"已删除 {client}。", f"{client} is removed."))


@keys.command("list")
def list_keys(data: Data) -> None:
    """列出签名密钥 / List the signing keys."""
    with _provider(data) as provider:
        found = signing.signing_keys(provider.keys, OPERATOR)
    table = Table("kid", "algorithm", "made", "used from", "retired")
    for one in found:
        table.add_row(*cells(one.kid, one.algorithm, *(_moment(at) for at in (one.made, one.used_from, one.retired))))
    out.print(table)


@keys.command("roll")
def roll_key(
    algorithm: AlgorithmName,
    data: Data,
    at_once: Annotated[
        bool, typer.Option("--at-once", help="不等待发布时间 / do not wait until clients know the next key")
    ] = False,
) -> None:
    """启用下一把密钥 / Begin to use the next key."""
    if algorithm not in ALGORITHMS:
        raise typer.BadParameter(", ".join(ALGORITHMS))
    with _provider(data) as provider:
        used = signing.roll(provider.keys, OPERATOR, algorithm, at_once)
    say(Title(f"现在使用 {used.kid}。", f"{used.kid} is used now."))


def _moment(at: int | None) -> str:
    return "" if at is None else datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
