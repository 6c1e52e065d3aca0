"""The registry's tables. Every entry is kept with the revisions between which it held; nothing is overwritten."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, text

from yuzhang.plan.registry.model import Revision

Key = tuple[str, str]
Bodies = dict[Key, bytes]


@dataclass(frozen=True, slots=True)
class Change:
    """What a revision records of itself."""

    by: str
    what: str
    subject: str
    undoes: int | None = None


def plans(connection: Connection) -> tuple[str, ...]:
    """The names of all plans."""
    return tuple(connection.execute(text("SELECT DISTINCT plan FROM plan_revision ORDER BY plan")).scalars())


def latest(connection: Connection, plan: str) -> int:
    """The plan's newest revision; 0 if there is no such plan."""
    found = connection.execute(
        text("SELECT max(revision) FROM plan_revision WHERE plan = :plan"), {"plan": plan}
    ).scalar()
    return int(found or 0)


def bodies(connection: Connection, plan: str, revision: int) -> Bodies:
    """All entries of the plan as they stood at `revision`, in the order of their keys."""
    rows = connection.execute(
        text(
            "SELECT kind, key, body FROM plan_entry WHERE plan = :plan AND since <= :revision "
            "AND (until IS NULL OR until > :revision) AND body IS NOT NULL ORDER BY kind, key"
        ),
        {"plan": plan, "revision": revision},
    )
    return {(row.kind, row.key): bytes(row.body) for row in rows}


def record(connection: Connection, plan: str, change: Change, puts: Iterable[tuple[Key, bytes | None]]) -> int:
    """A new revision in which the entries of `puts` have these bodies (None removes one). Returns its number."""
    revision = latest(connection, plan) + 1
    connection.execute(
        text("INSERT INTO plan_revision VALUES (:plan, :revision, :at, :by, :what, :subject, :undoes)"),
        {
            "plan": plan,
            "revision": revision,
            "at": datetime.now(UTC).isoformat(),
            "by": change.by,
            "what": change.what,
            "subject": change.subject,
            "undoes": change.undoes,
        },
    )
    rows = [{"plan": plan, "kind": kind, "key": key, "rev": revision, "body": body} for (kind, key), body in puts]
    if rows:
        connection.execute(
            text(
                "UPDATE plan_entry SET until = :rev WHERE plan = :plan AND kind = :kind AND key = :key AND until IS NULL"
            ),
            rows,
        )
        connection.execute(
            text("INSERT INTO plan_entry (plan, kind, key, since, body) VALUES (:plan, :kind, :key, :rev, :body)"), rows
        )
    return revision


def touched(connection: Connection, plan: str, revision: int) -> tuple[Key, ...]:
    """The entries that `revision` changed."""
    rows = connection.execute(
        text("SELECT kind, key FROM plan_entry WHERE plan = :plan AND since = :revision"),
        {"plan": plan, "revision": revision},
    )
    return tuple((row.kind, row.key) for row in rows)


def revisions(connection: Connection, plan: str, limit: int = 200) -> tuple[Revision, ...]:
    """The plan's newest revisions, newest first."""
    rows = connection.execute(
        text("SELECT * FROM plan_revision WHERE plan = :plan ORDER BY revision DESC LIMIT :limit"),
        {"plan": plan, "limit": limit},
    )
    return tuple(
        Revision(row.revision, datetime.fromisoformat(row.made_at), row.made_by, row.what, row.subject, row.undoes)
        for row in rows
    )


def undoable(connection: Connection, plan: str) -> Revision | None:
    """The newest revision that is no undo, was not undone, and is not the plan's first."""
    listed = revisions(connection, plan, limit=10_000)
    undone = {revision.undoes for revision in listed}
    return next((one for one in listed if one.undoes is None and one.number not in undone and one.number > 1), None)


def keep_text(connection: Connection, sha256: str, content: str) -> None:
    """Keep a text that plans are read from; once is enough."""
    connection.execute(
        text("INSERT OR IGNORE INTO plan_text VALUES (:sha, :content)"), {"sha": sha256, "content": content}
    )


def kept_text(connection: Connection, sha256: str) -> str | None:
    """The text with this hash, None if it was never given."""
    found = connection.execute(text("SELECT text FROM plan_text WHERE sha256 = :sha"), {"sha": sha256}).scalar()
    return None if found is None else str(found)
