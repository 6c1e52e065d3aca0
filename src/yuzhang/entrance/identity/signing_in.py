"""Signing in: a password and, where the account has one, a second factor; or a passkey, which is both.

Between the first and the second proof nobody is signed in: the browser holds a token of that step alone.
"""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.entrance.identity import limits
from yuzhang.entrance.identity.errors import ProofRefused, SignInRefused
from yuzhang.entrance.identity.model import PEOPLE, Account, CredentialKind
from yuzhang.entrance.identity.opening import Entered, begun, note_entry, tell, told
from yuzhang.entrance.identity.proofs import passkeys, passwords, totp
from yuzhang.entrance.identity.proofs.passkeys import Site
from yuzhang.entrance.identity.proofs.tokens import code_hash, hash_of, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.store import credentials as kept_credentials
from yuzhang.entrance.identity.store.parties import party, party_of_login
from yuzhang.entrance.identity.store.sessions import session
from yuzhang.entrance.identity.store.tokens import Challenge, add_challenge, challenge_of, drop_challenge

STEP_S = 600
"""Seconds between the first and the second proof, and for a passkey's answer. Source: OWASP ASVS 5.0, 6.5.5: at most ten minutes."""
CODE_STEP, PASSKEY_STEP = "code", "passkey"
HERE = "entrance.identity.signing_in"


@dataclass(frozen=True, slots=True)
class Step:
    """The first proof is shown, a second one is needed: the token of that step, and which kinds the account has."""

    token: str
    kinds: frozenset[CredentialKind]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a passkey has to answer: the token of that step, and the options for the browser, as JSON."""

    token: str
    options: str


@action("visitor", reads=False)
def with_password(
    identity: Identity, caller: Party, /, login: str, password: str, *, agent: str = ""
) -> Entered | Step:
    """Sign in by a name and a password. Raises SignInRefused, the same for a wrong name; TooManyAttempts."""
    counted = limits.begin(identity, login, caller.peer)
    with identity.storage.reading() as connection:
        account = party_of_login(connection, identity.secrets, login)
        own = [] if account is None else kept_credentials.kept(connection, identity.secrets, account.id, "password")
        kinds = set() if account is None else {one.kind for one in kept_credentials.credentials(connection, account.id)}
    with limits.looked_at(identity, counted):
        right = passwords.fits(own[0].secret if own else None, password)
    if not right or account is None or not _may_enter(account):
        raise SignInRefused.now()
    if passwords.outdated(own[0].secret):
        with identity.storage.writing() as connection:
            kept_credentials.replace_secret(connection, identity.secrets, own[0].credential, passwords.hashed(password))
    second = frozenset(kinds & {"totp", "passkey"})
    if second:
        limits.succeeded(identity, counted, wholly=False)
        return _step(identity, account, second | (kinds & {"recovery"}))
    limits.succeeded(identity, counted, wholly=True)
    return _enter(identity, caller, account, ("password",), agent, "with_password", own[0].credential.id)


@action("visitor", reads=False)
def with_code(identity: Identity, caller: Party, /, token: str, code: str, *, agent: str = "") -> Entered:
    """Sign in by a generator's or a recovery code, after the password. Raises SignInRefused, TooManyAttempts."""
    step_hash = hash_of(identity.secrets, token)
    with identity.storage.reading() as connection:
        step = challenge_of(connection, identity.secrets, step_hash, CODE_STEP, identity.now())
        account = None if step is None else party(connection, identity.secrets, step.party)
    if step is None or account is None or not _may_enter(account):
        raise SignInRefused.now()
    counted = limits.begin(identity, account.login or account.id, caller.peer)
    kind = proved_by_code(identity, caller, account.id, code)
    if kind is None:
        raise SignInRefused.now()
    limits.succeeded(identity, counted, wholly=True)
    with identity.storage.writing() as connection:
        if not drop_challenge(connection, step_hash):
            raise SignInRefused.now()
    return _enter(identity, caller, account, (*step.proofs, kind), agent, "with_code")


