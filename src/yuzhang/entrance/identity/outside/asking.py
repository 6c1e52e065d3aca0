"""Asking the outside provider: its document, its keys, and tokens for a code. Source: OpenID Connect Core 1.0, 3.1.3; Discovery 1.0, 4."""

import hmac
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from yuzhang.core.language import Title
from yuzhang.core.settings import is_loopback
from yuzhang.entrance.identity.outside.errors import OutsideAway, OutsideRefused
from yuzhang.entrance.identity.outside.model import Departure, Endpoints, Outsider, OutsideSettings
from yuzhang.entrance.identity.provider.claims import half_hash

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA")
"""Signatures with a public key only: neither `none`, nor a shared secret that a public key could be taken for."""
SKEW_S = 60
KEEP_S = 3_600
LONGEST_ANSWER = 1_000_000
STRONG_AMR = frozenset({"mfa", "hwk", "sc"})
STRONG_ACR = frozenset({"urn:yuzhang:factors:2", "phr", "phrh"})


class OutsideProvider:
    """The provider as it answers; its document and keys are kept for an hour, and read again when a key is not among them."""

    def __init__(self, settings: OutsideSettings, sending: httpx.Client) -> None:
        self.settings, self._sending = settings, sending
        self._read_at = -KEEP_S
        self._endpoints: Endpoints | None = None
        self._keys: KeySet | None = None

    def endpoints(self, now: int) -> Endpoints:
        """Where it listens. Raises OutsideAway, also if the document is another issuer's. Source: Discovery 1.0, 4.3."""
        if self._endpoints is None or now - self._read_at >= KEEP_S:
            told = self._get(f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration")
            if told.get("issuer") != self.settings.issuer:
                raise _away("issuer")
            methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
            self._endpoints = Endpoints(
                _checked(told, "authorization_endpoint"),
                _checked(told, "token_endpoint"),
                _checked(told, "jwks_uri"),
                _checked(told, "userinfo_endpoint") if "userinfo_endpoint" in told else "",
                "client_secret_basic" not in methods,
                told.get("authorization_response_iss_parameter_supported") is True,
            )
            self._read_at, self._keys = now, None
        return self._endpoints

    def vouched(self, code: str, departure: Departure, redirect: str, now: int) -> Outsider:
        """Whom the provider vouches for by a code. Raises OutsideRefused, OutsideAway."""
        told = self._exchanged(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": redirect,
                "code_verifier": departure.verifier,
            },
            now,
        )
        said = self._verified(str(told["id_token"]), now)
        self._check(said, told, departure, now)
        return _outsider(self._described(said, str(told.get("access_token", "")), now))

    def _described(self, said: dict[str, Any], access: str, now: int) -> dict[str, Any]:
        """What the ID token says, and beside it what the provider tells of the same subject. Source: OpenID Connect Core 1.0, 5.3.2."""
        address = self.endpoints(now).userinfo
        if not address or not access or "email_verified" in said:
            return said
        told = self._get(address, {"authorization": f"Bearer {access}"})
        if told.get("sub") != said["sub"]:
            raise refused("userinfo_endpoint")
        return told | said

    def _exchanged(self, form: dict[str, str], now: int) -> dict[str, Any]:
        there, own = self.endpoints(now), self.settings
        auth = None if there.by_form else httpx.BasicAuth(quote(own.client, safe=""), quote(own.secret, safe=""))
        if there.by_form:
            form |= {"client_id": own.client, "client_secret": own.secret}
        try:
            answer = self._sending.post(there.token, data=form, auth=auth or httpx.USE_CLIENT_DEFAULT)
            told = answer.json() if len(answer.content) <= LONGEST_ANSWER else None
        except (httpx.HTTPError, ValueError) as error:
            raise _away("token_endpoint") from error
        if answer.status_code >= 500:
            raise _away("token_endpoint")
        if answer.status_code != 200 or not isinstance(told, dict) or not isinstance(told.get("id_token"), str):
            raise refused("token_endpoint")
        return told

    def _check(self, said: Mapping[str, Any], told: Mapping[str, Any], departure: Departure, now: int) -> None:
        """Return if the ID token is for this very sign-in. Source: OpenID Connect Core 1.0, 3.1.3.7."""
        own, takers = self.settings, said.get("aud")
        takers = [takers] if isinstance(takers, str) else takers
        fits = {
            "iss": said.get("iss") == own.issuer,
            "aud": isinstance(takers, list) and own.client in takers and (len(takers) == 1 or "azp" in said),
            "azp": said.get("azp", own.client) == own.client,
            "exp": isinstance(said.get("exp"), int) and said["exp"] + SKEW_S > now,
            "iat": isinstance(said.get("iat"), int) and said["iat"] - SKEW_S <= now,
            "nonce": hmac.compare_digest(str(said.get("nonce", "")).encode(), departure.nonce.encode()),
            "at_hash": "at_hash" not in said or said["at_hash"] == half_hash(str(told.get("access_token", ""))),
            "sub": isinstance(said.get("sub"), str) and 0 < len(said["sub"]) <= 255,
        }
        for name, fit in fits.items():
            if not fit:
                raise refused(name)

    def _verified(self, token: str, now: int) -> dict[str, Any]:
        """What an ID token says that one of the provider's keys signed; the keys are read once more if they may have been rolled."""
        for again in (False, True):
            keys = self._current_keys(now, again=again)
            try:
                return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError, TypeError, RecursionError):
                continue
        raise refused("id_token")

    def _current_keys(self, now: int, *, again: bool) -> KeySet:
        if self._keys is None or again:
            told = self._get(self.endpoints(now).jwks)
            try:
                self._keys = KeySet.import_key_set({"keys": [one for one in told["keys"] if one.get("use") != "enc"]})
            except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
                raise _away("jwks_uri") from error
        return self._keys

    def _get(self, address: str, headers: dict[str, str] | None = None) -> dict[str, Any]:
        try:
            answer = self._sending.get(address, headers=headers)
            told = answer.json() if answer.status_code == 200 and len(answer.content) <= LONGEST_ANSWER else None
        except (httpx.HTTPError, ValueError) as error:
            raise _away(address) from error
        if not isinstance(told, dict):
            raise _away(address)
        return told


def _outsider(said: Mapping[str, Any]) -> Outsider:
    methods = {str(one) for one in said.get("amr") or ()}
    strong = bool(methods & STRONG_AMR) or str(said.get("acr")) in STRONG_ACR
    checked = said.get("email_verified") is True and isinstance(said.get("email"), str)
    return Outsider(
        said["iss"],
        said["sub"],
        str(said.get("name") or said.get("preferred_username") or "")[:100],
        said["email"] if checked else "",
        2 if strong else 1,
    )


def _checked(told: Mapping[str, Any], name: str) -> str:
    """An address of the document, if answers that count may come from it."""
    address = told.get(name)
    parts = urlsplit(address) if isinstance(address, str) else urlsplit("")
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return str(address)
    raise _away(name)


def _away(where: str) -> OutsideAway:
    return OutsideAway(
        Title("外部登录服务没有正常应答。", "The outside provider does not answer as it should."),
        where=where,
        fix=Title("请稍后再试，或用口令登录。", "Try again later, or sign in with a password."),
    )


def refused(where: str) -> OutsideRefused:
    """What came back cannot be taken; `where` says which part of it."""
    return OutsideRefused(
        Title("外部登录返回的内容不能接受。", "What came back from the outside sign-in cannot be taken."),
        where=where,
        fix=Title("请从登录页重新开始。", "Start again from the sign-in page."),
    )
