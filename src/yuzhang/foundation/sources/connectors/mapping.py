"""What columns mean: which one names the thing, which ones are values of it and in what unit, and which one is the time."""

import re
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from yuzhang.core.language import Title
from yuzhang.foundation.sources.connectors.errors import UnfitSource

NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_][\w.-]*)?")
"""The name of an attribute or a type. Source: GS CIM 009, clause 4.6.2."""
UNIT = re.compile(r"[A-Za-z0-9%/*.^\[\]'{}-]{1,30}")
COUNT = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?"
LINE = re.compile(
    r"(?P<path>\S.*?)\s*(?:=|→|->)\s*(?P<name>\S+)(?:\s+(?P<unit>[^\s*+-][^\s*]*))?"
    rf"(?:\s*\*\s*(?P<factor>-?{COUNT}))?(?:\s+(?P<offset>[+-]\s*{COUNT}))?"
)
MOST_ATTRIBUTES = 500
LONGEST, LONGEST_LINE = 100_000, 500


class Attribute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A column that is an attribute. With a unit, factor or offset its values have to be numbers: value × factor + offset."""

    path: str
    name: str
    unit: str = ""
    factor: float = 1.0
    offset: float = 0.0

    @property
    def numeric(self) -> bool:
        """Whether its values have to be numbers."""
        return bool(self.unit) or self.factor != 1 or self.offset != 0

    @property
    def line(self) -> str:
        """As it is written in a form."""
        unit = f" {self.unit}" if self.unit else ""
        factor = f" *{self.factor!r}" if self.factor != 1 else ""
        offset = f" {self.offset:+}" if self.offset else ""
        return f"{self.path} = {self.name}{unit}{factor}{offset}"


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the columns of a source mean. A column is named by its heading, or by a path such as `data.0.level`.

    `rows`: where the rows of a document lie. `entity`: the column that names the thing, or a text with columns in {}; `prefix` goes
    before it. `time`: empty for when it arrived; `zone`: of times that name none; `time_format`: as Python's strptime has it, where
    it is neither ISO 8601 nor a count. `attributes`: columns that are attributes; or, with one value a row, `attribute`, `value` and
    `unit` name the columns that say which attribute, its value and its unit. `missing`: texts that mean that there is no value.
    """

    rows: str = ""
    entity: str = ""
    prefix: str = ""
    type: str = ""
    time: str = ""
    zone: str = "UTC"
    time_format: str = ""
    attributes: tuple[Attribute, ...] = ()
    attribute: str = ""
    value: str = ""
    unit: str = ""
    longitude: str = ""
    latitude: str = ""
    missing: tuple[str, ...] = ()


FIELDS: dict[str, Title] = {
    "rows": Title("行所在的路径", "Where the rows lie"),
    "entity": Title("对象列", "Column of the thing"),
    "prefix": Title("对象标识前缀", "Before the name of the thing"),
    "type": Title("对象类型", "Type of the things"),
    "time": Title("时间列（空：到达时间）", "Column of the time (empty: when it arrives)"),
    "zone": Title("未注明时区时的时区", "Zone of times that name none"),
    "time_format": Title("时间格式（strptime）", "Format of the time (strptime)"),
    "attributes": Title("属性（每行：列 = 属性 单位 *系数 +偏移）", "Attributes (a line each: column = attribute unit *factor +offset)"),
    "attribute": Title("属性名列（每行一个值时）", "Column that names the attribute (one value a row)"),
    "value": Title("值列（每行一个值时）", "Column of the value (one value a row)"),
    "unit": Title("单位列（每行一个值时）", "Column of the unit (one value a row)"),
    "longitude": Title("经度列（WGS-84）", "Column of the longitude (WGS-84)"),
    "latitude": Title("纬度列（WGS-84）", "Column of the latitude (WGS-84)"),
    "missing": Title("表示无值的文本（逗号分隔）", "Texts that mean no value (with commas between)"),
}  # fmt: skip