@action("visitor", reads=False)
def ask_passkey(identity: Identity, caller: Party, /, site: Site) -> Asked:
    """What any passkey of this site has to sign."""
    token, random = new_token(), new_token().encode()
    with identity.storage.writing() as connection:
        _remember(identity, connection, token, Challenge(PASSKEY_STEP, random=random))
    return Asked(token, passkeys.to_sign_in(site, random))


@action("visitor", reads=False)
def with_passkey(
    identity: Identity, caller: Party, /, token: str, answer: str, site: Site, *, agent: str = ""
) -> Entered:
    """Sign in by a passkey, also to prove it again. Raises ProofRefused, TooManyAttempts."""
    counted = limits.begin(identity, "", caller.peer)
    step_hash = hash_of(identity.secrets, token)
    with identity.storage.writing() as connection:
        step = challenge_of(connection, identity.secrets, step_hash, PASSKEY_STEP, identity.now())
        if step is None or not drop_challenge(connection, step_hash):
            raise _unknown_passkey()
    with identity.storage.writing() as connection:
        handle = passkeys.handle_of(answer)
        own = kept_credentials.kept_by_handle(connection, identity.secrets, "passkey", handle)
        account = None if own is None else party(connection, identity.secrets, own.credential.party)
        if own is None or account is None or not _may_enter(account):
            raise _unknown_passkey()
        counter = passkeys.shown(site, step.random, answer, own.secret, own.credential.counter)
        kept_credentials.note_use(connection, own.credential.id, identity.now(), counter)
    limits.succeeded(identity, counted, wholly=False)
    return _enter(identity, caller, account, ("passkey",), agent, "with_passkey")


def proved_by_code(identity: Identity, caller: Party, party_id: str, code: str) -> CredentialKind | None:
    """Which kind of code it is, used up by this; None for a wrong one. No action: whoever calls it counts attempts."""
    now = identity.now()
    with identity.storage.writing() as connection:
        for one in kept_credentials.kept(connection, identity.secrets, party_id, "totp"):
            found = totp.step(one.secret.decode(), code, now)
            if found is not None and kept_credentials.take_step(connection, one.credential.id, now, found):
                return "totp"
        handle = code_hash(identity.secrets, party_id, code)
        own = kept_credentials.kept_by_handle(connection, identity.secrets, "recovery", handle)
        if own is not None and kept_credentials.remove(connection, party_id, own.credential.id):
            tell(identity, connection, party_id, "recovery_code_used", caller)
            return "recovery"
    return None


def _may_enter(account: Account) -> bool:
    return account.active and account.kind in PEOPLE


def _unknown_passkey() -> ProofRefused:
    return ProofRefused(
        Title("这里不认识这个通行密钥，或操作已超时。", "This passkey is not known here, or it took too long."),
        fix=Title("请重新开始，或用口令登录。", "Begin once more, or sign in by password."),
    )


def _step(identity: Identity, account: Account, kinds: frozenset[CredentialKind]) -> Step:
    token = new_token()
    with identity.storage.writing() as connection:
        _remember(identity, connection, token, Challenge(CODE_STEP, party=account.id, proofs=("password",)))
    return Step(token, kinds)


def _remember(identity: Identity, connection: Connection, token: str, challenge: Challenge) -> None:
    expires = identity.now() + timedelta(seconds=STEP_S)
    add_challenge(connection, identity.secrets, hash_of(identity.secrets, token), challenge, expires)


def _enter(
    identity: Identity,
    caller: Party,
    account: Account,
    proofs: tuple[CredentialKind, ...],
    agent: str,
    by: str,
    used: str = "",
) -> Entered:
    with identity.storage.writing() as connection:
        before = session(connection, caller.session) if caller.session else None
        entered = begun(identity, connection, account, proofs, caller, agent)
        if used:
            kept_credentials.note_use(connection, used, identity.now())
    told(identity, [before] if before is not None else [])
    note_entry(identity, account, entered, f"{HERE}.{by}", caller.peer)
    return entered
