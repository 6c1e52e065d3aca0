"""MQTT's packets as bytes: what a device sends is read, what it is answered is written. Source: OASIS MQTT 3.1.1 and 5.0."""

from dataclasses import dataclass
from enum import IntEnum

CONNECT, PUBLISH, PUBREL, SUBSCRIBE, UNSUBSCRIBE, PINGREQ, DISCONNECT = 1, 3, 6, 8, 10, 12, 14
V3, V5 = 4, 5
PINGRESP = b"\xd0\x00"
MORE = 0x80
LONGEST_LENGTH = 4
MOST_PACKET_BYTES = 8 * 2**20
SPOKEN = b"".join(
    (
        bytes((0x11, 0, 0, 0, 0)),  # Session Expiry Interval: a session ends with its connection (3.2.2.3.2)
        bytes((0x24, 1)),  # Maximum QoS (3.2.2.3.4)
        bytes((0x25, 0)),  # Retain Available (3.2.2.3.5)
        bytes((0x27,)) + MOST_PACKET_BYTES.to_bytes(4),  # Maximum Packet Size (3.2.2.3.6)
        bytes((0x28, 0, 0x29, 0, 0x2A, 0)),  # Subscriptions of any kind Available (3.2.2.3.11 to 13)
    )
)
"""Properties of CONNACK of MQTT 5: what is spoken here. A device that sends RETAIN or SUBSCRIBE all the same is not sent away, as it might
be (3.2.2-14, 3.2.2.3.11): its readings count. RETAIN is passed over, SUBACK says no."""
ASSIGNED = b"\x12"
"""The property before the client id that is given to a device that said none (5.0, 3.2.2.3.7)."""


class Code(IntEnum):
    """Reasons, as MQTT 5 writes them (2.4); `OLD` has what 3.1.1 says instead in CONNACK (3.2.2.3)."""

    SUCCESS = 0x00
    MALFORMED = 0x81
    WRONG_VERSION = 0x84
    WRONG_CLIENT = 0x85
    BAD_CREDENTIAL = 0x86
    NOT_AUTHORIZED = 0x87
    BUSY = 0x89
    TAKEN_OVER = 0x8E
    SHUTTING_DOWN = 0x8B
    SILENT = 0x8D
    WRONG_FILTER = 0x8F
    WRONG_TOPIC = 0x90
    TOO_LARGE = 0x95
    UNREADABLE = 0x99
    NO_RETAINED = 0x9A
    NO_QOS_2 = 0x9B


OLD = {
    Code.SUCCESS: 0,
    Code.WRONG_VERSION: 1,
    Code.WRONG_CLIENT: 2,
    Code.BUSY: 3,
    Code.BAD_CREDENTIAL: 4,
    Code.NOT_AUTHORIZED: 5,
}


class Malformed(Exception):
    """What was sent is no MQTT; the connection ends."""


@dataclass(frozen=True, slots=True)
class Will:
    """What is published in a device's name when it is lost.

    Its delay is not read: it is due once the delay has passed or the session ends, whichever is first (5.0, 3.1.3.2.2), and a session ends
    with its connection here, as CONNACK says by a Session Expiry Interval of 0 (5.0, 3.1.2.11.2 and 3.2.2.3.2).
    """

    topic: bytes
    payload: bytes
    qos: int
    is_retained: bool


@dataclass(frozen=True, slots=True)
class Hello:
    """How a device introduces itself. `version`: V3 or V5; `keep_alive_s`: 0 for never; `is_clean`: it wants no session of before."""

    version: int
    client: str
    keep_alive_s: int
    name: str
    secret: str
    will: Will | None
    is_clean: bool


class _Bytes:
    """Reads one packet from its beginning. Raises Malformed where it ends too early."""

    def __init__(self, body: bytes) -> None:
        self._body, self._at = body, 0

    @property
    def ended(self) -> bool:
        """Whether nothing is left."""
        return self._at >= len(self._body)

    def some(self, length: int) -> bytes:
        """The next bytes."""
        found = self._body[self._at : self._at + length]
        if len(found) < length:
            raise Malformed("it ends too early")
        self._at += length
        return found

    def number(self, length: int) -> int:
        """The next bytes as a number."""
        return int.from_bytes(self.some(length))

    def binary(self) -> bytes:
        """The next bytes with their length before them."""
        return self.some(self.number(2))

    def text(self) -> str:
        """The same as text (1.5.3: UTF-8 without U+0000)."""
        try:
            found = self.binary().decode()
        except UnicodeDecodeError as error:
            raise Malformed("a text is no UTF-8") from error
        if "\0" in found:
            raise Malformed("a text has U+0000")
        return found

    def passed_properties(self) -> None:
        """Go past properties (5.0, 2.2.2); none of them changes what is done here."""
        self.some(self.length())

    def length(self) -> int:
        """A length of one to four bytes."""
        found = 0
        for place in range(LONGEST_LENGTH):
            one = self.number(1)
            found |= (one & 0x7F) << 7 * place
            if not one & MORE:
                return found
        raise Malformed("a length is too long")


