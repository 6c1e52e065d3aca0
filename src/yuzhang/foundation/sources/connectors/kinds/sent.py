"""Connectors that are sent to: topics of MQTT, Sparkplug B, and an address of one's own for HTTP."""

from dataclasses import dataclass
from typing import Any

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.kinds.topics import Pattern, pattern_of
from yuzhang.foundation.sources.connectors.mapping import Mapping
from yuzhang.foundation.sources.connectors.model import Kind
from yuzhang.foundation.sources.connectors.settings import setting, unfit
from yuzhang.foundation.sources.payloads.binary import UnfitLayout, binary_rows, layout_of
from yuzhang.foundation.sources.payloads.plain import ENCODINGS, Row, csv_rows, json_rows
from yuzhang.foundation.sources.payloads.sparkplug import ROOT, Memory, Sparkplug

TOPIC = "topic"
JSON, CSV, BINARY = "json", "csv", "binary"


@dataclass(frozen=True, kw_only=True)
class PayloadSettings:
    """How a message is written."""

    payload: str = setting("内容格式", "Payload", JSON, choices=(JSON, CSV, BINARY))
    delimiter: str = setting("CSV 分隔符", "Delimiter of CSV", ",", choices=(",", ";", "tab", "|"))
    heading: str = setting("CSV 列名（没有表头时）", "Columns of CSV, where it has no heading", "")
    encoding: str = setting("CSV 编码", "Encoding of CSV", "utf-8", choices=ENCODINGS)
    layout: str = setting(
        "二进制字段（每行：名称 类型 *系数）",
        "Fields of a binary record (a line each: name type *factor)",
        "",
        lines=True,
        hint=("如 level u16 *0.01", "such as level u16 *0.01"),
    )
    order: str = setting("字节序", "Order of bytes", "big", choices=("big", "little"))
    packed: str = setting("二进制写法", "Bytes are written as", "bytes", choices=("bytes", "hex", "base64"))
    repeated: bool = setting("一条消息可含多条记录", "A message may hold several records", False)
    sample: str = setting("样例消息（测试用）", "A sample of a message, for the test", "", lines=True)


class Payloads:
    """Reads messages of one format."""

    def __init__(self, settings: PayloadSettings, mapping: Mapping) -> None:
        self._settings, self._mapping = settings, mapping
        try:
            self._layout = layout_of(settings.layout) if settings.payload == BINARY else None
        except UnfitLayout as error:
            raise unfit("layout", error.said.zh, error.said.en) from error

    def rows(self, place: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The rows of a message. Raises UnreadablePayload."""
        one: Any = self._settings
        if self._layout is not None:
            return binary_rows(payload, self._layout, one.order, one.packed, one.repeated)
        if one.payload == CSV:
            return csv_rows(payload, "\t" if one.delimiter == "tab" else one.delimiter, one.encoding, one.heading)
        return json_rows(payload, self._mapping.rows)


@dataclass(frozen=True, kw_only=True)
class MqttSettings(PayloadSettings):
    """Topics of our own MQTT listener."""

    topic: str = setting(
        "主题模板",
        "Template of the topics",
        hint=("如 plant/{device}/{attribute}；映射中写作 topic.device", "such as plant/{device}/{attribute}; topic.device in the mapping"),
    )  # fmt: skip
    sample_topic: str = setting("样例主题（测试用）", "Topic of the sample, for the test", "")


class Topics:
    """Reads the messages of a template; what stands in a topic's places is in each row as `topic.<name>`."""

    def __init__(self, settings: MqttSettings, mapping: Mapping, memory: Memory) -> None:
        self.pattern: Pattern = pattern_of(settings.topic)
        self._payloads = Payloads(settings, mapping)

    def rows(self, place: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The rows of a message. Raises UnreadablePayload."""
        named = self.pattern.match(place) or {}
        return [{**row, TOPIC: named} for row in self._payloads.rows(place, payload, arrived_us)]


class Pushed:
    """Reads what is sent over HTTP."""

    def __init__(self, settings: "PushSettings", mapping: Mapping, memory: Memory) -> None:
        self._payloads = Payloads(settings, mapping)

    def rows(self, place: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The rows of a message. Raises UnreadablePayload."""
        return self._payloads.rows(place, payload, arrived_us)


@dataclass(frozen=True, kw_only=True)
class PushSettings(PayloadSettings):
    """An address of our own."""

    secret: str = setting(
        "令牌（请求头 X-Source-Token）",
        "Token (header X-Source-Token)",
        "",
        secret=True,
        hint=("空则只有有权者可以发送", "empty: only those with the right may send"),
    )


@dataclass(frozen=True, kw_only=True)
class SparkplugSettings:
    """Nodes of Sparkplug B at our own MQTT listener."""

    group: str = setting("组（空：全部）", "Group (empty: all)", "")
    sample_topic: str = setting("样例主题（测试用）", "Topic of the sample, for the test", "")
    sample: str = setting(
        "样例消息（十六进制，测试用）", "A sample of a message in hexadecimal, for the test", "", lines=True
    )


class SparkplugTopics:
    """Reads the messages of nodes."""

    def __init__(self, settings: SparkplugSettings, mapping: Mapping, memory: Memory) -> None:
        self.pattern: Pattern = pattern_of(f"{ROOT}/{settings.group or '{group}'}/#")
        self._sparkplug = Sparkplug(memory)

    @property
    def gaps(self) -> int:
        """How often messages were lost on the way."""
        return self._sparkplug.gaps

    def rows(self, place: str, payload: bytes, arrived_us: int, *, follow: bool = True) -> list[Row]:
        """The metrics of a message. Raises UnreadablePayload."""
        return self._sparkplug.rows(place, payload, arrived_us, follow=follow)


MQTT = Kind(
    "mqtt",
    Title("MQTT 主题", "MQTT topics"),
    Title(
        "设备按自己的主题和格式发送到本机的 MQTT。", "Devices send to our MQTT, on topics and in a format of their own."
    ),
    MqttSettings,
    {"entity": "topic.device", "attribute": "topic.attribute", "value": "value"},
    reader=Topics,
)
SPARKPLUG = Kind(
    "sparkplug",
    Title("Sparkplug B（MQTT）", "Sparkplug B (MQTT)"),
    Title("工业网关按 Sparkplug B 发送到本机的 MQTT。", "Industrial gateways send Sparkplug B to our MQTT."),
    SparkplugSettings,
    {"entity": "{group}:{thing}", "time": "time", "attribute": "metric", "value": "value", "type": "Device"},
    reader=SparkplugTopics,
)
PUSH = Kind(
    "push",
    Title("HTTP 推送", "HTTP push"),
    Title("别人发送到 /api/sources/名称/push。", "Others send to /api/sources/<name>/push."),
    PushSettings,
    {"entity": "id", "time": "time"},
    reader=Pushed,
)
