"""The tables of links to outside accounts, and of invitations."""

from sqlalchemy import Connection, delete, insert, select
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.entrance.identity.provider.tables import OUTSIDE_INVITATIONS, OUTSIDE_LINKS


def linked(connection: Connection, issuer: str, subject: str) -> str | None:
    """The party that is linked with an outside account."""
    found = select(OUTSIDE_LINKS.c.party).where(OUTSIDE_LINKS.c.issuer == issuer, OUTSIDE_LINKS.c.subject == subject)
    return connection.execute(found).scalar()


def link(connection: Connection, issuer: str, subject: str, party: str, now: int) -> None:
    """Link an outside account with a party; a party has one at each provider at most."""
    connection.execute(delete(OUTSIDE_LINKS).where(OUTSIDE_LINKS.c.issuer == issuer, OUTSIDE_LINKS.c.party == party))
    connection.execute(insert(OUTSIDE_LINKS).values(issuer=issuer, subject=subject, party=party, made=now))


def unlink_subject(connection: Connection, issuer: str, subject: str) -> None:
    """Forget whose an outside account was."""
    found = delete(OUTSIDE_LINKS).where(OUTSIDE_LINKS.c.issuer == issuer, OUTSIDE_LINKS.c.subject == subject)
    connection.execute(found)


def unlink(connection: Connection, party: str) -> int:
    """Forget the outside accounts of a party; how many there were."""
    return connection.execute(delete(OUTSIDE_LINKS).where(OUTSIDE_LINKS.c.party == party)).rowcount


def invite(connection: Connection, email: str, party: str, now: int) -> None:
    """Whoever brings this address (its hash) may be linked with a party, once."""
    made = upsert(OUTSIDE_INVITATIONS).values(email=email, party=party, made=now)
    connection.execute(made.on_conflict_do_update(index_elements=["email"], set_={"party": party, "made": now}))


def take_invitation(connection: Connection, email: str) -> str | None:
    """The party that an address was invited for; the invitation is used up."""
    found = select(OUTSIDE_INVITATIONS.c.party).where(OUTSIDE_INVITATIONS.c.email == email)
    party = connection.execute(found).scalar()
    if party is not None:
        connection.execute(delete(OUTSIDE_INVITATIONS).where(OUTSIDE_INVITATIONS.c.email == email))
    return party
