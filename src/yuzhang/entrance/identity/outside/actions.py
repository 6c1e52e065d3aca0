"""Signing in by the outside provider: away, and back with somebody it vouches for.

Whom it vouches for is which party here? The one that is linked with that account of the provider: a system administrator may link it. At
the first time, else: the party that a system administrator invited with the e-mail address, which the provider says it has checked; or,
where the installation allows it, a new citizen's account. Nobody else comes in, and no account is ever taken over because names or
addresses are alike.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.model import PEOPLE, Account, Session
from yuzhang.entrance.identity.opening import LONGEST_AGENT, Entered, ended, note_entry, tell, told
from yuzhang.entrance.identity.outside import store
from yuzhang.entrance.identity.outside.asking import refused
from yuzhang.entrance.identity.outside.errors import NotInvited
from yuzhang.entrance.identity.outside.model import Departure, Outsider
from yuzhang.entrance.identity.outside.room import Outside
from yuzhang.entrance.identity.proofs.tokens import hash_of, new_name, new_token
from yuzhang.entrance.identity.store import parties
from yuzhang.entrance.identity.store.sessions import add_session, session

SCOPES = "openid profile email"
AWAY_S = 600


@dataclass(frozen=True, slots=True)
class Away:
    """Where the browser goes, and the cookie that it has to bring back."""

    address: str
    cookie: str


@action("visitor", reads=True)
def leave(outside: Outside, caller: Party, then: str) -> Away:
    """Send a browser to the provider; `then` is the page that it wanted. Raises OutsideAway."""
    now = outside.clock()
    departure = Departure(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48), then, now)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(departure.verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": outside.settings.client,
        "redirect_uri": outside.redirect,
        "scope": SCOPES,
        "state": departure.state,
        "nonce": departure.nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    there = outside.provider.endpoints(now).authorize
    return Away(f"{there}{'&' if '?' in there else '?'}{urlencode(asked)}", outside.sealed(departure))


def departed(outside: Outside, cookie: str, params: Mapping[str, str]) -> Departure:
    """The departure that this return belongs to. Raises OutsideRefused: another browser's, an old one, another provider's answer."""
    departure = outside.opened(cookie)
    if departure is None or not 0 <= outside.clock() - departure.at <= AWAY_S:
        raise refused("cookie")
    if not hmac.compare_digest(params.get("state", "").encode(), departure.state.encode()):
        raise refused("state")
    named = params.get("iss")
    needed = outside.provider.endpoints(outside.clock()).names_itself
    if named != outside.settings.issuer and (named is not None or needed):
        raise refused("iss")
    return departure


@action("visitor", reads=False)
def come_back(outside: Outside, caller: Party, departure: Departure, code: str, agent: str) -> Entered:
    """Sign in whom the provider vouches for. Raises OutsideRefused, OutsideAway, NotInvited."""
    vouched = outside.provider.vouched(code, departure, outside.redirect, outside.clock())
    identity = outside.identity
    with identity.storage.writing() as connection:
        account = _known(outside, connection, vouched, caller)
        if account is None:
            raise _not_invited()
        before = session(connection, caller.session) if caller.session else None
        entered = _enter(outside, connection, account, vouched, caller, agent)
        if before is not None:
            ended(identity, connection, [before])
    told(identity, [before] if before is not None else [])
    note_entry(identity, account, entered, "entrance.identity.outside.actions.come_back", caller.peer)
    return entered


def _known(outside: Outside, connection: Connection, vouched: Outsider, caller: Party) -> Account | None:
    """The party, linked now if it was not yet; None if there is none, or it may not come in."""
    own = outside.identity
    party = store.linked(connection, vouched.issuer, vouched.subject)
    if party is None:
        party = store.take_invitation(connection, outside.hashed(vouched.email)) if vouched.email else None
        if party is None and outside.settings.citizens:
            party = _new_citizen(outside, connection, vouched)
        if party is None:
            return None
        store.link(connection, vouched.issuer, vouched.subject, party, outside.clock())
        tell(own, connection, party, "outside_linked", caller, outside.settings.name)
    account = parties.party(connection, own.secrets, party)
    return account if account is not None and account.active and account.kind in PEOPLE else None


def _new_citizen(outside: Outside, connection: Connection, vouched: Outsider) -> str:
    account = Account(
        id=new_name("party"),
        kind="citizen",
        name=vouched.name or outside.settings.name,
        login=None,
        email=vouched.email,
        phone="",
        identifier="",
        unit="",
        post="",
        region="",
        language="zh",
        status="active",
        created_at=outside.identity.now(),
        created_by=f"outside:{outside.settings.issuer}",
        confirmed_at=None,
    )
    parties.add_party(connection, outside.identity.secrets, account)
    return account.id


def _enter(
    outside: Outside, connection: Connection, account: Account, vouched: Outsider, caller: Party, agent: str
) -> Entered:
    """A new session, with no proof of ours, and as many factors as the provider says."""
    identity, now, token = outside.identity, outside.identity.now(), new_token()
    made = Session(
        new_name("session"),
        account.id,
        (),
        vouched.factors,
        created_at=now,
        proved_at=now,
        seen_at=now,
        expires_at=now + timedelta(seconds=identity.rules.length_s),
        idle_s=identity.rules.idle_s,
        peer=caller.peer,
        agent=agent[:LONGEST_AGENT],
        acting_for="",
        ended_at=None,
    )
    add_session(connection, made, hash_of(identity.secrets, token))
    return Entered(token, made)


def _no_party(party: str) -> NotFound:
    return NotFound(Title(f"没有可登录的主体 {party}。", f"No party {party} signs in here."), where="party")


def _not_invited() -> NotInvited:
    return NotInvited(
        Title("外部账户尚未与本系统的账户关联。", "The outside account belongs to nobody here."),
        fix=Title(
            "请系统管理员用您的邮箱邀请您：yuzhang outside invite。",
            "Ask a system administrator to invite you with your e-mail address: `yuzhang outside invite`.",
        ),
    )


@action("system")
def invite(outside: Outside, caller: Party, party: str, email: str) -> None:
    """Whoever the provider vouches for with this address, the first time, is that party. Raises NotFound."""
    identity = outside.identity
    with identity.storage.writing() as connection:
        account = parties.party(connection, identity.secrets, party)
        if account is None or account.kind not in PEOPLE:
            raise _no_party(party)
        store.invite(connection, outside.hashed(email), party, outside.clock())


@action("system")
def link(outside: Outside, caller: Party, party: str, subject: str) -> None:
    """Whom the provider calls `subject` is that party, from now on. Raises NotFound."""
    with outside.identity.storage.writing() as connection:
        account = parties.party(connection, outside.identity.secrets, party)
        if account is None or account.kind not in PEOPLE:
            raise _no_party(party)
        store.unlink_subject(connection, outside.settings.issuer, subject)
        store.link(connection, outside.settings.issuer, subject, party, outside.clock())


@action("system")
def unlink(outside: Outside, caller: Party, party: str) -> int:
    """Forget the outside accounts of a party; how many there were. Sessions go on until they are ended."""
    with outside.identity.storage.writing() as connection:
        return store.unlink(connection, party)
