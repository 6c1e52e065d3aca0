"""What was done by a key of the party's own making, so that it is done once however often it is asked for."""

from datetime import datetime

from sqlalchemy import Connection, insert, select

from yuzhang.brain.cases.store.moments import micros
from yuzhang.brain.cases.tables import DONE_ONCE

D = DONE_ONCE.c


def done(connection: Connection, party: str, key: str) -> bool:
    """Whether the party did something by this key; never without one."""
    if not key:
        return False
    asked = select(D.case).where(D.party == party, D.key == key)
    return connection.execute(asked).first() is not None


def keep(connection: Connection, party: str, key: str, case: int, at: datetime) -> None:
    """Remember that it is done, in the transaction that does it; nothing without a key."""
    if key:
        connection.execute(insert(DONE_ONCE).values(party=party, key=key, case=case, at=micros(at)))
