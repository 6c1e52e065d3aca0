"""The tables of grants, codes, tokens, consents, keys and farewells, and all SQL on them."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from yuzhang.entrance.identity.provider.clients import store as clients
from yuzhang.entrance.identity.provider.model import Consent, Farewell, Grant, SigningKey
from yuzhang.entrance.identity.provider.tables import CLIENTS, CODES, CONSENTS, FAREWELLS, GRANTS, KEYS, REFRESH
from yuzhang.entrance.identity.tables import PARTY, SESSION


@dataclass(frozen=True, slots=True)
class Taken:
    """A code or refresh token that was shown. `again`: it was used before; whoever shows it now, or showed it then, stole it."""

    grant: Grant
    expires: int
    again: bool
    redirect: str = ""
    challenge: str = ""


def add_grant(connection: Connection, made: Grant) -> None:
    """Keep a grant."""
    connection.execute(
        insert(GRANTS).values(
            id=made.id,
            client=made.client,
            party=made.party,
            session=made.session,
            scopes=" ".join(sorted(made.scopes)),
            nonce=made.nonce,
            claims=json.dumps({place: list(names) for place, names in made.claims.items()}),
            auth_time=made.auth_time,
            factors=made.factors,
            methods=" ".join(made.methods),
            made=made.made,
        )
    )


def grant(connection: Connection, grant_id: str) -> Grant | None:
    """The grant of that id, ended or not."""
    row = connection.execute(select(GRANTS).where(GRANTS.c.id == grant_id)).one_or_none()
    return None if row is None else _grant(row)


def end_grant(connection: Connection, grant_id: str, now: int) -> None:
    """End a grant: none of its codes and tokens counts any more."""
    connection.execute(update(GRANTS).where(GRANTS.c.id == grant_id, GRANTS.c.ended.is_(None)).values(ended=now))


def end_grants(connection: Connection, party: str, client: str, now: int) -> None:
    """End all that a party allowed a client."""
    connection.execute(
        update(GRANTS)
        .where(GRANTS.c.party == party, GRANTS.c.client == client, GRANTS.c.ended.is_(None))
        .values(ended=now)
    )


def forget(connection: Connection, now: int, keep_s: int) -> None:
    """Take out grants from which nothing can come any more: ended, or without a token that still holds, `keep_s` ago."""
    holding = select(REFRESH.c.grant).where(REFRESH.c.expires > now, REFRESH.c.used.is_(None))
    connection.execute(delete(GRANTS).where(GRANTS.c.made < now - keep_s, GRANTS.c.id.not_in(holding)))


def add_code(connection: Connection, code: str, grant_id: str, redirect: str, challenge: str, expires: int) -> None:
    """Keep a code by its hash."""
    connection.execute(
        insert(CODES).values(code=code, grant=grant_id, redirect=redirect, challenge=challenge, expires=expires)
    )


def code(connection: Connection, hashed: str) -> Taken | None:
    """A code as it is; nothing is changed."""
    row = connection.execute(
        select(GRANTS, CODES.c.redirect, CODES.c.challenge, CODES.c.expires, CODES.c.used)
        .join(CODES, CODES.c.grant == GRANTS.c.id)
        .where(CODES.c.code == hashed)
    ).one_or_none()
    return None if row is None else Taken(_grant(row), row.expires, row.used is not None, row.redirect, row.challenge)


def use_code(connection: Connection, hashed: str, now: int) -> None:
    """Mark a code as used."""
    connection.execute(update(CODES).where(CODES.c.code == hashed).values(used=now))


def add_refresh(connection: Connection, token: str, grant_id: str, expires: int) -> None:
    """Keep a refresh token by its hash."""
    connection.execute(insert(REFRESH).values(token=token, grant=grant_id, expires=expires))


def refresh(connection: Connection, hashed: str) -> Taken | None:
    """A refresh token as it is; nothing is changed."""
    row = connection.execute(
        select(GRANTS, REFRESH.c.expires, REFRESH.c.used)
        .join(REFRESH, REFRESH.c.grant == GRANTS.c.id)
        .where(REFRESH.c.token == hashed)
    ).one_or_none()
    return None if row is None else Taken(_grant(row), row.expires, row.used is not None)


def use_refresh(connection: Connection, hashed: str, now: int) -> None:
    """Mark a refresh token as used."""
    connection.execute(update(REFRESH).where(REFRESH.c.token == hashed).values(used=now))


def consents(connection: Connection, party: str) -> list[Consent]:
    """What a party remembered to allow, newest first."""
    rows = connection.execute(select(CONSENTS).where(CONSENTS.c.party == party).order_by(CONSENTS.c.given.desc())).all()
    return [
        Consent(client, frozenset(row.scopes.split()), row.given)
        for row in rows
        if (client := clients.client(connection, row.client)) is not None
    ]


def consented(connection: Connection, party: str, client: str) -> frozenset[str]:
    """The scopes that a party remembered to allow a client; empty if none."""
    found = connection.execute(
        select(CONSENTS.c.scopes).where(CONSENTS.c.party == party, CONSENTS.c.client == client)
    ).scalar()
    return frozenset((found or "").split())


def consent(connection: Connection, party: str, client: str, scopes: frozenset[str], now: int) -> None:
    """Remember that a party allowed a client `scopes`, beside what it allowed before."""
    written = " ".join(sorted(scopes | consented(connection, party, client)))
    made = upsert(CONSENTS).values(party=party, client=client, scopes=written, given=now)
    connection.execute(
        made.on_conflict_do_update(index_elements=["party", "client"], set_={"scopes": written, "given": now})
    )


def withdraw(connection: Connection, party: str, client: str) -> bool:
    """Forget a consent; False if there is none."""
    found = delete(CONSENTS).where(CONSENTS.c.party == party, CONSENTS.c.client == client)
    return connection.execute(found).rowcount > 0


def keys(connection: Connection) -> list[SigningKey]:
    """All signing keys, oldest first."""
    return [
        SigningKey(row.kid, row.algorithm, json.loads(row.public), row.made, row.used_from, row.retired, row.private)
        for row in connection.execute(select(KEYS).order_by(KEYS.c.made, KEYS.c.kid))
    ]


def add_key(connection: Connection, key: SigningKey) -> None:
    """Keep a key."""
    connection.execute(
        insert(KEYS).values(
            kid=key.kid,
            algorithm=key.algorithm,
            public=json.dumps(key.public),
            private=key.private,
            made=key.made,
            used_from=key.used_from,
            retired=key.retired,
        )
    )


def begin_key(connection: Connection, kid: str, now: int) -> None:
    """From now on, tokens are signed with it."""
    connection.execute(update(KEYS).where(KEYS.c.kid == kid).values(used_from=now))


def retire_key(connection: Connection, kid: str, now: int) -> None:
    """From now on it only checks; its private part is gone."""
    connection.execute(update(KEYS).where(KEYS.c.kid == kid).values(retired=now, private=None))


def remove_keys(connection: Connection, retired_before: int) -> None:
    """Take out keys that were retired before that moment."""
    connection.execute(delete(KEYS).where(KEYS.c.retired < retired_before))


def add_farewell(connection: Connection, farewell_id: str, client: str, party: str, session: str) -> None:
    """Remember that a client has to hear of the end of a session; once, however many codes it takes."""
    values = {"id": farewell_id, "client": client, "party": party, "session": session}
    connection.execute(upsert(FAREWELLS).values(values).on_conflict_do_nothing())


def ended_sessions(connection: Connection, now: int) -> list[str]:
    """The sessions whose end some client has to hear of, and that have ended without it being noted yet."""
    living = (
        select(SESSION.c.id)
        .join(PARTY, PARTY.c.id == SESSION.c.party)
        .where(
            SESSION.c.id == FAREWELLS.c.session,
            SESSION.c.ended_at.is_(None),
            SESSION.c.expires_at > now,
            SESSION.c.seen_at + SESSION.c.idle_s > now,
            PARTY.c.status == "active",
        )
    )
    found = select(FAREWELLS.c.session).where(FAREWELLS.c.ended.is_(None), ~living.exists()).distinct()
    return list(connection.execute(found).scalars())


def note_ended(connection: Connection, session: str, now: int) -> None:
    """The session ended: its clients can be told."""
    connection.execute(
        update(FAREWELLS).where(FAREWELLS.c.session == session, FAREWELLS.c.ended.is_(None)).values(ended=now)
    )


def due(connection: Connection, now: int, most: int) -> list[Farewell]:
    """The clients to be told now."""
    rows = connection.execute(
        select(FAREWELLS, CLIENTS.c.logout_address)
        .join(CLIENTS, CLIENTS.c.id == FAREWELLS.c.client)
        .where(FAREWELLS.c.ended.is_not(None), FAREWELLS.c.next_try <= now)
        .order_by(FAREWELLS.c.next_try)
        .limit(most)
    )
    return [Farewell(row.id, row.client, row.party, row.session, row.tries, row.logout_address) for row in rows]


def told(connection: Connection, farewell_id: str) -> None:
    """The client knows, or is given up."""
    connection.execute(delete(FAREWELLS).where(FAREWELLS.c.id == farewell_id))


def put_off(connection: Connection, farewell_id: str, next_try: int, said: str) -> None:
    """It did not work; once more at `next_try`."""
    connection.execute(
        update(FAREWELLS)
        .where(FAREWELLS.c.id == farewell_id)
        .values(tries=FAREWELLS.c.tries + 1, next_try=next_try, said=said)
    )


def waiting(connection: Connection) -> int:
    """How many clients wait to be told."""
    found = select(func.count()).select_from(FAREWELLS).where(FAREWELLS.c.ended.is_not(None))
    return int(connection.execute(found).scalar_one())


def _grant(row: Row[Any]) -> Grant:
    return Grant(
        row.id,
        row.client,
        row.party,
        row.session,
        frozenset(row.scopes.split()),
        row.nonce,
        {place: tuple(names) for place, names in json.loads(row.claims).items()},
        row.auth_time,
        row.factors,
        tuple(row.methods.split()),
        row.made,
        row.ended,
    )
