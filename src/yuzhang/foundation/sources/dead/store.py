"""All SQL of dead letters."""

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import Connection, RowMapping, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.core.language import Title
from yuzhang.foundation.sources.dead.model import LONGEST_PAYLOAD, LONGEST_PLACE, Kept, Letter, Lost
from yuzhang.foundation.sources.tables import LETTER, LETTERS

HEAD = [one for one in LETTER.c if one.name != "payload"]
ROWS_AT_ONCE = 500


def add(connection: Connection, lost: Sequence[Lost]) -> None:
    """Keep letters, in order."""
    counts: dict[str, list[int]] = {}
    rows = []
    for one in lost:
        payload = one.payload[:LONGEST_PAYLOAD]
        count = counts.setdefault(one.source, [0, 0])
        count[0] += 1
        count[1] += len(payload)
        rows.append(
            {
                "source": one.source,
                "place": one.place[:LONGEST_PLACE],
                "payload": payload,
                "size": len(payload),
                # A topic of that length was cut, and would name another thing.
                "whole": len(payload) == len(one.payload) and len(one.place) < LONGEST_PLACE,
                "code": one.code,
                "detail_zh": one.detail.zh,
                "detail_en": one.detail.en,
                "arrived_at": one.arrived_us,
                "tried": 0,
                "sender": one.sender,
            }
        )
    connection.execute(LETTER.insert(), rows)
    for source, (letters, size) in counts.items():
        made = upsert(LETTERS).values(source=source, letters=letters, bytes=size, came=letters, dropped=0)
        added = {
            "letters": LETTERS.c.letters + letters,
            "bytes": LETTERS.c.bytes + size,
            "came": LETTERS.c.came + letters,
        }
        connection.execute(made.on_conflict_do_update(index_elements=["source"], set_=added))


def lose(connection: Connection, lost: Mapping[str, int]) -> None:
    """Count letters that gave way before they were kept."""
    for source, count in lost.items():
        made = upsert(LETTERS).values(source=source, letters=0, bytes=0, came=count, dropped=count)
        added = {"came": LETTERS.c.came + count, "dropped": LETTERS.c.dropped + count}
        connection.execute(made.on_conflict_do_update(index_elements=["source"], set_=added))


def bound(connection: Connection, most_letters: int, most_bytes: int) -> None:
    """Drop the oldest of each source that has more than `most_letters`, and of those with the most bytes until all have `most_bytes`."""
    over = select(LETTERS.c.source, LETTERS.c.letters).where(LETTERS.c.letters > most_letters)
    for source, letters in connection.execute(over).all():
        _drop_oldest(connection, source, letters - most_letters)
    total = connection.execute(select(func.coalesce(func.sum(LETTERS.c.bytes), 0))).scalar_one()
    while total > most_bytes:
        heaviest = select(LETTERS.c.source).order_by(LETTERS.c.bytes.desc()).limit(1)
        gone = _drop_oldest(connection, connection.execute(heaviest).scalar_one(), ROWS_AT_ONCE, total - most_bytes)
        if not gone:
            return
        total -= gone


def _drop_oldest(connection: Connection, source: str, most: int, enough_bytes: int | None = None) -> int:
    """Drop up to `most` of the oldest letters of a source, no more than it takes to free `enough_bytes`; the bytes that it freed."""
    found = select(LETTER.c.number, LETTER.c.size).where(LETTER.c.source == source).order_by(LETTER.c.number)
    last = letters = freed = 0
    for number, size in connection.execute(found.limit(most)).all():
        last, letters, freed = number, letters + 1, freed + size
        if enough_bytes is not None and freed >= enough_bytes:
            break
    connection.execute(delete(LETTER).where(LETTER.c.source == source, LETTER.c.number <= last))
    _fewer(connection, source, letters, freed, dropped=letters)
    return freed


def _fewer(connection: Connection, source: str, letters: int, freed: int, dropped: int = 0) -> None:
    changed = update(LETTERS).where(LETTERS.c.source == source)
    connection.execute(
        changed.values(
            letters=LETTERS.c.letters - letters, bytes=LETTERS.c.bytes - freed, dropped=LETTERS.c.dropped + dropped
        )
    )


def kept(connection: Connection) -> list[Kept]:
    """The sources that letters ever came of."""
    return [Kept(**row) for row in connection.execute(select(LETTERS).order_by(LETTERS.c.source)).mappings()]


def letters(
    connection: Connection, source: str = "", code: str = "", before: int | None = None, most: int = 50
) -> list[Letter]:
    """Letters without their payload, the newest first, of one source and one reason if they are named, with numbers below `before`."""
    found = select(*HEAD).order_by(LETTER.c.number.desc()).limit(most)
    if source:
        found = found.where(LETTER.c.source == source)
    if code:
        found = found.where(LETTER.c.code == code)
    if before is not None:
        found = found.where(LETTER.c.number < before)
    return [_letter(row) for row in connection.execute(found).mappings()]


def codes(connection: Connection, source: str = "") -> list[str]:
    """The reasons that there are letters with."""
    found = select(LETTER.c.code).distinct().order_by(LETTER.c.code)
    if source:
        found = found.where(LETTER.c.source == source)
    return list(connection.execute(found).scalars())


def letter(connection: Connection, number: int) -> Letter | None:
    """One letter with its payload."""
    row = connection.execute(select(LETTER).where(LETTER.c.number == number)).mappings().first()
    return None if row is None else _letter(row)


def some(connection: Connection, source: str, after: int, until: int, most: int = 100) -> Iterator[Letter]:
    """Letters of a source with their payloads, the oldest first, with numbers after `after` and up to `until`."""
    found = select(LETTER).where(LETTER.c.source == source, LETTER.c.number > after, LETTER.c.number <= until)
    for row in connection.execute(found.order_by(LETTER.c.number).limit(most)).mappings():
        yield _letter(row)


def newest(connection: Connection, source: str) -> int:
    """The number of a source's newest letter; 0 if it has none."""
    return connection.execute(select(func.max(LETTER.c.number)).where(LETTER.c.source == source)).scalar() or 0


def remove(connection: Connection, gone: Sequence[Letter]) -> None:
    """Forget letters, which were taken or which nobody wants."""
    for one in gone:
        found = connection.execute(delete(LETTER).where(LETTER.c.number == one.number))
        if found.rowcount:
            _fewer(connection, one.source, 1, one.size)


def remove_all(connection: Connection, source: str) -> int:
    """Forget all letters of a source; how many there were."""
    found = connection.execute(delete(LETTER).where(LETTER.c.source == source))
    connection.execute(update(LETTERS).where(LETTERS.c.source == source).values(letters=0, bytes=0))
    return found.rowcount


def still_bad(connection: Connection, number: int, code: str, detail: Title) -> None:
    """A letter was tried again in vain."""
    changed = update(LETTER).where(LETTER.c.number == number)
    connection.execute(changed.values(tried=LETTER.c.tried + 1, code=code, detail_zh=detail.zh, detail_en=detail.en))


def _letter(row: RowMapping) -> Letter:
    return Letter(
        row["number"],
        row["source"],
        row["place"],
        row.get("payload") or b"",
        row["size"],
        row["whole"],
        row["code"],
        Title(row["detail_zh"], row["detail_en"]),
        row["arrived_at"],
        row["tried"],
        row["sender"],
    )
