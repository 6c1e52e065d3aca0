"""What becomes of a client's request: sign in first, ask the party first, or a code. Source: OpenID Connect Core 1.0, 3.1.2."""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode
from uuid import uuid4

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.entrance.errors import NotIdentified
from yuzhang.entrance.identity.provider import store
from yuzhang.entrance.identity.provider.asked import Asked, RefusedByRedirect, extended
from yuzhang.entrance.identity.provider.errors import OAuthRefused
from yuzhang.entrance.identity.provider.model import ACR, CODE_S, MARK_S, OFFLINE, Grant, SignIn, acr
from yuzhang.entrance.identity.provider.people import in_person, need_in_person

if TYPE_CHECKING:
    from yuzhang.entrance.identity.provider.room import Provider

MARK = "sent"
"""The parameter that says when somebody was sent to sign in: nobody else can write it."""
ENDPOINT = "/oauth2/authorize"


@dataclass(frozen=True, slots=True)
class SignInFirst:
    """Whoever sits there has to sign in. `again`: though somebody is; `same`: the same party, who shows its proofs once more."""

    again: bool = False
    same: bool = False


@dataclass(frozen=True, slots=True)
class AskFirst:
    """The party has to allow `scopes`, of which `new` were not allowed before."""

    scopes: frozenset[str]
    new: frozenset[str]


@dataclass(frozen=True, slots=True)
class Granted:
    """Nothing is missing."""


Next = SignInFirst | AskFirst | Granted


@dataclass(frozen=True, slots=True)
class Sent:
    """Somebody was sent to sign in for a request: when, which session was there before (empty for none), and since when."""

    moment: int
    session: str
    before: int

    def back(self, there: SignIn) -> bool:
        """Whether `there` is what came of it, and no older session."""
        return there.since >= self.moment and (there.id != self.session or there.since > self.before)


def step(provider: "Provider", caller: Party, asked: Asked, sent: Sent | None) -> Next:
    """What comes next. `sent`: that somebody was sent to sign in for this very request. Raises RefusedByRedirect."""
    quiet = "none" in asked.prompt
    there = provider.people.sign_in(caller.session) if in_person(caller) else None
    found = _identified(provider, there, asked, sent)
    if found is not None:
        if quiet:
            raise refused_by(asked, "login_required", "需要登录。", "Sign-in is needed.")
        return found
    if there is not None and asked.acr_needed and acr(there.factors) not in _reached(asked.acr_needed):
        if quiet or sent:
            raise refused_by(
                asked,
                "unmet_authentication_requirements",
                "没有达到要求的认证级别。",
                "The level of proof was not reached.",
            )
        return _prove(there)
    missing = _not_allowed_yet(provider, caller, asked)
    if missing or ("consent" in asked.prompt):
        if quiet:
            raise refused_by(asked, "consent_required", "需要用户同意。", "The user has to be asked.")
        return AskFirst(asked.scopes, missing)
    return Granted()


def _identified(provider: "Provider", there: SignIn | None, asked: Asked, sent: Sent | None) -> SignInFirst | None:
    """None if the right party is signed in, and recently enough."""
    if there is None:
        return SignInFirst()
    fresh = sent is not None and sent.back(there)
    if "select_account" in asked.prompt and not fresh:
        return SignInFirst(again=True)
    if "login" in asked.prompt and not fresh:
        return _prove(there)
    if asked.max_age is not None and provider.clock() - there.since > asked.max_age and not fresh:
        return _prove(there)
    if asked.id_token_hint:
        hinted = provider.hinted(asked.id_token_hint, asked.client.id)
        if hinted is None or hinted.get("sub") != there.party:
            return SignInFirst(again=True)
    return None


def _prove(there: SignIn) -> SignInFirst:
    """The same party once more, in the same session; by the sign-in page if its proofs are not ours but an outside provider's."""
    return SignInFirst(again=True, same=bool(there.methods))


def _reached(needed: tuple[str, ...]) -> tuple[str, ...]:
    """The classes that fulfil one of `needed`: a higher one does too."""
    return tuple(ACR.values()) if ACR[1] in needed else needed


