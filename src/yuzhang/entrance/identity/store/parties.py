"""Parties, their roles and what happened to their accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, delete, desc, func, insert, or_, select, update

from yuzhang.core.secrets import Secrets
from yuzhang.entrance.identity.model import Account, Change, Grant, Status
from yuzhang.entrance.identity.store.moments import moment, seconds
from yuzhang.entrance.identity.tables import CHANGE, PARTY, ROLE

CONTACT = "identity.contact"
PLAIN = (
    "id", "kind", "name", "login", "identifier", "unit", "post", "region", "language", "status", "created_by",
)  # fmt: skip
KEPT_CHANGES = 100
"""So many changes are kept of an account; the audit keeps all."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which parties a list shows: a piece of their name or sign-in name, their kind, their role, their status."""

    text: str = ""
    kind: str = ""
    role: str = ""
    status: str = ""


def add_party(connection: Connection, secrets: Secrets, account: Account) -> None:
    """Keep a new party. Raises IntegrityError if its login is taken."""
    connection.execute(
        insert(PARTY).values(
            id=account.id,
            kind=account.kind,
            name=account.name,
            login=account.login,
            email=_sealed(secrets, account.email),
            phone=_sealed(secrets, account.phone),
            identifier=account.identifier,
            unit=account.unit,
            post=account.post,
            region=account.region,
            language=account.language,
            status=account.status,
            created_at=seconds(account.created_at),
            created_by=account.created_by,
            confirmed_at=seconds(account.confirmed_at),
        )
    )


def set_profile(connection: Connection, secrets: Secrets, party: str, values: dict[str, str]) -> None:
    """Change columns of a party; `email` and `phone` are sealed."""
    kept: dict[str, Any] = dict(values)
    for name in ("email", "phone"):
        if name in values:
            kept[name] = _sealed(secrets, values[name])
    connection.execute(update(PARTY).where(PARTY.c.id == party).values(**kept))


def set_status(connection: Connection, party: str, status: Status) -> None:
    """Suspend a party, or let it in again."""
    connection.execute(update(PARTY).where(PARTY.c.id == party).values(status=status))


def set_confirmed(connection: Connection, party: str, at: datetime) -> None:
    """Somebody checked who it is."""
    connection.execute(update(PARTY).where(PARTY.c.id == party).values(confirmed_at=seconds(at)))


def party(connection: Connection, secrets: Secrets, name: str) -> Account | None:
    """The party of that id."""
    row = connection.execute(select(PARTY).where(PARTY.c.id == name)).mappings().first()
    return None if row is None else _account(secrets, row)


def party_of_login(connection: Connection, secrets: Secrets, login: str) -> Account | None:
    """The party that signs in with `login`, in any case of letters."""
    row = connection.execute(select(PARTY).where(PARTY.c.login == login.casefold())).mappings().first()
    return None if row is None else _account(secrets, row)


def confirmed_with(connection: Connection, identifier: str) -> str | None:
    """The id of the confirmed party that has `identifier`."""
    found = select(PARTY.c.id).where(and_(PARTY.c.identifier == identifier, PARTY.c.confirmed_at.is_not(None)))
    return connection.execute(found).scalar()


def parties(
    connection: Connection, secrets: Secrets, wanted: Wanted, start: int, most: int
) -> tuple[list[Account], int]:
    """Parties by name, `most` of them from `start` on, and how many there are in all."""
    tests = []
    if wanted.text:
        said = _like(wanted.text)
        tests.append(or_(PARTY.c.name.like(said, escape="\\"), PARTY.c.login.like(said, escape="\\")))
    for column, value in ((PARTY.c.kind, wanted.kind), (PARTY.c.status, wanted.status)):
        if value:
            tests.append(column == value)
    if wanted.role:
        tests.append(PARTY.c.id.in_(select(ROLE.c.party).where(ROLE.c.role == wanted.role)))
    total = connection.execute(select(func.count()).select_from(PARTY).where(*tests)).scalar_one()
    found = select(PARTY).where(*tests).order_by(PARTY.c.name, PARTY.c.id).offset(start).limit(most)
    return [_account(secrets, row) for row in connection.execute(found).mappings()], total


