"""An index of what devices are called, which finds any piece of it: SQLite FTS5 over each three characters that stand together.

Triggers keep it in the transaction of whatever is changed. Of one or two characters the index knows which threes begin with them. Another
database has no such index, and is looked through.
"""

from sqlalchemy import ColumnElement, Connection, Integer, ScalarSelect, false, or_, select, table
from sqlalchemy import column as named
from sqlalchemy import text as sql

from yuzhang.foundation.registry.tables import DEVICE

MOST_TERMS = 500
LAST = "\U0010ffff"
LOOKED = ("name", "id", "entity", "model")
SAID = " || char(10) || ".join(f"new.{name}" for name in LOOKED) + " || char(10) || char(10)"
"""One name a line; two line ends, so that the last two characters begin a three as well."""
CHANGED = " OR ".join(f"new.{name} IS NOT old.{name}" for name in LOOKED)
MADE = (
    """CREATE TABLE registry_words (number INTEGER PRIMARY KEY, device TEXT NOT NULL UNIQUE, text TEXT NOT NULL)""",
    """CREATE VIRTUAL TABLE registry_word USING fts5
    (text, content='registry_words', content_rowid='number', tokenize='trigram')""",
    """CREATE VIRTUAL TABLE registry_word_terms USING fts5vocab ('registry_word', 'row')""",
    """CREATE TRIGGER registry_words_added AFTER INSERT ON registry_words BEGIN
    INSERT INTO registry_word (rowid, text) VALUES (new.number, new.text); END""",
    """CREATE TRIGGER registry_words_gone AFTER DELETE ON registry_words BEGIN
    INSERT INTO registry_word (registry_word, rowid, text) VALUES ('delete', old.number, old.text); END""",
    f"""CREATE TRIGGER registry_device_named AFTER INSERT ON registry_device BEGIN
    INSERT INTO registry_words (device, text) VALUES (new.id, {SAID}); END""",  # noqa: S608  # names of our own columns
    f"""CREATE TRIGGER registry_device_renamed AFTER UPDATE ON registry_device WHEN {CHANGED} BEGIN
    DELETE FROM registry_words WHERE device = old.id;
    INSERT INTO registry_words (device, text) VALUES (new.id, {SAID}); END""",  # noqa: S608
    """CREATE TRIGGER registry_device_gone AFTER DELETE ON registry_device BEGIN
    DELETE FROM registry_words WHERE device = old.id; END""",
    f"INSERT INTO registry_words (device, text) SELECT id, {SAID.replace('new.', '')} FROM registry_device",  # noqa: S608
)
"""What makes the index; the rows that are there already go in last."""
WORDS = table("registry_words", named("number"), named("device"))


def fits(connection: Connection, text: str) -> ColumnElement[bool]:
    """Whether a device has a piece of text in its id, name, entity or model; capitals or not."""
    if "\0" in text:
        return false()
    asked = _asked(connection, text)
    if asked is None:
        return or_(*(DEVICE.c[name].contains(text, autoescape=True) for name in LOOKED))
    return DEVICE.c.id.in_(select(WORDS.c.device).where(WORDS.c.number.in_(_rows(asked))))


def some(connection: Connection, text: str, limit: int, offset: int) -> tuple[list[str], int] | None:
    """The ids of devices that fit, in their order, `limit` of them from `offset` on, and how many there are; None without the index.

    What fits many devices is counted in the index alone, without looking at any of them.
    """
    asked = None if "\0" in text else _asked(connection, text)
    if asked is None:
        return None
    ids = select(WORDS.c.device).where(WORDS.c.number.in_(_rows(asked))).order_by(WORDS.c.device)
    total = sql("SELECT count(*) FROM registry_word WHERE registry_word MATCH :asked")
    found = list(connection.execute(ids.limit(limit).offset(offset)).scalars())
    return found, connection.execute(total, {"asked": asked}).scalar_one()


def _rows(asked: str) -> ScalarSelect[int]:
    rows = sql("SELECT rowid FROM registry_word WHERE registry_word MATCH :asked").bindparams(asked=asked)
    return rows.columns(named("rowid", Integer)).scalar_subquery()


def _asked(connection: Connection, text: str) -> str | None:
    """The question in the words of FTS5; None if there is no index, or so many threes begin with the text that it is of no use."""
    if connection.dialect.name != "sqlite":
        return None
    if len(text) > 2:
        return _phrase(text)
    small = text.lower()
    known = sql("SELECT term FROM registry_word_terms WHERE term >= :first AND term < :last LIMIT :most")
    rows = connection.execute(known, {"first": small, "last": small + LAST, "most": MOST_TERMS + 1}).scalars()
    terms = [_phrase(one) for one in rows]
    return None if len(terms) > MOST_TERMS else " OR ".join(terms) or _phrase(text + LAST * 2)


def _phrase(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