def _not_allowed_yet(provider: "Provider", caller: Party, asked: Asked) -> frozenset[str]:
    """The scopes that a third party's client was not allowed yet; the city's own clients need no asking."""
    if not asked.client.third_party:
        return frozenset()
    with provider.storage.reading() as connection:
        return asked.scopes - store.consented(connection, caller.id, asked.client.id)


def refused_by(asked: Asked, error: str, chinese: str, english: str) -> RefusedByRedirect:
    """A refusal that the client is told at its address."""
    return RefusedByRedirect(asked.redirect, asked.state, OAuthRefused(error, chinese, english))


def answer_refused(provider: "Provider", refused: RefusedByRedirect) -> str:
    """The address that tells the client. Source: RFC 6749, 4.1.2.1; RFC 9207, 2."""
    return extended(
        refused.redirect,
        {
            "error": refused.refused.error,
            "error_description": refused.refused.detail.en,
            "state": refused.state,
            "iss": provider.issuer,
        },
    )


@action("self", reads=False)
def authorize(provider: "Provider", caller: Party, client: str, asked: Asked) -> str:
    """The address that takes a new code to the client. It holds for a minute, once, for that client, address and challenge only."""
    need_in_person(caller)
    there = provider.people.sign_in(caller.session)
    if there is None:
        raise NotIdentified(Title("请先登录。", "Sign in first."))
    now, code = provider.clock(), secrets.token_urlsafe(32)
    grant = Grant(
        uuid4().hex,
        client,
        caller.id,
        there.id,
        asked.scopes if "refresh_token" in asked.client.grants else asked.scopes - {OFFLINE},
        asked.nonce,
        asked.claims or {},
        there.since,
        there.factors,
        there.methods,
        now,
    )
    with provider.storage.writing() as connection:
        store.add_grant(connection, grant)
        store.add_code(connection, provider.hashed(code), grant.id, asked.redirect, asked.challenge, now + CODE_S)
        if OFFLINE in grant.scopes:
            # Also of the city's own programs: what goes on while one is away has to be seen, and taken back.
            store.consent(connection, caller.id, client, grant.scopes, now)
        if asked.client.logout_address:
            store.add_farewell(connection, uuid4().hex, client, caller.id, there.id)
    return extended(asked.redirect, {"code": code, "state": asked.state, "iss": provider.issuer})


@action("self", reads=False)
def allow(provider: "Provider", caller: Party, client: str, scopes: frozenset[str]) -> None:
    """Remember that the party allows a client `scopes`. Raises NotIdentified for a program that speaks in its name."""
    need_in_person(caller)
    with provider.storage.writing() as connection:
        store.consent(connection, caller.id, client, scopes, provider.clock())


def marked(provider: "Provider", caller: Party, params: Mapping[str, str]) -> str:
    """The address of the same request, with the moment at which somebody was sent to sign in for it."""
    there = provider.people.sign_in(caller.session) if in_person(caller) else None
    before = f"{there.id}.{there.since}" if there else ".0"
    said = f"{provider.clock()}.{before}"
    plain = {name: value for name, value in params.items() if name != MARK}
    return f"{ENDPOINT}?{urlencode({**plain, MARK: f'{said}.{_proof(provider, plain, said)}'})}"


def sent_at(provider: "Provider", params: Mapping[str, str]) -> Sent | None:
    """That somebody was sent to sign in for this very request; None if nobody was, or an hour ago."""
    said, _, proof = params.get(MARK, "").rpartition(".")
    plain = {name: value for name, value in params.items() if name != MARK}
    if not proof or not hmac.compare_digest(proof.encode(), _proof(provider, plain, said).encode()):
        return None
    moment, session, before = said.split(".")
    return Sent(int(moment), session, int(before)) if provider.clock() - int(moment) <= MARK_S else None


def _proof(provider: "Provider", params: Mapping[str, str], said: str) -> str:
    return provider.hashed(f"{said} {urlencode(sorted(params.items()))}", "oidc request")
