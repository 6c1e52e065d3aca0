"""All SQL of sources."""

from typing import Any

import msgspec
from sqlalchemy import Connection, RowMapping, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Run, Source
from yuzhang.foundation.sources.tables import MEMORY, RUN, SOURCE


def sources(connection: Connection) -> list[Source]:
    """All sources, by name."""
    return [_source(row) for row in connection.execute(select(SOURCE).order_by(SOURCE.c.name)).mappings()]


def source(connection: Connection, name: str) -> Source | None:
    """One source."""
    row = connection.execute(select(SOURCE).where(SOURCE.c.name == name)).mappings().first()
    return None if row is None else _source(row)


def put(connection: Connection, one: Source) -> None:
    """Keep a source, in the place of the one of its name."""
    values = {
        "name": one.name,
        "kind": one.kind,
        "title_zh": one.title.zh,
        "title_en": one.title.en,
        "settings": dict(one.settings),
        "sealed": one.sealed,
        "mapping": msgspec.to_builtins(one.mapping),
        "interval_s": one.interval_s,
        "paused": one.paused,
        "origin": one.origin,
        "changed_at": one.changed_us,
        "changed_by": one.changed_by,
    }
    connection.execute(upsert(SOURCE).values(**values).on_conflict_do_update(index_elements=["name"], set_=values))


def remove(connection: Connection, name: str) -> None:
    """Forget a source, how it fared, and what it remembered."""
    connection.execute(delete(SOURCE).where(SOURCE.c.name == name))
    connection.execute(delete(RUN).where(RUN.c.source == name))
    connection.execute(delete(MEMORY).where(MEMORY.c.source == name))


def forget(connection: Connection, name: str) -> None:
    """Read a source from its beginning."""
    connection.execute(update(RUN).where(RUN.c.source == name).values(cursor="", begun_at=None, begun_of="", next_at=0))


def pause(connection: Connection, name: str, paused: bool, at_us: int) -> None:
    """Let a source rest, or go on."""
    connection.execute(update(SOURCE).where(SOURCE.c.name == name).values(paused=paused, changed_at=at_us))


def runs(connection: Connection) -> dict[str, Run]:
    """How each source fares, by name."""
    return {row["source"]: _run(row) for row in connection.execute(select(RUN)).mappings()}


def run(connection: Connection, name: str) -> Run:
    """How one source fares."""
    row = connection.execute(select(RUN).where(RUN.c.source == name)).mappings().first()
    return Run(name) if row is None else _run(row)


def note(connection: Connection, name: str, **values: Any) -> None:
    """Change what is noted of a source."""
    made = upsert(RUN).values(source=name, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["source"], set_=values))


def begin(connection: Connection, name: str, of: str, at_us: int) -> int:
    """A delivery of `of` begins: when, which is the moment of the one before if that was of the same and did not end."""
    found = connection.execute(select(RUN.c.begun_at, RUN.c.begun_of).where(RUN.c.source == name)).first()
    if found is not None and found[0] is not None and found[1] == of:
        return int(found[0])
    note(connection, name, begun_at=at_us, begun_of=of)
    return at_us


def count(connection: Connection, name: str, taken: int, refused: int, gaps: int, at_us: int) -> None:
    """Messages that a source was sent were taken."""
    values: dict[str, Any] = {"taken": taken, "refused": refused, "gaps": gaps, "taken_at": at_us, "last_taken": taken}
    made = upsert(RUN).values(source=name, **values)
    added = {
        "taken": RUN.c.taken + taken,
        "refused": RUN.c.refused + refused,
        "gaps": RUN.c.gaps + gaps,
        **({"taken_at": at_us, "last_taken": taken} if taken else {}),
    }
    connection.execute(made.on_conflict_do_update(index_elements=["source"], set_=added))


def known(connection: Connection, name: str) -> dict[str, dict[str, Any]]:
    """What a source remembers of those who send."""
    found = select(MEMORY.c.about, MEMORY.c.known).where(MEMORY.c.source == name)
    return {about: told for about, told in connection.execute(found).all()}


def remember(connection: Connection, name: str, about: str, told: dict[str, Any]) -> None:
    """Have a source remember something."""
    made = upsert(MEMORY).values(source=name, about=about, known=told)
    connection.execute(made.on_conflict_do_update(index_elements=["source", "about"], set_={"known": told}))


def mark(connection: Connection) -> tuple[int, int]:
    """What differs once a source was added, changed or removed."""
    row = connection.execute(select(func.count(), func.coalesce(func.max(SOURCE.c.changed_at), 0))).one()
    return int(row[0]), int(row[1])


def counted(connection: Connection) -> int:
    """How many sources there are."""
    return connection.execute(select(func.count()).select_from(SOURCE)).scalar_one()


def _source(row: RowMapping) -> Source:
    return Source(
        row["name"],
        row["kind"],
        Title(row["title_zh"], row["title_en"]),
        row["settings"],
        msgspec.convert(row["mapping"], Mapping),
        row["interval_s"],
        row["paused"],
        row["origin"],
        row["changed_at"],
        row["changed_by"],
        row["sealed"],
    )


def _run(row: RowMapping) -> Run:
    plain = {name: value for name, value in row.items() if not str(name).startswith("said_")}
    return Run(**plain, said=Title(row["said_zh"], row["said_en"]))
