"""What of mandates reaches into sessions. The mandates themselves are in `sessions`, which act by them."""

from sqlalchemy import Connection, update

from yuzhang.entrance.identity.tables import SESSION


def stop_acting(connection: Connection, agent: str, giver: str) -> None:
    """No session of `agent` acts for `giver` any more."""
    acting = update(SESSION).where(SESSION.c.party == agent, SESSION.c.acting_for == giver)
    connection.execute(acting.values(acting_for=""))
