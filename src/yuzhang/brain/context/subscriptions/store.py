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

from yuzhang.brain.context.store.tables import KEY, METADATA
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.model import Kind, Subscription, Tally

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
    Index("context_outbox_subscription", "subscription", "key"),
    sqlite_autoincrement=True,
)

INSERT_LETTER = "INSERT INTO context_outbox (subscription, entity, headers, body) VALUES (?, ?, ?, ?)"
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


def add(connection: Connection, new: Subscription) -> int:
    """Keep a new subscription; its number. The unique key refuses a second one of the same id."""
    found = connection.execute(
        insert(SUBSCRIPTION).values(kind=new.kind, tenant=new.tenant, id=new.id, created=new.created, **_changing(new))
    )
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


def _changing(one: Subscription) -> dict[str, Any]:
    return {
        "document": encode(one.document).decode(),
        "spoken": encode(one.spoken).decode(),
        "modified": one.modified,
        "expires": one.expires,
    }


def remove(connection: Connection, number: int) -> None:
    """Forget a subscription and what waits for it."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.subscription == number))
    connection.execute(delete(SUBSCRIPTION).where(SUBSCRIPTION.c.number == number))


def drop_letters(connection: Connection, number: int) -> None:
    """Forget what waits for a subscription."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.subscription == number))


def all_of(connection: Connection) -> list[Subscription]:
    """Every subscription of every tenant, in the order of their creation."""
    return [_subscription(row) for row in connection.execute(select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.number))]


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
        tally=Tally(row.sent, row.failed, row.last, row.success, row.failure, None if row.ok is None else bool(row.ok)),
    )


def post(transaction: Transaction, letters: Iterable[tuple[int, str, str, bytes]]) -> None:
    """Put (subscription, entity, headers as JSON, body) into the outbox."""
    transaction.many(INSERT_LETTER, list(letters))


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
    return [Letter(row.key, row.subscription, row.entity, decode(row.headers), bytes(row.body)) for row in rows]


def settle(transaction: Transaction, done: Sequence[int], tallies: dict[int, Tally]) -> None:
    """Write down what was delivered or given up, and what the tallies became."""
    if done:
        transaction.many("DELETE FROM context_outbox WHERE key = ?", [(key,) for key in done])
    if tallies:
        transaction.many(
            "UPDATE context_subscription SET sent = ?, failed = ?, last = ?, success = ?, failure = ?, ok = ? WHERE number = ?",
            [
                (
                    one.sent,
                    one.failed,
                    one.last,
                    one.success,
                    one.failure,
                    None if one.ok is None else int(one.ok),
                    number,
                )
                for number, one in tallies.items()
            ],
        )
