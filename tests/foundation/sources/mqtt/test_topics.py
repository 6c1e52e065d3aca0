"""What topics and payloads of MQTT say, without a connection."""

import json
from dataclasses import replace

import msgspec
import numpy as np
import pytest

from yuzhang.core.errors import InputRefused
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.sources.formats.kinds import Format, Packing
from yuzhang.foundation.sources.mqtt.connection import Arrived
from yuzhang.foundation.sources.mqtt.listener import Listener
from yuzhang.foundation.sources.mqtt.packets import Code
from yuzhang.foundation.sources.mqtt.readings import groups, parts, refusal, together
from yuzhang.foundation.sources.mqtt.topics import Body, Reading, Readings, Said, meaning

ARRIVED = 1_767_225_600_000_000
DEVICE = "urn:ngsi-ld:Device:1.2"
TOPIC = f"entities/{DEVICE}/temperature"


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("observations/csv", Body("", Format.CSV, Packing.NONE)),
        ("observations/ndjson.gz", Body("", Format.LINES, Packing.GZIP)),
        ("observations/dataArray", Body("", Format.DATA_ARRAY, Packing.NONE)),
        ("tenants/river/observations/arrow", Body("river", Format.ARROW, Packing.NONE)),
        (TOPIC, Reading("", DEVICE, "temperature")),
        (f"entities/{DEVICE}", Readings("", DEVICE)),
        (
            "tenants/river/entities/https:%2F%2Fa.org%2F1%23b/water%20level",
            Reading("river", "https://a.org/1#b", "water level"),
        ),
    ],
)
def test_a_topic_says_whose_observations_come_and_how_they_are_written(topic: str, said: Said) -> None:
    assert meaning(topic) == said


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "hello",
        "observations",
        "observations/",
        "observations/xml",
        "observations/csv/more",
        "entities//temperature",
        "entities/urn:x:1/",
        "entities/urn:x:1/a/b",
        "entities/%ff/temperature",
        "tenants/river",
        "tenants/a%20b/observations/csv",
        "tenants/river/hello",
    ],
)
def test_a_topic_that_says_nothing_is_refused_with_what_to_write(topic: str) -> None:
    with pytest.raises(InputRefused) as refused:
        meaning(topic)

    assert refused.value.fix is not None


def message(payload: bytes, topic: str = TOPIC, at: int = ARRIVED) -> Arrived:
    """A message of nobody."""
    said: Said | InputRefused
    try:
        said = meaning(topic)
    except InputRefused as error:
        said = error
    return Arrived(None, b"", topic, said, payload, at, None)


def anybody(_device: Device, _entity: str, _attribute: str) -> bool:
    """Whether a device may write: any."""
    return True


def of(payload: bytes, topic: str = TOPIC) -> tuple[float | str, int, Key]:
    """The value, the time and the series of one message."""
    found, refused = parts([message(payload, topic)], None, anybody)
    assert refused == []
    batch = together(found[""])
    rest = batch.columns.rest
    value = float(batch.columns.value[0])
    return value if np.isfinite(value) else str((rest or [""])[0]), int(batch.columns.time[0]), batch.keys[0]


@pytest.mark.parametrize(
    ("payload", "value"),
    [
        (b"21.5", 21.5),
        (b" +3 ", 3.0),
        (b"on", "on"),
        (b'"12"', "12"),
        (b"true", True),
        ("正常".encode(), "正常"),
        (b'{"value": 7}', 7.0),
        (b'{"value": {"a": 1}}', {"a": 1}),
    ],
)
def test_a_reading_is_a_number_a_text_or_an_object_and_has_the_time_of_its_arrival(
    payload: bytes, value: object
) -> None:
    found, time, key = of(payload)

    assert (msgspec.json.decode(found)["value"] if isinstance(found, str) else found) == value
    assert (time, key) == (ARRIVED, Key(DEVICE, "temperature"))


