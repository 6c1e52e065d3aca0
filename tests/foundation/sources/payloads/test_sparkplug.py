"""Sparkplug B, read from bytes as its protobuf schema has them."""

from typing import Any

import pytest

from yuzhang.foundation.sources.payloads.errors import UnreadablePayload
from yuzhang.foundation.sources.payloads.sparkplug import ROOT, Sparkplug, payload_class

BIRTH, DATA = f"{ROOT}/plant/NBIRTH/gate", f"{ROOT}/plant/DDATA/gate/pump-1"
NODE_DATA = f"{ROOT}/plant/NDATA/gate"
INT16, FLOAT, BOOLEAN = 2, 9, 11
AT = 1_767_225_600_000


class Kept(dict[str, dict[str, Any]]):
    """A memory."""

    def put(self, about: str, known: dict[str, Any]) -> None:
        """Remember it."""
        self[about] = known


def varint(value: int) -> bytes:
    """A number as protobuf writes it."""
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def test_bytes_by_the_wire_format_of_protobuf_are_a_metric() -> None:
    metric = b"\x0a\x04temp" + b"\x20" + varint(FLOAT) + b"\x65" + bytes.fromhex("0000ac41")
    payload = b"\x08" + varint(AT) + b"\x12" + varint(len(metric)) + metric + b"\x18\x00"
    rows = Sparkplug(Kept()).rows(BIRTH, payload, 0)
    assert (rows[0]["metric"], rows[0]["value"], rows[0]["time"]) == ("temp", 21.5, AT * 1000)
    assert (rows[0]["thing"], rows[1]["metric"], rows[1]["value"]) == ("gate", "online", True)


def payload(seq: int, *metrics: dict[str, Any]) -> bytes:
    """A payload with metrics."""
    made = payload_class()(timestamp=AT, seq=seq)
    for one in metrics:
        unit = one.pop("unit", None)
        metric = made.metrics.add(**one)
        if unit:
            metric.properties.keys.append("engUnit")
            metric.properties.values.add(type=12, string_value=unit)
    return bytes(made.SerializeToString())


def test_data_sends_numbers_for_the_names_of_its_birth_even_after_a_restart() -> None:
    kept = Kept()
    reader = Sparkplug(kept)
    reader.rows(BIRTH, payload(0), 0)
    birth = payload(1, {"name": "Level", "alias": 7, "datatype": INT16, "int_value": 0xFFFE, "unit": "mm"})
    rows = reader.rows(f"{ROOT}/plant/DBIRTH/gate/pump-1", birth, 0)
    assert (rows[0]["value"], rows[0]["unit"], rows[0]["thing"]) == (-2, "mm", "pump-1")

    restarted = Sparkplug(kept)
    rows = restarted.rows(DATA, payload(2, {"alias": 7, "int_value": 0xFFFFFFFD}), 0)

    assert rows == [
        {"group": "plant", "node": "gate", "device": "pump-1", "thing": "pump-1", "metric": "Level", "value": -3,
         "time": AT * 1000, "unit": "mm"}
    ]  # fmt: skip


def test_a_birth_that_is_read_again_does_not_bring_back_what_its_numbers_meant_then() -> None:
    reader = Sparkplug(Kept())
    old, new = (payload(0, {"name": name, "alias": 7, "datatype": INT16, "int_value": 1}) for name in ("Old", "New"))
    reader.rows(BIRTH, old, 0)
    reader.rows(BIRTH, new, 0)
    assert reader.rows(BIRTH, old, 0, follow=False)[0]["metric"] == "Old"
    assert reader.rows(NODE_DATA, payload(1, {"alias": 7, "int_value": 2}), 0)[0]["metric"] == "New"


def test_the_birth_of_one_device_changes_no_metric_of_another_one_or_of_the_node() -> None:
    reader = Sparkplug(Kept())
    level, temperature, false = (
        {"name": name, "alias": 7, "datatype": INT16, "int_value": 1, "unit": unit}
        for name, unit in (("Level", "mm"), ("Temperature", "CEL"), ("False", "m"))
    )
    reader.rows(BIRTH, payload(0, temperature), 0)
    reader.rows(f"{ROOT}/plant/DBIRTH/gate/pump-1", payload(1, level), 0)
    reader.rows(f"{ROOT}/plant/DBIRTH/gate/pump-2", payload(2, false), 0)
    by_number = payload(3, {"alias": 7, "int_value": 5})
    told = [reader.rows(topic, by_number, 0)[0] for topic in (DATA, NODE_DATA, f"{ROOT}/plant/DDATA/gate/pump-2")]
    assert [(one["metric"], one["unit"]) for one in told] == [("Level", "mm"), ("Temperature", "CEL"), ("False", "m")]
    reader.rows(BIRTH, payload(0, {"name": "Temperature", "alias": 8, "datatype": INT16, "int_value": 1}), 0)
    with pytest.raises(UnreadablePayload, match="number 7"):
        reader.rows(DATA, by_number, 0)


def test_data_before_its_birth_cannot_be_read_and_says_which_number() -> None:
    with pytest.raises(UnreadablePayload, match="Nobody said what number 7 is"):
        Sparkplug(Kept()).rows(DATA, payload(0, {"alias": 7, "int_value": 1}), 0)


def test_messages_that_are_missing_are_counted_and_a_new_birth_is_no_gap() -> None:
    reader = Sparkplug(Kept())
    metric = {"name": "x", "datatype": BOOLEAN, "boolean_value": True}
    for topic, seq in ((BIRTH, 0), (DATA, 1), (DATA, 3), (DATA, 4), (BIRTH, 0), (DATA, 1)):
        reader.rows(topic, payload(seq, dict(metric)), 0)
    assert reader.gaps == 1
    reader.rows(DATA, payload(9, dict(metric)), 0, follow=False)
    assert reader.gaps == 1


def test_the_count_goes_on_after_255() -> None:
    reader = Sparkplug(Kept())
    for seq in (254, 255, 0, 1):
        reader.rows(DATA, payload(seq), 0)
    assert reader.gaps == 0


def test_a_death_says_that_it_is_gone_and_nothing_of_its_own_bookkeeping_is_a_metric() -> None:
    made = payload_class()()
    made.metrics.add(name="bdSeq", datatype=8, long_value=4)
    rows = Sparkplug(Kept()).rows(f"{ROOT}/plant/NDEATH/gate", made.SerializeToString(), 5_000_000)
    assert [(one["metric"], one["value"], one["time"]) for one in rows] == [("online", False, 5_000_000)]


@pytest.mark.parametrize("broken", [b"\xff", b"\x12\x05ab", b"<xml/>"])
def test_bytes_that_are_no_payload_are_refused(broken: bytes) -> None:
    with pytest.raises(UnreadablePayload):
        Sparkplug(Kept()).rows(DATA, broken, 0)
