"""Becoming a party: by signing up, by an invitation, or as the first administrator; and coming back without one's password."""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from yuzhang.core.access import Party, action
from yuzhang.core.errors import NotAllowed
from yuzhang.core.language import Title
from yuzhang.entrance.identity import limits
from yuzhang.entrance.identity.errors import LinkUnusable, LoginTaken, ProofRefused, SignInRefused, UnfitAccount
from yuzhang.entrance.identity.model import PEOPLE, Account, Credential, CredentialKind, Grant, Kind, Link
from yuzhang.entrance.identity.naming import Names, checked_names
from yuzhang.entrance.identity.opening import Entered, begun, ended, note_entry, others, tell, told
from yuzhang.entrance.identity.proofs import passkeys, passwords
from yuzhang.entrance.identity.proofs.passkeys import Site
from yuzhang.entrance.identity.proofs.tokens import code_hash, hash_of, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.signing_in import STEP_S, Asked
from yuzhang.entrance.identity.store import credentials as kept_credentials
from yuzhang.entrance.identity.store import tokens as kept_tokens
from yuzhang.entrance.identity.store.parties import add_party, add_role, confirmed_with, holders, party, party_of_login
from yuzhang.entrance.identity.store.tokens import Challenge

FIRST_LINK_S = 24 * 3600
FIRST_ROLE = "system-administrator"
JOIN_STEP = "join"
HERE = "entrance.identity.joining"
ALL_KINDS: tuple[CredentialKind, ...] = ("password", "passkey", "totp", "recovery")


@dataclass(frozen=True, slots=True)
class Beginning:
    """A party that is about to be: its first proof, and the link that it came with, if any."""

    account: Account
    kind: CredentialKind
    secret: bytes
    link: Link | None
    handle: bytes | None = None
    counter: int = 0


@action("visitor", reads=True)
def invitation(identity: Identity, caller: Party, /, token: str) -> Link:
    """What a one-time link is for. Raises LinkUnusable."""
    with identity.storage.reading() as connection:
        return _link(identity, connection, token)


@action("visitor", reads=False)
def join(identity: Identity, caller: Party, /, token: str, given: Names, password: str, *, agent: str = "") -> Entered:
    """Become the party that a one-time link is for, with a password. Raises LinkUnusable, LoginTaken, UnfitAccount, UnfitPassword."""
    with identity.storage.reading() as connection:
        link = _link(identity, connection, token)
    account = _account(identity, cast(Kind, link.kind), given, link)
    passwords.check(password, (account.name, account.login or ""))
    return _begin(identity, caller, Beginning(account, "password", passwords.hashed(password), link), agent, "join")


@action("visitor", reads=False)
def sign_up(
    identity: Identity, caller: Party, /, kind: str, given: Names, password: str, *, agent: str = ""
) -> Entered:
    """Make an account of one's own. Raises NotAllowed if the kind may not, LoginTaken, UnfitAccount, UnfitPassword, TooManyAttempts."""
    account = _account(identity, _own_kind(identity, kind), given, None)
    passwords.check(password, (account.name, account.login or ""))
    limits.begin(identity, "", caller.peer, "sign-up")
    return _begin(identity, caller, Beginning(account, "password", passwords.hashed(password), None), agent, "sign_up")


@action("visitor", reads=False)
def ask_first_passkey(identity: Identity, caller: Party, /, kind: str, token: str, given: Names, site: Site) -> Asked:
    """What a browser needs to make the first passkey of a new party: with `token` of a link, or of `kind` signing up by itself."""
    with identity.storage.reading() as connection:
        link = _link(identity, connection, token) if token else None
    account = _account(identity, cast(Kind, link.kind) if link else _own_kind(identity, kind), given, link)
    limits.begin(identity, "", caller.peer, "sign-up")
    step, random = new_token(), new_token().encode()
    with identity.storage.writing() as connection:
        if party_of_login(connection, identity.secrets, account.login or "") is not None:
            raise _taken()
        # The id that the passkey is made for is the one that the party will have.
        challenge = Challenge(JOIN_STEP, party=account.id, random=random)
        expires = identity.now() + timedelta(seconds=STEP_S)
        kept_tokens.add_challenge(connection, identity.secrets, hash_of(identity.secrets, step), challenge, expires)
    return Asked(step, passkeys.to_register(site, account.id, account.login or "", account.name, random, []))