def grants(connection: Connection, parties: Sequence[str]) -> list[Grant]:
    """All roles of these parties, also those that ran out."""
    found = select(ROLE).where(ROLE.c.party.in_(parties)).order_by(ROLE.c.party, ROLE.c.role)
    return [
        Grant(row["party"], row["role"], row["granted_by"], moment(row["at"]), moment(row["until"]))
        for row in connection.execute(found).mappings()
    ]


def roles_at(connection: Connection, party: str, now: datetime) -> frozenset[str]:
    """The roles that a party has at `now`."""
    holds = or_(ROLE.c.until.is_(None), ROLE.c.until > seconds(now))
    return frozenset(connection.execute(select(ROLE.c.role).where(ROLE.c.party == party, holds)).scalars())


def add_role(connection: Connection, grant: Grant) -> None:
    """Give a role, or give it anew."""
    take_role(connection, grant.party, grant.role)
    connection.execute(
        insert(ROLE).values(
            party=grant.party,
            role=grant.role,
            granted_by=grant.granted_by,
            at=seconds(grant.at),
            until=seconds(grant.until),
        )
    )


def take_role(connection: Connection, party: str, role: str) -> None:
    """Take a role back."""
    connection.execute(delete(ROLE).where(ROLE.c.party == party, ROLE.c.role == role))


def holders(connection: Connection, role: str, now: datetime, *, active: bool = True) -> list[str]:
    """The parties that have a role at `now`; also the suspended ones unless `active`."""
    tests = [ROLE.c.role == role, or_(ROLE.c.until.is_(None), ROLE.c.until > seconds(now))]
    if active:
        tests.append(PARTY.c.status == "active")
    return list(connection.execute(select(PARTY.c.id).join(ROLE, ROLE.c.party == PARTY.c.id).where(*tests)).scalars())


def name_in_office(connection: Connection, party: str) -> str:
    """What an official or an application is called; "" for any other party."""
    acting = PARTY.c.kind.in_(("official", "application"))
    return connection.execute(select(PARTY.c.name).where(PARTY.c.id == party, acting)).scalar() or ""


def official_named(connection: Connection, name: str) -> str:
    """The id of the official that has this id or sign-in name; "" if there is none."""
    either = or_(PARTY.c.id == name, PARTY.c.login == name.casefold())
    return connection.execute(select(PARTY.c.id).where(PARTY.c.kind == "official", either)).scalar() or ""


def officials_of(connection: Connection, unit: str) -> list[str]:
    """The active officials of a unit."""
    found = select(PARTY.c.id).where(PARTY.c.unit == unit, PARTY.c.kind == "official", PARTY.c.status == "active")
    return list(connection.execute(found.order_by(PARTY.c.id)).scalars())


def add_change(connection: Connection, party: str, change: Change) -> None:
    """Tell an account what happened to it; the oldest go."""
    connection.execute(
        insert(CHANGE).values(
            party=party, at=seconds(change.at), what=change.what, label=change.label, peer=change.peer
        )
    )
    kept = select(CHANGE.c.number).where(CHANGE.c.party == party).order_by(desc(CHANGE.c.number)).limit(KEPT_CHANGES)
    connection.execute(delete(CHANGE).where(CHANGE.c.party == party, CHANGE.c.number.not_in(kept)))


def changes(connection: Connection, party: str, most: int) -> list[Change]:
    """The newest changes of an account first."""
    found = select(CHANGE).where(CHANGE.c.party == party).order_by(desc(CHANGE.c.number)).limit(most)
    return [
        Change(moment(row["at"]), row["what"], row["label"], row["peer"])
        for row in connection.execute(found).mappings()
    ]


def _like(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _sealed(secrets: Secrets, text: str) -> bytes | None:
    return secrets.seal(CONTACT, text.encode()) if text else None


def _account(secrets: Secrets, row: RowMapping) -> Account:
    kept: dict[str, Any] = {name: row[name] for name in PLAIN}
    for name in ("email", "phone"):
        kept[name] = "" if row[name] is None else secrets.open(CONTACT, row[name]).decode()
    for name in ("created_at", "confirmed_at"):
        kept[name] = moment(row[name])
    return Account(**kept)