def attribute_of(line: str) -> Attribute:
    """An attribute as it is written in a form. Raises ValueError.

    >>> attribute_of("level_cm = waterLevel MTR *0.01")
    Attribute(path='level_cm', name='waterLevel', unit='MTR', factor=0.01, offset=0.0)
    """
    match = LINE.fullmatch(line.strip()) if len(line) <= LONGEST_LINE else None
    if match is None:
        raise ValueError(line)
    offset = (match["offset"] or "0").replace(" ", "")
    return Attribute(match["path"], match["name"], match["unit"] or "", float(match["factor"] or 1), float(offset))


def mapping_of(given: dict[str, Any]) -> Mapping:
    """A mapping of what a form or a file says. Raises UnfitSource, naming the first bad place."""
    if len(str(given)) > LONGEST:
        raise _unfit("attributes", f"映射超过 {LONGEST} 字。", f"A mapping has {LONGEST} characters at most.")
    plain = dict(given)
    if isinstance(plain.get("missing"), str):
        plain["missing"] = [one.strip() for one in plain["missing"].split(",") if one.strip()]
    if isinstance(plain.get("attributes"), str):
        plain["attributes"] = [one for one in plain["attributes"].splitlines() if one.strip()]
    if isinstance(plain.get("attributes"), dict):
        plain["attributes"] = [f"{path} = {told}" for path, told in plain["attributes"].items()]
    plain["attributes"] = [_attribute(at, one) for at, one in enumerate(plain.get("attributes") or [])]
    try:
        found = msgspec.convert(plain, Mapping)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `$.")
        where = place.rstrip("`") or "mapping"
        raise _unfit(where, f"无法读取：{said}。", f"It cannot be read: {said}.") from error
    return _checked(found)


def _attribute(at: int, told: Any) -> Any:
    if not isinstance(told, str):
        return told
    try:
        return msgspec.to_builtins(attribute_of(told))
    except ValueError as error:
        raise _unfit(
            f"attributes/{at}",
            f"“{told[:80]}”应为“列 = 属性 单位 *系数 +偏移”。",
            f"“{told[:80]}” is to be “column = attribute unit *factor +offset”.",
        ) from error


def _checked(found: Mapping) -> Mapping:
    if not NAME.fullmatch(found.type):
        raise _unfit(
            "type", "必须填写对象类型，如 PumpStation。", "The type of the things has to be given, as PumpStation."
        )
    if not found.entity:
        raise _unfit("entity", "必须填写哪一列是对象。", "It has to be said which column names the thing.")
    try:
        ZoneInfo(found.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise _unfit("zone", "没有这个时区。", "There is no such zone.") from error
    if bool(found.attribute) != bool(found.value):
        raise _unfit(
            "value", "属性名列和值列须同时给出。", "The columns of the attribute and of the value go together."
        )
    if not found.attributes and not found.attribute and not found.longitude:
        raise _unfit("attributes", "没有任何属性。", "It has no attribute.")
    if bool(found.longitude) != bool(found.latitude):
        raise _unfit("latitude", "经度和纬度须同时给出。", "Longitude and latitude go together.")
    if len(found.attributes) > MOST_ATTRIBUTES:
        raise _unfit(
            "attributes", f"最多 {MOST_ATTRIBUTES} 个属性。", f"There are {MOST_ATTRIBUTES} attributes at most."
        )
    for at, one in enumerate(found.attributes):
        if not NAME.fullmatch(one.name):
            raise _unfit(f"attributes/{at}", f"“{one.name[:60]}”不是属性名。", f"“{one.name[:60]}” names no attribute.")
        if one.unit and not UNIT.fullmatch(one.unit):
            raise _unfit(
                f"attributes/{at}", f"“{one.unit[:60]}”不是单位代码。", f"“{one.unit[:60]}” is no code of a unit."
            )
    return found


def _unfit(place: str, zh: str, en: str) -> UnfitSource:
    return UnfitSource(Title(f"{place}：{zh}", f"{place}: {en}"), where=f"/mapping/{place}")
