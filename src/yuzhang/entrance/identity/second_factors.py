"""More proofs for one's own account: code generators, passkeys, recovery codes."""

from dataclasses import dataclass
from datetime import timedelta

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.entrance.identity import limits
from yuzhang.entrance.identity.account import keep_proof
from yuzhang.entrance.identity.errors import ProofNeeded, ProofRefused
from yuzhang.entrance.identity.model import Credential
from yuzhang.entrance.identity.naming import checked_field
from yuzhang.entrance.identity.opening import Entered, need_fresh, tell
from yuzhang.entrance.identity.proofs import passkeys, totp
from yuzhang.entrance.identity.proofs.passkeys import Site
from yuzhang.entrance.identity.proofs.tokens import code_hash, hash_of, new_codes, new_name, new_token
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.identity.signing_in import STEP_S, Asked
from yuzhang.entrance.identity.store import credentials as kept_credentials
from yuzhang.entrance.identity.store.parties import party
from yuzhang.entrance.identity.store.tokens import Challenge, add_challenge, challenge_of, drop_challenge

TOTP_STEP, PASSKEY_STEP = "new-totp", "new-passkey"


@dataclass(frozen=True, slots=True)
class Offered:
    """A key for a code generator: the token of this step, the key in base32 and as a QR code (SVG)."""

    token: str
    key: str
    picture: str


@action("self", reads=False)
def offer_totp(identity: Identity, caller: Party, /) -> Offered:
    """A key that a telephone's application makes codes of. Raises ProofNeeded."""
    token, key = new_token(), totp.new_key()
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        account = party(connection, identity.secrets, caller.id)
        challenge = Challenge(TOTP_STEP, party=caller.id, random=key.encode())
        expires = identity.now() + timedelta(seconds=STEP_S)
        add_challenge(connection, identity.secrets, hash_of(identity.secrets, token), challenge, expires)
    login = (account.login if account else "") or caller.name
    return Offered(token, key, totp.drawn(totp.address(key, login)))


@action("self", reads=False)
def offered_totp(identity: Identity, caller: Party, /, token: str) -> Offered:
    """The same key once more: the code was mistyped. Raises ProofRefused."""
    with identity.storage.reading() as connection:
        step = challenge_of(connection, identity.secrets, hash_of(identity.secrets, token), TOTP_STEP, identity.now())
        account = party(connection, identity.secrets, caller.id)
    if step is None or step.party != caller.id:
        raise _late()
    key = step.random.decode()
    return Offered(token, key, totp.drawn(totp.address(key, (account.login if account else "") or caller.name)))


@action("self", reads=False)
def add_totp(identity: Identity, caller: Party, /, token: str, code: str, label: str, *, agent: str = "") -> Entered:
    """Keep the key once its first code is right: it is the second factor of this session too. Raises ProofRefused, TooManyAttempts."""
    name = checked_field("label", label)
    counted = limits.begin(identity, caller.id, caller.peer)
    step_hash, now = hash_of(identity.secrets, token), identity.now()
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        step = challenge_of(connection, identity.secrets, step_hash, TOTP_STEP, now)
        if step is None or step.party != caller.id:
            raise _late()
        found = totp.step(step.random.decode(), code, now)
        if found is None:
            raise ProofRefused(
                Title("验证码不正确。", "The code is not right."),
                where="/code",
                fix=Title("请检查手机时间后输入新的验证码。", "Check the telephone's clock and enter the next code."),
            )
        drop_challenge(connection, step_hash)
    limits.succeeded(identity, counted, wholly=True)
    credential = Credential(new_name("credential"), caller.id, "totp", name, found, now, now)
    return keep_proof(identity, caller, credential, step.random, None, agent)


@action("self", reads=False)
def ask_new_passkey(identity: Identity, caller: Party, /, site: Site) -> Asked:
    """What a browser needs to make another passkey for the caller. Raises ProofNeeded."""
    token, random = new_token(), new_token().encode()
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        account = party(connection, identity.secrets, caller.id)
        known = kept_credentials.handles(connection, caller.id, "passkey")
        expires = identity.now() + timedelta(seconds=STEP_S)
        challenge = Challenge(PASSKEY_STEP, party=caller.id, random=random)
        add_challenge(connection, identity.secrets, hash_of(identity.secrets, token), challenge, expires)
    if account is None:
        raise ProofNeeded.now()
    return Asked(token, passkeys.to_register(site, caller.id, account.login or "", account.name, random, known))


@action("self", reads=False)
def add_passkey(
    identity: Identity, caller: Party, /, token: str, answer: str, label: str, site: Site, *, agent: str = ""
) -> Entered:
    """Keep the passkey that the browser made. Raises ProofRefused, ProofNeeded."""
    name = checked_field("label", label)
    step_hash, now = hash_of(identity.secrets, token), identity.now()
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        step = challenge_of(connection, identity.secrets, step_hash, PASSKEY_STEP, now)
        if step is None or step.party != caller.id or not drop_challenge(connection, step_hash):
            raise _late()
    made = passkeys.registered(site, step.random, answer)
    credential = Credential(new_name("credential"), caller.id, "passkey", name, made.counter, now, now)
    return keep_proof(identity, caller, credential, made.public_key, made.handle, agent)


@action("self", reads=False)
def new_recovery_codes(identity: Identity, caller: Party, /) -> list[str]:
    """Ten codes, each for one use, in place of those before; shown this once. Raises ProofNeeded."""
    codes, now = new_codes(), identity.now()
    with identity.storage.writing() as connection:
        need_fresh(identity, connection, caller)
        kept_credentials.remove_kinds(connection, caller.id, ("recovery",))
        for code in codes:
            credential = Credential(new_name("credential"), caller.id, "recovery", "", 0, now, None)
            handle = code_hash(identity.secrets, caller.id, code)
            kept_credentials.add_credential(connection, identity.secrets, credential, b"", handle)
        tell(identity, connection, caller.id, "recovery_codes_made", caller)
    return codes


def _late() -> ProofRefused:
    return ProofRefused(
        Title("操作已超时，请重新开始。", "It took too long; begin once more."),
        fix=Title("请打开 /account。", "Open /account."),
    )
