"""The tables of clients, and of their proofs that were taken."""

import json
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from yuzhang.core.language import Title
from yuzhang.entrance.identity.provider.model import Client
from yuzhang.entrance.identity.provider.tables import ASSERTIONS, CLIENTS


def client(connection: Connection, client_id: str) -> Client | None:
    """The client of that id."""
    row = connection.execute(select(CLIENTS).where(CLIENTS.c.id == client_id)).one_or_none()
    return None if row is None else _client(row)


def clients(connection: Connection) -> list[Client]:
    """All of them, by id."""
    return [_client(row) for row in connection.execute(select(CLIENTS).order_by(CLIENTS.c.id))]


def add(connection: Connection, made: Client) -> bool:
    """Keep a client; False if there is one of that id."""
    values: dict[str, Any] = {
        "id": made.id,
        "name_zh": made.name.zh,
        "name_en": made.name.en,
        "method": made.method,
        "secret": made.secret,
        "jwks": made.jwks,
        "redirects": json.dumps(made.redirects),
        "after_logout": json.dumps(made.after_logout),
        "logout_address": made.logout_address,
        "scopes": " ".join(sorted(made.scopes)),
        "grants": " ".join(sorted(made.grants)),
        "algorithm": made.algorithm,
        "third_party": made.third_party,
        "pkce": made.pkce,
        "introspects": made.introspects,
        "party": made.party,
        "made": made.made,
    }
    try:
        connection.execute(insert(CLIENTS).values(values))
    except IntegrityError:
        return False
    return True


def change_secret(connection: Connection, client_id: str, secret: str) -> None:
    """Put a new hash in the old one's place."""
    connection.execute(update(CLIENTS).where(CLIENTS.c.id == client_id).values(secret=secret))


def remove(connection: Connection, client_id: str) -> bool:
    """Take it out, with all that it was granted; False if there is none."""
    return connection.execute(delete(CLIENTS).where(CLIENTS.c.id == client_id)).rowcount > 0


def take_assertion(connection: Connection, client_id: str, jti: str, expires: int, now: int) -> bool:
    """Remember a proof; False if it was taken before."""
    connection.execute(delete(ASSERTIONS).where(ASSERTIONS.c.expires < now))
    try:
        connection.execute(insert(ASSERTIONS).values(client=client_id, jti=jti, expires=expires))
    except IntegrityError:
        return False
    return True


def _client(row: Row[Any]) -> Client:
    return Client(
        row.id,
        Title(row.name_zh, row.name_en),
        row.method,
        tuple(json.loads(row.redirects)),
        tuple(json.loads(row.after_logout)),
        row.logout_address,
        frozenset(row.scopes.split()),
        frozenset(row.grants.split()),
        row.algorithm,
        row.third_party,
        row.pkce,
        row.introspects,
        row.party,
        row.jwks,
        row.secret,
        row.made,
    )
