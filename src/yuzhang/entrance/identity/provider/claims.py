"""What tokens say, and what of a party a client is told. Source: OpenID Connect Core 1.0, 2 and 5.4; RFC 9068."""

import base64
import hashlib
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from yuzhang.core.access import Party
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.clients import store as clients
from yuzhang.entrance.identity.provider.model import OFFLINE, OPENID, TOKEN_S, Client, Grant, Profile, acr

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

OF_SCOPE = {
    "profile": ("name", "preferred_username", "locale"),
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
}
ACCESS, ID = "at+jwt", "JWT"
LOCALES = {"zh": "zh-CN", "en": "en"}


def told(profile: Profile, scopes: frozenset[str], asked: tuple[str, ...] = ()) -> dict[str, Any]:
    """What a client is told of a party: by its scopes, and by name as far as its scopes reach; what is not known is left out.

    A name that was asked for one by one gives no more than the scope that it belongs to: the party was asked by scopes.
    """
    known: dict[str, Any] = {
        "name": profile.name,
        "preferred_username": profile.login,
        "locale": LOCALES.get(profile.locale, profile.locale),
    }
    if profile.email:
        known |= {"email": profile.email, "email_verified": profile.email_verified}
    if profile.phone:
        known |= {"phone_number": profile.phone, "phone_number_verified": profile.phone_verified}
    wanted = {name for scope in scopes for name in OF_SCOPE.get(scope, ())}
    wanted |= {name for name in asked if "profile" in scopes and name in OF_SCOPE["profile"]}
    return {"sub": profile.id} | {name: value for name, value in known.items() if name in wanted and value != ""}


def id_token(provider: "Provider", client: Client, grant: Grant, profile: Profile, access: str) -> str:
    """An ID token for the client, signed as it was registered. Source: OpenID Connect Core 1.0, 2 and 3.1.3.6."""
    now = provider.clock()
    said: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": client.id,
        "iat": now,
        "exp": now + TOKEN_S,
        "auth_time": grant.auth_time,
        "acr": acr(grant.factors),
        "amr": list(grant.methods),
        "sid": grant.session,
        "at_hash": half_hash(access),
    }
    if grant.nonce:
        said["nonce"] = grant.nonce
    by_name = told(profile, frozenset(), ()) | {
        name: value for name, value in told(profile, grant.scopes).items() if name in grant.claims.get("id_token", ())
    }
    return provider.keys.sign(by_name | said, ID, client.algorithm)


def half_hash(token: str) -> str:
    """The left half of a token's SHA-256, in base64url (`at_hash`).

    >>> half_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y")
    '77QmUPtjPfzWtF2AnpK9RQ'
    """
    return base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()[:16]).rstrip(b"=").decode()


def access_token(provider: "Provider", grant: Grant) -> str:
    """An access token for this system, ten minutes long. Source: RFC 9068, 2."""
    now = provider.clock()
    said: dict[str, Any] = {
        "iss": provider.issuer,
        "aud": provider.issuer,
        "sub": grant.party,
        "client_id": grant.client,
        "iat": now,
        "exp": now + TOKEN_S,
        "jti": uuid4().hex,
        "scope": " ".join(sorted(grant.scopes)),
        "grant": grant.id,
    }
    if grant.session:
        said |= {"auth_time": grant.auth_time, "acr": acr(grant.factors), "amr": list(grant.methods)}
    return provider.keys.sign(said, ACCESS)


def granted_by(provider: "Provider", token: str) -> tuple[Grant, dict[str, Any]] | None:
    """The grant of an access token that holds, and what the token says; None for any other.

    It holds while it has not expired and its grant, its client and, unless access goes on offline, its session are there.
    """
    said = provider.keys.claims(token, ACCESS)
    if said is None or said.get("iss") != provider.issuer or said.get("aud") != provider.issuer:
        return None
    expires = said.get("exp")
    if not isinstance(expires, int) or expires <= provider.clock():
        return None
    with provider.storage.reading() as connection:
        grant = store.grant(connection, str(said.get("grant")))
        client = None if grant is None else clients.client(connection, grant.client)
    if grant is None or client is None or not holds(provider, grant):
        return None
    return grant, said


def holds(provider: "Provider", grant: Grant) -> bool:
    """Whether tokens of the grant count: it was not ended, its party is active, and its session lives, unless it reaches beyond."""
    if grant.ended is not None or provider.people.profile(grant.party) is None:
        return False
    return not grant.session or OFFLINE in grant.scopes or provider.people.sign_in(grant.session) is not None


def party_of(provider: "Provider", token: str, peer: str) -> Party | None:
    """The party that an access token speaks for, with no more than its scopes; None for a token that is none, or no longer."""
    found = granted_by(provider, token)
    if found is None:
        return None
    grant, said = found
    scopes = frozenset(str(said.get("scope", "")).split()) & grant.scopes
    return provider.people.party(grant.party, grant.session, grant.factors, peer, scopes)


def for_users(grant: Grant) -> bool:
    """Whether a party stands behind it that signed in, so that there is an ID token."""
    return bool(grant.session) and OPENID in grant.scopes
