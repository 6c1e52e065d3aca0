"""The models of a pack: which attributes the things have that it brings, in which units. `models/<Type>.json`, a JSON Schema each.

    {"$id": "urn:yuzhang:model:PumpStation", "title": "PumpStation", "x-title": {"zh": "泵站", "en": "Pump station"},
     "type": "object", "required": ["id", "type"],
     "properties": {
       "id": {"type": "string"}, "type": {"const": "PumpStation"},
       "waterLevel": {"type": "number", "description": "Property. …", "x-title": {"zh": "水位", "en": "Water level"},
                      "x-ngsi": {"units": "MTR"}}}}

`x-ngsi.units` is a code of UN/CEFACT recommendation 20, as NGSI-LD's `unitCode` has it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yuzhang.core.language import LANGUAGES, Title
from yuzhang.core.packs.model import Fault, Pack

FOLDER = "models"
NOT_ATTRIBUTES = frozenset({"id", "type", "@context"})
KINDS = ("Property", "GeoProperty", "Relationship", "LanguageProperty", "VocabProperty", "JsonProperty", "ListProperty")
CODE = re.compile(r"[A-Z0-9]{2,3}")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a type. `kind`: Property, GeoProperty, …; `shape`: the JSON type of its value, "" for a choice of several;
    `unit`: its code, "" for none."""

    name: str
    title: Title
    kind: str = "Property"
    shape: str = ""
    unit: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class TypeModel:
    """What a pack says of one type of entity."""

    type: str
    title: Title
    path: Path
    attributes: dict[str, Attribute] = field(default_factory=dict)


def read_models(pack: Pack) -> tuple[dict[str, TypeModel], list[Fault]]:
    """The models of a pack by type, and what is wrong with their files."""
    models: dict[str, TypeModel] = {}
    faults: list[Fault] = []
    for path in sorted((pack.folder / FOLDER).glob("*.json")):
        model, wrong = _model(path)
        faults += wrong
        if model is not None:
            models[model.type] = model
    return models, faults


def _model(path: Path) -> tuple[TypeModel | None, list[Fault]]:
    try:
        text = path.read_text(encoding="utf-8")
        data = json.loads(text)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 1
        said = Title(f"不是 JSON：{error}", f"this is no JSON: {error}")
        return None, [Fault(path, line, "model.json", said, Title("按 RFC 8259 书写", "write JSON as in RFC 8259"))]
    if not isinstance(data, dict):
        said = Title("不是 JSON Schema", "this is no JSON Schema")
        return None, [
            Fault(path, 1, "model.json", said, Title('写作 { "properties": … }', 'write { "properties": … }'))
        ]
    reading = _Reading(path, text, data)
    faults = list(reading.faults())
    return TypeModel(path.stem, _title(data.get("x-title"), path.stem), path, dict(reading.attributes())), faults


class _Reading:
    """One schema with its text, for the lines."""

    def __init__(self, path: Path, text: str, data: dict[str, Any]) -> None:
        self.path, self.text = path, text
        self.data = data
        given = data.get("properties")
        self.properties: dict[str, Any] = given if isinstance(given, dict) else {}

    def line(self, key: str) -> int:
        """The line in which a key stands for the first time; 1 if it does not."""
        found = re.search(rf'"{re.escape(key)}"\s*:', self.text)
        return self.text.count("\n", 0, found.start()) + 1 if found else 1

    def attributes(self) -> Iterator[tuple[str, Attribute]]:
        """The attributes that are objects, as they should be."""
        required = self.data.get("required", [])
        for name, one in self.properties.items():
            if name in NOT_ATTRIBUTES or not isinstance(one, dict):
                continue
            kind = str(one.get("description", "")).partition(".")[0]
            shape = one.get("type")
            extra = one.get("x-ngsi")
            unit = str(extra.get("units", "")) if isinstance(extra, dict) else ""
            yield (
                name,
                Attribute(
                    name,
                    _title(one.get("x-title"), name),
                    kind if kind in KINDS else "Property",
                    shape if isinstance(shape, str) else "",
                    unit,
                    name in required,
                ),
            )

    def faults(self) -> Iterator[Fault]:
        """What is wrong with the file."""
        kind = self.properties.get("type")
        named = kind.get("const") if isinstance(kind, dict) else None
        if named != self.path.stem:
            yield self._fault(
                "type",
                "model.type",
                Title("properties.type 与文件名不同", "properties.type is not what the file is named for"),
                Title(
                    f'写作 "type": {{"const": "{self.path.stem}"}}', f'write "type": {{"const": "{self.path.stem}"}}'
                ),
            )
        yield from self._worded("x-title", self.data.get("x-title"), self.path.stem)
        for name, one in self.properties.items():
            if name in NOT_ATTRIBUTES:
                continue
            if not isinstance(one, dict):
                yield self._fault(
                    name,
                    "model.attribute",
                    Title(f"{name} 不是对象", f"{name} is no object"),
                    Title('写作 {"type": "number"}', 'write {"type": "number"}'),
                )
                continue
            yield from self._worded(name, one.get("x-title"), name)
            yield from self._described(name, one)

    def _described(self, name: str, one: dict[str, Any]) -> Iterator[Fault]:
        if str(one.get("description", "")).partition(".")[0] not in KINDS:
            yield self._fault(
                name,
                "model.kind",
                Title(
                    f"{name} 的 description 没有以种类开头", f"the description of {name} does not begin with its kind"
                ),
                Title('写作 "description": "Property. …"', 'write "description": "Property. …"'),
            )
        extra = one.get("x-ngsi")
        unit = extra.get("units") if isinstance(extra, dict) else None
        if unit is not None and not (isinstance(unit, str) and CODE.fullmatch(unit)):
            yield self._fault(
                name,
                "model.unit",
                Title(f"{name} 的单位“{unit}”不是代码", f"the unit {unit} of {name} is no code"),
                Title("写 UN/CEFACT 代码，如 MTR、GQ、P1", "write a code of UN/CEFACT, such as MTR, GQ, P1"),
            )
        elif one.get("type") == "number" and not unit:
            yield self._fault(
                name,
                "model.unit",
                Title(f"数值属性 {name} 没有单位", f"the number {name} has no unit"),
                Title(
                    '加上 "x-ngsi": {"units": "MTR"}，无量纲用 C62',
                    'add "x-ngsi": {"units": "MTR"}; C62 for a plain number',
                ),
            )

    def _worded(self, key: str, given: Any, name: str) -> Iterator[Fault]:
        titles = given if isinstance(given, dict) else {}
        for one in LANGUAGES:
            if not isinstance(titles.get(one), str) or not titles[one].strip():
                yield self._fault(
                    key,
                    "model.title",
                    Title(f"{name} 缺少 x-title.{one}", f"x-title.{one} of {name} is missing"),
                    Title('写作 "x-title": {"zh": "…", "en": "…"}', 'write "x-title": {"zh": "…", "en": "…"}'),
                )

    def _fault(self, key: str, rule: str, wrong: Title, instead: Title) -> Fault:
        return Fault(self.path, self.line(key), rule, wrong, instead)


def _title(value: Any, otherwise: str) -> Title:
    given = value if isinstance(value, dict) else {}
    return Title(str(given.get("zh", otherwise)), str(given.get("en", otherwise)))
