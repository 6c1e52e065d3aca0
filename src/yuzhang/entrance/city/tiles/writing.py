"""Vector tiles, written in columns: all features of a layer at once, never one by one.

Source: Mapbox Vector Tile Specification 2.1; Protocol Buffers encoding.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

EXTENT = 4096
POINT, POLYGON = 1, 3
MOVE, LINE, CLOSE = 1, 2, 7
Unsigned = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Column:
    """A property of all features: for each the place of its value among `values`, or -1 where it has none."""

    values: Sequence[str | float | int | bool]
    places: NDArray[np.int64]


def layer(
    name: str, kind: int, numbers: NDArray[np.int64], geometries: "Ragged", properties: Mapping[str, Column]
) -> bytes:
    """A layer of features, one for each number; empty if there are none."""
    if not len(numbers):
        return b""
    tags, values = _tags(len(numbers), properties)
    body = b"".join((
        _field(1, name.encode()),
        _features(kind, numbers.astype(np.uint64), geometries, tags),
        *(_field(3, key.encode()) for key in properties),
        *(_field(4, value) for value in values),
        b"\x28" + _varint(EXTENT) + b"\x78\x02",
    ))  # fmt: skip
    return _field(3, body)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Rows of whole numbers of different lengths: those of row n are the `lengths[n]` after those of the rows before."""

    numbers: Unsigned
    lengths: NDArray[np.int64]


def points(x: NDArray[np.int64], y: NDArray[np.int64]) -> Ragged:
    """The geometries of points in a tile's own units."""
    numbers = np.empty((len(x), 3), np.uint64)
    numbers[:, 0] = MOVE | 1 << 3
    numbers[:, 1], numbers[:, 2] = zigzag(x), zigzag(y)
    return Ragged(numbers.ravel(), np.full(len(x), 3, np.int64))


def polygons(rings: Sequence[Sequence[NDArray[np.int64]]]) -> Ragged:
    """The geometries of polygons, each a list of closed rings (n × 2): outer ones turn to the right as seen, holes to the left."""
    rows: list[Unsigned] = []
    lengths = []
    for one in rings:
        parts: list[Unsigned] = []
        at = np.zeros(2, np.int64)
        for ring in one:
            steps = zigzag(np.diff(np.vstack((at, ring[:-1])).astype(np.int64), axis=0).astype(np.int64)).ravel()
            count = len(ring) - 2
            parts += [np.array([MOVE | 1 << 3], np.uint64), steps[:2]]
            parts += [np.array([LINE | count << 3], np.uint64), steps[2:], np.array([CLOSE | 1 << 3], np.uint64)]
            at = ring[-2]
        rows += parts
        lengths.append(sum(map(len, parts)))
    return Ragged(np.concatenate(rows) if rows else np.empty(0, np.uint64), np.array(lengths, np.int64))


def zigzag(numbers: NDArray[np.int64]) -> Unsigned:
    """Signed numbers as unsigned ones, small where they are small.

    >>> zigzag(np.array([0, -1, 1, -2])).tolist()
    [0, 1, 2, 3]
    """
    return ((numbers << 1) ^ (numbers >> 63)).astype(np.uint64)


def varints(numbers: Unsigned) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of whole numbers one after the other, and how many each has."""
    sizes = np.ones(len(numbers), np.int64)
    rest = numbers >> np.uint64(7)
    while rest.any():
        sizes += rest > 0
        rest = rest >> np.uint64(7)
    widest = int(sizes.max(initial=1))
    shifts = np.arange(widest, dtype=np.uint64) * np.uint64(7)
    table = ((numbers[:, None] >> shifts) & np.uint64(0x7F)).astype(np.uint8)
    place = np.arange(widest)
    table |= np.where(place < sizes[:, None] - 1, 0x80, 0).astype(np.uint8)
    return table[place < sizes[:, None]], sizes


def _features(kind: int, numbers: Unsigned, geometries: Ragged, tags: Ragged) -> bytes:
    """All features: each its number, tags, kind and geometry, in the order of fields, with the lengths that stand before them."""
    drawn, drawn_sizes = _packed(geometries)
    tagged, tagged_sizes = _packed(tags)
    number_bytes, number_sizes = varints(numbers)
    tags_length, tags_length_sizes = varints(tagged_sizes.astype(np.uint64))
    drawn_length, drawn_length_sizes = varints(drawn_sizes.astype(np.uint64))
    one = np.ones(len(numbers), np.int64)
    inside = 5 + number_sizes + tags_length_sizes + tagged_sizes + drawn_length_sizes + drawn_sizes
    length, length_sizes = varints(inside.astype(np.uint64))

    def same(*some: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        return np.tile(np.array(some, np.uint8), len(numbers)), one * len(some)

    return woven([
        same(0x12), (length, length_sizes), same(0x08), (number_bytes, number_sizes), same(0x12), (tags_length, tags_length_sizes),
        (tagged, tagged_sizes), same(0x18, kind), same(0x22), (drawn_length, drawn_length_sizes), (drawn, drawn_sizes),
    ]).tobytes()  # fmt: skip


def woven(parts: Sequence[tuple[NDArray[np.uint8], NDArray[np.int64]]]) -> NDArray[np.uint8]:
    """The bytes of row 0 of each part, then of row 1, and so on."""
    sizes = np.stack([one for _, one in parts], axis=1)
    starts = (np.cumsum(sizes.ravel()) - sizes.ravel()).reshape(sizes.shape)
    found = np.empty(int(sizes.sum()), np.uint8)
    for column, (content, lengths) in enumerate(parts):
        own = np.cumsum(lengths) - lengths
        found[np.repeat(starts[:, column] - own, lengths) + np.arange(len(content))] = content
    return found


def _packed(rows: Ragged) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    content, sizes = varints(rows.numbers)
    ends = np.concatenate(([0], np.cumsum(sizes)))
    last = np.cumsum(rows.lengths)
    return content, ends[last] - ends[last - rows.lengths]


def _tags(count: int, properties: Mapping[str, Column]) -> tuple[Ragged, list[bytes]]:
    """Pairs of the places of key and value, for the properties that a feature has; and the values."""
    values: list[bytes] = []
    pairs = np.zeros((count, len(properties), 2), np.uint64)
    there = np.zeros((count, len(properties)), bool)
    for key, column in enumerate(properties.values()):
        there[:, key] = column.places >= 0
        pairs[:, key, 0] = key
        pairs[:, key, 1] = np.maximum(column.places, 0) + len(values)
        values += [_value(one) for one in column.values]
    return Ragged(pairs[there].ravel(), there.sum(axis=1, dtype=np.int64) * 2), values


def _value(value: str | float | int | bool) -> bytes:
    if isinstance(value, bool):
        return b"\x38" + _varint(int(value))
    if isinstance(value, str):
        return _field(1, value.encode())
    if isinstance(value, int) and value >= 0:
        return b"\x28" + _varint(value)
    return b"\x19" + np.array([value], "<f8").tobytes()


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:
        found.append(number & 0x7F | 0x80)
        number >>= 7
    found.append(number)
    return bytes(found)
