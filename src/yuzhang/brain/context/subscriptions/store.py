"""The tables of subscriptions and of notifications that are not delivered yet, and all SQL of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    delete,
    func,
    insert,
    select,
    update,
)

from yuzhang.brain.context.editions import raise_edition
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.store.tables import KEY, METADATA
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.model import Kind, Subscription, Tally
from yuzhang.core.access import OPERATOR, Party

SUBSCRIPTION = Table(
    "context_subscription",
    METADATA,
    Column("number", KEY, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("tenant", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("spoken", Text, nullable=False),
    Column("created", BigInteger, nullable=False),
    Column("modified", BigInteger, nullable=False),
    Column("expires", BigInteger),
    Column("sent", BigInteger, nullable=False, server_default="0"),
    Column("failed", BigInteger, nullable=False, server_default="0"),
    Column("last", BigInteger),
    Column("success", BigInteger),
    Column("failure", BigInteger),
    Column("ok", Integer),
    Column("given_up", BigInteger, nullable=False, server_default="0"),
    Column("owner", Text),
    UniqueConstraint("kind", "tenant", "id"),
    # Numbers are never given twice: a notification of a deleted subscription must not reach the next one.
    sqlite_autoincrement=True,
)

OUTBOX = Table(
    "context_outbox",
    METADATA,
    Column("key", KEY, primary_key=True, autoincrement=True),
    Column("subscription", BigInteger, nullable=False),
    Column("entity", Text, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("posted", BigInteger, nullable=False),
    Index("context_outbox_subscription", "subscription", "key"),
    sqlite_autoincrement=True,
)

ROOM, LETTERS = "subscriptions", "letters"
"""The editions: of subscriptions, and of letters that were written by a process which does not send."""
INSERT_LETTER = "INSERT INTO context_outbox (subscription, entity, headers, body, posted) VALUES (?, ?, ?, ?, ?)"
encode = msgspec.json.encode
decode = msgspec.json.decode


@dataclass(frozen=True, slots=True)
class Letter:
    """A notification that waits in the outbox. `entity` is the one that it tells of, empty if of several."""

    key: int
    subscription: int
    entity: str
    headers: dict[str, str]
    body: bytes
    posted: Microseconds


class _Owner(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is kept of a party: all that policies ask for, but not where it came from, nor in which session."""

    id: str
    roles: list[str] = []
    kind: str = "stranger"
    unit: str = ""
    region: str = ""
    acting_for: str = ""
    factors: int = 0
    scopes: list[str] | None = None
    purpose: str = ""

    @classmethod
    def of(cls, one: Party) -> "_Owner":
        """What is kept of it."""
        scopes = None if one.scopes is None else sorted(one.scopes)
        return cls(
            *(one.id, sorted(one.roles), one.kind, one.unit, one.region, one.acting_for, one.factors, scopes),
            one.purpose,
        )

    def party(self) -> Party:
        """The party."""
        return Party(
            self.id,
            frozenset(self.roles),
            self.kind,
            unit=self.unit,
            region=self.region,
            acting_for=self.acting_for,
            factors=self.factors,
            scopes=None if self.scopes is None else frozenset(self.scopes),
            purpose=self.purpose,
        )


def add(connection: Connection, new: Subscription) -> int:
    """Keep a new subscription; its number. The unique key refuses a second one of the same id."""
    found = connection.execute(
        insert(SUBSCRIPTION).values(kind=new.kind, tenant=new.tenant, id=new.id, created=new.created, **_changing(new))
    )
    raise_edition(connection, ROOM)
    key = found.inserted_primary_key
    assert key is not None  # noqa: S101  # an insert of one row has a key
    return int(key[0])


def exists(connection: Connection, new: Subscription) -> bool:
    """Whether the tenant has a subscription of this kind and id."""
    same = (SUBSCRIPTION.c.kind == new.kind, SUBSCRIPTION.c.tenant == new.tenant, SUBSCRIPTION.c.id == new.id)
    return connection.execute(select(SUBSCRIPTION.c.number).where(*same)).first() is not None


def change(connection: Connection, changed: Subscription) -> None:
    """Put `changed` in the place of the subscription with its number; its tally stays."""
    connection.execute(update(SUBSCRIPTION).where(SUBSCRIPTION.c.number == changed.number).values(**_changing(changed)))
    raise_edition(connection, ROOM)


def _changing(one: Subscription) -> dict[str, Any]:
    return {
        "document": encode(one.document).decode(),
        "spoken": encode(one.spoken).decode(),
        "modified": one.modified,
        "expires": one.expires,
        "owner": encode(_Owner.of(one.owner)).decode(),
    }


