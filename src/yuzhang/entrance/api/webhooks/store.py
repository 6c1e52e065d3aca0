"""Webhooks and their messages, as the database has them."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.entrance.api.tables import MESSAGE, SEEN, WEBHOOK
from yuzhang.entrance.api.webhooks.model import Message, Reason, Webhook
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import PARTY


def add(connection: Connection, webhook: Webhook) -> None:
    """Keep a new webhook."""
    connection.execute(
        insert(WEBHOOK).values(
            id=webhook.id,
            party=webhook.party,
            address=webhook.address,
            kinds=list(webhook.kinds),
            secret=webhook.secret,
            created_at=seconds(webhook.created_at),
            created_by=webhook.created_by,
            reason="",
        )
    )


def webhook(connection: Connection, name: str) -> Webhook | None:
    """The webhook of that id."""
    row = connection.execute(select(WEBHOOK).where(WEBHOOK.c.id == name)).mappings().first()
    return None if row is None else _webhook(row)


def webhooks(connection: Connection, owner: str | None) -> list[Webhook]:
    """Those of `owner` and of applications that it made, or of all for None; the oldest first."""
    found = select(WEBHOOK).order_by(WEBHOOK.c.created_at, WEBHOOK.c.id)
    if owner is not None:
        found = found.join(PARTY, PARTY.c.id == WEBHOOK.c.party)
        found = found.where((PARTY.c.created_by == owner) | (PARTY.c.id == owner))
    return [_webhook(row) for row in connection.execute(found).mappings()]


def enabled(connection: Connection) -> list[Webhook]:
    """Those that messages are kept for."""
    found = select(WEBHOOK).where(WEBHOOK.c.disabled_at.is_(None)).order_by(WEBHOOK.c.id)
    return [_webhook(row) for row in connection.execute(found).mappings()]


def remove(connection: Connection, name: str) -> None:
    """A webhook and its messages."""
    connection.execute(delete(MESSAGE).where(MESSAGE.c.webhook == name))
    connection.execute(delete(WEBHOOK).where(WEBHOOK.c.id == name))


def pause(connection: Connection, name: str, at: datetime) -> None:
    """Keep its messages back."""
    connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == name).values(paused_at=seconds(at)))


def resume(connection: Connection, name: str, at: datetime) -> None:
    """Send again: what waits is tried at once, as often as something new."""
    clear = {"paused_at": None, "disabled_at": None, "failing_since": None, "reason": ""}
    connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == name).values(**clear))
    waiting = (MESSAGE.c.webhook == name) & MESSAGE.c.next_at.is_not(None)
    connection.execute(update(MESSAGE).where(waiting).values(next_at=seconds(at), attempts=0))


def disable(connection: Connection, name: str, at: datetime, reason: Reason) -> None:
    """Send nothing more to it, for a reason."""
    connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == name).values(disabled_at=seconds(at), reason=reason))


def set_failing(connection: Connection, name: str, since: datetime | None) -> None:
    """Since when nothing arrives; None for now that something did."""
    connection.execute(update(WEBHOOK).where(WEBHOOK.c.id == name).values(failing_since=seconds(since)))


def put(connection: Connection, message: str, webhook: str, kind: str, body: bytes, at: datetime) -> None:
    """A message to be sent at once; nothing if the webhook has it already."""
    made = upsert(MESSAGE).values(
        id=message, webhook=webhook, kind=kind, body=body, at=seconds(at), next_at=seconds(at), attempts=0, said=""
    )
    connection.execute(made.on_conflict_do_nothing(index_elements=["webhook", "id"]))


def waiting(connection: Connection, webhook: str) -> int:
    """How many messages wait for a webhook."""
    found = select(func.count()).where(MESSAGE.c.webhook == webhook, MESSAGE.c.next_at.is_not(None))
    return connection.execute(found).scalar_one()


def due(connection: Connection, now: datetime) -> list[str]:
    """The webhooks whose first message that waits is to be sent now: the others behind it wait for it."""
    first = (
        select(MESSAGE.c.webhook, func.min(MESSAGE.c.number).label("number"))
        .where(MESSAGE.c.next_at.is_not(None))
        .group_by(MESSAGE.c.webhook)
        .subquery()
    )
    found = (
        select(MESSAGE.c.webhook)
        .join(first, first.c.number == MESSAGE.c.number)
        .join(WEBHOOK, WEBHOOK.c.id == MESSAGE.c.webhook)
        .where(MESSAGE.c.next_at <= seconds(now), WEBHOOK.c.disabled_at.is_(None), WEBHOOK.c.paused_at.is_(None))
    )
    return list(connection.execute(found).scalars())


def first(connection: Connection, webhook: str) -> Message | None:
    """The first message that waits for a webhook."""
    found = select(MESSAGE).where(MESSAGE.c.webhook == webhook, MESSAGE.c.next_at.is_not(None))
    row = connection.execute(found.order_by(MESSAGE.c.number).limit(1)).mappings().first()
    return None if row is None else _message(row)


def message(connection: Connection, webhook: str, number: int) -> Message | None:
    """One message of a webhook."""
    found = select(MESSAGE).where(MESSAGE.c.webhook == webhook, MESSAGE.c.number == number)
    row = connection.execute(found).mappings().first()
    return None if row is None else _message(row)


def messages(connection: Connection, webhook: str, most: int) -> list[Message]:
    """The newest messages of a webhook, the newest first."""
    found = select(MESSAGE).where(MESSAGE.c.webhook == webhook).order_by(MESSAGE.c.number.desc()).limit(most)
    return [_message(row) for row in connection.execute(found).mappings()]


def note(connection: Connection, number: int, **values: Any) -> None:
    """Change columns of a message."""
    connection.execute(update(MESSAGE).where(MESSAGE.c.number == number).values(**values))


def drop_before(connection: Connection, at: datetime) -> None:
    """Forget messages from before `at` that wait for nothing."""
    connection.execute(delete(MESSAGE).where(MESSAGE.c.next_at.is_(None), MESSAGE.c.at < seconds(at)))


def seen(connection: Connection, source: str) -> int:
    """Up to which number a source was seen; 0 if never."""
    return connection.execute(select(SEEN.c.number).where(SEEN.c.source == source)).scalar() or 0


def set_seen(connection: Connection, source: str, number: int) -> None:
    """A source was seen up to `number`."""
    made = upsert(SEEN).values(source=source, number=number)
    connection.execute(made.on_conflict_do_update(index_elements=["source"], set_={"number": number}))


def _webhook(row: RowMapping) -> Webhook:
    plain: dict[str, Any] = dict(row)
    for name in ("created_at", "failing_since", "paused_at", "disabled_at"):
        plain[name] = moment(row[name])
    plain["kinds"] = tuple(row["kinds"])
    return Webhook(**plain)


def _message(row: RowMapping) -> Message:
    plain: dict[str, Any] = dict(row)
    for name in ("at", "next_at", "delivered_at"):
        plain[name] = moment(row[name])
    return Message(**plain)
