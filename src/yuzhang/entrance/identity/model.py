"""The words of the room: what is known of a party, how it proves itself, its sessions, and who may act for whom.

All times are aware, in UTC. No secret is in these types: what proves an identity stays between `store` and `proofs`.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

Kind = Literal["official", "enterprise", "citizen", "device", "application"]
Status = Literal["active", "suspended"]
CredentialKind = Literal["password", "passkey", "totp", "recovery"]
LinkPurpose = Literal["invite", "recover", "first-administrator", "verify"]
Role = Literal[
    "plan-officer",
    "duty-officer",
    "department-officer",
    "data-officer",
    "domain-engineer",
    "system-administrator",
    "security-administrator",
    "audit-administrator",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
PEOPLE: tuple[Kind, ...] = ("official", "enterprise", "citizen")
"""The kinds that sign in; devices and applications come with tokens and keys."""
ROLES: tuple[Role, ...] = get_args(Role)
ADMINISTRATORS: frozenset[str] = frozenset({"system-administrator", "security-administrator", "audit-administrator"})
"""No party has two of these. Source: GB/T 22239-2019, 8.1.5.1–8.1.5.3."""
FACTORS: dict[CredentialKind, int] = {"password": 1, "totp": 1, "recovery": 1, "passkey": 2}
"""How many factors a proof is: a passkey is the device that holds the key, and the PIN, finger or face that opened it."""


@dataclass(frozen=True, slots=True)
class Account:
    """What is known of a party.

    `id`: opaque, never given twice. `login`: what it signs in with, lower case; None for who does not. `identifier`: an enterprise's
    unified social credit code (GB 32100-2015). `email`, `phone`: personal data, sealed in the store. `confirmed_at`: when an official
    checked that it is who it says; None while nobody has.
    """

    id: str
    kind: Kind
    name: str
    login: str | None
    email: str
    phone: str
    identifier: str
    unit: str
    post: str
    region: str
    language: Literal["zh", "en"]
    status: Status
    created_at: datetime
    created_by: str
    confirmed_at: datetime | None

    @property
    def active(self) -> bool:
        """Whether it may sign in."""
        return self.status == "active"


@dataclass(frozen=True, slots=True)
class Grant:
    """A role of a party: who gave it, when, and until when it holds (None: until it is taken back)."""

    party: str
    role: str
    granted_by: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Credential:
    """One way in which a party proves itself, without its secret.

    `counter`: of a passkey the signatures so far, as it says; of a TOTP device the newest time step that was taken.
    """

    id: str
    party: str
    kind: CredentialKind
    label: str
    counter: int
    created_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Session:
    """A stay of a party. `id` names it in lists; the token that the browser holds is known here by its hash only.

    `proofs`: the kinds of credential that were shown. `factors`: how many factors they are. `proved_at`: when the newest of them was
    shown. `seen_at`: to the minute. It ends `idle_s` seconds after it was last seen, and at `expires_at` in any case.
    `acting_for`: the party in whose name it acts by a mandate, "" for its own.
    """

    id: str
    party: str
    proofs: tuple[CredentialKind, ...]
    factors: int
    created_at: datetime
    proved_at: datetime
    seen_at: datetime
    expires_at: datetime
    idle_s: int
    peer: str
    agent: str
    acting_for: str
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Mandate:
    """`agent` may act in the name of `giver` (an enterprise or an official) within its scope, from and until, unless revoked.

    `roles`: of the giver's roles; `rights`: as in core/access; `matters`: public services, `*` for all; an empty tuple means none of that sort.
    """

    id: str
    giver: str
    agent: str
    roles: tuple[str, ...]
    rights: tuple[str, ...]
    matters: tuple[str, ...]
    from_at: datetime
    until_at: datetime | None
    given_by: str
    given_at: datetime
    revoked_at: datetime | None
    revoked_by: str

    def holds(self, now: datetime) -> bool:
        """Whether it may be used at `now`."""
        return self.revoked_at is None and self.from_at <= now and (self.until_at is None or now < self.until_at)


@dataclass(frozen=True, slots=True)
class Link:
    """An address that can be used once. `party`: whom it is for; None where it makes a party, of `kind` and with `roles`."""

    id: str
    purpose: LinkPurpose
    party: str | None
    kind: str
    name: str
    unit: str
    post: str
    region: str
    roles: tuple[str, ...]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to an account's proofs and sessions, told on its own page: `what` is a code, `label` the thing's name."""

    at: datetime
    what: str
    label: str
    peer: str


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds a session right now: the account, the roles in force, and the mandate it acts by, if any, with its giver's name."""

    session: Session
    account: Account
    roles: frozenset[str]
    mandate: Mandate | None
    giver_name: str = ""
