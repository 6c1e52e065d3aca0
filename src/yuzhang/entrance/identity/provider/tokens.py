"""Tokens for codes, for refresh tokens, and for clients themselves; and their end.

A code and a refresh token hold once. One that is shown again was stolen, from its client or by it: all that came of its grant ends.
Source: RFC 6749, 4 to 6; RFC 7636, 4.6; RFC 7009; RFC 7662; RFC 9700, 4.13 and 4.14; OpenID Connect Core 1.0, 3.1.3 and 12.
"""

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.claims import access_token, for_users, granted_by, holds, id_token
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import GRANT_S, OFFLINE, REFRESH_S, TOKEN_S, Client, Grant

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
"""Source: RFC 7636, 4.1."""
Answer = dict[str, Any]


@action("visitor", reads=False)
def issue(provider: "Provider", caller: Party, client: Client, form: Mapping[str, str]) -> Answer:
    """The answer of the token endpoint to a client that proved itself. Raises OAuthRefused."""
    kind = form.get("grant_type", "")
    if not kind:
        raise OAuthRefused("invalid_request", "缺少 grant_type。", "The grant_type is missing.")
    if kind not in ("authorization_code", "refresh_token", "client_credentials"):
        raise OAuthRefused("unsupported_grant_type", "不支持这种 grant_type。", "This grant_type is not supported.")
    if kind not in client.grants:
        raise OAuthRefused(
            "unauthorized_client", "该应用不能使用这种 grant_type。", "The client may not use this grant_type."
        )
    if kind == "authorization_code":
        return _for_code(provider, client, form)
    return _for_refresh(provider, client, form) if kind == "refresh_token" else _for_itself(provider, client, form)


def _for_code(provider: "Provider", client: Client, form: Mapping[str, str]) -> Answer:
    hashed, now = provider.hashed(form.get("code", "")), provider.clock()
    refresh, refused = None, None
    with provider.storage.writing() as connection:
        taken = store.code(connection, hashed)
        refused = _fault_of_code(client, taken, form, now)
        if taken is not None and taken.again:
            store.end_grant(connection, taken.grant.id, now)
        elif taken is not None:
            # Whatever is wrong with it, it was shown: nobody may try it again with another verifier or address.
            store.use_code(connection, hashed, now)
        if taken is not None and refused is None and OFFLINE in taken.grant.scopes:
            refresh = _new_refresh(provider, connection, taken.grant, now)
    if refused is not None or taken is None:
        raise _invalid(*(refused or ("没有这个授权码。", "There is no such code.")))
    return _answer(provider, client, taken.grant, refresh)


def _fault_of_code(
    client: Client, taken: "store.Taken | None", form: Mapping[str, str], now: int
) -> tuple[str, str] | None:
    """What is wrong with a code, in both languages; None for one that counts."""
    if taken is None or taken.grant.client != client.id:
        return ("没有这个授权码。", "There is no such code.")
    if taken.again or taken.grant.ended is not None:
        return ("授权码已经用过，由它得到的令牌全部作废。", "The code was used; what came of it holds no longer.")
    if taken.expires <= now:
        return ("授权码已过期。", "The code has expired.")
    if form.get("redirect_uri", "") != taken.redirect:
        return ("redirect_uri 与请求授权时不同。", "The redirect_uri is another one than at the request.")
    if not verified(taken.challenge, form.get("code_verifier", "")):
        return ("code_verifier 不符。", "The code_verifier does not fit.")
    return None


def verified(challenge: str, verifier: str) -> bool:
    """Whether the verifier fits; where no challenge was given, there may be none: whoever shows one came by another's code. RFC 9700, 4.8.2.

    >>> verified("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")
    True
    """
    if not challenge:
        return not verifier
    if not VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    return hmac.compare_digest(digest, challenge.encode())


def _for_refresh(provider: "Provider", client: Client, form: Mapping[str, str]) -> Answer:
    hashed, now = provider.hashed(form.get("refresh_token", "")), provider.clock()
    following = None
    with provider.storage.writing() as connection:
        taken = store.refresh(connection, hashed)
        if taken is not None and taken.again and taken.grant.client == client.id:
            store.end_grant(connection, taken.grant.id, now)
        elif taken is not None and _may_refresh(client, taken, now):
            store.use_refresh(connection, hashed, now)
            following = _new_refresh(provider, connection, taken.grant, now)
    if taken is None or following is None or not holds(provider, taken.grant):
        raise _invalid("刷新令牌无效或已用过。", "The refresh token does not hold, or was used.")
    return _answer(provider, client, taken.grant, following, _narrowed(taken.grant, form.get("scope", "")))


