"""The search's index: a file of its own that can be made again at any time. SQLite FTS5 over the pieces that `words` cuts.

FTS5's own tokenizers find no Chinese word of two characters (decisions/0005); pairs of neighbouring characters, looked for as a phrase,
are exact. What the asker may not find is left out of the question itself, so that counts and pages say nothing of it.
"""

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import msgspec

from yuzhang.core.language import Title
from yuzhang.entrance.portal.errors import IndexAway
from yuzhang.entrance.portal.search.words import Part, grams, letters, pairs, singles, spellings
from yuzhang.web.searching import Document, Scope

EDITION = 1
"""Of the tables and of how texts are cut: an index of another edition is made again."""
WEIGHTS = "10, 8, 6, 1, 1, 1"
AT_ONCE = 2_000
TABLES = """
CREATE TABLE scope (id INTEGER PRIMARY KEY, needs BLOB UNIQUE);
CREATE TABLE document (id INTEGER PRIMARY KEY, source TEXT, key TEXT, kind TEXT, zh TEXT, en TEXT, text TEXT, address TEXT, scope INTEGER,
  digest BLOB, UNIQUE (source, key));
CREATE TABLE source (name TEXT PRIMARY KEY, state TEXT);
CREATE VIRTUAL TABLE word USING fts5 (title_pairs, title_letters, sounds, text_pairs, text_letters, singles, content='', tokenize='ascii',
  prefix='1 2 3');
"""


@dataclass(frozen=True, slots=True)
class Found:
    """A document that was found."""

    kind: str
    title: Title
    text: str
    address: str


class Index:
    """The index in the file `path`; it may be used from several threads, and by several processes."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._open: list[sqlite3.Connection] = []
        self._ready = False

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that nobody else uses meanwhile. Raises IndexAway."""
        try:
            with self._lock:
                self._make()
                connection = self._open.pop() if self._open else self._connect()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            finally:
                with self._lock:
                    self._open.append(connection)
        except sqlite3.Error as err:
            raise IndexAway(
                Title("检索索引暂时无法读取。", "The search's index cannot be read now."),
                fix=Title(
                    "请稍后再试；索引可删除后自动重建。", "Try again; the index may be deleted, it is made again."
                ),
            ) from err

    def _connect(self) -> sqlite3.Connection:
        made = sqlite3.connect(self._path, check_same_thread=False, timeout=10, isolation_level=None)
        made.execute("PRAGMA journal_mode=WAL")
        made.execute("PRAGMA synchronous=NORMAL")
        return made

    def _make(self) -> None:
        if self._ready:
            return
        connection = self._connect()
        if connection.execute("PRAGMA user_version").fetchone()[0] != EDITION:
            connection.execute("BEGIN IMMEDIATE")
            if connection.execute("PRAGMA user_version").fetchone()[0] != EDITION:
                for name in ("scope", "document", "source", "word"):
                    connection.execute(f"DROP TABLE IF EXISTS {name}")
                for statement in TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {EDITION}")
            connection.execute("COMMIT")
        self._open.append(connection)
        self._ready = True

    def state(self, source: str) -> str | None:
        """The state in which a source's documents were taken; None if they never were."""
        with self._connection() as connection:
            row = connection.execute("SELECT state FROM source WHERE name = ?", (source,)).fetchone()
            return None if row is None else str(row[0])

    def take(self, source: str, state: str, documents: Iterable[Document]) -> int:
        """Make the index hold just these documents of the source; how many of them were changed, added or taken away."""
        with self._connection() as connection:
            connection.execute("CREATE TEMP TABLE IF NOT EXISTS seen (id INTEGER PRIMARY KEY)")
            connection.execute("DELETE FROM seen")
            changed, waiting = 0, 0
            for one in documents:
                if not waiting:
                    connection.execute("BEGIN IMMEDIATE")
                changed += _put(connection, source, one)
                waiting += 1
                if waiting == AT_ONCE:  # so that nobody waits long for the lock
                    connection.execute("COMMIT")
                    waiting = 0
            if not waiting:
                connection.execute("BEGIN IMMEDIATE")
            gone = connection.execute(
                "SELECT id FROM document WHERE source = ? AND id NOT IN (SELECT id FROM seen)", (source,)
            ).fetchall()
            for (number,) in gone:
                _remove(connection, number)
            connection.execute("INSERT OR REPLACE INTO source VALUES (?, ?)", (source, state))
            connection.execute("COMMIT")
            return changed + len(gone)

    def scopes(self) -> list[tuple[int, Scope]]:
        """Every scope that there is, with its number."""
        with self._connection() as connection:
            rows = connection.execute("SELECT id, needs FROM scope").fetchall()
            return [(row[0], msgspec.json.decode(row[1], type=Scope)) for row in rows]

    def count(self, asked: Sequence[Part], scopes: Sequence[int]) -> dict[str, int]:
        """How many documents of each kind are found in these scopes."""
        with self._connection() as connection:
            return dict(
                connection.execute(
                    f"SELECT d.kind, count(*) FROM word JOIN document d ON d.id = word.rowid WHERE word MATCH ? "  # noqa: S608  # numbers and fixed words
                    f"AND d.scope IN ({_numbers(scopes)}) GROUP BY d.kind",
                    (question(asked),),
                ).fetchall()
            )

    def find(self, asked: Sequence[Part], scopes: Sequence[int], kind: str, offset: int, limit: int) -> list[Found]:
        """A part of what is found in these scopes, of a kind or (empty) of all, the best first."""
        with self._connection() as connection:
            rows = connection.execute(
                f"SELECT d.kind, d.zh, d.en, d.text, d.address FROM word JOIN document d ON d.id = word.rowid "  # noqa: S608  # numbers and fixed words
                f"WHERE word MATCH ? AND d.scope IN ({_numbers(scopes)}) AND (? = '' OR d.kind = ?) "
                f"ORDER BY bm25(word, {WEIGHTS}), length(d.zh), d.id LIMIT ? OFFSET ?",
                (question(asked), kind, kind, limit, offset),
            ).fetchall()
        return [Found(row[0], Title(row[1], row[2]), row[3], row[4]) for row in rows]

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            for one in self._open:
                one.close()
            self._open.clear()
            self._ready = False


