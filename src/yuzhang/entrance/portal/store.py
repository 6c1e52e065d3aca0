"""The tables of the portal: what belongs to a party, and the notifications that wait to be sent."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from yuzhang.core.language import Title
from yuzhang.entrance.portal.model import Channel, Favourite, Kind, Notification, Waiting
from yuzhang.web.appearance import Appearance, Own

PREFERENCE = "SELECT theme, large, elder, language FROM portal_preference WHERE party = :party"
NOTIFICATION = "n.id, n.kind, n.title_zh, n.title_en, n.text_zh, n.text_en, n.address, n.made, n.read"


def _now() -> str:
    return datetime.now(UTC).isoformat()


def own(connection: Connection, party: str, address: str) -> Own:
    """What a page's header shows of the party's own, in one question."""
    row = connection.execute(
        text(
            "SELECT (SELECT count(*) FROM portal_notification WHERE party = :party AND read IS NULL) AS unread, "  # noqa: S608
            "EXISTS (SELECT 1 FROM portal_favourite WHERE party = :party AND address = :address) AS starred, "
            f"p.theme, p.large, p.elder, p.language FROM (SELECT 1) LEFT JOIN ({PREFERENCE}) p ON 1"
        ),
        {"party": party, "address": address},
    ).one()
    return Own(None if row.theme is None else _appearance(row), row.unread, bool(row.starred))


def _appearance(row: Row[Any]) -> Appearance:
    return Appearance(row.theme, bool(row.large), bool(row.elder), row.language)


def preference(connection: Connection, party: str) -> Appearance | None:
    """How the party likes its pages, if it ever said so."""
    row = connection.execute(text(PREFERENCE), {"party": party}).one_or_none()
    return None if row is None else _appearance(row)


def keep_preference(connection: Connection, party: str, wanted: Appearance) -> None:
    """Keep it, in place of what was kept."""
    connection.execute(
        text("INSERT OR REPLACE INTO portal_preference VALUES (:party, :theme, :large, :elder, :language)"),
        {
            "party": party,
            "theme": wanted.theme,
            "large": wanted.large,
            "elder": wanted.elder,
            "language": wanted.language,
        },
    )


def favourites(connection: Connection, party: str) -> list[Favourite]:
    """The newest first."""
    rows = connection.execute(
        text("SELECT address, title, added FROM portal_favourite WHERE party = :party ORDER BY added DESC, address"),
        {"party": party},
    )
    return [Favourite(row.address, row.title, datetime.fromisoformat(row.added)) for row in rows]


def star(connection: Connection, party: str, address: str, title: str) -> None:
    """Make a page a favourite."""
    connection.execute(
        text("INSERT INTO portal_favourite VALUES (:party, :address, :title, :added)"),
        {"party": party, "address": address, "title": title, "added": _now()},
    )


def unstar(connection: Connection, party: str, address: str) -> bool:
    """Whether it was one."""
    done = connection.execute(
        text("DELETE FROM portal_favourite WHERE party = :party AND address = :address"),
        {"party": party, "address": address},
    )
    return bool(done.rowcount)


def _notification(row: Row[Any]) -> Notification:
    return Notification(
        row.id,
        Kind(row.kind),
        Title(row.title_zh, row.title_en),
        Title(row.text_zh, row.text_en),
        row.address,
        datetime.fromisoformat(row.made),
        None if row.read is None else datetime.fromisoformat(row.read),
    )


def add_notification(
    connection: Connection,
    party: str,
    kind: Kind,
    title: Title,
    said: Title,
    address: str,
    due: float,
    ready: Iterable[Channel],
) -> int:
    """Keep a notification, and have it sent by those `ready` channels that the party wants for its kind; its number."""
    row = connection.execute(
        text(
            "INSERT INTO portal_notification (party, kind, title_zh, title_en, text_zh, text_en, address, made) "
            "VALUES (:party, :kind, :title_zh, :title_en, :text_zh, :text_en, :address, :made) RETURNING id"
        ),
        {
            "party": party,
            "kind": kind.value,
            "title_zh": title.zh,
            "title_en": title.en,
            "text_zh": said.zh,
            "text_en": said.en,
            "address": address,
            "made": _now(),
        },
    ).one()
    usable = {one.value for one in ready}
    for kept, channel in wanted(connection, party):
        if kept == kind and channel in usable:
            connection.execute(
                text(
                    "INSERT INTO portal_outbox (notification, channel, tries, due, given_up) "
                    "VALUES (:notification, :channel, 0, :due, FALSE)"
                ),
                {"notification": row.id, "channel": channel.value, "due": due},
            )
    return int(row.id)


def notifications(connection: Connection, party: str, unread_only: bool, offset: int, limit: int) -> list[Notification]:
    """A part of the party's notifications, the newest first."""
    rows = connection.execute(
        text(
            f"SELECT {NOTIFICATION} FROM portal_notification n WHERE party = :party "  # noqa: S608  # fixed words
            f"{'AND read IS NULL ' if unread_only else ''}ORDER BY n.id DESC LIMIT :limit OFFSET :offset"
        ),
        {"party": party, "limit": limit, "offset": offset},
    )
    return [_notification(row) for row in rows]


