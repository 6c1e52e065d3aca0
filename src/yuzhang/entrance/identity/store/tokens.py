"""What lasts a while: one-time links, challenges between two steps, and failures that were counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec
from sqlalchemy import Connection, RowMapping, and_, delete, insert, select, update

from yuzhang.core.secrets import Secrets
from yuzhang.entrance.identity.model import CredentialKind, Link
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import ATTEMPT, CHALLENGE, LINK

PURPOSE = "identity.challenge"


class Challenge(msgspec.Struct, frozen=True):
    """What the server remembers between two steps. `random`: what a passkey has to sign, or a code generator's key.

    `proofs`: the kinds that were shown already. `label`: the name of what is being added.
    """

    purpose: str
    party: str = ""
    random: bytes = b""
    proofs: tuple[CredentialKind, ...] = ()
    label: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Attempts:
    """Failures of one account or one address: how many, and until when it waits (seconds since 1970)."""

    failures: int
    last_at: int
    wait_until: int


def add_link(connection: Connection, link: Link, token_hash: bytes) -> None:
    """Keep a one-time link."""
    connection.execute(
        insert(LINK).values(
            id=link.id,
            token_hash=token_hash,
            purpose=link.purpose,
            party=link.party,
            kind=link.kind,
            name=link.name,
            unit=link.unit,
            post=link.post,
            region=link.region,
            roles=list(link.roles),
            created_at=seconds(link.created_at),
            created_by=link.created_by,
            expires_at=seconds(link.expires_at),
        )
    )


def link_of(connection: Connection, token_hash: bytes, now: datetime) -> Link | None:
    """The link of a token if it can be used at `now`."""
    usable = (LINK.c.token_hash == token_hash, LINK.c.used_at.is_(None), LINK.c.expires_at > seconds(now))
    row = connection.execute(select(LINK).where(*usable)).mappings().first()
    return None if row is None else _link(row)


def use_link(connection: Connection, name: str, now: datetime) -> bool:
    """Use a link; False if somebody did before, or it ran out."""
    usable = update(LINK).where(LINK.c.id == name, LINK.c.used_at.is_(None), LINK.c.expires_at > seconds(now))
    return connection.execute(usable.values(used_at=seconds(now))).rowcount == 1


def invited(connection: Connection, role: str, now: datetime) -> bool:
    """Whether an unused link that still holds gives `role`."""
    usable = (LINK.c.used_at.is_(None), LINK.c.expires_at > seconds(now))
    return any(role in roles for roles in connection.execute(select(LINK.c.roles).where(*usable)).scalars())


def drop_links(connection: Connection, purpose: str, party: str | None = None) -> None:
    """Take back the unused links for a purpose, of one party if it is named."""
    tests = [LINK.c.purpose == purpose, LINK.c.used_at.is_(None)]
    if party is not None:
        tests.append(LINK.c.party == party)
    connection.execute(delete(LINK).where(*tests))


def add_challenge(
    connection: Connection, secrets: Secrets, token_hash: bytes, challenge: Challenge, expires: datetime
) -> None:
    """Remember a step."""
    connection.execute(
        insert(CHALLENGE).values(
            token_hash=token_hash,
            purpose=challenge.purpose,
            party=challenge.party or None,
            content=secrets.seal(PURPOSE, msgspec.json.encode(challenge)),
            expires_at=seconds(expires),
        )
    )


def challenge_of(
    connection: Connection, secrets: Secrets, token_hash: bytes, purpose: str, now: datetime
) -> Challenge | None:
    """The step that a token stands for, if it has not run out."""
    usable = (
        CHALLENGE.c.token_hash == token_hash,
        CHALLENGE.c.purpose == purpose,
        CHALLENGE.c.expires_at > seconds(now),
    )
    content = connection.execute(select(CHALLENGE.c.content).where(*usable)).scalar()
    return None if content is None else msgspec.json.decode(secrets.open(PURPOSE, content), type=Challenge)


def drop_challenge(connection: Connection, token_hash: bytes) -> bool:
    """Forget a step; False if it is gone, so that each is taken once."""
    return connection.execute(delete(CHALLENGE).where(CHALLENGE.c.token_hash == token_hash)).rowcount == 1


def drop_steps(connection: Connection, party: str) -> None:
    """Forget all steps that a party has begun: what they rest on has changed."""
    connection.execute(delete(CHALLENGE).where(CHALLENGE.c.party == party))


def attempts(connection: Connection, subject: bytes) -> Attempts | None:
    """What was counted of an account or an address."""
    row = connection.execute(select(ATTEMPT).where(ATTEMPT.c.subject == subject)).mappings().first()
    return None if row is None else Attempts(row["failures"], row["last_at"], row["wait_until"])


def put_attempts(connection: Connection, subject: bytes, counted: Attempts) -> None:
    """Keep what was counted."""
    drop_attempts(connection, [subject])
    connection.execute(
        insert(ATTEMPT).values(
            subject=subject, failures=counted.failures, last_at=counted.last_at, wait_until=counted.wait_until
        )
    )


def drop_attempts(connection: Connection, subjects: Sequence[bytes]) -> None:
    """Forget what was counted."""
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.subject.in_(subjects)))


def forget_tokens(connection: Connection, now: datetime, attempts_before: datetime) -> None:
    """Forget what ran out."""
    at = seconds(now)
    connection.execute(delete(CHALLENGE).where(CHALLENGE.c.expires_at < at))
    connection.execute(delete(LINK).where(and_(LINK.c.expires_at < seconds(attempts_before))))
    connection.execute(delete(ATTEMPT).where(ATTEMPT.c.last_at < seconds(attempts_before)))


def _link(row: RowMapping) -> Link:
    words = ("id", "purpose", "party", "kind", "name", "unit", "post", "region")
    return Link(
        **{name: row[name] for name in words},
        roles=tuple(row["roles"]),
        created_at=moment(row["created_at"]),
        created_by=row["created_by"],
        expires_at=moment(row["expires_at"]),
        used_at=moment(row["used_at"]),
    )
