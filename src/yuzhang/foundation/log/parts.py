"""Records as messages of the bus: one each, or several in neighbouring places where a record is larger than a message may be."""

from typing import Any

from yuzhang.foundation.log.bus import Kept, Message
from yuzhang.foundation.log.errors import DamagedRecord, LostRecords
from yuzhang.foundation.log.framing import unframed
from yuzhang.foundation.log.model import Entry

CHECKSUM, PART = "Yuzhang-Checksum", "Yuzhang-Part"


def parts_of(name: str, payload: bytes, checksum: int, room: int) -> list[Message]:
    """A record as messages of at most `room` bytes.

    >>> [(one.name, one.payload) for one in parts_of("a", b"12345", 7, 2)]
    [('a.1', b'12'), ('a.2', b'34'), ('a.3', b'5')]
    """
    headers = {CHECKSUM: f"{checksum:08x}"}
    if len(payload) <= room:
        return [Message(name, payload, headers)]
    count = -(-len(payload) // room)
    return [
        Message(f"{name}.{number}", payload[at : at + room], {**headers, PART: f"{number}/{count}"})
        for number, at in enumerate(range(0, len(payload), room), 1)
    ]


def by_record(messages: list[Message]) -> list[list[Message]]:
    """The messages of each record."""
    found: list[list[Message]] = []
    for one in messages:
        if _part(one.headers)[0] == 1:
            found.append([])
        found[-1].append(one)
    return found


class Reading:
    """Messages as records again: `place` is how far it came, `damaged` what to set aside, `errors` what to tell."""

    def __init__(self, after: int) -> None:
        self.place = after
        self.entries: list[Entry] = []
        self.damaged: list[tuple[int, int, bytes]] = []
        self.errors: list[Any] = []
        self.parts: list[Kept] = []

    def take(self, message: Kept) -> None:
        """Take the next message."""
        if message.place > self.place + 1:
            self.give_up()
            self.damaged.append((self.place + 1, 0, b""))
            self.errors.append(LostRecords.between(self.place + 1, message.place - 1))
        self.place = message.place
        number, count = _part(message.headers)
        if self.parts and (number, count) != (len(self.parts) + 1, _part(self.parts[0].headers)[1]):
            self.give_up()
        self.parts.append(message)
        if number != len(self.parts):
            self.give_up()  # the middle of a record whose beginning is not there
        elif number == count:
            self._whole()

    def _whole(self) -> None:
        payload = self.parts[0].payload if len(self.parts) == 1 else b"".join(one.payload for one in self.parts)
        try:
            self.entries.append(Entry(self.place, unframed(self.place, payload, _checksum(self.parts[0]))))
            self.parts = []
        except DamagedRecord:
            self.give_up()

    def give_up(self) -> None:
        """Set aside the parts that are no whole record."""
        if self.parts:
            place, payload = self.parts[-1].place, b"".join(one.payload for one in self.parts)
            self.damaged.append((place, _checksum(self.parts[0]), payload))
            self.errors.append(DamagedRecord.at(place))
            self.parts = []


def _checksum(message: Kept) -> int:
    """The checksum that a message's record shall have; -1, which none has, where it carries none."""
    try:
        return int(message.headers.get(CHECKSUM, ""), 16)
    except ValueError:
        return -1


def _part(headers: dict[str, str]) -> tuple[int, int]:
    """Which part of how many a message is."""
    number, _, count = headers.get(PART, "1/1").partition("/")
    return (int(number), int(count)) if number.isdecimal() and count.isdecimal() else (1, 1)
