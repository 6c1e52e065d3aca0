"""What topics and payloads of MQTT say, without a broker."""

import json

import msgspec
import numpy as np
import pytest

from yuzhang.core.errors import InputRefused
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.sources.formats.kinds import Format, Packing
from yuzhang.foundation.sources.mqtt.model import Message
from yuzhang.foundation.sources.mqtt.readings import groups, parts, together
from yuzhang.foundation.sources.mqtt.topics import Body, Reading, meaning, topic_of

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
        (
            "tenants/river/entities/https:%2F%2Fa.org%2F1%23b/water%20level",
            Reading("river", "https://a.org/1#b", "water level"),
        ),
    ],
)
def test_a_topic_says_whose_observations_come_and_how_they_are_written(topic: str, said: Body | Reading) -> None:
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
        "entities/urn:x:1",
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


@pytest.mark.parametrize(
    ("subject", "topic"),
    [
        ("entities.urn:ngsi-ld:Device:1//2.temperature", TOPIC),
        ("a./.b./", "a//b/"),
        ("/.a", "/a"),
        ("observations.csv", "observations/csv"),
    ],
)
def test_a_subject_of_the_broker_is_the_topic_that_the_device_wrote(subject: str, topic: str) -> None:
    assert topic_of(subject) == topic


def of(payload: bytes, topic: str = TOPIC) -> tuple[float | str, int, Key]:
    """The value, the time and the series of one message."""
    found, refused = parts([Message(topic, payload, ARRIVED, 1)], None)
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
    found, _ = parts([Message(TOPIC, json.dumps(told).encode(), 5, 1)], None)

    batch = together(found[""])

    assert batch.columns.time.tolist() == [ARRIVED + 1_000_000]
    assert batch.types == {DEVICE: "Device"}
    assert "CEL" in str(batch.columns.rest)


@pytest.mark.parametrize(
    "payload",
    [b"", b"null", b"NaN", b"{}", b'{"value": 1', b'{"value": 1, "colour": 2}', b'{"value": null}', b"\xff\xfe"],
)
def test_a_message_without_a_value_that_can_be_read_is_refused_and_says_why(payload: bytes) -> None:
    found, refused = parts([Message(TOPIC, payload, ARRIVED, 1), Message(TOPIC, b"1", ARRIVED, 2)], None)

    assert len(found[""]) == 1
    assert refused[0].detail.en
    assert refused[0].topic == TOPIC


def test_readings_of_a_moment_become_one_batch_and_large_messages_several() -> None:
    rows = "".join(f"urn:x:{n},level,2026-01-01T00:00:00Z,{n},Gauge\n" for n in range(150_000))
    large = Message("observations/csv", f"entity,attribute,time,value,type\n{rows}".encode(), ARRIVED, 3)
    found, _ = parts([Message(TOPIC, b"1", ARRIVED, 1), Message(TOPIC, b"2", ARRIVED + 1, 2), large, large], None)

    made = groups(found[""])

    assert [len(one) for one in made] == [3, 1]
    assert [len(together(one).columns) for one in made] == [150_002, 150_000]
