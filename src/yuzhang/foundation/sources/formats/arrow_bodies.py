"""How large the buffers of an Arrow stream say they are when unpacked, read before anything is unpacked.

Arrow packs each buffer on its own, and makes room for what the buffer's first eight bytes say.
Source: Arrow Columnar Format 1.5, "Serialization and Interprocess Communication", Message.fbs; FlatBuffers, "Internals".
"""

import struct
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.foundation.sources.formats.unpacking import too_much

DICTIONARY, RECORDS = 2, 3
"""Of the union MessageHeader."""


class Node:
    """A table of a flat buffer."""

    def __init__(self, content: bytes, at: int) -> None:
        self.content = content
        self.at = at
        self._slots = at - struct.unpack_from("<i", content, at)[0]
        self._size = struct.unpack_from("<H", content, self._slots)[0]

    def field(self, number: int) -> int:
        """Where a field lies; 0 if it is left out."""
        slot = 4 + 2 * number
        if slot >= self._size:
            return 0
        offset: int = struct.unpack_from("<H", self.content, self._slots + slot)[0]
        return self.at + offset if offset else 0

    def follow(self, number: int) -> int:
        """Where what a field points at lies; 0 if it is left out."""
        at = self.field(number)
        return at + int(struct.unpack_from("<I", self.content, at)[0]) if at else 0


def check_bodies(source: Any, limit: int) -> None:
    """Raises TooMuchInside if a message of the stream is larger than `limit` when unpacked; ValueError if it is damaged."""
    reader = pa.ipc.MessageReader.open_stream(source)
    while True:
        try:
            message = reader.read_next_message()
        except StopIteration:
            return
        if message.type in {"record batch", "dictionary"} and message.body is not None:
            try:
                size = unpacked_size(message.metadata.to_pybytes(), message.body)
            except (struct.error, IndexError) as error:
                raise ValueError("a message is damaged") from error
            if size > limit:
                raise too_much()


def unpacked_size(metadata: bytes, body: Any) -> int:
    """Bytes that the buffers of a message say they have when unpacked. Raises struct.error or IndexError if it is damaged."""
    root = Node(metadata, struct.unpack_from("<I", metadata)[0])
    kind = metadata[root.field(1)]
    header = Node(metadata, root.follow(2))
    if kind == DICTIONARY:
        header = Node(metadata, header.follow(1))
    buffers = header.follow(2)
    if not header.follow(3) or not buffers:
        return len(body)
    count = struct.unpack_from("<I", metadata, buffers)[0]
    total = 0
    for at in range(buffers + 4, buffers + 4 + 16 * count, 16):
        offset, length = struct.unpack_from("<qq", metadata, at)
        if length >= 8:
            declared = struct.unpack("<q", body.slice(offset, 8).to_pybytes())[0]
            total += max(declared, length)
    return total