@action("visitor", reads=False)
def join_by_passkey(
    identity: Identity,
    caller: Party,
    /,
    kind: str,
    token: str,
    given: Names,
    step: str,
    answer: str,
    site: Site,
    *,
    agent: str = "",
) -> Entered:
    """Become a party with the passkey that the browser made. Raises ProofRefused, and what `join` and `sign_up` raise."""
    step_hash = hash_of(identity.secrets, step)
    with identity.storage.writing() as connection:
        link = _link(identity, connection, token) if token else None
        known = kept_tokens.challenge_of(connection, identity.secrets, step_hash, JOIN_STEP, identity.now())
        if known is None or not kept_tokens.drop_challenge(connection, step_hash):
            raise ProofRefused(Title("操作已超时，请重新开始。", "It took too long; begin once more."))
    account = _account(
        identity, cast(Kind, link.kind) if link else _own_kind(identity, kind), given, link, own_id=known.party
    )
    made = passkeys.registered(site, known.random, answer)
    beginning = Beginning(account, "passkey", made.public_key, link, made.handle, made.counter)
    return _begin(identity, caller, beginning, agent, "join_by_passkey")


@action("visitor", reads=False)
def recover_by_code(
    identity: Identity, caller: Party, /, login: str, code: str, password: str, *, agent: str = ""
) -> None:
    """Set a new password by a recovery code; the second factor stays, and all sessions end. Raises SignInRefused, UnfitPassword."""
    passwords.check(password, (login,))
    counted = limits.begin(identity, login, caller.peer)
    with identity.storage.reading() as connection:
        account = party_of_login(connection, identity.secrets, login)
    # Hashed in any case, so that the time tells nothing; found by a keyed hash, so there is nothing to compare slowly.
    with limits.looked_at(identity, counted):
        secret = passwords.hashed(password)
    handle = code_hash(identity.secrets, account.id if account else "", code)
    with identity.storage.writing() as connection:
        own = kept_credentials.kept_by_handle(connection, identity.secrets, "recovery", handle)
        usable = own is not None and account is not None and account.active and account.kind in PEOPLE
        if own is None or account is None or not usable:
            raise SignInRefused.now()
        kept_credentials.remove(connection, account.id, own.credential.id)
        _put_password(identity, connection, account, secret)
        gone = others(identity, connection, account.id)
        ended(identity, connection, gone)
        tell(identity, connection, account.id, "recovered_by_code", caller)
    told(identity, gone)
    limits.succeeded(identity, counted, wholly=True)


@action("visitor", reads=False)
def recover_by_link(identity: Identity, caller: Party, /, token: str, password: str, *, agent: str = "") -> Entered:
    """Set a new password by a link of a security administrator. All other proofs are forgotten, and all sessions end.

    Raises LinkUnusable, UnfitPassword.
    """
    with identity.storage.reading() as connection:
        link = _link(identity, connection, token, "recover")
        account = party(connection, identity.secrets, link.party or "")
    if account is None or not account.active:
        raise LinkUnusable.now()
    passwords.check(password, (account.name, account.login or ""))
    secret = passwords.hashed(password)
    with identity.storage.writing() as connection:
        if not kept_tokens.use_link(connection, link.id, identity.now()):
            raise LinkUnusable.now()
        kept_credentials.remove_kinds(connection, account.id, ALL_KINDS)
        _put_password(identity, connection, account, secret)
        gone = others(identity, connection, account.id)
        ended(identity, connection, gone)
        entered = begun(identity, connection, account, ("password",), caller, agent)
        tell(identity, connection, account.id, "recovered_by_link", caller)
    told(identity, gone)
    note_entry(identity, account, entered, f"{HERE}.recover_by_link", caller.peer)
    return entered


