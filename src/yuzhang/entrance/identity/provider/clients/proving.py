"""How a client proves at an endpoint that it is itself. Source: RFC 6749, 2.3; RFC 7523, 2.2 and 3; OpenID Connect Core 1.0, 9."""

import base64
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard
from urllib.parse import unquote_plus

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from yuzhang.entrance.identity.provider.clients import store
from yuzhang.entrance.identity.provider.discovery import PROOF_ALGORITHMS
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import Client, Method

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_PROOF_S = 600
SKEW_S = 10
SECRETS = "oidc client secrets"


@dataclass(frozen=True, slots=True)
class Shown:
    """What a request shows of its client."""

    method: Method
    client: str
    secret: str = ""


def shown(authorization: str | None, form: Mapping[str, str]) -> Shown:
    """What is shown. Raises OAuthRefused if that is nothing, or more than one thing."""
    ways: list[Callable[[], Shown]] = []
    if authorization is not None and authorization.lower().startswith("basic "):
        ways.append(lambda: _basic(authorization))
    if "client_assertion" in form or "client_assertion_type" in form:
        ways.append(lambda: _assertion(form))
    if "client_secret" in form:
        ways.append(lambda: Shown("client_secret_post", form.get("client_id", ""), form["client_secret"]))
    if len(ways) > 1:
        raise OAuthRefused("invalid_request", "只能用一种方式证明应用身份。", "A client proves itself in one way only.")
    found = ways[0]() if ways else Shown("none", form.get("client_id", ""))
    if form.get("client_id", found.client) != found.client:
        raise _refused()
    return found


def _basic(authorization: str) -> Shown:
    try:
        text = base64.b64decode(authorization[6:].strip(), validate=True).decode()
    except ValueError as error:
        raise _refused() from error
    client, colon, secret = text.partition(":")
    if not colon:
        raise _refused()
    return Shown("client_secret_basic", unquote_plus(client), unquote_plus(secret))


def _assertion(form: Mapping[str, str]) -> Shown:
    proof = form.get("client_assertion", "")
    if form.get("client_assertion_type") != ASSERTION or proof.count(".") != 2:
        raise _refused()
    try:
        padded = proof.split(".")[1] + "=="
        told = json.loads(base64.urlsafe_b64decode(padded))
        return Shown("private_key_jwt", str(told["sub"]), proof)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _refused() from error


def proven(provider: "Provider", authorization: str | None, form: Mapping[str, str]) -> Client:
    """The client that a request comes from. Raises OAuthRefused (`invalid_client`) unless it shows what it is registered with."""
    said = shown(authorization, form)
    with provider.storage.reading() as connection:
        client = store.client(connection, said.client)
    if client is None or client.method != said.method:
        raise _refused()
    if client.method == "private_key_jwt":
        _check_assertion(provider, client, said.secret)
    elif client.method != "none" and not same_secret(provider, client, said.secret):
        raise _refused()
    return client


def same_secret(provider: "Provider", client: Client, secret: str) -> bool:
    """Whether it is the client's secret. It is 256 random bits, so a keyed hash keeps it; there is nothing to guess."""
    return hmac.compare_digest(client.secret.encode(), provider.hashed(secret, SECRETS).encode())


def _check_assertion(provider: "Provider", client: Client, proof: str) -> None:
    try:
        keys = KeySet.import_key_set(json.loads(client.jwks))
        claims = jwt.decode(proof, keys, algorithms=list(PROOF_ALGORITHMS)).claims
    except (JoseError, ValueError, TypeError, RecursionError) as error:
        raise _refused() from error
    now, expires, takers = provider.clock(), claims.get("exp"), claims.get("aud")
    known = {provider.issuer, f"{provider.issuer}/oauth2/token"}
    fits = (
        claims.get("iss") == client.id
        and claims.get("sub") == client.id
        and any(one in known for one in (takers if isinstance(takers, list) else [takers]) if isinstance(one, str))
        and _is_number(expires)
        and now - SKEW_S < expires <= now + LONGEST_PROOF_S
        and _is_number(claims.get("nbf", now))
        and claims.get("nbf", now) <= now + SKEW_S
        and isinstance(claims.get("jti"), str)
    )
    if not fits:
        raise _refused()
    with provider.storage.writing() as connection:
        first = store.take_assertion(connection, client.id, claims["jti"], int(claims["exp"]) + SKEW_S, now)
    if not first:
        raise _refused()


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _refused() -> OAuthRefused:
    return OAuthRefused(
        "invalid_client", "应用没有证明自己的身份。", "The client did not prove that it is itself.", status=401
    )
