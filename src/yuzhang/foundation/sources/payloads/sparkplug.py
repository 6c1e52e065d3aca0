"""Sparkplug B: births give metrics their names, data may send numbers in their place.

Source: Eclipse Sparkplug 3.0.0, chapter 6 (payloads) and its protobuf schema org.eclipse.tahu.protobuf.Payload.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from google.protobuf import (  # type: ignore[import-untyped]  # it brings no types
    descriptor_pb2,
    descriptor_pool,
    message_factory,
)
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.plain import Row, shortest

ROOT = "spBv1.0"
BIRTHS, DATA, DEATHS = ("NBIRTH", "DBIRTH"), ("NDATA", "DDATA"), ("NDEATH", "DDEATH")
ONLINE = "online"
SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}
"""Int8, Int16, Int32, Int64: sent as unsigned numbers."""
DATE_TIME = 13
UNIT_PROPERTIES = ("engUnit", "Engineering Units", "unit", "units")
SEQUENCE = 256
_Field = descriptor_pb2.FieldDescriptorProto
SCHEMA: dict[str, tuple[tuple[str, int, int, str], ...]] = {
    "PropertyValue": (
        ("type", 1, _Field.TYPE_UINT32, ""), ("is_null", 2, _Field.TYPE_BOOL, ""), ("string_value", 8, _Field.TYPE_STRING, ""),
    ),
    "PropertySet": (("keys", 1, _Field.TYPE_STRING, "*"), ("values", 2, _Field.TYPE_MESSAGE, "*PropertyValue")),
    "Metric": (
        ("name", 1, _Field.TYPE_STRING, ""), ("alias", 2, _Field.TYPE_UINT64, ""), ("timestamp", 3, _Field.TYPE_UINT64, ""),
        ("datatype", 4, _Field.TYPE_UINT32, ""), ("is_historical", 5, _Field.TYPE_BOOL, ""), ("is_null", 7, _Field.TYPE_BOOL, ""),
        ("properties", 9, _Field.TYPE_MESSAGE, "PropertySet"), ("int_value", 10, _Field.TYPE_UINT32, ""),
        ("long_value", 11, _Field.TYPE_UINT64, ""), ("float_value", 12, _Field.TYPE_FLOAT, ""),
        ("double_value", 13, _Field.TYPE_DOUBLE, ""), ("boolean_value", 14, _Field.TYPE_BOOL, ""),
        ("string_value", 15, _Field.TYPE_STRING, ""),
    ),
    "Payload": (
        ("timestamp", 1, _Field.TYPE_UINT64, ""), ("metrics", 2, _Field.TYPE_MESSAGE, "*Metric"), ("seq", 3, _Field.TYPE_UINT64, ""),
    ),
}  # fmt: skip
"""What of the schema is read here: name, number, type, and the message that it is (`*`: there may be several)."""
VALUES = ("int_value", "long_value", "float_value", "double_value", "boolean_value", "string_value")


@lru_cache
def payload_class() -> Any:
    """The class of payloads."""
    file = descriptor_pb2.FileDescriptorProto(name="sparkplug_b.proto", package="yuzhang.tahu", syntax="proto2")
    for name, fields in SCHEMA.items():
        made = file.message_type.add(name=name)
        for field, number, kind, of in fields:
            label = _Field.LABEL_REPEATED if of.startswith("*") else _Field.LABEL_OPTIONAL
            one = made.field.add(name=field, number=number, type=kind, label=label)
            if kind == _Field.TYPE_MESSAGE:
                one.type_name = f".yuzhang.tahu.{of.lstrip('*')}"
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("yuzhang.tahu.Payload"))


class Memory(Protocol):
    """What is remembered of nodes, over restarts."""

    def get(self, about: str) -> dict[str, Any] | None:
        """What is known about a node."""
        ...

    def put(self, about: str, known: dict[str, Any]) -> None:
        """Remember it."""
        ...


@dataclass(frozen=True, slots=True)
class Address:
    """What a topic says. `device` is empty for the node itself."""

    group: str
    kind: str
    node: str
    device: str = ""

    @property
    def of_node(self) -> str:
        """What is remembered of the node goes by this."""
        return f"{self.group}/{self.node}"


def address_of(topic: str) -> Address | None:
    """What a topic says, if it is one of Sparkplug's that brings values.

    >>> address_of("spBv1.0/plant/DDATA/gate/pump-1")
    Address(group='plant', kind='DDATA', node='gate', device='pump-1')
    """
    parts = topic.split("/")
    if parts[0] != ROOT or len(parts) not in (4, 5) or parts[2] not in (*BIRTHS, *DATA, *DEATHS):
        return None
    if (len(parts) == 5) != (parts[2][0] == "D"):
        return None
    return Address(parts[1], parts[2], parts[3], parts[4] if len(parts) == 5 else "")


class Sparkplug:
    """Reads the messages of all nodes of one source, in the order in which they came."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._next: dict[str, int] = {}
        self.gaps = 0
        """How often a node's count of messages jumped: something of it was lost on the way."""

    def rows(self, topic: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The metrics of a message. `follow`: it is one of the stream, and not one that is read again. Raises UnreadablePayload."""
        address = address_of(topic)
        if address is None:
            raise UnreadablePayload.because("不是 Sparkplug B 主题。", "It is no topic of Sparkplug B.", "topic")
        message: Any = payload_class()()
        try:
            message.ParseFromString(payload)
        except DecodeError as error:
            raise UnreadablePayload.because("不是 Sparkplug B 内容。", "It is no payload of Sparkplug B.") from error
        if follow:
            self._count(address, message)
        births = self._memory.get(address.of_node) or {}
        if address.kind in BIRTHS:
            births = self._learned(address, message, births, keep=follow)
        known = births.get(address.device) or {}
        if address.device:  # some senders name the metrics of devices in the birth of their node
            known = {at: one for at, one in (births.get("") or {}).items() if not at.startswith("=")} | known
        at = _microseconds(message.timestamp) if message.HasField("timestamp") else arrived_us
        head = {
            "group": address.group,
            "node": address.node,
            "device": address.device,
            "thing": address.device or address.node,
        }
        found = [{**head, **row} for one in message.metrics for row in _metric(one, known, at) if not _is_control(row)]
        if address.kind not in DATA:
            found.append({**head, "metric": ONLINE, "value": address.kind in BIRTHS, "time": at, "unit": ""})
        return found

    def _count(self, address: Address, message: Any) -> None:
        """Source: Sparkplug 3.0.0, 5.6 and 6.4.2: every message of a node but its death counts on, from 0 at its birth."""
        if not message.HasField("seq") or address.kind == "NDEATH":
            return
        expected = self._next.get(address.of_node)
        if expected is not None and address.kind != "NBIRTH" and message.seq != expected:
            self.gaps += 1
        self._next[address.of_node] = (message.seq + 1) % SEQUENCE

    def _learned(self, address: Address, message: Any, before: dict[str, Any], *, keep: bool) -> dict[str, Any]:
        """Names by their numbers, for each device of a node, and under "" for the node itself: a birth speaks of the metrics of its own
        device only, and takes the place of that one's last birth; a node's birth ends those of its devices. Numbers are unique within a
        node (6.4.6), so that none is missed. `keep`: remember them."""
        own: dict[str, Any] = {}
        for one in message.metrics:
            if one.HasField("alias") and one.name:
                own[str(one.alias)] = [one.name, one.datatype, _unit(one)]
            elif one.name:
                own[f"={one.name}"] = [one.name, one.datatype, _unit(one)]
        births = {"": own} if address.kind == "NBIRTH" else before | {address.device: own}
        if keep and births != before:
            self._memory.put(address.of_node, births)
        return births


def _is_control(row: Row) -> bool:
    return str(row["metric"]).startswith(("Node Control/", "Device Control/")) or row["metric"] == "bdSeq"


def _metric(one: Any, known: dict[str, Any], at: int) -> list[Row]:
    if one.name:
        name, datatype, unit = known.get(f"={one.name}") or [one.name, one.datatype, _unit(one)]
    else:
        told = known.get(str(one.alias))
        if told is None:
            raise UnreadablePayload.because(
                f"编号 {one.alias} 的名称未知：还没有收到它的 BIRTH。",
                f"Nobody said what number {one.alias} is: its BIRTH has not come.",
                f"alias {one.alias}",
            )
        name, datatype, unit = told
    if one.is_null:
        return []
    value = _value(one, one.datatype or datatype)
    if value is None:
        return []
    time = _microseconds(one.timestamp) if one.HasField("timestamp") else at
    return [{"metric": name, "value": value, "time": time, "unit": unit}]


def _value(one: Any, datatype: int) -> Any:
    field = next((name for name in VALUES if one.HasField(name)), None)
    if field is None:
        return None
    value = getattr(one, field)
    if field == "float_value":
        return shortest(value)
    bits = SIGNED_BITS.get(datatype)
    if bits and field in ("int_value", "long_value"):
        # Some senders fill up to 32 or 64 bits, some send the lowest ones only.
        value &= (1 << bits) - 1
        return value - (1 << bits) if value >> (bits - 1) else value
    return value


def _unit(one: Any) -> str:
    for key, value in zip(one.properties.keys, one.properties.values, strict=False):
        if key in UNIT_PROPERTIES:
            return str(value.string_value)
    return ""


def _microseconds(milliseconds: int) -> int:
    return min(int(milliseconds), 253_402_300_799_999) * 1000