def _may_refresh(client: Client, taken: "store.Taken", now: int) -> bool:
    return taken.grant.client == client.id and taken.grant.ended is None and taken.expires > now


def _narrowed(grant: Grant, asked: str) -> frozenset[str]:
    """The scopes of the new token: those of the grant, or fewer. Source: RFC 6749, 6."""
    wanted = frozenset(asked.split()) or grant.scopes
    if not wanted <= grant.scopes:
        raise OAuthRefused("invalid_scope", "超出了原来的授权范围。", "It goes beyond what was granted.")
    return wanted


def _new_refresh(provider: "Provider", connection: Connection, grant: Grant, now: int) -> str:
    token = secrets.token_urlsafe(32)
    expires = min(now + REFRESH_S, grant.made + GRANT_S)
    store.add_refresh(connection, provider.hashed(token), grant.id, expires)
    return token


def _for_itself(provider: "Provider", client: Client, form: Mapping[str, str]) -> Answer:
    """A token of the client's own party. Source: RFC 6749, 4.4."""
    if client.method == "none" or not client.party or provider.people.profile(client.party) is None:
        raise OAuthRefused(
            "unauthorized_client",
            "该应用没有自己的主体。",
            "No party of its own belongs to the client, or it is not active.",
        )
    own = frozenset(scope for scope in client.scopes if scope.startswith("yuzhang."))
    scopes = frozenset(form.get("scope", "").split()) or own
    if not scopes or not scopes <= own:
        raise OAuthRefused("invalid_scope", "没有可授予的 scope。", "None of the scopes can be given.")
    now = provider.clock()
    grant = Grant(uuid4().hex, client.id, client.party, "", scopes, "", {}, now, 1, (), now)
    with provider.storage.writing() as connection:
        store.add_grant(connection, grant)
    return _answer(provider, client, grant, None)


def _answer(
    provider: "Provider", client: Client, grant: Grant, refresh: str | None, scopes: frozenset[str] | None = None
) -> Answer:
    limited = grant if scopes is None else replace(grant, scopes=scopes)
    profile = provider.people.profile(grant.party)
    if profile is None or not holds(provider, grant):
        raise _invalid("登录已结束。", "The sign-in has ended.")
    access = access_token(provider, limited)
    found: Answer = {
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": TOKEN_S,
        "scope": " ".join(sorted(limited.scopes)),
    }
    if refresh is not None:
        found["refresh_token"] = refresh
    if for_users(limited):
        found["id_token"] = id_token(provider, client, limited, profile, access)
    return found


def _invalid(chinese: str, english: str) -> OAuthRefused:
    return OAuthRefused("invalid_grant", chinese, english)


@action("visitor", reads=False)
def revoke(provider: "Provider", caller: Party, client: Client, token: str) -> None:
    """End the grant of a refresh or access token of the client; nothing happens for one that is none. Source: RFC 7009, 2."""
    found = granted_by(provider, token)
    with provider.storage.writing() as connection:
        taken = None if found else store.refresh(connection, provider.hashed(token))
        grant = found[0] if found else taken.grant if taken else None
        if grant is not None and grant.client == client.id:
            store.end_grant(connection, grant.id, provider.clock())
    if grant is not None and grant.client != client.id:
        raise OAuthRefused("invalid_grant", "这不是该应用的令牌。", "The token is another client's.")


@action("visitor", reads=True)
def introspect(provider: "Provider", caller: Party, client: Client, token: str) -> Answer:
    """What a token says, to its own client or to a resource server; `active` false for all that does not hold. Source: RFC 7662, 2.2."""
    found = granted_by(provider, token)
    if found is not None:
        grant, said = found
        told = {name: value for name, value in said.items() if name != "grant"} | {"token_type": "Bearer"}
    else:
        with provider.storage.reading() as connection:
            taken = store.refresh(connection, provider.hashed(token))
        if taken is None or taken.again or taken.expires <= provider.clock() or not holds(provider, taken.grant):
            return {"active": False}
        grant = taken.grant
        told = {
            "iss": provider.issuer,
            "sub": grant.party,
            "client_id": grant.client,
            "exp": taken.expires,
            "scope": " ".join(sorted(grant.scopes)),
        }
    if client.method == "none" or (grant.client != client.id and not client.introspects):
        return {"active": False}
    return {"active": True} | told
