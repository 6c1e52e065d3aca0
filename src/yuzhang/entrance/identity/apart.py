"""Which parties may have which roles, and what no one party may join. Parts of actions. Source: GB/T 22239-2019, 8.1.5."""

from sqlalchemy import Connection

from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity.errors import LastAdministrator, RolesExclude, UnfitAccount
from yuzhang.entrance.identity.model import ADMINISTRATORS, ROLES, Account
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import parties as kept


def known(identity: Identity, connection: Connection, party: str) -> Account:
    """The party of that id or sign-in name. Raises NotFound."""
    found = kept.party(connection, identity.secrets, party) or kept.party_of_login(connection, identity.secrets, party)
    if found is None:
        raise NotFound(
            Title(f"没有主体“{party}”。", f"There is no party “{party}”."),
            where=party,
            fix=Title("请用编号或登录名。", "Name it by its id or sign-in name."),
        )
    return found


def fitting(kind: str, roles: frozenset[str]) -> None:
    """Return if a party of `kind` may have these roles together. Raises UnfitAccount, RolesExclude."""
    unknown = sorted(roles - set(ROLES))
    if unknown:
        raise UnfitAccount(
            Title(f"没有角色 {unknown[0]}。", f"There is no role {unknown[0]}."),
            where="/role",
            fix=Title(f"可选：{'、'.join(ROLES)}。", f"The roles are: {', '.join(ROLES)}."),
        )
    if kind in ("citizen", "enterprise") and roles:
        raise UnfitAccount(
            Title("角色只给公务人员、设备和应用。", "Citizens and enterprises have no roles."), where="/role"
        )
    if roles & ADMINISTRATORS and kind != "official":
        raise UnfitAccount(Title("管理员必须是公务人员。", "An administrator is an official."), where="/role")
    if len(roles & ADMINISTRATORS) > 1:
        raise RolesExclude(
            Title(
                "系统、安全、审计管理员须为不同的人。", "System, security and audit administrator are three persons."
            ),
            where="/role",
        )


def not_last(identity: Identity, connection: Connection, party: str, role: str) -> None:
    """Return if somebody else has the role. Raises LastAdministrator."""
    if set(kept.holders(connection, role, identity.now())) == {party}:
        raise LastAdministrator(
            Title(f"没有其他人担任 {role}。", f"Nobody else is {role}."),
            fix=Title("请先任命另一人。", "Give somebody else the role first."),
        )
