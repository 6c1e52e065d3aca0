"""Registering programs that have their users signed in here."""

import json
import re
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from yuzhang.core.access import Party, action
from yuzhang.core.errors import Conflict, NotFound
from yuzhang.core.language import Title
from yuzhang.core.settings import is_loopback
from yuzhang.entrance.identity.provider.clients import store
from yuzhang.entrance.identity.provider.clients.proving import SECRETS
from yuzhang.entrance.identity.provider.errors import ClientRefused
from yuzhang.entrance.identity.provider.model import ALGORITHMS, GRANT_TYPES, METHODS, OPENID, SCOPES, Client

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
SCHEME = re.compile(r"[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+")
"""A scheme of an app's own: the reverse of a domain name, so it has a dot. Source: RFC 8252, 7.1."""
MOST_ADDRESSES = 20


@dataclass(frozen=True, slots=True)
class Registered:
    """A client and its secret, which is shown this once; empty where it has none."""

    client: Client
    secret: str


@action("system")
def register(provider: "Provider", caller: Party, client: str, wanted: Client) -> Registered:
    """Register a client. Raises ClientRefused if it is not sound, Conflict if there is one of that id."""
    made = _sound(replace(wanted, id=client, made=provider.clock()))
    secret = secrets.token_urlsafe(32) if made.method.startswith("client_secret") else ""
    kept = replace(made, secret=provider.hashed(secret, SECRETS) if secret else "")
    with provider.storage.writing() as connection:
        if made.party and provider.people.profile(made.party) is None:
            raise _refused("party", "没有这个主体，或已停用。", "There is no such party, or it is not active.")
        if not store.add(connection, kept):
            raise Conflict(
                Title(f"应用“{client}”已经登记。", f"A client “{client}” is registered already."),
                where="client",
                fix=Title("请换一个编号。", "Choose another id."),
            )
    return Registered(kept, secret)


@action("system", reads=True)
def registered(provider: "Provider", caller: Party) -> list[Client]:
    """All clients, by id."""
    with provider.storage.reading() as connection:
        return store.clients(connection)


@action("system")
def rotate_secret(provider: "Provider", caller: Party, client: str) -> Registered:
    """Give a client a new secret; the old one ends at once. Raises NotFound; ClientRefused if it has none."""
    with provider.storage.writing() as connection:
        found = store.client(connection, client)
        if found is None:
            raise _missing(client)
        if not found.secret:
            raise _refused("client", "该应用没有口令。", "The client has no secret.")
        secret = secrets.token_urlsafe(32)
        store.change_secret(connection, client, provider.hashed(secret, SECRETS))
    return Registered(found, secret)


@action("system")
def remove(provider: "Provider", caller: Party, client: str) -> None:
    """Take a client out: its tokens, and what users allowed it, end with it. Raises NotFound."""
    with provider.storage.writing() as connection:
        if not store.remove(connection, client):
            raise _missing(client)


def _missing(client: str) -> NotFound:
    return NotFound(
        Title(f"没有应用“{client}”。", f"There is no client “{client}”."),
        where="client",
        fix=Title("yuzhang clients list 列出全部应用。", "`yuzhang clients list` shows all."),
    )


def _sound(client: Client) -> Client:
    """The client if it may be registered so."""
    if not NAME.fullmatch(client.id):
        raise _refused(
            "client",
            "编号为 2–63 个小写字母、数字、点或连字符。",
            "The id is 2–63 small letters, digits, dots or hyphens.",
        )
    if not client.name.zh.strip() or not client.name.en.strip():
        raise _refused("name", "需要名称。", "It needs a name.")
    known = (
        (client.method, METHODS, "method"),
        (client.algorithm, ALGORITHMS, "algorithm"),
        *((one, GRANT_TYPES, "grants") for one in client.grants),
        *((one, tuple(SCOPES), "scopes") for one in client.scopes),
    )
    for value, allowed, where in known:
        if value not in allowed:
            raise _refused(where, f"可选：{'、'.join(allowed)}。", f"It is one of {', '.join(allowed)}.")
    _check_grants(client)
    for address in (*client.redirects, *client.after_logout):
        check_address(address, own_scheme=client.method == "none")
    if client.logout_address:
        check_address(client.logout_address, own_scheme=False)
    if (client.method == "private_key_jwt") != bool(client.jwks):
        raise _refused(
            "jwks",
            "private_key_jwt 需要公钥（JWKS），其他方式不用。",
            "private_key_jwt needs public keys (JWKS), no other does.",
        )
    return replace(client, jwks=_public(client.jwks)) if client.jwks else client


def _check_grants(client: Client) -> None:
    if "authorization_code" in client.grants and not client.redirects:
        raise _refused("redirects", "至少需要一个回调地址。", "It needs at least one redirect address.")
    if len(client.redirects) + len(client.after_logout) > MOST_ADDRESSES:
        raise _refused("redirects", f"最多 {MOST_ADDRESSES} 个地址。", f"At most {MOST_ADDRESSES} addresses.")
    if "client_credentials" in client.grants and (client.method == "none" or not client.party):
        raise _refused(
            "grants",
            "client_credentials 需要口令或密钥，以及自己的主体。",
            "client_credentials needs a proof, and a party of its own.",
        )
    if client.method == "none" and not client.pkce:
        raise _refused("pkce", "没有口令的应用必须用 PKCE。", "A client without a secret has to use PKCE.")
    if "authorization_code" in client.grants and OPENID not in client.scopes and not client.scopes:
        raise _refused("scopes", "至少需要一个 scope。", "It needs at least one scope.")


def check_address(address: str, *, own_scheme: bool) -> None:
    """Return if answers may be sent to `address`: https, http of the user's own machine, or an app's own scheme. Raises ClientRefused.

    No fragment, no user, no dots that lead elsewhere, no place that stands for any other. Source: RFC 6749, 3.1.2; RFC 9700, 2.1.
    """
    try:
        parts = urlsplit(address)
        host, user, _port = parts.hostname or "", parts.username, parts.port
    except ValueError as error:
        raise _refused("redirects", "地址不合规。", "It is no address.") from error
    clean = not (
        user is not None
        or "#" in address
        or "*" in address
        or "\\" in address
        or "@" in parts.netloc
        or any(ord(one) <= 32 or ord(one) > 126 for one in address)
        or {".", ".."} & set(parts.path.lower().replace("%2e", ".").split("/"))
    )
    outside = parts.scheme == "https" and bool(host)
    here = parts.scheme == "http" and is_loopback(host)
    own = own_scheme and bool(SCHEME.fullmatch(parts.scheme)) and not parts.netloc
    if not clean or not (outside or here or own):
        raise _refused(
            "redirects",
            f"不能使用地址 {address!r}：需要 https（本机可用 http），不含 #、@、* 和 “..”。",
            f"{address!r} cannot be used: https (http on this machine), without #, @, * and “..”.",
        )


def _public(jwks: str) -> str:
    """The key set without private parts. Raises ClientRefused if it is none, or holds a shared secret."""
    try:
        keys = KeySet.import_key_set(json.loads(jwks))
        if not keys or any(key.key_type == "oct" for key in keys):
            raise ValueError
        return json.dumps(keys.as_dict(private=False))
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise _refused(
            "jwks", "不是公钥集（JWKS，RFC 7517）。", "It is no set of public keys (JWKS, RFC 7517)."
        ) from error


def _refused(where: str, chinese: str, english: str) -> ClientRefused:
    return ClientRefused(Title(chinese, english), where=where, fix=Title("请修改后重试。", "Correct it and try again."))
