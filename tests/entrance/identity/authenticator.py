"""A software authenticator: passkeys as a device makes and shows them, also one that is broken, copied, or careless."""

import base64
import hashlib
import json
from dataclasses import dataclass, field
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, NEW_KEY = 0x01, 0x04, 0x40
"""Flags of authenticator data. Source: W3C Web Authentication Level 3, 6.1."""


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One passkey of one device. `counter`: signatures so far; `verifies`: whether it looks who its owner is."""

    domain: str
    origin: str
    counter: int = 0
    verifies: bool = True
    handle: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: str, **other: Any) -> str:
        """The answer to a request for a new passkey, without attestation."""
        data = self._data(NEW_KEY) + bytes(16) + len(self.handle).to_bytes(2, "big") + self.handle + self._public()
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, **other)
        return self._answer({"clientDataJSON": encoded(client), "attestationObject": encoded(statement)})

    def show(self, options: str, **other: Any) -> str:
        """The answer to a request to sign in; it counts one further."""
        self.counter += 1
        data, client = self._data(0), self._client("webauthn.get", options, **other)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        return self._answer(
            {
                "clientDataJSON": encoded(client),
                "authenticatorData": encoded(data),
                "signature": encoded(signature),
                "userHandle": None,
            }
        )

    def _data(self, more: int) -> bytes:
        flags = PRESENT | (VERIFIED if self.verifies else 0) | more
        return hashlib.sha256(self.domain.encode()).digest() + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _public(self) -> bytes:
        """The public key in COSE. Source: RFC 9053, 7.1.1."""
        numbers = self.key.public_key().public_numbers()
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})

    def _client(self, kind: str, options: str, **other: Any) -> bytes:
        said = {"type": kind, "challenge": json.loads(options)["challenge"], "origin": self.origin} | other
        return json.dumps(said).encode()

    def _answer(self, response: dict[str, Any]) -> str:
        named = encoded(self.handle)
        return json.dumps({"id": named, "rawId": named, "type": "public-key", "response": response})
