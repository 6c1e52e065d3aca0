"""How sessions begin, get another token, and end; and what an account is told. Parts of actions, no actions themselves.

A session's token changes whenever its party shows a proof: so a token that somebody else planted or saw before is worth nothing after
(session fixation). Source: OWASP ASVS 5.0, 7.2.4.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import Connection

from yuzhang.core.access import POLICIES, Party
from yuzhang.entrance.identity.errors import ProofNeeded
from yuzhang.entrance.identity.model import FACTORS, Account, Change, CredentialKind, Session
from yuzhang.entrance.identity.proofs.tokens import hash_of, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.parties import add_change
from yuzhang.entrance.identity.store.sessions import add_session, end_sessions, live_sessions, renew_session, session

LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class Entered:
    """A session that began: the token for the browser's cookie, known to nobody else from here on."""

    token: str
    session: Session


def factors_of(proofs: Iterable[CredentialKind]) -> int:
    """How many factors these proofs are; more than two count as two.

    >>> factors_of(["password"]), factors_of(["password", "totp"]), factors_of(["passkey"])
    (1, 2, 2)
    """
    return min(2, sum(FACTORS[kind] for kind in set(proofs)))


def begun(
    identity: Identity,
    connection: Connection,
    account: Account,
    proofs: tuple[CredentialKind, ...],
    caller: Party,
    agent: str,
) -> Entered:
    """A new session of `account`; the one that the caller came with ends."""
    now, rules = identity.now(), identity.rules
    token = new_token()
    made = Session(
        new_name("session"),
        account.id,
        proofs,
        factors_of(proofs),
        created_at=now,
        proved_at=now,
        seen_at=now,
        expires_at=now + timedelta(seconds=rules.length_s),
        idle_s=rules.idle_s,
        peer=caller.peer,
        agent=agent[:LONGEST_AGENT],
        acting_for="",
        ended_at=None,
    )
    add_session(connection, made, hash_of(identity.secrets, token))
    if caller.session:
        end_sessions(connection, [caller.session], now)
    return Entered(token, made)


def renewed(
    identity: Identity, connection: Connection, caller: Party, more: tuple[CredentialKind, ...], agent: str
) -> Entered:
    """The caller's session with another token, and the proofs that were just shown; it ends no later than it would have."""
    before = session(connection, caller.session) if caller.session else None
    if before is None or before.ended_at is not None:
        raise ProofNeeded.now()
    proofs = tuple(dict.fromkeys((*before.proofs, *more)))
    now, token = identity.now(), new_token()
    made = replace(
        before,
        proofs=proofs,
        factors=factors_of(proofs),
        proved_at=now,
        seen_at=now,
        peer=caller.peer,
        agent=agent[:LONGEST_AGENT],
    )
    renew_session(connection, made, hash_of(identity.secrets, token))
    return Entered(token, made)


def ended(identity: Identity, connection: Connection, which: list[Session]) -> None:
    """End sessions. Call `told` after the transaction."""
    end_sessions(connection, [one.id for one in which], identity.now())


def told(identity: Identity, which: Iterable[Session] = ()) -> None:
    """After a transaction that ended sessions or changed roles: nobody is known by what was before."""
    identity.gate.forget()
    for one in which:
        for listener in identity.ended:
            listener(one)


def others(identity: Identity, connection: Connection, party_id: str, but: str = "") -> list[Session]:
    """The sessions of a party that last, without the one of the id `but`."""
    return [one for one in live_sessions(connection, party_id, identity.now()) if one.id != but]


def tell(identity: Identity, connection: Connection, party_id: str, what: str, caller: Party, label: str = "") -> None:
    """Tell an account what happened to it."""
    add_change(connection, party_id, Change(identity.now(), what, label, caller.peer))


def note_entry(identity: Identity, account: Account, entered: Entered, action_name: str, peer: str) -> None:
    """Record who it was that came in: the action itself was noted as a stranger's."""
    if identity.guard.noting:
        came = Party(
            account.id,
            kind=account.kind,
            factors=entered.session.factors,
            session=entered.session.id,
            peer=peer,
            guard=identity.guard,
        )
        kept = identity.guard.note(came, POLICIES[action_name], "begun", f"session={entered.session.id}")
        if kept is not None:
            kept.result()


def need_fresh(identity: Identity, connection: Connection, caller: Party) -> Session:
    """The caller's session if it proved itself lately. Raises ProofNeeded. Source: OWASP ASVS 5.0, 7.5.1."""
    now = identity.now()
    found = session(connection, caller.session) if caller.session else None
    if found is None or found.ended_at is not None or now - found.proved_at > timedelta(seconds=identity.rules.fresh_s):
        raise ProofNeeded.now()
    return found
