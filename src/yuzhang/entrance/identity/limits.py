"""Limits against guessing: who fails often waits, longer each time, and never for good.

An account and an address are counted apart, before anything is checked: so whoever asks many times at once is counted each time, and the
answer is the same whether there is such an account. An IPv6 sender has 2^64 addresses to choose from, so its network is counted, not its
address. What is counted is stored under a keyed hash, since people type passwords into the
field of the name. Source: OWASP ASVS 5.0, 6.3.1; NIST SP 800-63B-4, 3.2.2.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection

from yuzhang.core.errors import TryAgain
from yuzhang.core.settings import is_loopback
from yuzhang.entrance.identity.errors import TooManyAttempts
from yuzhang.entrance.identity.proofs.tokens import keyed
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store.tokens import Attempts, attempts, drop_attempts, put_attempts
from yuzhang.web.forwarded import network_of

FREE = {"account": 5, "address": 30, "sign-up": 20}
"""So many failures wait for nothing: a person mistypes, and many people share an address."""
LONGEST_S = 900
FORGOTTEN_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Counted:
    """What an attempt was counted for; hand it back when it succeeded."""

    account: bytes | None
    address: bytes | None


def delay(kind: str, failures: int) -> int:
    """Seconds to wait after so many failures.

    >>> [delay("account", n) for n in (5, 6, 7, 10, 15, 99)]
    [0, 2, 4, 32, 900, 900]
    """
    beyond = failures - FREE[kind]
    return 0 if beyond <= 0 else min(LONGEST_S, 2 ** min(beyond, 20))


def begin(identity: Identity, account: str, peer: str, kind: str = "address") -> Counted:
    """Count an attempt as failed until it succeeds. Raises TooManyAttempts; then nothing is counted, so that waiting helps."""
    counted = Counted(
        _subject(identity, "account", account.casefold()) if account else None,
        # Behind a proxy that does not say whom it speaks for, everybody has its address.
        _subject(identity, kind, network_of(peer)) if peer and not is_loopback(peer) else None,
    )
    with identity.storage.writing() as connection:
        wait = max(_wait(identity, connection, counted.account), _wait(identity, connection, counted.address))
        if wait <= 0:
            _add(identity, connection, "account", counted.account, 1)
            _add(identity, connection, kind, counted.address, 1)
    if wait > 0:
        raise TooManyAttempts.wait(wait)
    return counted


def succeeded(identity: Identity, counted: Counted, *, wholly: bool) -> None:
    """It was no guess. `wholly`: the party is identified, so its failures are forgotten; else only this attempt is not one."""
    with identity.storage.writing() as connection:
        if wholly and counted.account is not None:
            drop_attempts(connection, [counted.account])
        else:
            _add(identity, connection, "account", counted.account, -1)
        _add(identity, connection, "address", counted.address, -1)


@contextmanager
def looked_at(identity: Identity, counted: Counted) -> Iterator[None]:
    """An attempt that could not be looked at just now is no failure. Raises TryAgain as it comes."""
    try:
        yield
    except TryAgain:
        succeeded(identity, counted, wholly=False)
        raise


def _subject(identity: Identity, kind: str, text: str) -> bytes:
    return keyed(identity.secrets, "identity.limits", f"{kind}:{text}")


def _wait(identity: Identity, connection: Connection, subject: bytes | None) -> int:
    known = None if subject is None else attempts(connection, subject)
    return 0 if known is None else known.wait_until - int(identity.now().timestamp())


def _add(identity: Identity, connection: Connection, kind: str, subject: bytes | None, more: int) -> None:
    if subject is None:
        return
    now = int(identity.now().timestamp())
    known = attempts(connection, subject)
    failures = max(0, (0 if known is None or now - known.last_at > FORGOTTEN_S else known.failures) + more)
    put_attempts(connection, subject, Attempts(failures, now, now + delay(kind, failures) if more > 0 else now))
