"""Sessions, by the hash of the token that a browser holds, and the mandates that they act by."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, RowMapping, delete, desc, insert, or_, select, update

from yuzhang.entrance.identity.model import Mandate, Session
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import MANDATE, SESSION


def add_session(connection: Connection, session: Session, token_hash: bytes) -> None:
    """Keep a new session."""
    connection.execute(
        insert(SESSION).values(
            id=session.id,
            token_hash=token_hash,
            party=session.party,
            proofs=list(session.proofs),
            factors=session.factors,
            created_at=seconds(session.created_at),
            proved_at=seconds(session.proved_at),
            seen_at=seconds(session.seen_at),
            expires_at=seconds(session.expires_at),
            idle_s=session.idle_s,
            peer=session.peer,
            agent=session.agent,
            acting_for=session.acting_for,
        )
    )


def session_of(connection: Connection, token_hash: bytes) -> Session | None:
    """The session of a token, also one that has ended."""
    row = connection.execute(select(SESSION).where(SESSION.c.token_hash == token_hash)).mappings().first()
    return None if row is None else _session(row)


def session(connection: Connection, name: str) -> Session | None:
    """The session of that id, also one that has ended."""
    row = connection.execute(select(SESSION).where(SESSION.c.id == name)).mappings().first()
    return None if row is None else _session(row)


def live_sessions(connection: Connection, party: str, now: datetime) -> list[Session]:
    """The sessions of a party that last at `now`, the newest first."""
    at = seconds(now)
    lasting = (SESSION.c.ended_at.is_(None), SESSION.c.expires_at > at, SESSION.c.seen_at + SESSION.c.idle_s > at)
    found = select(SESSION).where(SESSION.c.party == party, *lasting).order_by(desc(SESSION.c.created_at), SESSION.c.id)
    return [_session(row) for row in connection.execute(found).mappings()]


def note_seen(connection: Connection, name: str, at: datetime) -> None:
    """It was seen."""
    connection.execute(update(SESSION).where(SESSION.c.id == name).values(seen_at=seconds(at)))


def renew_session(connection: Connection, renewed: Session, token_hash: bytes) -> None:
    """The session is known by another token from now on, with what was proved since."""
    connection.execute(
        update(SESSION)
        .where(SESSION.c.id == renewed.id, SESSION.c.ended_at.is_(None))
        .values(
            token_hash=token_hash,
            proofs=list(renewed.proofs),
            factors=renewed.factors,
            proved_at=seconds(renewed.proved_at),
            seen_at=seconds(renewed.seen_at),
            peer=renewed.peer,
            agent=renewed.agent,
        )
    )


def act_for(connection: Connection, name: str, giver: str) -> None:
    """From now on the session acts in the name of `giver`, "" for its own."""
    connection.execute(update(SESSION).where(SESSION.c.id == name).values(acting_for=giver))


def end_sessions(connection: Connection, ended: Sequence[str], at: datetime) -> None:
    """End these sessions."""
    living = update(SESSION).where(SESSION.c.id.in_(ended), SESSION.c.ended_at.is_(None))
    connection.execute(living.values(ended_at=seconds(at)))


def forget_sessions(connection: Connection, before: datetime) -> None:
    """Forget what ended or ran out before a time."""
    at = seconds(before)
    connection.execute(delete(SESSION).where(or_(SESSION.c.ended_at < at, SESSION.c.expires_at < at)))


def add_mandate(connection: Connection, mandate: Mandate) -> None:
    """Keep a mandate."""
    connection.execute(
        insert(MANDATE).values(
            id=mandate.id,
            giver=mandate.giver,
            agent=mandate.agent,
            roles=list(mandate.roles),
            rights=list(mandate.rights),
            matters=list(mandate.matters),
            from_at=seconds(mandate.from_at),
            until_at=seconds(mandate.until_at),
            given_by=mandate.given_by,
            given_at=seconds(mandate.given_at),
            revoked_by="",
        )
    )


def mandates(connection: Connection, *, giver: str = "", agent: str = "") -> list[Mandate]:
    """Mandates of a giver, of an agent, or of both, the newest first."""
    tests = [column == value for column, value in ((MANDATE.c.giver, giver), (MANDATE.c.agent, agent)) if value]
    found = select(MANDATE).where(*tests).order_by(desc(MANDATE.c.given_at), MANDATE.c.id)
    return [_mandate(row) for row in connection.execute(found).mappings()]


def revoke_mandate(connection: Connection, name: str, by: str, at: datetime) -> bool:
    """End a mandate; False if there is none in force of that id."""
    living = update(MANDATE).where(MANDATE.c.id == name, MANDATE.c.revoked_at.is_(None))
    return connection.execute(living.values(revoked_at=seconds(at), revoked_by=by)).rowcount == 1


def _session(row: RowMapping) -> Session:
    return Session(
        id=row["id"],
        party=row["party"],
        proofs=tuple(row["proofs"]),
        factors=row["factors"],
        created_at=moment(row["created_at"]),
        proved_at=moment(row["proved_at"]),
        seen_at=moment(row["seen_at"]),
        expires_at=moment(row["expires_at"]),
        idle_s=row["idle_s"],
        peer=row["peer"],
        agent=row["agent"],
        acting_for=row["acting_for"],
        ended_at=moment(row["ended_at"]),
    )


def _mandate(row: RowMapping) -> Mandate:
    return Mandate(
        id=row["id"],
        giver=row["giver"],
        agent=row["agent"],
        roles=tuple(row["roles"]),
        rights=tuple(row["rights"]),
        matters=tuple(row["matters"]),
        from_at=moment(row["from_at"]),
        until_at=moment(row["until_at"]),
        given_by=row["given_by"],
        given_at=moment(row["given_at"]),
        revoked_at=moment(row["revoked_at"]),
        revoked_by=row["revoked_by"],
    )
