"""Keys and their use, as the database has them."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.entrance.api.model import Key, Usage
from yuzhang.entrance.api.tables import KEY, USAGE
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import PARTY

FIRST_DAY = date(1970, 1, 1)


def add(connection: Connection, key: Key) -> None:
    """Keep a new key."""
    connection.execute(
        insert(KEY).values(
            id=key.id,
            party=key.party,
            label=key.label,
            hash=key.hash,
            scopes=list(key.scopes),
            rate=key.rate,
            burst=key.burst,
            daily=key.daily,
            created_at=seconds(key.created_at),
            created_by=key.created_by,
            expires_at=seconds(key.expires_at),
        )
    )


def key(connection: Connection, name: str) -> Key | None:
    """The key of that id."""
    row = connection.execute(select(KEY).where(KEY.c.id == name)).mappings().first()
    return None if row is None else _key(row)


def keys(connection: Connection, owner: str | None) -> list[Key]:
    """The keys of applications that `owner` made, or of all for None; the newest first."""
    found = select(KEY).order_by(KEY.c.created_at.desc(), KEY.c.id)
    if owner is not None:
        found = found.join(PARTY, PARTY.c.id == KEY.c.party).where(PARTY.c.created_by == owner)
    return [_key(row) for row in connection.execute(found).mappings()]


def end(connection: Connection, name: str, at: datetime) -> None:
    """Revoke a key."""
    connection.execute(update(KEY).where(KEY.c.id == name, KEY.c.revoked_at.is_(None)).values(revoked_at=seconds(at)))


def expire(connection: Connection, name: str, at: datetime) -> None:
    """Let a key hold until `at`."""
    connection.execute(update(KEY).where(KEY.c.id == name).values(expires_at=seconds(at)))


def note_used(connection: Connection, name: str, at: datetime) -> None:
    """It was used at `at`."""
    connection.execute(update(KEY).where(KEY.c.id == name).values(used_at=seconds(at)))


def add_usage(connection: Connection, name: str, day: int, requests: int, refused: int) -> int:
    """Add to the count of a day; the requests counted on it afterwards."""
    made = upsert(USAGE).values(key=name, day=day, requests=requests, refused=refused)
    connection.execute(
        made.on_conflict_do_update(
            index_elements=["key", "day"],
            set_={"requests": USAGE.c.requests + requests, "refused": USAGE.c.refused + refused},
        )
    )
    return asked_on(connection, name, day)


def asked_on(connection: Connection, name: str, day: int) -> int:
    """The requests that were counted on a day."""
    found = select(USAGE.c.requests).where(USAGE.c.key == name, USAGE.c.day == day)
    return connection.execute(found).scalar() or 0


def usage(connection: Connection, name: str, since: int) -> list[Usage]:
    """What was asked with a key on each day from `since` on that has any."""
    found = select(USAGE).where(USAGE.c.key == name, USAGE.c.day >= since).order_by(USAGE.c.day)
    return [
        Usage(FIRST_DAY + timedelta(days=row["day"]), row["requests"], row["refused"])
        for row in connection.execute(found).mappings()
    ]


def usage_of_all(connection: Connection, owner: str | None, since: int) -> dict[str, list[Usage]]:
    """The same of all keys of applications that `owner` made, or of all for None."""
    found = select(USAGE).where(USAGE.c.day >= since).order_by(USAGE.c.key, USAGE.c.day)
    if owner is not None:
        found = found.join(KEY, KEY.c.id == USAGE.c.key).join(PARTY, PARTY.c.id == KEY.c.party)
        found = found.where(PARTY.c.created_by == owner)
    by_key: dict[str, list[Usage]] = {}
    for row in connection.execute(found).mappings():
        one = Usage(FIRST_DAY + timedelta(days=row["day"]), row["requests"], row["refused"])
        by_key.setdefault(row["key"], []).append(one)
    return by_key


def applications(connection: Connection, owner: str | None) -> list[tuple[str, str]]:
    """Ids and names of the applications that `owner` made, or of all for None."""
    found = select(PARTY.c.id, PARTY.c.name).where(PARTY.c.kind == "application").order_by(PARTY.c.name)
    if owner is not None:
        found = found.where(PARTY.c.created_by == owner)
    return [(row[0], row[1]) for row in connection.execute(found)]


def _key(row: RowMapping) -> Key:
    plain: dict[str, Any] = dict(row)
    for name in ("created_at", "expires_at", "used_at", "revoked_at"):
        plain[name] = moment(row[name])
    plain["scopes"] = tuple(row["scopes"])
    return Key(**plain)
