"""What proves an identity: passwords, passkeys, code generators, recovery codes. Secrets leave this file only to `proofs`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, insert, select, update

from yuzhang.core.secrets import Secrets
from yuzhang.entrance.identity.model import Credential, CredentialKind
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import CREDENTIAL

PURPOSE = "identity.credential"


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """A credential with what is checked against: a password's hash, a passkey's public key, a code generator's key."""

    credential: Credential
    secret: bytes
    handle: bytes | None


def add_credential(
    connection: Connection, secrets: Secrets, credential: Credential, secret: bytes, handle: bytes | None = None
) -> None:
    """Keep a credential. `handle`: by which it is found: a passkey's id, a recovery code's hash. Raises IntegrityError if that is known."""
    connection.execute(
        insert(CREDENTIAL).values(
            id=credential.id,
            party=credential.party,
            kind=credential.kind,
            label=credential.label,
            secret=secrets.seal(_purpose(credential.kind, credential.party), secret),
            handle=handle,
            counter=credential.counter,
            created_at=seconds(credential.created_at),
            used_at=seconds(credential.used_at),
        )
    )


def credentials(connection: Connection, party: str) -> list[Credential]:
    """All credentials of a party, the oldest first."""
    found = select(CREDENTIAL).where(CREDENTIAL.c.party == party).order_by(CREDENTIAL.c.created_at, CREDENTIAL.c.id)
    return [_credential(row) for row in connection.execute(found).mappings()]


def kept(connection: Connection, secrets: Secrets, party: str, kind: CredentialKind) -> list[Kept]:
    """The credentials of a kind with their secrets."""
    found = select(CREDENTIAL).where(CREDENTIAL.c.party == party, CREDENTIAL.c.kind == kind)
    return [_kept(secrets, row) for row in connection.execute(found).mappings()]


def kept_by_handle(connection: Connection, secrets: Secrets, kind: CredentialKind, handle: bytes) -> Kept | None:
    """The credential that is found by `handle`."""
    found = select(CREDENTIAL).where(CREDENTIAL.c.kind == kind, CREDENTIAL.c.handle == handle)
    row = connection.execute(found).mappings().first()
    return None if row is None else _kept(secrets, row)


def handles(connection: Connection, party: str, kind: CredentialKind) -> list[bytes]:
    """By what the credentials of a kind are found."""
    found = select(CREDENTIAL.c.handle).where(CREDENTIAL.c.party == party, CREDENTIAL.c.kind == kind)
    return [handle for handle in connection.execute(found).scalars() if handle is not None]


def note_use(connection: Connection, credential: str, at: datetime, counter: int | None = None) -> None:
    """It was used; `counter`, if it counts."""
    values = {"used_at": seconds(at)} | ({} if counter is None else {"counter": counter})
    connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.id == credential).values(**values))


def take_step(connection: Connection, credential: str, at: datetime, step: int) -> bool:
    """Use a code generator's step; False if that or a later one was used before. Source: RFC 6238, 5.2: once only."""
    taken = update(CREDENTIAL).where(CREDENTIAL.c.id == credential, CREDENTIAL.c.counter < step)
    return connection.execute(taken.values(counter=step, used_at=seconds(at))).rowcount == 1


def replace_secret(connection: Connection, secrets: Secrets, one: Credential, secret: bytes) -> None:
    """Another secret for the same credential: a password hashed anew."""
    sealed = secrets.seal(_purpose(one.kind, one.party), secret)
    connection.execute(update(CREDENTIAL).where(CREDENTIAL.c.id == one.id).values(secret=sealed))


def rename(connection: Connection, party: str, credential: str, label: str) -> bool:
    """Another label for a credential of the party; False if it has none of that id."""
    own = update(CREDENTIAL).where(CREDENTIAL.c.id == credential, CREDENTIAL.c.party == party)
    return connection.execute(own.values(label=label)).rowcount == 1


def remove(connection: Connection, party: str, credential: str) -> bool:
    """Forget a credential of the party; False if it has none of that id, so that a code is used once."""
    own = delete(CREDENTIAL).where(CREDENTIAL.c.id == credential, CREDENTIAL.c.party == party)
    return connection.execute(own).rowcount == 1


def remove_kinds(connection: Connection, party: str, kinds: Sequence[CredentialKind]) -> None:
    """Forget all credentials of these kinds."""
    connection.execute(delete(CREDENTIAL).where(CREDENTIAL.c.party == party, CREDENTIAL.c.kind.in_(kinds)))


def _purpose(kind: str, party: str) -> str:
    # Bound to its owner: a row that is copied to another party opens nothing.
    return f"{PURPOSE}.{kind}.{party}"


def _credential(row: RowMapping) -> Credential:
    return Credential(
        row["id"],
        row["party"],
        row["kind"],
        row["label"],
        row["counter"],
        moment(row["created_at"]),
        moment(row["used_at"]),
    )


def _kept(secrets: Secrets, row: RowMapping) -> Kept:
    return Kept(_credential(row), secrets.open(_purpose(row["kind"], row["party"]), row["secret"]), row["handle"])