def count_notifications(connection: Connection, party: str) -> tuple[int, int]:
    """How many there are, and how many of them are unread."""
    row = connection.execute(
        text(
            "SELECT count(*) AS every, count(*) - count(read) AS unread FROM portal_notification WHERE party = :party"
        ),
        {"party": party},
    ).one()
    return row.every, row.unread


def mark_read(connection: Connection, party: str, number: int | None) -> int:
    """Mark one notification of the party as read, or all that are not; how many rows that are its own it was said of."""
    one = "AND id = :number" if number is not None else "AND read IS NULL"
    done = connection.execute(
        text(f"UPDATE portal_notification SET read = coalesce(read, :now) WHERE party = :party {one}"),  # noqa: S608
        {"now": _now(), "party": party, "number": number},
    )
    return done.rowcount


def contact(connection: Connection, party: str) -> bytes | None:
    """The party's sealed contact."""
    found = connection.execute(
        text("SELECT sealed FROM portal_contact WHERE party = :party"), {"party": party}
    ).scalar()
    return None if found is None else bytes(found)


def keep_contact(connection: Connection, party: str, sealed: bytes | None) -> None:
    """Keep it; None forgets it."""
    connection.execute(text("DELETE FROM portal_contact WHERE party = :party"), {"party": party})
    if sealed is not None:
        connection.execute(
            text("INSERT INTO portal_contact VALUES (:party, :sealed)"), {"party": party, "sealed": sealed}
        )


def wanted(connection: Connection, party: str) -> set[tuple[Kind, Channel]]:
    """What the party wants sent, and how."""
    rows = connection.execute(text("SELECT kind, channel FROM portal_channel WHERE party = :party"), {"party": party})
    return {(Kind(row.kind), Channel(row.channel)) for row in rows}


def keep_wanted(connection: Connection, party: str, pairs: Iterable[tuple[Kind, Channel]]) -> None:
    """Keep it, in place of what was kept."""
    connection.execute(text("DELETE FROM portal_channel WHERE party = :party"), {"party": party})
    for kind, channel in pairs:
        connection.execute(
            text("INSERT INTO portal_channel VALUES (:party, :kind, :channel)"),
            {"party": party, "kind": kind.value, "channel": channel.value},
        )


def take_due(connection: Connection, now: float, until: float, limit: int) -> list[Waiting]:
    """What is due, set aside for whoever asks until `until`: then it is due again, should that process die."""
    rows = connection.execute(
        text(
            f"SELECT o.id AS waiting, o.channel, o.tries, n.party, {NOTIFICATION} FROM portal_outbox o "  # noqa: S608
            "JOIN portal_notification n ON n.id = o.notification WHERE NOT o.given_up AND o.due <= :now "
            "ORDER BY o.due LIMIT :limit"
        ),
        {"now": now, "limit": limit},
    ).all()
    for row in rows:
        connection.execute(
            text("UPDATE portal_outbox SET due = :until, tries = tries + 1 WHERE id = :id"),
            {"until": until, "id": row.waiting},
        )
    return [Waiting(row.waiting, row.party, Channel(row.channel), _notification(row), row.tries + 1) for row in rows]


def sent(connection: Connection, number: int) -> None:
    """It arrived."""
    connection.execute(text("DELETE FROM portal_outbox WHERE id = :id"), {"id": number})


def postpone(connection: Connection, number: int, due: float) -> None:
    """Try it again at `due`."""
    connection.execute(text("UPDATE portal_outbox SET due = :due WHERE id = :id"), {"due": due, "id": number})


def give_up(connection: Connection, number: int) -> None:
    """Try it no more; it stays in the table, to be counted."""
    connection.execute(text("UPDATE portal_outbox SET given_up = TRUE WHERE id = :id"), {"id": number})


def waiting(connection: Connection) -> tuple[int, int, float | None]:
    """How many wait, how many were given up, and when the next is due."""
    row = connection.execute(
        text(
            "SELECT count(*) FILTER (WHERE NOT given_up) AS waits, count(*) FILTER (WHERE given_up) AS lost, "
            "min(due) FILTER (WHERE NOT given_up) AS due FROM portal_outbox"
        )
    ).one()
    return row.waits, row.lost, row.due
