"""Administration of parties: accounts are made by the system administrator, roles given by the security administrator."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from yuzhang.core.access import Object, Party, action, need
from yuzhang.core.errors import Conflict
from yuzhang.core.language import Title
from yuzhang.entrance.identity.apart import fitting, known, not_last
from yuzhang.entrance.identity.errors import UnfitAccount
from yuzhang.entrance.identity.model import (
    ADMINISTRATORS,
    KINDS,
    PEOPLE,
    Account,
    Grant,
    Link,
    Status,
)
from yuzhang.entrance.identity.naming import checked_field, checked_name
from yuzhang.entrance.identity.opening import ended, others, tell, told
from yuzhang.entrance.identity.proofs.tokens import hash_of, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties as kept
from yuzhang.entrance.identity.store.parties import Wanted
from yuzhang.entrance.identity.store.tokens import add_link, invited

INVITATION_S = 7 * 24 * 3600
PAGE = 50
ALL = Wanted()
GRANT = "entrance.identity.granting.grant"


@dataclass(frozen=True, slots=True)
class Place:
    """Where an official stands: unit, post, region; each may be empty."""

    unit: str = ""
    post: str = ""
    region: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """Parties of one page of a list, how many there are in all, and their roles."""

    accounts: tuple[Account, ...]
    total: int
    grants: tuple[Grant, ...]

    def roles(self, party: str) -> list[Grant]:
        """The roles of one of them."""
        return [one for one in self.grants if one.party == party]


@action("system", reads=True, personal=True)
def parties(identity: Identity, caller: Party, /, wanted: Wanted = ALL, start: int = 0, most: int = PAGE) -> Listed:
    """Parties by name, with their roles."""
    with identity.storage.reading() as connection:
        found, total = kept.parties(connection, identity.secrets, wanted, start, min(most, 10 * PAGE))
        grants = kept.grants(connection, [one.id for one in found])
    return Listed(tuple(found), total, tuple(grants))


@action("system", reads=True, personal=True)
def one(identity: Identity, caller: Party, /, party: str) -> Listed:
    """One party by its id or sign-in name, with its roles. Raises NotFound."""
    with identity.storage.reading() as connection:
        account = known(identity, connection, party)
        return Listed((account,), 1, tuple(kept.grants(connection, [account.id])))


@action("system", reads=False)
def invite(
    identity: Identity,
    caller: Party,
    /,
    kind: str,
    name: str,
    roles: Sequence[str] = (),
    place: Place = Place(),
) -> str:
    """The path of a one-time link, valid for seven days, by which somebody becomes a party of `kind`. Raises UnfitAccount, RolesExclude.

    With roles it also needs the right to grant them; only the first security and audit administrators may be invited by whoever makes
    accounts, as long as there is none, and nobody who was invited for it.
    """
    if kind not in PEOPLE:
        raise UnfitAccount(
            Title("可邀请的主体：official、enterprise、citizen。", "Officials, enterprises and citizens are invited."),
            where="/kind",
        )
    fitting(kind, frozenset(roles))
    now, token = identity.now(), new_token()
    link = Link(
        new_name("link"),
        "invite",
        None,
        kind,
        checked_name(name),
        checked_field("unit", place.unit),
        checked_field("post", place.post),
        checked_field("region", place.region),
        tuple(roles),
        created_at=now,
        created_by=caller.id,
        expires_at=now + timedelta(seconds=INVITATION_S),
        used_at=None,
    )
    with identity.storage.writing() as connection:
        if not all(_first_of_its_kind(identity, connection, role) for role in roles):
            need(caller, GRANT, Object("entrance.identity"))
        add_link(connection, link, hash_of(identity.secrets, token))
    return f"/join/{token}"


@action("system", reads=False)
def register(identity: Identity, caller: Party, /, kind: str, name: str, place: Place = Place()) -> Account:
    """A party that does not sign in: a device or an application. Raises UnfitAccount."""
    if kind not in set(KINDS) - set(PEOPLE):
        raise UnfitAccount(Title("只登记设备和应用。", "Devices and applications are registered."), where="/kind")
    now = identity.now()
    account = Account(
        new_name("party"),
        "device" if kind == "device" else "application",
        checked_name(name),
        None,
        "",
        "",
        "",
        checked_field("unit", place.unit),
        checked_field("post", place.post),
        checked_field("region", place.region),
        "zh",
        "active",
        created_at=now,
        created_by=caller.id,
        confirmed_at=now,
    )
    with identity.storage.writing() as connection:
        kept.add_party(connection, identity.secrets, account)
    return account


@action("system", reads=False)
def set_place(identity: Identity, caller: Party, /, party: str, name: str, place: Place) -> None:
    """Change a party's name, unit, post and region. Raises NotFound, UnfitAccount."""
    values = {
        "name": checked_name(name),
        "unit": checked_field("unit", place.unit),
        "post": checked_field("post", place.post),
        "region": checked_field("region", place.region),
    }
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        kept.set_profile(connection, identity.secrets, account.id, values)
        tell(identity, connection, account.id, "place_changed", caller)
    told(identity)


@action("system", reads=False)
def confirm(identity: Identity, caller: Party, /, party: str) -> None:
    """Say that a party is who it says: its papers were seen. Raises NotFound, Conflict if another one has its credit code."""
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        other = kept.confirmed_with(connection, account.identifier) if account.identifier else None
        if other is not None and other != account.id:
            raise Conflict(
                Title("已有另一主体以该统一社会信用代码核实。", "Another party is confirmed with that credit code."),
                where=other,
            )
        kept.set_confirmed(connection, account.id, identity.now())
        tell(identity, connection, account.id, "confirmed", caller)


@action("system", reads=False)
def set_status(identity: Identity, caller: Party, /, party: str, status: Status) -> None:
    """Suspend a party, which ends its sessions, or let it in again. Raises NotFound, LastAdministrator."""
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        if status == "suspended":
            for role in kept.roles_at(connection, account.id, identity.now()) & ADMINISTRATORS:
                not_last(identity, connection, account.id, role)
        kept.set_status(connection, account.id, status)
        gone = others(identity, connection, account.id) if status == "suspended" else []
        ended(identity, connection, gone)
        tell(identity, connection, account.id, status, caller)
    told(identity, gone)


def _first_of_its_kind(identity: Identity, connection: Connection, role: str) -> bool:
    now = identity.now()
    return role in ADMINISTRATORS and not (
        kept.holders(connection, role, now, active=False) or invited(connection, role, now)
    )
