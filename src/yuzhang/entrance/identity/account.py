"""One's own account: what is known of it, its proofs, and what happened to it.

Whoever changes how they sign in has shown a proof in the last ten minutes, and gets another token; a session that somebody else took
does not get that far. Source: OWASP ASVS 5.0, 6.3, 7.5.
"""

from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotFound
from yuzhang.core.language import Title
from yuzhang.entrance.identity import limits
from yuzhang.entrance.identity.errors import LastProof, ProofRefused, SignInRefused, UnfitAccount
from yuzhang.entrance.identity.model import Account, Change, Credential, Session
from yuzhang.entrance.identity.naming import checked_field, checked_language, checked_name
from yuzhang.entrance.identity.opening import Entered, ended, factors_of, need_fresh, others, renewed, tell, told
from yuzhang.entrance.identity.proofs import passwords
from yuzhang.entrance.identity.proofs.tokens import new_name
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.signing_in import proved_by_code
from yuzhang.entrance.identity.store import credentials as kept_credentials
from yuzhang.entrance.identity.store import parties
from yuzhang.entrance.identity.store.sessions import session
from yuzhang.entrance.identity.store.tokens import drop_steps

SHOWN_CHANGES = 20
CONTACT = frozenset({"email", "phone"})


@dataclass(frozen=True, slots=True)
class Profile:
    """What a party sees of its own account. `roles_rest`: it holds roles that rest until a second factor is shown."""

    account: Account
    roles: tuple[str, ...]
    roles_rest: bool
    credentials: tuple[Credential, ...]
    session: Session | None
    changes: tuple[Change, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The kinds of proof that it has."""
        return frozenset(one.kind for one in self.credentials)


@action("self", reads=True)
def profile(identity: Identity, caller: Party, /) -> Profile:
    """The caller's own account. Raises NotFound for the system itself, which has none."""
    with identity.storage.reading() as connection:
        account = parties.party(connection, identity.secrets, caller.id)
        if account is None:
            raise _no_account()
        roles = parties.roles_at(connection, caller.id, identity.now())
        own = session(connection, caller.session) if caller.session else None
        return Profile(
            account,
            tuple(sorted(roles)),
            identity.rules.needs_two(account.kind, roles) and caller.factors < 2,
            tuple(kept_credentials.credentials(connection, caller.id)),
            own,
            tuple(parties.changes(connection, caller.id, SHOWN_CHANGES)),
        )


@action("self", reads=False)
def set_profile(identity: Identity, caller: Party, /, values: dict[str, str]) -> None:
    """Change one's own name, language, e-mail address or telephone number. Raises UnfitAccount, ProofNeeded.

    The name of whoever was confirmed stays as it was confirmed.
    """
    with identity.storage.writing() as connection:
        account = parties.party(connection, identity.secrets, caller.id)
        if account is None:
            raise _no_account()
        before = {one: getattr(account, one) for one in ("name", "language", "email", "phone")}
        changed = {name: _checked(name, text) for name, text in values.items() if name in before}
        changed = {name: text for name, text in changed.items() if text != before[name]}
        if "name" in changed and account.confirmed_at is not None and account.kind != "citizen":
            raise UnfitAccount(
                Title("经核实的名称由管理员更改。", "A confirmed name is changed by an administrator."), where="/name"
            )
        if changed.keys() & CONTACT:
            need_fresh(identity, connection, caller)
        if changed:
            parties.set_profile(connection, identity.secrets, caller.id, changed)
        for name in sorted(changed.keys() & (CONTACT | {"name"})):
            tell(identity, connection, caller.id, f"{name}_changed", caller)
    identity.gate.forget()


@action("self", reads=False)
def prove(identity: Identity, caller: Party, /, password: str, code: str, *, agent: str = "") -> Entered:
    """Show again what the account has: its password, and a code if it has a generator. Raises SignInRefused, TooManyAttempts."""
    with identity.storage.reading() as connection:
        account = parties.party(connection, identity.secrets, caller.id)
        own = kept_credentials.kept(connection, identity.secrets, caller.id, "password")
        coded = bool(kept_credentials.kept(connection, identity.secrets, caller.id, "totp"))
    if account is None or not caller.session:
        raise _no_account()
    counted = limits.begin(identity, account.login or account.id, caller.peer)
    with limits.looked_at(identity, counted):
        right = passwords.fits(own[0].secret if own else None, password)
    if not right:
        raise SignInRefused.now()
    kind = proved_by_code(identity, caller, caller.id, code) if coded else None
    if coded and kind is None:
        raise SignInRefused.now()
    limits.succeeded(identity, counted, wholly=True)
    with identity.storage.writing() as connection:
        entered = renewed(identity, connection, caller, ("password", *([kind] if kind else [])), agent)
    told(identity)
    return entered


@action("self", reads=False)
def set_password(identity: Identity, caller: Party, /, current: str, password: str, *, agent: str = "") -> Entered:
    """Change the password, or set the first one; all other sessions end. Raises SignInRefused, UnfitPassword, ProofNeeded."""
    with identity.storage.reading() as connection:
        need_fresh(identity, connection, caller)
        account = parties.party(connection, identity.secrets, caller.id)
        own = kept_credentials.kept(connection, identity.secrets, caller.id, "password")
    if account is None:
        raise _no_account()
    if own:
        counted = limits.begin(identity, account.login or account.id, caller.peer)
        with limits.looked_at(identity, counted):
            right = passwords.fits(own[0].secret, current)
        if not right:
            raise SignInRefused.now()
        limits.succeeded(identity, counted, wholly=True)
    passwords.check(password, (account.name, account.login or ""))
    secret, now = passwords.hashed(password), identity.now()
    with identity.storage.writing() as connection:
        kept_credentials.remove_kinds(connection, caller.id, ("password",))
        drop_steps(connection, caller.id)
        credential = Credential(new_name("credential"), caller.id, "password", "", 0, now, None)
        kept_credentials.add_credential(connection, identity.secrets, credential, secret)
        gone = others(identity, connection, caller.id, but=caller.session)
        ended(identity, connection, gone)
        entered = renewed(identity, connection, caller, ("password",), agent)
        tell(identity, connection, caller.id, "password_changed", caller)
    told(identity, gone)
    return entered


@action("self", reads=False)
def rename(identity: Identity, caller: Party, /, credential: str, label: str) -> None:
    """Give one's passkey or code generator another name. Raises NotFound, UnfitAccount."""
    with identity.storage.writing() as connection:
        if not kept_credentials.rename(connection, caller.id, credential, checked_field("label", label)):
            raise _no_credential(credential)


@action("self", reads=False)
def remove(identity: Identity, caller: Party, /, credential: str) -> None:
    """Forget one of one's proofs. Raises NotFound, LastProof if the account could not be used without it, ProofNeeded."""
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        own = kept_credentials.credentials(connection, caller.id)
        gone = next((one for one in own if one.id == credential), None)
        account = parties.party(connection, identity.secrets, caller.id)
        if gone is None or account is None:
            raise _no_credential(credential)
        left = [one.kind for one in own if one.id != credential]
        roles = parties.roles_at(connection, caller.id, identity.now())
        if not {"password", "passkey"} & set(left) or (
            identity.rules.needs_two(account.kind, roles) and factors_of(set(left) - {"recovery"}) < 2
        ):
            raise LastProof(
                Title(
                    "没有它就无法登录或缺少第二因素。", "Without it there is no way, or no second factor, to sign in."
                ),
                fix=Title("请先添加另一种。", "Add another one first."),
            )
        kept_credentials.remove(connection, caller.id, credential)
        tell(identity, connection, caller.id, f"{gone.kind}_removed", caller, gone.label)


def keep_proof(
    identity: Identity,
    caller: Party,
    credential: Credential,
    secret: bytes,
    handle: bytes | None,
    agent: str,
) -> Entered:
    """Part of actions: keep a proof that was just shown, and renew the session by it. Raises ProofRefused for one that is kept already."""
    try:
        with identity.storage.writing() as connection:
            kept_credentials.add_credential(connection, identity.secrets, credential, secret, handle)
            entered = renewed(identity, connection, caller, (credential.kind,), agent)
            tell(identity, connection, caller.id, f"{credential.kind}_added", caller, credential.label)
    except IntegrityError as err:
        raise ProofRefused(Title("这个通行密钥已登记。", "This passkey is known already.")) from err
    told(identity)
    return entered


def _checked(name: str, text: str) -> str:
    if name == "name":
        return checked_name(text)
    return checked_language(text) if name == "language" else checked_field(name, text)


def _no_account() -> NotFound:
    return NotFound(
        Title("系统自身没有账户。", "The system itself has no account."), fix=Title("请登录。", "Sign in as somebody.")
    )


def _no_credential(credential: str) -> NotFound:
    return NotFound(Title("没有这种登录方式。", "There is no such proof."), where=credential)