def first_link(identity: Identity) -> str | None:
    """The path of a one-time link for the first administrator, valid for a day; None once there is one. Links before it are void.

    No action: only the process that starts has it, and shows it at its terminal.
    """
    now, token = identity.now(), new_token()
    with identity.storage.writing() as connection:
        if holders(connection, FIRST_ROLE, now, active=False):
            return None
        kept_tokens.drop_links(connection, "first-administrator")
        link = Link(
            new_name("link"),
            "first-administrator",
            None,
            "official",
            "",
            "",
            "",
            "",
            (FIRST_ROLE,),
            created_at=now,
            created_by="operator",
            expires_at=now + timedelta(seconds=FIRST_LINK_S),
            used_at=None,
        )
        kept_tokens.add_link(connection, link, hash_of(identity.secrets, token))
    return f"/join/{token}"


def _link(identity: Identity, connection: Connection, token: str, purpose: str = "") -> Link:
    found = kept_tokens.link_of(connection, hash_of(identity.secrets, token), identity.now())
    wanted = (purpose,) if purpose else ("invite", "first-administrator")
    if found is None or found.purpose not in wanted:
        raise LinkUnusable.now()
    if found.purpose == "first-administrator" and holders(connection, FIRST_ROLE, identity.now(), active=False):
        raise LinkUnusable.now()
    return found


def _own_kind(identity: Identity, kind: str) -> Kind:
    if kind not in ("citizen", "enterprise"):
        raise UnfitAccount(Title("只有个人和企业可以自行注册。", "Citizens and enterprises sign up."), where="/kind")
    if kind not in identity.rules.sign_up:
        raise NotAllowed(
            Title("本系统不开放自行注册。", "Nobody signs up here without an invitation."),
            fix=Title("请向管理员索取邀请链接。", "Ask an administrator for an invitation."),
        )
    return kind


def _account(identity: Identity, kind: Kind, given: Names, link: Link | None, own_id: str = "") -> Account:
    names = checked_names(kind, given)
    now = identity.now()
    return Account(
        own_id or new_name("party"),
        kind,
        names.name,
        names.login,
        "",
        "",
        names.identifier,
        link.unit if link else "",
        link.post if link else "",
        link.region if link else "",
        "en" if names.language == "en" else "zh",
        "active",
        created_at=now,
        created_by=link.created_by if link else "",
        confirmed_at=now if link else None,  # whoever invited knows whom
    )


def _begin(identity: Identity, caller: Party, new: Beginning, agent: str, by: str) -> Entered:
    account, now = new.account, identity.now()
    try:
        with identity.storage.writing() as connection:
            if new.link is not None and not kept_tokens.use_link(connection, new.link.id, now):
                raise LinkUnusable.now()
            if account.identifier and confirmed_with(connection, account.identifier):
                raise _registered()
            add_party(connection, identity.secrets, account)
            for role in new.link.roles if new.link else ():
                add_role(connection, Grant(account.id, role, new.link.created_by if new.link else "", now, None))
            credential = Credential(new_name("credential"), account.id, new.kind, "", new.counter, now, now)
            kept_credentials.add_credential(connection, identity.secrets, credential, new.secret, new.handle)
            entered = begun(identity, connection, account, (new.kind,), caller, agent)
            tell(identity, connection, account.id, "joined", caller)
    except IntegrityError as err:
        raise _taken() from err
    told(identity)
    note_entry(identity, account, entered, f"{HERE}.{by}", caller.peer)
    return entered


def _put_password(identity: Identity, connection: Connection, account: Account, secret: bytes) -> None:
    kept_credentials.remove_kinds(connection, account.id, ("password",))
    kept_tokens.drop_steps(connection, account.id)
    now = identity.now()
    credential = Credential(new_name("credential"), account.id, "password", "", 0, now, None)
    kept_credentials.add_credential(connection, identity.secrets, credential, secret)


def _taken() -> LoginTaken:
    return LoginTaken(
        Title("这个登录名已有人使用。", "Somebody signs in with that name already."),
        where="/login",
        fix=Title("请换一个。", "Choose another one."),
    )


def _registered() -> UnfitAccount:
    return UnfitAccount(
        Title("该统一社会信用代码已有经核实的账户。", "There is a confirmed account with that credit code."),
        where="/identifier",
        fix=Title("请向该企业的经办人索取委托。", "Ask the enterprise's agent for a mandate."),
    )