def _numbers(scopes: Sequence[int]) -> str:
    return ", ".join(str(int(one)) for one in scopes) or "NULL"


def question(asked: Sequence[Part]) -> str:
    """A question in the words of FTS5; parts have letters and digits only, so nothing needs to be escaped.

    >>> question([Part("重庆市", True), Part("gdp", False)])
    '{title_pairs text_pairs} : ("重庆 庆市") AND {title_letters sounds text_letters} : ("gdp" *)'
    """
    written = []
    for one in asked:
        if not one.chinese:
            written.append(f'{{title_letters sounds text_letters}} : ("{one.text}" *)')
        elif len(one.text) == 1:
            written.append(f'{{singles}} : ("{one.text}")')
        else:
            written.append(f'{{title_pairs text_pairs}} : ("{" ".join(pairs(one.text))}")')
    return " AND ".join(written)


def _columns(title: Title, text: str) -> tuple[str, ...]:
    both = f"{title.zh}\n{title.en}"
    return (
        grams(both), letters(both), spellings(both), grams(text), letters(text), singles(f"{both}\n{text}")
    )  # fmt: skip


def _put(connection: sqlite3.Connection, source: str, one: Document) -> int:
    needs = msgspec.json.encode(one.scope)
    scope = (
        connection.execute("SELECT id FROM scope WHERE needs = ?", (needs,)).fetchone()
        or connection.execute("INSERT INTO scope (needs) VALUES (?) RETURNING id", (needs,)).fetchone()
    )
    row = (one.kind, one.title.zh, one.title.en, one.text, one.address, scope[0])
    digest = hashlib.sha256(repr(row).encode("utf-8", "surrogatepass")).digest()
    known = connection.execute(
        "SELECT id, digest FROM document WHERE (source, key) = (?, ?)", (source, one.key)
    ).fetchone()
    if known and known[1] == digest:
        connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (known[0],))
        return 0
    if known:
        _remove(connection, known[0])
    number = connection.execute(
        "INSERT INTO document (source, key, kind, zh, en, text, address, scope, digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (source, one.key, *row, digest),
    ).lastrowid
    connection.execute("INSERT INTO word (rowid, title_pairs, title_letters, sounds, text_pairs, text_letters, singles) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?)", (number, *_columns(one.title, one.text)))  # fmt: skip
    connection.execute("INSERT OR IGNORE INTO seen VALUES (?)", (number,))
    return 1


def _remove(connection: sqlite3.Connection, number: int) -> None:
    """Take a document away; an index without contents has to be told what it held."""
    zh, en, text = connection.execute("SELECT zh, en, text FROM document WHERE id = ?", (number,)).fetchone()
    connection.execute(
        "INSERT INTO word (word, rowid, title_pairs, title_letters, sounds, text_pairs, text_letters, singles) "
        "VALUES ('delete', ?, ?, ?, ?, ?, ?, ?)",
        (number, *_columns(Title(zh, en), text)),
    )
    connection.execute("DELETE FROM document WHERE id = ?", (number,))