def remove(connection: Connection, number: int) -> None:
    """Forget a subscription and what waits for it."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.subscription == number))
    connection.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.number == number))
    raise_edition(connection, ROOM)


def all_of(connection: Connection) -> list[Subscription]:
    """Every subscription of every tenant, in the order of their creation."""
    return [_subscription(row) for row in connection.execute(select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.number))]


def changes(connection: Connection) -> dict[int, Microseconds]:
    """When each subscription was changed last, by its number."""
    return {number: at for number, at in connection.execute(select(SUBSCRIPTION.c.number, SUBSCRIPTION.c.modified))}


def one_of(connection: Connection, number: int) -> Subscription | None:
    """The subscription of a number."""
    row = connection.execute(select(SUBSCRIPTION).where(SUBSCRIPTION.c.number == number)).one_or_none()
    return None if row is None else _subscription(row)


def _subscription(row: Any) -> Subscription:
    kind: Kind = row.kind
    return Subscription(
        number=row.number,
        kind=kind,
        tenant=row.tenant,
        id=row.id,
        document=decode(row.document),
        spoken=decode(row.spoken),
        created=row.created,
        modified=row.modified,
        expires=row.expires,
        tally=Tally(
            sent=row.sent,
            failed=row.failed,
            last=row.last,
            success=row.success,
            failure=row.failure,
            ok=None if row.ok is None else bool(row.ok),
            given_up=row.given_up,
        ),
        owner=OPERATOR if row.owner is None else msgspec.json.decode(row.owner, type=_Owner).party(),
    )


def post(transaction: Transaction, letters: Iterable[tuple[int, str, str, bytes]]) -> None:
    """Put (subscription, entity, headers as JSON, body) into the outbox."""
    transaction.many(INSERT_LETTER, [(*letter, transaction.now) for letter in letters])


def leave(transaction: Transaction) -> None:
    """Let the process that sends know of new letters."""
    raise_edition(transaction.connection, LETTERS)


def waiting(connection: Connection) -> dict[int, int]:
    """How many letters wait, by subscription."""
    rows = connection.execute(select(OUTBOX.c.subscription, func.count()).group_by(OUTBOX.c.subscription))
    return {number: count for number, count in rows}


def letters(connection: Connection, subscription: int, after: int, limit: int) -> list[Letter]:
    """The next letters of one subscription in their order, from behind key `after`."""
    rows = connection.execute(
        select(OUTBOX)
        .where(OUTBOX.c.subscription == subscription, OUTBOX.c.key > after)
        .order_by(OUTBOX.c.key)
        .limit(limit)
    )
    return [
        Letter(row.key, row.subscription, row.entity, decode(row.headers), bytes(row.body), row.posted) for row in rows
    ]


def retire(transaction: Transaction, subscription: int, before: Microseconds, most: int) -> tuple[int, int, int]:
    """Forget the letters of one subscription posted `before` a moment, and the oldest of more than `most`: how many went, how
    many are left, and the key of the last that went.
    """
    old = transaction.all(
        "SELECT max(key) FROM context_outbox WHERE subscription = ? AND posted < ?", (subscription, before)
    )
    beyond = transaction.all(
        "SELECT key FROM context_outbox WHERE subscription = ? ORDER BY key DESC LIMIT 1 OFFSET ?", (subscription, most)
    )
    last = max(old[0][0] or 0, beyond[0][0] if beyond else 0)
    counted = "SELECT count(*) FROM context_outbox WHERE subscription = ?"
    there = transaction.all(counted, (subscription,))[0][0]
    if not last:
        return 0, there, 0
    transaction.many("DELETE FROM context_outbox WHERE subscription = ? AND key <= ?", [(subscription, last)])
    left = transaction.all(counted, (subscription,))[0][0]
    return there - left, left, last


def settle(transaction: Transaction, done: Sequence[int], tallies: dict[int, Tally]) -> None:
    """Write down what was delivered or given up, and what the tallies became."""
    if done:
        transaction.many("DELETE FROM context_outbox WHERE key = ?", [(key,) for key in done])
    if tallies:
        transaction.many(
            "UPDATE context_subscription SET sent = ?, failed = ?, last = ?, success = ?, failure = ?, ok = ?, given_up = ? "
            "WHERE number = ?",
            [
                (
                    one.sent,
                    one.failed,
                    one.last,
                    one.success,
                    one.failure,
                    None if one.ok is None else int(one.ok),
                    one.given_up,
                    number,
                )
                for number, one in tallies.items()
            ],
        )
