"""Whose applications are whose: an official's are those that they made, and a system administrator looks after all."""

from sqlalchemy import Connection

from yuzhang.core.access import Object, Party, action, may
from yuzhang.core.errors import NotAllowed, NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.api import store
from yuzhang.entrance.api.errors import UnfitKey
from yuzhang.entrance.api.model import Key
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.identity.model import Account
from yuzhang.entrance.identity.naming import checked_name
from yuzhang.entrance.identity.proofs.tokens import new_name
from yuzhang.entrance.identity.store.parties import add_party
from yuzhang.entrance.identity.store.parties import party as party_of

MOST_APPLICATIONS = 20
"""So many applications one official may make."""
ALL = "entrance.api.owning.all_keys"


@action("system", reads=True)
def all_keys(api: Api, caller: Party, /) -> list[Key]:
    """The keys of all applications, the newest first."""
    with api.storage.reading() as connection:
        return store.keys(connection, None)


@action("self", reads=False)
def own_application(api: Api, caller: Party, /, name: str) -> Account:
    """A new application of an official's own; without roles: what it may read is what policies give any application.

    Raises NotAllowed for who is no official; UnfitAccount; UnfitKey if the caller has too many.
    """
    if caller.kind != "official":
        raise NotAllowed(
            Title("只有公务人员可以登记应用。", "Officials register applications."),
            fix=Title("请联系系统管理员。", "Ask the system administrator."),
        )
    now = api.now()
    account = Account(
        new_name("party"), "application", checked_name(name), None, "", "", "", caller.unit, "", caller.region, "zh",
        "active", created_at=now, created_by=caller.id, confirmed_at=None,
    )  # fmt: skip
    with api.storage.writing() as connection:
        if len(store.applications(connection, caller.id)) >= MOST_APPLICATIONS:
            raise UnfitKey(
                Title(
                    f"每人最多登记 {MOST_APPLICATIONS} 个应用。", f"One may register {MOST_APPLICATIONS} applications."
                ),
                where="/name",
            )
        add_party(connection, api.secrets, account)
    return account


def administers(caller: Party) -> bool:
    """Whether `caller` looks after the applications of all."""
    return may(caller, ALL, Object("entrance.api"))


def own(api: Api, connection: Connection, caller: Party, party: str, *, itself: bool = False) -> None:
    """Return if `party` is an application that the caller looks after, or with `itself` the caller. Raises NotAllowed, NotFound."""
    account = party_of(connection, api.secrets, party)
    owned = account is not None and caller.kind == "official" and account.created_by == caller.id
    is_itself = itself and caller.kind == "application" and caller.id == party
    if not owned and not is_itself and not administers(caller):
        raise NotAllowed(
            Title("这不是您的应用。", "This is no application of yours."),
            fix=Title("请联系系统管理员。", "Ask the system administrator."),
        )
    if account is None or account.kind != "application":
        raise NotFound(Title(f"没有应用 {party}。", f"There is no application {party}."), where="/party")
