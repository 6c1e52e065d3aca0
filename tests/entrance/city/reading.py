"""A plain reader of vector tiles: the bytes by Google's protobuf library, the drawing commands one by one as the specification says.

Source: Mapbox Vector Tile Specification 2.1, vector_tile.proto and section 4.3.
"""

from typing import Any

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # type: ignore[import-untyped]  # it brings no types

MOVE, LINE, CLOSE = 1, 2, 7
KINDS = {1: "Point", 3: "Polygon"}
Pair = tuple[int, int]


def _tile_class() -> Any:
    file = descriptor_pb2.FileDescriptorProto(name="tile.proto", package="tile", syntax="proto2")
    of = descriptor_pb2.FieldDescriptorProto
    fields: dict[str, list[tuple[str, int, int, int, str]]] = {
        "Value": [
            ("string_value", 1, of.TYPE_STRING, of.LABEL_OPTIONAL, ""),
            ("double_value", 3, of.TYPE_DOUBLE, of.LABEL_OPTIONAL, ""),
            ("uint_value", 5, of.TYPE_UINT64, of.LABEL_OPTIONAL, ""),
            ("bool_value", 7, of.TYPE_BOOL, of.LABEL_OPTIONAL, ""),
        ],
        "Feature": [
            ("id", 1, of.TYPE_UINT64, of.LABEL_OPTIONAL, ""),
            ("tags", 2, of.TYPE_UINT32, of.LABEL_REPEATED, ""),
            ("type", 3, of.TYPE_INT32, of.LABEL_OPTIONAL, ""),
            ("geometry", 4, of.TYPE_UINT32, of.LABEL_REPEATED, ""),
        ],
        "Layer": [
            ("version", 15, of.TYPE_UINT32, of.LABEL_REQUIRED, ""),
            ("name", 1, of.TYPE_STRING, of.LABEL_REQUIRED, ""),
            ("features", 2, of.TYPE_MESSAGE, of.LABEL_REPEATED, ".tile.Feature"),
            ("keys", 3, of.TYPE_STRING, of.LABEL_REPEATED, ""),
            ("values", 4, of.TYPE_MESSAGE, of.LABEL_REPEATED, ".tile.Value"),
            ("extent", 5, of.TYPE_UINT32, of.LABEL_OPTIONAL, ""),
        ],
        "Tile": [("layers", 3, of.TYPE_MESSAGE, of.LABEL_REPEATED, ".tile.Layer")],
    }  # fmt: skip
    for name, found in fields.items():
        message = file.message_type.add(name=name)
        for field, number, kind, label, other in found:
            made = message.field.add(name=field, number=number, type=kind, label=label, type_name=other or None)
            if label == of.LABEL_REPEATED and kind == of.TYPE_UINT32:
                made.options.packed = True
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("tile.Tile"))


TILE = _tile_class()


def decode(tile: bytes) -> dict[str, Any]:
    """The layers of a tile by name, y downward as the format has it."""
    read = TILE.FromString(tile)
    return {
        layer.name: {"extent": layer.extent, "features": [_feature(layer, one) for one in layer.features]}
        for layer in read.layers
    }


def _feature(layer: Any, feature: Any) -> dict[str, Any]:
    tags = list(feature.tags)
    pairs = zip(tags[::2], tags[1::2], strict=True)
    drawn = _drawn(list(feature.geometry))
    coordinates = drawn[0][0] if feature.type == 1 else drawn
    return {
        "id": feature.id,
        "properties": {layer.keys[key]: _value(layer.values[value]) for key, value in pairs},
        "geometry": {"type": KINDS[feature.type], "coordinates": coordinates},
    }


def _value(value: Any) -> object:
    ((_, found),) = value.ListFields()
    return found


def _drawn(numbers: list[int]) -> list[list[Pair]]:
    """The points and rings that commands draw."""
    parts: list[list[Pair]] = []
    x = y = at = 0
    while at < len(numbers):
        command, count = numbers[at] & 7, numbers[at] >> 3
        at += 1
        if command == CLOSE:
            parts[-1].append(parts[-1][0])
            continue
        assert command in (MOVE, LINE)
        for _ in range(count):
            x, y = x + _signed(numbers[at]), y + _signed(numbers[at + 1])
            at += 2
            if command == MOVE:
                parts.append([])
            parts[-1].append((x, y))
    return parts


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)