def hello(body: bytes) -> Hello:
    """What CONNECT says (3.1). Raises Malformed; a version that is not spoken here is given as it is."""
    read = _Bytes(body)
    protocol, version = read.binary(), read.number(1)
    if protocol != b"MQTT" or version not in (V3, V5):
        return Hello(version if protocol == b"MQTT" else 0, "", 0, "", "", None, True)
    flags, keep_alive_s = read.number(1), read.number(2)
    if flags & 1:
        raise Malformed("a reserved flag is set")
    if version == V5:
        read.passed_properties()
    client, will = read.text(), None
    if flags & 0x04:
        if version == V5:
            read.passed_properties()
        will = Will(read.binary(), read.binary(), flags >> 3 & 3, bool(flags & 0x20))
    name = read.text() if flags & 0x80 else ""
    secret = read.binary() if flags & 0x40 else b""
    return Hello(version, client, keep_alive_s, name, secret.decode(errors="replace"), will, bool(flags & 0x02))


def fault(said: Hello) -> Code:
    """Why nobody is let in who introduces itself like this, whoever it is; SUCCESS if there is nothing.

    A device of 3.1.1 that says no client id must want no session of before (3.1.1, 3.1.3-8). A will of QoS 2, or one that is to be
    retained, is refused (5.0, 3.2.2-12 and 3.2.2-13). 3.1.1 has no word for either, so there such wills are taken as others are.
    """
    if said.version not in (V3, V5):
        return Code.WRONG_VERSION
    if said.version == V3:
        return Code.SUCCESS if said.client or said.is_clean else Code.WRONG_CLIENT
    if said.will is not None and said.will.qos > 1:
        return Code.NO_QOS_2
    return Code.NO_RETAINED if said.will is not None and said.will.is_retained else Code.SUCCESS


def asked(body: bytes, version: int, *, options: bool) -> tuple[bytes, int]:
    """The number of a SUBSCRIBE (with `options` behind each topic) or UNSUBSCRIBE, and how many topics it names (3.8, 3.10).

    Raises Malformed.
    """
    read = _Bytes(body)
    number, count = read.some(2), 0
    if version == V5:
        read.passed_properties()
    while not read.ended:
        read.binary()
        if options:
            read.some(1)
        count += 1
    return number, count


def refused(version: int, number: bytes, count: int, *, subscribing: bool) -> bytes:
    """SUBACK or UNSUBACK for a device, which is told nothing here (3.9, 3.11)."""
    old = b"\x80" * count if subscribing else b""
    new = b"\x00" + bytes((Code.NOT_AUTHORIZED,)) * count
    body = number + (new if version == V5 else old)
    length = len(body)
    written = bytearray()
    while True:
        length, low = length >> 7, length & 0x7F
        written.append(low | MORE if length else low)
        if not length:
            break
    return bytes((0x90 if subscribing else 0xB0,)) + bytes(written) + body


def connected(version: int, code: Code, assigned: str = "") -> bytes:
    """CONNACK (3.2). `assigned`: the client id that a device of MQTT 5 is given if it said none (5.0, 3.2.2-16)."""
    if version != V5:
        return bytes((0x20, 2, 0, OLD.get(code, 2)))
    properties = SPOKEN if code is Code.SUCCESS else b""
    if properties and assigned:
        properties += ASSIGNED + len(assigned).to_bytes(2) + assigned.encode()
    return bytes((0x20, 3 + len(properties), 0, code, len(properties))) + properties


def taken(version: int, number: bytes, code: Code = Code.SUCCESS) -> bytes:
    """PUBACK (3.4). 3.1.1 cannot say that something was not taken."""
    if version == V5 and code is not Code.SUCCESS:
        return b"\x40\x03" + number + bytes((code,))
    return b"\x40\x02" + number


def farewell(code: Code) -> bytes:
    """DISCONNECT of MQTT 5 (3.14)."""
    return bytes((0xE0, 1, code))
