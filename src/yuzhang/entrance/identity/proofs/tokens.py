"""Random words that prove something by being known: tokens of sessions and links, recovery codes. Only their hashes are stored."""

import secrets as random
from base64 import b32encode

from cryptography.hazmat.primitives.hashes import Hash
from cryptography.hazmat.primitives.hmac import HMAC

from yuzhang.core.secrets import Secrets

TOKEN_BYTES, NAME_BYTES, CODE_BYTES = 32, 12, 16
CODES = 10
GROUP = 5


def new_token() -> str:
    """256 random bits, fit for cookies and addresses. Source: OWASP ASVS 5.0, 7.2.3: at least 128."""
    return random.token_urlsafe(TOKEN_BYTES)


def new_name(kind: str) -> str:
    """An id that is never given twice, and tells nothing: `party-…`, `session-…`."""
    return f"{kind}-{random.token_hex(NAME_BYTES)}"


def new_codes() -> list[str]:
    """Ten recovery codes of 128 bits each, in groups of five."""
    return [_grouped(b32encode(random.token_bytes(CODE_BYTES)).decode().rstrip("=")) for _ in range(CODES)]


def hash_of(secrets: Secrets, token: str) -> bytes:
    """The hash of a token; nobody finds the token from it, since it is random. SHA-256 or SM3."""
    made = Hash(secrets.digest())
    made.update(token.encode())
    return made.finalize()


def keyed(secrets: Secrets, purpose: str, text: str) -> bytes:
    """A hash that only this installation can make, for what is not random enough to be hashed plainly."""
    made = HMAC(secrets.key(purpose), secrets.digest())
    made.update(text.encode())
    return made.finalize()


def code_hash(secrets: Secrets, party: str, code: str) -> bytes:
    """The hash of a recovery code of a party, however it was typed."""
    plain = "".join(one for one in code.upper() if one.isalnum())
    return keyed(secrets, "identity.recovery", f"{party}:{plain}")


def _grouped(text: str) -> str:
    return "-".join(text[start : start + GROUP] for start in range(0, len(text), GROUP))
