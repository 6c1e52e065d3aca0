"""Looks into the audit's file: pages of records, days, statements. All SQL that only reads; each look has a connection of its own."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from yuzhang.core.storage import BUSY_TIMEOUT_MS
from yuzhang.entrance.audit.chain.signing import PublicKey
from yuzhang.entrance.audit.model import DAY_US, Day, Found, Overview, Record, Statement, Verified, Wanted
from yuzhang.entrance.audit.store.words import asked
from yuzhang.entrance.audit.store.writing import COLUMNS, STATEMENT, beginning, telling

WORDS = ("action", "subject", "purpose", "peer")
FEW = 1_000


@contextmanager
def looking(path: Path) -> Iterator[sqlite3.Connection | None]:
    """One consistent view of the file; None where there is none yet. Raises AuditBusy if it cannot be read."""
    if not path.exists():
        yield None
        return
    with telling():
        connection = sqlite3.connect(
            f"file:{path}?mode=ro",
            uri=True,
            timeout=BUSY_TIMEOUT_MS / 1000,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            connection.execute("BEGIN")
            made = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'indexing'").fetchone()
            yield connection if made else None
        finally:
            connection.close()


def record_of(row: tuple[str | int, ...]) -> Record:
    """The record in a row of COLUMNS."""
    return Record(*row)  # type: ignore[arg-type]  # the table is STRICT: each column has its type


def search(connection: sqlite3.Connection, wanted: Wanted, limit: int) -> Found:
    """Records that fit, the newest first."""
    where, values = _where(connection, wanted)
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM record WHERE {' AND '.join(where) or 'true'} ORDER BY number DESC LIMIT ?",  # noqa: S608
        [*values, limit + 1],
    ).fetchall()
    records = [record_of(row) for row in rows[:limit]]
    return Found(records, records[-1].number if len(rows) > limit else None)


def _where(connection: sqlite3.Connection, wanted: Wanted) -> tuple[list[str], list[str | int]]:
    where: list[str] = []
    values: list[str | int] = []
    if wanted.before is not None:
        where.append("number < ?")
        values.append(wanted.before)
    for moment, sign in ((wanted.since, ">="), (wanted.until, "<")):
        if moment is not None:
            # Numbers go with time, so a time is a number: one index serves both.
            row = connection.execute("SELECT number FROM record WHERE at >= ? ORDER BY at, number LIMIT 1", (moment,))
            found = row.fetchone()
            where.append(f"number {sign} ?")
            values.append(found[0] if found else 2**62)
    if wanted.party:
        where.append("party = ?")
        values.append(wanted.party)
    if wanted.outcome:
        where.append(f"outcome = '{wanted.outcome}'" if wanted.outcome in ("failed", "refused") else "outcome = ?")
        values += [] if wanted.outcome in ("failed", "refused") else [wanted.outcome]
    parts = [asked(getattr(wanted, name), name) for name in WORDS] + [asked(wanted.text)]
    if any(parts):
        where.append("number IN (SELECT rowid FROM words WHERE words MATCH ?)")
        values.append(" AND ".join(f"({part})" for part in parts if part))
    elif any(getattr(wanted, name) for name in (*WORDS, "text")):
        where.append("false")  # nothing in it is a word
    return where, values


def days(connection: sqlite3.Connection, since: int) -> list[Day]:
    """Counts of each day from a moment on that has records, the oldest first."""
    rows = connection.execute(
        "SELECT date(at / ? * 86400, 'unixepoch'), count(*), count(*) FILTER (WHERE outcome IN ('failed', 'refused')) "
        "FROM record WHERE at >= ? GROUP BY at / ? ORDER BY 1",
        (DAY_US, since, DAY_US),
    )
    return [Day(*row) for row in rows]


def overview(connection: sqlite3.Connection, size: int, since: int) -> Overview:
    """The state of the chain."""
    first, last = connection.execute("SELECT coalesce(min(number), 0), coalesce(max(number), 0) FROM record").fetchone()
    row = connection.execute("SELECT found FROM verification").fetchone()
    verified = msgspec.json.decode(row[0], type=Verified) if row else None
    return Overview(
        last - first + 1 if last else 0, first, last, newest(connection), verified, size, days(connection, since)
    )


def newest(connection: sqlite3.Connection) -> Statement | None:
    """The newest checkpoint."""
    sql = f"SELECT {STATEMENT} FROM statement WHERE kind = 'checkpoint' ORDER BY number DESC LIMIT 1"  # noqa: S608
    row = connection.execute(sql).fetchone()
    return Statement(*row) if row else None


def statements(connection: sqlite3.Connection) -> list[Statement]:
    """All signed statements, by the number."""
    rows = connection.execute(f"SELECT {STATEMENT} FROM statement ORDER BY number, kind DESC")  # noqa: S608
    return [Statement(*row) for row in rows]


def keys(connection: sqlite3.Connection) -> list[tuple[PublicKey, bytes]]:
    """All keys that ever signed, the first first, each with its sealed private half."""
    rows = connection.execute("SELECT algorithm, public, sealed FROM signing_key ORDER BY place")
    return [(PublicKey(algorithm, public), sealed) for algorithm, public, sealed in rows]


def chain(connection: sqlite3.Connection) -> bytes:
    """What the first record follows."""
    return beginning(keys(connection)[0][0].raw)


def records(connection: sqlite3.Connection, begins: int = 0, ends: int = 2**62) -> Iterator[Record]:
    """Records by the number, from `begins` to `ends`, read some at a time."""
    cursor = connection.execute(
        f"SELECT {COLUMNS} FROM record WHERE number BETWEEN ? AND ? ORDER BY number",  # noqa: S608
        (begins, ends),
    )
    while rows := cursor.fetchmany(FEW):
        yield from map(record_of, rows)


def before(connection: sqlite3.Connection, number: int) -> bytes:
    """The hash that the record `number` follows; that of the chain's beginning for the first."""
    row = connection.execute("SELECT hash FROM record WHERE number = ?", (number - 1,)).fetchone()
    row = (
        row
        or connection.execute(
            "SELECT hash FROM statement WHERE kind = 'removal' AND number = ?", (number - 1,)
        ).fetchone()
    )
    return bytes.fromhex(row[0]) if row else chain(connection)


def between(connection: sqlite3.Connection, since: int | None, until: int | None) -> tuple[int, int]:
    """The numbers of the first and the last record of a time; (0, -1) if there is none."""
    row = connection.execute(
        "SELECT min(number), max(number) FROM record WHERE at >= ? AND at < ?", (since or 0, until or 2**62)
    ).fetchone()
    return (row[0], row[1]) if row[0] is not None else (0, -1)


def count(connection: sqlite3.Connection) -> int:
    """How many records there are, for the bar of a long work."""
    return int(connection.execute("SELECT count(*) FROM record").fetchone()[0])


def removable(connection: sqlite3.Connection, older_than: int) -> int:
    """The number of the last checkpoint of which all records are older than that; 0 if there is none."""
    row = connection.execute(
        "SELECT max(s.number) FROM statement s JOIN record r ON r.number = s.number "
        "WHERE s.kind = 'checkpoint' AND r.at < ?",
        (older_than,),
    ).fetchone()
    return int(row[0] or 0)
