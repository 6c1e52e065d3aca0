"""Passwords: how they are hashed, and which are not taken.

Source: OWASP Password Storage Cheat Sheet (argon2id, 19 MiB, two passes, one lane); NIST SP 800-63B-4, 3.1.1.2: length counts, no rules of
composition, no change without cause, a list of what is known to be used; OWASP ASVS 5.0, 6.2.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.entrance.identity.errors import UnfitPassword

SHORTEST, LONGEST = 12, 1024
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1
AT_ONCE = 4
"""So many are hashed at the same time; each takes 19 MiB."""
MOST_WAITING = 12
"""So many more wait for their turn, each in one of the forty threads that answer requests: the rest stays for everybody else."""
FEW_CHARACTERS = 4
"""A password of fewer different characters is a pattern."""
LIST = Path(__file__).with_name("common-passwords.txt")
CONTEXT = ("yuzhang", "豫章", "city brain", "citybrain", "城市大脑", "administrator", "管理员")
"""Words of the place, which are guessed first. Source: OWASP ASVS 5.0, 6.1.2."""
HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
DECOY = f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${'A' * 22}${'A' * 43}"
"""Nobody's: checked where there is no account, at the same cost."""
ROWS = (
    "01234567890123456789",
    "abcdefghijklmnopqrstuvwxyz",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik",
)
_SLOTS, _PLACES = BoundedSemaphore(AT_ONCE), BoundedSemaphore(AT_ONCE + MOST_WAITING)


@contextmanager
def _turn() -> Iterator[None]:
    """One's turn to hash. Raises TryAgain at once where too many wait."""
    if not _PLACES.acquire(blocking=False):
        raise TryAgain(
            Title("现在登录的人太多。", "Too many sign in right now."),
            fix=Title("请几秒后重试。", "Try again in a few seconds."),
        )
    try:
        with _SLOTS:
            yield
    finally:
        _PLACES.release()


def hashed(password: str) -> bytes:
    """What is stored of a password. Raises TryAgain."""
    with _turn():
        return HASHER.hash(password).encode()


def fits(kept: bytes | None, password: str) -> bool:
    """Whether it is the password that was hashed. As slow for an account that has none, so that the time tells nothing. Raises TryAgain."""
    with _turn():
        try:
            HASHER.verify(kept or DECOY, password[:LONGEST])
        except (VerificationError, InvalidHashError):
            return False
        return kept is not None


def outdated(kept: bytes) -> bool:
    """Whether it was hashed with other costs than today's."""
    return HASHER.check_needs_rehash(kept.decode())


def check(password: str, names: tuple[str, ...]) -> None:
    """Return if the password will do for a party that goes by `names`. Raises UnfitPassword, saying why."""
    if len(password) < SHORTEST:
        raise _unfit(f"口令至少 {SHORTEST} 个字符。", f"A password has at least {SHORTEST} characters.")
    if len(password) > LONGEST:
        raise _unfit(f"口令最多 {LONGEST} 个字符。", f"A password has at most {LONGEST} characters.")
    said = password.casefold()
    if any(len(name) >= 4 and name.casefold() in said and len(said) - len(name) < SHORTEST for name in names):
        raise _unfit("口令不能是您的名字或登录名。", "A password is not your name or sign-in name.")
    if any(word in said and len(said) - len(word) < SHORTEST for word in CONTEXT):
        raise _unfit("口令不能由本系统的名称构成。", "A password is not made of this system's name.")
    if is_common(said):
        raise _unfit("这个口令太常见，容易被猜到。", "This password is often used, and easily guessed.")


def is_common(said: str) -> bool:
    """Whether a password in lower case is known to be used, or made of one that is.

    >>> is_common("password2026!"), is_common("111111111111"), is_common("qwertyqwerty"), is_common("correct horse battery staple")
    (True, True, True, False)
    """
    known = _common()
    core = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", said)
    repeated = re.fullmatch(r"(.+?)\1+", said)
    return (
        said in known
        or core in known
        or len(set(said)) < FEW_CHARACTERS
        or (repeated is not None and (len(repeated[1]) <= FEW_CHARACTERS or repeated[1] in known))
        or any(said in row or said in row[::-1] for row in ROWS)
    )


def _unfit(chinese: str, english: str) -> UnfitPassword:
    return UnfitPassword(
        Title(chinese, english),
        where="/password",
        fix=Title("例如用几个不相关的词连成一句。", "A few words that do not belong together make a good one."),
    )


@lru_cache
def _common() -> frozenset[str]:
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("# "))
