"""What the provider asks of the identity room: profiles, living sessions, parties."""

from collections.abc import Mapping
from datetime import timedelta

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.entrance.errors import NotIdentified
from yuzhang.entrance.identity.model import Account, CredentialKind, Session
from yuzhang.entrance.identity.opening import ended, told
from yuzhang.entrance.identity.provider.model import Profile, SignIn
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties, sessions

AMR: Mapping[CredentialKind, tuple[str, ...]] = {
    "password": ("pwd",),
    "totp": ("otp",),
    "recovery": ("otp",),
    "passkey": ("swk", "user"),
}
"""Our proofs in the words of RFC 8176. A passkey may be a key in hardware or one that is synchronized; we claim the less."""


def in_person(caller: Party) -> bool:
    """Whether it is the party itself, by a session in its browser: a program that holds a token of the party allows nothing in its name."""
    return bool(caller.session) and caller.scopes is None


def need_in_person(caller: Party) -> None:
    """Return if it is the party itself. Raises NotIdentified."""
    if not in_person(caller):
        raise NotIdentified(
            Title("请在浏览器中登录后操作。", "Sign in with a browser to do this."),
            fix=Title("请在 /sign-in 登录。", "Sign in at /sign-in."),
        )


class Residents:
    """The parties of this installation."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def profile(self, party: str) -> Profile | None:
        """What is known of an active party; None for whoever is not there or may not come in."""
        account = self._account(party)
        if account is None:
            return None
        return Profile(
            account.id, account.name, account.login or "", account.language, account.email, False, account.phone
        )

    def sign_in(self, session: str) -> SignIn | None:
        """A session that lives, of an active party; None once it ended."""
        with self._identity.storage.reading() as connection:
            found = sessions.session(connection, session)
        if found is None or not self._lives(found) or self._account(found.party) is None:
            return None
        return SignIn(found.id, found.party, int(found.proved_at.timestamp()), found.factors, methods(found))

    def _lives(self, session: Session) -> bool:
        now = self._identity.now()
        seen_until = session.seen_at + timedelta(seconds=session.idle_s)
        return session.ended_at is None and session.expires_at > now and seen_until > now

    def end(self, session: str) -> None:
        """End a session, and have nobody known by it any more."""
        with self._identity.storage.writing() as connection:
            found = sessions.session(connection, session)
            if found is None or found.ended_at is not None:
                return
            ended(self._identity, connection, [found])
        told(self._identity, [found])

    def party(self, party: str, session: str, factors: int, peer: str, scopes: frozenset[str]) -> Party | None:
        """The active party as the gate would know it: in its own name, with no more than `scopes`."""
        account = self._account(party)
        if account is None:
            return None
        with self._identity.storage.reading() as connection:
            roles = parties.roles_at(connection, party, self._identity.now())
        if self._identity.rules.needs_two(account.kind, roles) and factors < 2:
            roles = frozenset()
        return Party(
            account.id,
            roles,
            kind=account.kind,
            name=account.name,
            unit=account.unit,
            region=account.region,
            factors=factors,
            scopes=scopes,
            session=session,
            peer=peer,
            guard=self._identity.guard,
        )

    def _account(self, party: str) -> Account | None:
        with self._identity.storage.reading() as connection:
            found = parties.party(connection, self._identity.secrets, party)
        return found if found is not None and found.active else None


def methods(session: Session) -> tuple[str, ...]:
    """How the party of a session proved itself, in the words of RFC 8176."""
    found = [word for proof in session.proofs for word in AMR[proof]]
    return tuple(dict.fromkeys([*found, *(["mfa"] if session.factors >= 2 else [])]))
