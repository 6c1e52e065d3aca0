"""What the security administrator does to parties: gives and takes roles, ends sessions, and helps back in whoever lost their proofs."""

from datetime import datetime, timedelta

from yuzhang.core.access import Party, action
from yuzhang.core.errors import Conflict, NotAllowed, NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.apart import fitting, known, not_last
from yuzhang.entrance.identity.model import ADMINISTRATORS, PEOPLE, Account, Grant, Link, Session
from yuzhang.entrance.identity.opening import ended, others, tell, told
from yuzhang.entrance.identity.proofs.tokens import hash_of, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties as kept
from yuzhang.entrance.identity.store.tokens import add_link, drop_links

RECOVERY_S = 24 * 3600


@action("security", reads=False)
def grant(identity: Identity, caller: Party, /, party: str, role: str, until: datetime | None = None) -> None:
    """Give a role, until a time if one is named. Raises NotFound, UnfitAccount, RolesExclude; NotAllowed for oneself."""
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        _not_oneself(caller, account)
        fitting(account.kind, kept.roles_at(connection, account.id, identity.now()) | {role})
        kept.add_role(connection, Grant(account.id, role, caller.id, identity.now(), until))
        tell(identity, connection, account.id, "role_given", caller, role)
    told(identity)


@action("security", reads=False)
def take(identity: Identity, caller: Party, /, party: str, role: str) -> None:
    """Take a role back. Raises NotFound, LastAdministrator; NotAllowed from oneself."""
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        _not_oneself(caller, account)
        if role not in kept.roles_at(connection, account.id, identity.now()):
            raise NotFound(Title(f"该主体没有角色 {role}。", f"The party has no role {role}."), where="/role")
        if role in ADMINISTRATORS:
            not_last(identity, connection, account.id, role)
        kept.take_role(connection, account.id, role)
        tell(identity, connection, account.id, "role_taken", caller, role)
    told(identity)


@action("security", reads=True, personal=True)
def sessions_of(identity: Identity, caller: Party, /, party: str) -> list[Session]:
    """A party's sessions that last. Raises NotFound."""
    with identity.storage.reading() as connection:
        return others(identity, connection, known(identity, connection, party).id)


@action("security", reads=False)
def end_sessions(identity: Identity, caller: Party, /, party: str) -> int:
    """End all sessions of a party; how many. Raises NotFound."""
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        gone = others(identity, connection, account.id)
        ended(identity, connection, gone)
        tell(identity, connection, account.id, "sessions_ended", caller)
    told(identity, gone)
    return len(gone)


@action("security", reads=False)
def recovery_link(identity: Identity, caller: Party, /, party: str) -> str:
    """The path of a one-time link, valid for a day, by which a party sets a new password; links before it are void.

    To be made after the person was seen: it replaces all its proofs. The account is told. Raises NotFound; NotAllowed for oneself.
    """
    now, token = identity.now(), new_token()
    with identity.storage.writing() as connection:
        account = known(identity, connection, party)
        _not_oneself(caller, account)
        if account.kind not in PEOPLE or not account.active:
            raise Conflict(Title("该主体不能登录。", "That party does not sign in."), where=account.id)
        drop_links(connection, "recover", account.id)
        link = Link(
            new_name("link"),
            "recover",
            account.id,
            account.kind,
            account.name,
            "",
            "",
            "",
            (),
            created_at=now,
            created_by=caller.id,
            expires_at=now + timedelta(seconds=RECOVERY_S),
            used_at=None,
        )
        add_link(connection, link, hash_of(identity.secrets, token))
        tell(identity, connection, account.id, "recovery_link_made", caller)
    return f"/recover/{token}"


def _not_oneself(caller: Party, account: Account) -> None:
    if caller.id == account.id:
        raise NotAllowed(
            Title("不能为自己授权或恢复账户。", "Nobody grants roles to, or recovers, themselves."),
            fix=Title("请另一位安全管理员办理。", "Ask another security administrator."),
        )
