"""The audit's own file: its tables, and all SQL that appends to it. What only looks is in `looking.py`.

It is no part of state.db, so that a record does not wait for the state's writers (docs/decisions/0019-keep-the-audit-in-a-file-of-its-own.md).
Triggers let rows be added only; records go only after a signed statement of their removal stands there.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import msgspec

from yuzhang.core.errors import YuzhangError
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import BUSY_TIMEOUT_MS, LOG_PAGES, disk_full_if
from yuzhang.entrance.audit.chain.hashing import chained, digest_of, hashed
from yuzhang.entrance.audit.chain.signing import PublicKey, Signer, algorithm_of, new_signer, signer_of
from yuzhang.entrance.audit.errors import AuditBusy
from yuzhang.entrance.audit.model import FORMAT, Kind, Note, Record, Statement, Verified
from yuzhang.entrance.audit.store.words import indexed

FILE = "audit.db"
COLUMNS = ", ".join(Record.__struct_fields__)
MARKS = ", ".join("?" * len(Record.__struct_fields__))
STATEMENT = ", ".join(Statement.__struct_fields__)
INDEXED_AT_ONCE = 5_000
ASKED_AGAIN_S = 0.001
TABLES = """
CREATE TABLE IF NOT EXISTS record (
    number INTEGER PRIMARY KEY, at INTEGER NOT NULL, party TEXT NOT NULL, kind TEXT NOT NULL, roles TEXT NOT NULL,
    acting_for TEXT NOT NULL, session TEXT NOT NULL, action TEXT NOT NULL, outcome TEXT NOT NULL, subject TEXT NOT NULL,
    purpose TEXT NOT NULL, peer TEXT NOT NULL, count INTEGER NOT NULL, digest TEXT NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS record_time ON record (at, outcome);
CREATE INDEX IF NOT EXISTS record_party ON record (party, number);
CREATE INDEX IF NOT EXISTS record_action ON record (action, number);
CREATE INDEX IF NOT EXISTS record_wrong ON record (outcome, number) WHERE outcome IN ('failed', 'refused');
CREATE TABLE IF NOT EXISTS statement (
    kind TEXT NOT NULL, chain TEXT NOT NULL, begins INTEGER NOT NULL, number INTEGER NOT NULL, hash TEXT NOT NULL,
    at INTEGER NOT NULL, algorithm TEXT NOT NULL, key TEXT NOT NULL, signature TEXT NOT NULL, PRIMARY KEY (kind, number)) STRICT;
CREATE TABLE IF NOT EXISTS signing_key (
    place INTEGER PRIMARY KEY, algorithm TEXT NOT NULL, public BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS verification (place INTEGER PRIMARY KEY, found BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS indexing (place INTEGER PRIMARY KEY CHECK (place = 1), number INTEGER NOT NULL) STRICT;
CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (
    party, action, subject, purpose, peer, rest, content='', tokenize='unicode61 remove_diacritics 0');
CREATE TRIGGER IF NOT EXISTS record_fixed BEFORE UPDATE ON record BEGIN SELECT RAISE(ABORT, 'records do not change'); END;
CREATE TRIGGER IF NOT EXISTS record_kept BEFORE DELETE ON record
    WHEN OLD.number > (SELECT coalesce(max(number), 0) FROM statement WHERE kind = 'removal')
    BEGIN SELECT RAISE(ABORT, 'records stay'); END;
CREATE TRIGGER IF NOT EXISTS record_next BEFORE INSERT ON record
    WHEN NEW.number <> 1 + coalesce((SELECT max(number) FROM record), (SELECT max(number) FROM statement WHERE kind = 'removal'), 0)
    BEGIN SELECT RAISE(ABORT, 'records are added at the end'); END;
CREATE TRIGGER IF NOT EXISTS statement_fixed BEFORE UPDATE ON statement BEGIN SELECT RAISE(ABORT, 'statements do not change'); END;
CREATE TRIGGER IF NOT EXISTS statement_kept BEFORE DELETE ON statement
    WHEN OLD.kind = 'removal' OR OLD.number > (SELECT coalesce(max(number), 0) FROM statement WHERE kind = 'removal')
    BEGIN SELECT RAISE(ABORT, 'statements stay'); END;
CREATE TRIGGER IF NOT EXISTS key_fixed BEFORE UPDATE ON signing_key BEGIN SELECT RAISE(ABORT, 'keys do not change'); END;
CREATE TRIGGER IF NOT EXISTS key_kept BEFORE DELETE ON signing_key BEGIN SELECT RAISE(ABORT, 'keys stay'); END;
"""


@contextmanager
def telling() -> Iterator[None]:
    """Raises DiskFull and AuditBusy for what SQLite says."""
    try:
        yield
    except (sqlite3.OperationalError, OSError) as err:
        raise refusal(err) from err


def refusal(err: Exception) -> YuzhangError:
    """What to tell whoever waits for a record that cannot be kept."""
    return disk_full_if(err) or AuditBusy(
        Title(
            f"审计记录暂时无法写入（{err}），因此没有执行。",
            f"The record cannot be kept now ({err}), so nothing was done.",
        ),
        fix=Title("请稍候再试；若一直如此，请检查数据目录。", "Try again; if it stays so, check the data folder."),
    )


class AuditFile:
    """The file as it is written. One thread at a time; several processes may each have one."""

    def __init__(self, folder: Path, secrets: Secrets) -> None:
        self.path = folder / FILE
        self.secrets = secrets
        self.digest = digest_of(secrets.suite)
        self._connection: sqlite3.Connection | None = None
        self._signer: Signer | None = None
        self._chain = b""
        self._inode = 0

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None:
            self._is_there()
            return self._connection
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        made = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None, check_same_thread=False)
        try:
            made.execute("PRAGMA auto_vacuum=INCREMENTAL")
            made.execute("PRAGMA journal_mode=WAL")
            made.execute("PRAGMA synchronous=FULL")
            made.execute(f"PRAGMA wal_autocheckpoint={LOG_PAGES}")
            made.execute("PRAGMA busy_timeout=0")
            with _alone(made):
                for sql in _statements(TABLES):
                    made.execute(sql)
                self._signer, self._chain = self._keys(made)
        except BaseException:
            made.close()
            raise
        self._connection = made
        self._inode = self.path.stat().st_ino
        return made

    def _is_there(self) -> None:
        """Raises OSError if the file was taken away or replaced: what is appended to it now nobody would find."""
        if self.path.stat().st_ino != self._inode:
            raise OSError(f"{self.path} was replaced")

    def _keys(self, connection: sqlite3.Connection) -> tuple[Signer, bytes]:
        """The newest key of the algorithm that is wanted, made if there is none; and what the first record follows."""
        wanted = algorithm_of(self.secrets)
        rows = connection.execute("SELECT algorithm, public, sealed FROM signing_key ORDER BY place").fetchall()
        signer = next((signer_of(self.secrets, PublicKey(a, p), s) for a, p, s in reversed(rows) if a == wanted), None)
        if signer is None:
            signer = new_signer(self.secrets)
            connection.execute(
                "INSERT INTO signing_key (algorithm, public, sealed) VALUES (?, ?, ?)",
                (signer.public.algorithm, signer.public.raw, signer.sealed(self.secrets)),
            )
        return signer, beginning(rows[0][1] if rows else signer.public.raw)

    def append(self, notes: list[Note]) -> list[Record]:
        """Keep the notes as the chain's next records; they are on the disk afterwards. Raises DiskFull, AuditBusy."""
        with telling():
            connection = self._open()
            with _alone(connection):
                number, at, last = self._last(connection)
                records = chained(notes, number, at, last, self.digest)
                connection.executemany(
                    f"INSERT INTO record ({COLUMNS}) VALUES ({MARKS})",  # noqa: S608  # columns of this file
                    [msgspec.structs.astuple(record) for record in records],
                )
        return records

    def _last(self, connection: sqlite3.Connection) -> tuple[int, int, bytes]:
        row = connection.execute("SELECT number, at, hash FROM record ORDER BY number DESC LIMIT 1").fetchone()
        row = (
            row
            or connection.execute(
                "SELECT number, at, hash FROM statement WHERE kind = 'removal' ORDER BY number DESC LIMIT 1"
            ).fetchone()
        )
        return (row[0], row[1], bytes.fromhex(row[2])) if row else (0, 0, self._chain)

    def sign(self, now: int, *, least: int = 1) -> Statement | None:
        """A checkpoint on the newest record, if `least` records have none yet. Raises DiskFull, AuditBusy."""
        with telling():
            connection = self._open()
            with _alone(connection):
                number, at, last = self._last(connection)
                signed = connection.execute("SELECT max(number) FROM statement").fetchone()[0] or 0
                if number - signed < least:
                    return None
                made = self.stated("checkpoint", 0, number, last.hex(), max(now, at))
                self._keep(connection, made)
        return made

    @property
    def public(self) -> PublicKey:
        """The key that it signs with now."""
        with telling():
            self._open()
        assert self._signer is not None  # noqa: S101  # opening makes it
        return self._signer.public

    def stated(self, kind: Kind, begins: int, number: int, last: str, at: int) -> Statement:
        """A signed statement, not kept."""
        self._open()
        assert self._signer is not None  # noqa: S101  # opening makes it
        return self._signer.signed(Statement(kind, self._chain.hex(), begins, number, last, at, "", ""))

    @staticmethod
    def _keep(connection: sqlite3.Connection, made: Statement) -> None:
        connection.execute(
            f"INSERT OR IGNORE INTO statement ({STATEMENT}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
            msgspec.structs.astuple(made),
        )

    def remove(self, through: int, now: int) -> int:
        """Remove the records up to a checkpoint's, after a signed statement of that; how many. Raises DiskFull, AuditBusy."""
        with telling():
            connection = self._open()
            with _alone(connection):
                row = connection.execute("SELECT hash, at FROM record WHERE number = ?", (through,)).fetchone()
                if row is None:
                    return 0
                self._keep(connection, self.stated("removal", 0, through, row[0], max(now, row[1])))
                gone = connection.execute("DELETE FROM record WHERE number <= ?", (through,)).rowcount
                connection.execute("DELETE FROM statement WHERE kind = 'checkpoint' AND number <= ?", (through,))
                connection.execute("INSERT INTO words (words) VALUES ('delete-all')")
                connection.execute("DELETE FROM indexing")
            with _alone(connection):
                connection.execute("PRAGMA incremental_vacuum").fetchall()
        return gone

    def index(self) -> int:
        """Put some records that are not in it yet into the index of words; how many. Raises DiskFull, AuditBusy."""
        with telling():
            connection = self._open()
            with _alone(connection):
                row = connection.execute("SELECT number FROM indexing").fetchone()
                rows = connection.execute(
                    "SELECT number, party, action, subject, purpose, peer, kind || ' ' || roles || ' ' || acting_for || ' ' || "
                    "session || ' ' || outcome FROM record WHERE number > ? ORDER BY number LIMIT ?",
                    (row[0] if row else 0, INDEXED_AT_ONCE),
                ).fetchall()
                connection.executemany(
                    "INSERT INTO words (rowid, party, action, subject, purpose, peer, rest) VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [(number, *map(indexed, texts)) for number, *texts in rows],
                )
                if rows:
                    connection.execute("INSERT OR REPLACE INTO indexing VALUES (1, ?)", (rows[-1][0],))
        return len(rows)

    def remember(self, found: Verified) -> None:
        """Keep what a verification found, for the page. Raises DiskFull, AuditBusy."""
        with telling():
            connection = self._open()
            with _alone(connection):
                connection.execute("INSERT OR REPLACE INTO verification VALUES (1, ?)", (msgspec.json.encode(found),))

    def close(self) -> None:
        """Release the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def beginning(public: bytes) -> bytes:
    """What the first record follows: a hash of the first key, so that no two installations have one chain."""
    return hashed("sha256", FORMAT.encode() + public)


def _begin(connection: sqlite3.Connection) -> None:
    """Begin to write, as soon as no other process does.

    SQLite itself asks again only every 100 ms at last: beside a process that writes all the time it would hardly ever find the gap.
    """
    until = monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as err:
            if "locked" not in str(err) or monotonic() > until:
                raise
            sleep(ASKED_AGAIN_S)
        else:
            return


@contextmanager
def _alone(connection: sqlite3.Connection) -> Iterator[None]:
    _begin(connection)
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> Iterator[str]:
    held = ""
    for line in script.splitlines():
        held += line + "\n"
        if sqlite3.complete_statement(held):
            yield held
            held = ""
