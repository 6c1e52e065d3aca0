"""Units and regions as the database has them."""

from collections.abc import Sequence

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.core.language import Title
from yuzhang.foundation.registry.model import Unit
from yuzhang.foundation.registry.store.revisions import grown
from yuzhang.foundation.registry.tables import REGION, UNIT

PLACES = "places"
RegionRow = tuple[str, Title, str, str, str | None]
"""Id, name, parent, level, and the boundary as GeoJSON."""


def units(connection: Connection) -> list[Unit]:
    """All units, by id."""
    rows = connection.execute(select(UNIT).order_by(UNIT.c.id)).mappings()
    return [Unit(row["id"], Title(row["zh"], row["en"]), row["parent"], row["kind"]) for row in rows]


def regions(connection: Connection) -> list[RegionRow]:
    """All regions, by id."""
    rows = connection.execute(select(REGION).order_by(REGION.c.id)).mappings()
    return [(row["id"], Title(row["zh"], row["en"]), row["parent"], row["level"], row["boundary"]) for row in rows]


def put_units(connection: Connection, some: Sequence[Unit]) -> None:
    """Add units, or change those that are there."""
    for one in some:
        values = {"zh": one.name.zh, "en": one.name.en, "parent": one.parent, "kind": one.kind}
        made = upsert(UNIT).values(id=one.id, **values)
        connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))
    grown(connection, PLACES)


def put_regions(connection: Connection, some: Sequence[RegionRow]) -> None:
    """Add regions, or change those that are there."""
    for id_, name, parent, level, boundary in some:
        values = {"zh": name.zh, "en": name.en, "parent": parent, "level": level, "boundary": boundary}
        made = upsert(REGION).values(id=id_, **values)
        connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))
    grown(connection, PLACES)
