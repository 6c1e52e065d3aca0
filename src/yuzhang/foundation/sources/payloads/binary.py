"""Binary records by a description: what its bytes are, one field a line.

    level u16 *0.01        a name, a type, and what it counts in
    temperature i16 *0.1
    - skip 2               bytes that say nothing
    at u32

Types: u8, i8, u16, i16, u24, i24, u32, i32, u64, i64, f32, f64, bool. A record is repeated while there are bytes, if that is wanted.
"""

import base64
import binascii
import re
import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from yuzhang.core.language import Title
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row, shortest

Order = Literal["big", "little"]
Packed = Literal["bytes", "hex", "base64"]
SIZES = {"u8": 1, "i8": 1, "bool": 1, "u16": 2, "i16": 2, "u24": 3, "i24": 3, "u32": 4, "i32": 4, "f32": 4, "u64": 8, "i64": 8, "f64": 8}  # fmt: skip
LINE = re.compile(r"(?P<name>[^\s*]+)\s+(?P<type>[a-z0-9]+)(?:\s+(?P<count>\d+))?(?:\s*\*\s*(?P<factor>[0-9.eE+-]+))?")
MOST_BYTES = 65_536


class UnfitLayout(ValueError):
    """A line of a description says nothing."""

    def __init__(self, line: int, said: Title) -> None:
        super().__init__(said.en)
        self.line, self.said = line, said


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a record: where it begins, in bytes, and what it is. `name` is empty for bytes that say nothing."""

    name: str
    type: str
    at: int
    factor: float | None

    def read(self, record: bytes, order: Order) -> int | float | bool:
        """Its value in a record."""
        size = SIZES[self.type]
        part = record[self.at : self.at + size]
        if self.type[0] == "f":
            found: float = struct.unpack((">" if order == "big" else "<") + ("f" if size == 4 else "d"), part)[0]
            found = shortest(found) if size == 4 else found
        elif self.type == "bool":
            return part != b"\0"
        else:
            found = int.from_bytes(part, order, signed=self.type[0] == "i")
        return found if self.factor is None else found * self.factor


@dataclass(frozen=True, slots=True)
class Layout:
    """A description, read. `size`: of one record in bytes."""

    fields: tuple[Field, ...]
    size: int


@lru_cache(maxsize=256)
def layout_of(text: str) -> Layout:
    """The description in a text. Raises UnfitLayout.

    >>> layout_of("level u16 *0.01").size
    2
    """
    fields: list[Field] = []
    at = 0
    for number, raw in enumerate(text.splitlines(), 1):
        line = raw.partition("#")[0].strip()
        if not line:
            continue
        match = LINE.fullmatch(line)
        kind = match["type"] if match else ""
        if match and kind == "skip" and match["count"]:
            at += int(match["count"])
        elif match and kind in SIZES and not match["count"]:
            fields.append(Field(match["name"], kind, at, _factor(match["factor"], number)))
            at += SIZES[kind]
        else:
            kinds = ", ".join(SIZES)
            raise UnfitLayout(
                number,
                Title(
                    f"第 {number} 行应为“名称 类型 *系数”，类型有 {kinds}、skip。",
                    f"Line {number} is to be “name type *factor”; types are {kinds}, skip.",
                ),
            )
    if not fields or at > MOST_BYTES:
        raise UnfitLayout(1, Title("没有字段，或记录过长。", "It has no field, or a record is too long."))
    return Layout(tuple(fields), at)


def _factor(text: str | None, line: int) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError as error:
        raise UnfitLayout(
            line, Title(f"第 {line} 行的系数不是数。", f"The factor of line {line} is no number.")
        ) from error


def binary_rows(
    payload: bytes, layout: Layout, order: Order = "big", packed: Packed = "bytes", repeated: bool = False
) -> list[Row]:
    """The records of a payload. Raises UnreadablePayload.

    >>> binary_rows(bytes([1, 44]), layout_of("level u16 *0.01"))
    [{'level': 3.0}]
    """
    content = unpacked(payload, packed)
    records = len(content) // layout.size
    if len(content) % layout.size or not records or (records > 1 and not repeated):
        raise UnreadablePayload.because(
            f"内容有 {len(content)} 字节，一条记录应为 {layout.size} 字节。",
            f"It has {len(content)} bytes; a record has {layout.size}.",
        )
    found: list[Row] = []
    for at in range(0, len(content), layout.size):
        record = content[at : at + layout.size]
        row: dict[str, Any] = {one.name: one.read(record, order) for one in layout.fields}
        found.append(row)
    return found


def unpacked(payload: bytes, packed: Packed) -> bytes:
    """The bytes that are written as hexadecimal digits or in base64. Raises UnreadablePayload."""
    try:
        if packed == "hex":
            return bytes.fromhex(payload.decode("ascii"))
        return base64.b64decode(payload.strip(), validate=True) if packed == "base64" else payload
    except (binascii.Error, ValueError) as error:
        raise UnreadablePayload.because(f"不是 {packed}。", f"It is not written in {packed}.") from error
