"""Who signs for the chain: a key pair of this installation, its private half sealed in the file by the installation's secret.

Ed25519 (RFC 8032), or SM2 with SM3 (GB/T 32918.2-2016, user id 1234567812345678) where `YUZHANG_CRYPTO=sm` is set and `gmssl_pyx` is
installed; docs/decisions/0020-national-cryptography.md says why.
"""

import base64
import binascii
import hashlib
import importlib
import importlib.util
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from yuzhang.core.errors import Broken
from yuzhang.core.language import Title
from yuzhang.core.secrets import Secrets
from yuzhang.entrance.audit.errors import UnfitExport
from yuzhang.entrance.audit.model import FORMAT, Statement

PURPOSE = "audit-signing"
Algorithm = Literal["ed25519", "sm2"]
SM2_LIBRARY = "gmssl_pyx"
SM2_HEAD = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
"""What stands before the 64 bytes of an SM2 key in its SubjectPublicKeyInfo. Source: RFC 5480, section 2; GB/T 35276-2017."""
SM2_BYTES = 64
_ENCODER = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """What checks signatures. `raw`: 32 bytes of Ed25519, 64 of SM2 (x and y)."""

    algorithm: str
    raw: bytes

    @property
    def name(self) -> str:
        """Its fingerprint: the first 32 hexadecimal digits of SHA-256."""
        return hashlib.sha256(self.raw).hexdigest()[:32]

    def verifies(self, statement: Statement) -> bool:
        """Whether the statement was signed with the other half."""
        if statement.key != self.name or statement.algorithm != self.algorithm:
            return False
        try:
            signature = bytes.fromhex(statement.signature)
        except ValueError:
            return False
        if self.algorithm == "sm2":
            library = _sm2()
            try:
                return bool(library.sm2_verify(self.raw, signed_part(statement), signature))
            except library.GmsslInnerError:  # not even a signature
                return False
        try:
            Ed25519PublicKey.from_public_bytes(self.raw).verify(signature, signed_part(statement))
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        """The key as a PEM file."""
        if self.algorithm == "sm2":
            return _pem(SM2_HEAD + self.raw)
        return Ed25519PublicKey.from_public_bytes(self.raw).public_bytes(
            Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
        )


def _pem(content: bytes) -> bytes:
    body = base64.encodebytes(content).replace(b"\n", b"")
    lines = [body[start : start + 64] for start in range(0, len(body), 64)]
    return b"\n".join([b"-----BEGIN PUBLIC KEY-----", *lines, b"-----END PUBLIC KEY-----", b""])


def read_pem(content: bytes, where: str) -> PublicKey:
    """The key in a PEM file. Raises UnfitExport if it is none of ours."""
    lines = [line for line in content.splitlines() if line and not line.startswith(b"-----")]
    try:
        inside = base64.b64decode(b"".join(lines), validate=True)
        if inside.startswith(SM2_HEAD):
            return PublicKey("sm2", inside[len(SM2_HEAD) :])
        key = load_pem_public_key(content)
    except (ValueError, binascii.Error) as err:
        raise UnfitExport.at(where, "不是公钥文件。", "it is no file of a public key.") from err
    if not isinstance(key, Ed25519PublicKey):
        raise UnfitExport.at(where, "不是 Ed25519 或 SM2 公钥。", "it is no key of Ed25519 or SM2.")
    return PublicKey("ed25519", key.public_bytes(Encoding.Raw, PublicFormat.Raw))


@dataclass(frozen=True, slots=True)
class Signer:
    """Both halves of a key pair."""

    public: PublicKey
    private: bytes

    def signed(self, statement: Statement) -> Statement:
        """The statement with this key's name and signature."""
        named = msgspec.structs.replace(statement, algorithm=self.public.algorithm, key=self.public.name)
        if self.public.algorithm == "sm2":
            signature = bytes(_sm2().sm2_sign(self.private, self.public.raw, signed_part(named)))
        else:
            signature = Ed25519PrivateKey.from_private_bytes(self.private).sign(signed_part(named))
        return msgspec.structs.replace(named, signature=signature.hex())

    def sealed(self, secrets: Secrets) -> bytes:
        """The private half as it is kept."""
        return secrets.seal(PURPOSE, self.private)


def signed_part(statement: Statement) -> bytes:
    """What of a statement is signed: its canonical JSON without the signature, after the name of the format."""
    fields = msgspec.structs.asdict(statement)
    del fields["signature"]
    return FORMAT.encode() + b"\n" + _ENCODER.encode(fields)


def algorithm_of(secrets: Secrets) -> Algorithm:
    """What this installation signs with."""
    return "sm2" if secrets.suite == "sm" and importlib.util.find_spec(SM2_LIBRARY) else "ed25519"


def new_signer(secrets: Secrets) -> Signer:
    """A new key pair."""
    if algorithm_of(secrets) == "sm2":
        public, private = _sm2().sm2_key_generate()
        return Signer(PublicKey("sm2", bytes(public)), bytes(private))
    key = Ed25519PrivateKey.generate()
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return Signer(PublicKey("ed25519", raw), key.private_bytes_raw())


def signer_of(secrets: Secrets, public: PublicKey, sealed: bytes) -> Signer:
    """The key pair as it was kept. Raises Broken if it was sealed elsewhere, or the halves do not belong together."""
    private = secrets.open(PURPOSE, sealed)
    if public.algorithm == "ed25519":
        own = Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        fits = own == public.raw
    else:
        asked = Signer(public, private).signed(Statement("checkpoint", "", 0, 0, "", 0, "", ""))
        fits = public.verifies(asked)
    if not fits:
        raise Broken(
            Title("审计签名密钥的两半不相符。", "The two halves of the audit's signing key do not belong together.")
        )
    return Signer(public, private)


def _sm2() -> Any:
    try:
        return importlib.import_module(SM2_LIBRARY)
    except ImportError as err:
        raise Broken(
            Title("SM2 签名需要安装 gmssl_pyx。", "Signatures of SM2 need gmssl_pyx to be installed."),
            fix=Title("请运行 pip install gmssl_pyx。", "Run pip install gmssl_pyx."),
        ) from err
