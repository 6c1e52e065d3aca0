"""How often something was changed, as the database has it: a small number that processes look at to see that it was."""

from sqlalchemy import Connection, select
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.foundation.registry.tables import REVISION


def numbers(connection: Connection) -> dict[str, int]:
    """The numbers of all that was ever changed."""
    return {row.name: row.number for row in connection.execute(select(REVISION.c.name, REVISION.c.number))}


def grown(connection: Connection, name: str) -> int:
    """The next number, which is kept with the transaction."""
    made = upsert(REVISION).values(name=name, number=1)
    connection.execute(made.on_conflict_do_update(index_elements=["name"], set_={"number": REVISION.c.number + 1}))
    return int(connection.execute(select(REVISION.c.number).where(REVISION.c.name == name)).scalar_one())
