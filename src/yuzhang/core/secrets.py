"""What an installation keeps secret: one master key, and texts that only it can read.

The key comes from $YUZHANG_SECRET_KEY (64 hexadecimal digits); where it is not set, from the file `secret.key` of the data folder, which
is made at the first start and which only its owner may read. From it each purpose has a key of its own, so that what was sealed for
one cannot be opened, or put, in the place of another.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256, SM3, HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from yuzhang.core.errors import Broken, InputRefused, TryAgain
from yuzhang.core.language import Title

SECRET_VARIABLE = "YUZHANG_SECRET_KEY"  # noqa: S105  # its name, not the secret
SUITE_VARIABLE = "YUZHANG_CRYPTO"
FILE = "secret.key"
KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
Suite = Literal["international", "sm"]
"""`international`: SHA-256 and AES-256; `sm`: SM3 and SM4 (GB/T 32905-2016, GB/T 32907-2016)."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Seals and opens with keys that are derived from one master key."""

    master: bytes
    suite: Suite = "international"

    def key(self, purpose: str, length: int = KEY_BYTES) -> bytes:
        """A key of its own for `purpose`. Source: RFC 5869, with SHA-256 or SM3."""
        return HKDF(self.digest(), length, salt=None, info=purpose.encode()).derive(self.master)

    def digest(self) -> HashAlgorithm:
        """The hash function of the suite."""
        return SM3() if self.suite == "sm" else SHA256()

    def seal(self, purpose: str, text: bytes) -> bytes:
        """`text` so that only this installation reads it, and notices any change. AES-256-GCM, or SM4-GCM (RFC 8998)."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        suite = b"s" if self.suite == "sm" else b"i"
        sealing = Cipher(self._algorithm(purpose, suite), modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(suite + purpose.encode())
        return suite + nonce + sealing.update(text) + sealing.finalize() + sealing.tag

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """What was sealed for `purpose`, with either suite. Raises Broken if it was changed, or sealed elsewhere."""
        suite, nonce, tag = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[-TAG_BYTES:]
        try:
            opening = Cipher(self._algorithm(purpose, suite), modes.GCM(nonce, tag)).decryptor()
            opening.authenticate_additional_data(suite + purpose.encode())
            return opening.update(sealed[1 + NONCE_BYTES : -TAG_BYTES]) + opening.finalize()
        except (InvalidTag, ValueError) as err:
            raise Broken(
                Title(
                    "密钥与数据不符：secret.key 或 YUZHANG_SECRET_KEY 不是封存时的那一个。",
                    "The key does not fit the data: secret.key or YUZHANG_SECRET_KEY is another one than it was sealed with.",
                )
            ) from err

    def _algorithm(self, purpose: str, suite: bytes) -> algorithms.AES | algorithms.SM4:
        own = Secrets(self.master, "sm" if suite == b"s" else "international")
        return algorithms.SM4(own.key(purpose, 16)) if suite == b"s" else algorithms.AES(own.key(purpose))


def secrets_of(folder: Path) -> Secrets:
    """The secrets of a data folder; its key is made if there is none. Raises InputRefused for a key that is none, TryAgain."""
    suite = os.environ.get(SUITE_VARIABLE) or "international"
    if suite not in ("international", "sm"):
        raise _refused(SUITE_VARIABLE, "可选 international 或 sm。", "It is `international` or `sm`.")
    given = os.environ.get(SECRET_VARIABLE)
    if given:
        return Secrets(_read(given, SECRET_VARIABLE), "sm" if suite == "sm" else "international")
    path = folder / FILE
    try:
        if not path.exists():
            _make(path)
        return Secrets(_read(path.read_text(), str(path)), "sm" if suite == "sm" else "international")
    except OSError as err:
        raise TryAgain(
            Title(f"无法读取 {path}：{err.strerror}。", f"{path} cannot be read: {err.strerror}."),
            fix=Title("请检查文件权限。", "Check the file's rights."),
        ) from err


def _make(path: Path) -> None:
    """Write a new key under another name first: a process that starts beside sees all of it or nothing."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(secrets.token_hex(KEY_BYTES) + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(new, path)
    except FileExistsError:
        pass  # the other process was first; its key counts
    finally:
        new.unlink()


def _read(text: str, where: str) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise _refused(where, "应为 64 位十六进制数。", "It has to be 64 hexadecimal digits.")
    return key


def _refused(where: str, chinese: str, english: str) -> InputRefused:
    return InputRefused(
        Title(chinese, english),
        where=where,
        fix=Title("例：openssl rand -hex 32。", "For example: openssl rand -hex 32."),
    )
