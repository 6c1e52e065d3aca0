"""One party of every kind and role, each with a session of its own, for tests that ask the same as everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import cast

from yuzhang.core.access import OPERATOR, Party
from yuzhang.entrance.identity.model import Account, Grant, Kind
from yuzhang.entrance.identity.opening import begun
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties as kept

WHO: Mapping[str, tuple[Kind, tuple[str, ...]]] = {
    "plan-officer": ("official", ("plan-officer",)),
    "duty-officer": ("official", ("duty-officer",)),
    "department-officer": ("official", ("department-officer",)),
    "data-officer": ("official", ("data-officer",)),
    "domain-engineer": ("official", ("domain-engineer",)),
    "system-administrator": ("official", ("system-administrator",)),
    "security-administrator": ("official", ("security-administrator",)),
    "audit-administrator": ("official", ("audit-administrator",)),
    "official": ("official", ()),
    "enterprise": ("enterprise", ()),
    "citizen": ("citizen", ()),
}
"""Everybody who signs in at a page."""


@dataclass(frozen=True, slots=True)
class Someone:
    """A party that signed in with two factors, and the cookie of its browser."""

    account: Account
    cookie: Mapping[str, str]
    party: Party


def everybody(identity: Identity) -> dict[str, Someone]:
    """One party of each entry of WHO."""
    return {name: someone(identity, name, kind, roles) for name, (kind, roles) in WHO.items()}


def someone(identity: Identity, name: str, kind: str, roles: tuple[str, ...] = (), unit: str = "unit-1") -> Someone:
    """A party of that kind with those roles, signed in."""
    now = datetime.now(UTC)
    account = Account(
        f"party-{name}", cast(Kind, kind), f"Sample {name}", f"sample-{name}", "", "", "", unit, "", "360100", "zh",
        "active", created_at=now, created_by=OPERATOR.id, confirmed_at=now,
    )  # fmt: skip
    with identity.storage.writing() as connection:
        kept.add_party(connection, identity.secrets, account)
        for role in roles:
            kept.add_role(connection, Grant(account.id, role, OPERATOR.id, now, None))
    return signed_in(identity, account)


def signed_in(identity: Identity, account: Account) -> Someone:
    """That party with a session begun just now."""
    with identity.storage.writing() as connection:
        entered = begun(identity, connection, account, ("passkey",), OPERATOR, "test")
    known = identity.gate.of_token(entered.token)
    assert known is not None
    return Someone(account, {identity.gate.cookie: entered.token}, known)
