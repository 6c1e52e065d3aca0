"""How a record is bound to all before it: its hash is that of the hash before and of what it says.

hash(n) = H(hash(n-1) ‖ JSON(n)), H being SHA-256 or SM3. The JSON is canonical (RFC 8785): names in order, no spaces, UTF-8; it holds all
fields of the record but the hash. So whoever has the file can compute it again with a few lines of any language.
"""

import hashlib

import msgspec

from yuzhang.core.secrets import Suite
from yuzhang.entrance.audit.model import Digest, Note, Record

DIGESTS: dict[str, Digest] = {"international": "sha256", "sm": "sm3"}
LONGEST = {"subject": 2_000}
LONGEST_FIELD = 300
_ENCODER = msgspec.json.Encoder(order="sorted")
_TEXTS = ("party", "kind", "roles", "acting_for", "session", "action", "outcome", "subject", "purpose", "peer")


def digest_of(suite: Suite) -> Digest:
    """The name of the suite's hash function."""
    return DIGESTS[suite]


def hashed(digest: str, content: bytes) -> bytes:
    """The hash of `content`. Raises ValueError for a function that the chain does not know."""
    if digest == "sha256":
        return hashlib.sha256(content).digest()
    if digest == "sm3":
        return hashlib.new("sm3", content).digest()
    raise ValueError(digest)


def canonical(record: Record) -> bytes:
    """What a record says, as it is hashed. Source: RFC 8785.

    >>> canonical(Record(1, 2, "a", "", "", "", "", "x.y", "read", "", "", "", 1, "sha256"))[:42]
    b'{"acting_for":"","action":"x.y","at":2,"co'
    """
    fields = msgspec.structs.asdict(record)
    del fields["hash"]
    return _ENCODER.encode(fields)


def link(previous: bytes, record: Record) -> bytes:
    """The hash of a record that follows the one whose hash is `previous`."""
    return hashed(record.digest, previous + canonical(record))


def chained(notes: list[Note], number: int, at: int, previous: bytes, digest: Digest) -> list[Record]:
    """The records that notes become after the record `number` of time `at` with the hash `previous`. Time never goes back."""
    made: list[Record] = []
    for note in notes:
        number, at = number + 1, max(at, note.at)
        fields = {name: plain(getattr(note, name), LONGEST.get(name, LONGEST_FIELD)) for name in _TEXTS}
        record = Record(number=number, at=at, count=note.count, digest=digest, **fields)
        previous = link(previous, record)
        made.append(msgspec.structs.replace(record, hash=previous.hex()))
    return made


def plain(text: str, longest: int) -> str:
    """A text as it is kept: cut, without what neither UTF-8 nor a database's text can hold."""
    cut = text[:longest]
    return cut if cut.isascii() and "\0" not in cut else cut.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