def test_a_reading_may_bring_its_own_time_its_unit_and_the_type_of_its_entity() -> None:
    told = {"value": 21.5, "observedAt": "2026-01-01T08:00:01+08:00", "unitCode": "CEL", "type": "Device"}
    found, _ = parts([message(json.dumps(told).encode(), at=5)], None, anybody)

    batch = together(found[""])

    assert batch.columns.time.tolist() == [ARRIVED + 1_000_000]
    assert batch.types == {DEVICE: "Device"}
    assert "CEL" in str(batch.columns.rest)


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"NaN", b"{}", b'{"value": 1', b'{"value": 1, "colour": 2}', b'{"value": null}', b"\xff\xfe"],
)
def test_a_message_without_a_value_that_can_be_read_is_refused_and_says_why(payload: bytes) -> None:
    found, refused = parts([message(payload), message(b"1")], None, anybody)

    assert len(found[""]) == 1
    told = refusal(*refused[0])
    assert told.detail.en
    assert told.topic == TOPIC


def test_readings_of_a_moment_become_one_batch_and_large_messages_several() -> None:
    rows = "".join(f"urn:x:{n},level,2026-01-01T00:00:00Z,{n},Gauge\n" for n in range(150_000))
    large = message(f"entity,attribute,time,value,type\n{rows}".encode(), "observations/csv")
    found, _ = parts([message(b"1"), message(b"2", at=ARRIVED + 1), large, large], None, anybody)

    made = groups(found[""])

    assert [len(one) for one in made] == [3, 1]
    assert [len(together(one).columns) for one in made] == [150_002, 150_000]


def test_several_readings_of_a_moment_are_one_message() -> None:
    told = {"level": 3, "flow": {"value": 2.5, "unitCode": "MQH"}, "state": "on", "observedAt": "2026-01-01T00:00:01Z"}
    found, refused = parts([message(json.dumps(told).encode(), f"entities/{DEVICE}")], None, anybody)

    batch = together(found[""])

    assert refused == []
    assert {key.attribute for key in batch.keys} == {"level", "flow", "state"}
    assert set(batch.columns.time.tolist()) == {ARRIVED + 1_000_000}


def test_numbers_and_flags_of_a_message_are_each_kept_as_what_they_are() -> None:
    found, refused = parts(
        [message(b'{"level": 3, "leaking": false, "open": true}', f"entities/{DEVICE}")], None, anybody
    )

    batch = together(found[""])

    assert refused == []
    rest = batch.columns.rest or []
    kept = {
        key.attribute: msgspec.json.decode(text)["value"] if text else value
        for key, text, value in zip(batch.keys, rest, batch.columns.value.tolist(), strict=True)
    }
    assert kept == {"level": 3.0, "leaking": False, "open": True}


def test_a_device_writes_what_is_its_own_and_says_what_that_is_without_being_asked() -> None:
    device = Device("pump-1", kind="PumpStation", entity="urn:x:1")
    own = [
        replace(message(b"1", topic), device=device)
        for topic in (
            "entities/urn:x:1/level",
            "entities/urn:x:1",
            "entities/urn:x:2/level",
            "tenants/river/entities/urn:x:1/level",
        )
    ]
    own[1].payload = b'{"flow": 2}'
    more = replace(message(b"entity,attribute,time,value\nurn:x:2,level,2026-01-01T00:00:00Z,1\n", "observations/csv"))
    more.device = device
    found, refused = parts([*own, more], None, lambda one, entity, _: one.may_write(entity))

    assert [refusal(*one).code for one in refused] == ["not-its-own"] * 3
    batch = together(found[""])
    assert {key.attribute for key in batch.keys} == {"level", "flow"}
    assert batch.types == {"urn:x:1": "PumpStation"}


def test_a_topic_that_is_refused_again_and_again_is_remembered_without_what_came_on_it() -> None:
    listener = Listener(lambda _: [], lambda _said, _peer: (Code.SUCCESS, None), 1)
    for _ in range(3):
        topic, said, _ = listener.said(b"hello")
        _, refused = parts([replace(message(b"1", topic), said=said)], None, anybody)
        assert [error for _, error in refused] == [said]
        assert isinstance(said, InputRefused)
        assert said.__traceback__ is None
