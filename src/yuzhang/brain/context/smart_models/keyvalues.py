"""An entity as its model describes it: the simplified representation (clause 4.5.4) in the terms of the model's own context.

Real schemas of smartdatamodels.org describe `"pm25": 12.5`, not `"pm25": {"type": "Property", "value": 12.5}`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.context.model import ENTITY_MEMBERS, Body, Instance


@dataclass(frozen=True, slots=True)
class Wording:
    """How a model words entities: `terms` by name, the JSON type of each term's value where there is only one, its type."""

    terms: Mapping[str, str]
    shapes: Mapping[str, str] = field(default_factory=dict)
    type: str = ""


def simplified(body: Body, wording: Wording) -> list[dict[str, Any]]:
    """The entity in key-values, with the default instance of each attribute, and once more for every further value.

    Further values are those of other `datasetId`s and the texts of other languages: the model must hold for each.
    An attribute that the model has no term for keeps its name.
    >>> level = {"type": "Property", "value": 3.2, "unitCode": "MTR"}
    >>> body = {"id": "urn:w:1", "type": "https://x.org/WaterObserved", "https://x.org/waterLevel": level}
    >>> simplified(body, Wording({"https://x.org/waterLevel": "waterLevel"}, {}, "WaterObserved"))
    [{'id': 'urn:w:1', 'type': 'WaterObserved', 'waterLevel': 3.2}]
    """
    first: dict[str, Any] = {"id": body["id"], "type": wording.type}
    more: list[tuple[str, Any]] = []
    terms, shapes = wording.terms, wording.shapes
    for name, given in body.items():
        if name in ENTITY_MEMBERS:
            continue
        term = terms.get(name, name)
        shape = shapes.get(term, "")
        instances = given if isinstance(given, list) else [given]
        values = [value for one in instances for value in _values(one, shape, terms)]
        if shape == "array":
            # One value and a list of it are the same in JSON-LD, and compaction takes the brackets away.
            values = [value if isinstance(value, list) else [value] for value in values]
        if values:
            first[term] = values[0]
            more.extend((term, value) for value in values[1:])
    return [first, *({**first, term: value} for term, value in more)]


def _values(instance: Instance, shape: str, terms: Mapping[str, str]) -> list[Any]:
    """The values of one instance; several for a LanguageProperty."""
    match instance.get("type"):
        case "Property" | "GeoProperty":
            return [_native(instance.get("value"))]
        case "Relationship":
            return [instance.get("object")]
        case "LanguageProperty":
            texts = instance.get("languageMap", {})
            return [texts] if shape == "object" or not texts else list(texts.values())
        case "VocabProperty":
            vocab = instance.get("vocab")
            return [[terms.get(one, one) for one in vocab] if isinstance(vocab, list) else terms.get(str(vocab), vocab)]
        case "JsonProperty":
            return [instance.get("json")]
        case "ListProperty":
            return [instance.get("valueList")]
        case "ListRelationship":
            return [[one.get("object") if isinstance(one, dict) else one for one in instance.get("objectList", [])]]
        case _:
            return []


def _native(value: Any) -> Any:
    """The value without its JSON-LD type: a time may come as {"@type": "DateTime", "@value": "…"}. Source: clause 4.5.2.

    >>> _native({"@type": "DateTime", "@value": "2026-11-25T04:00:00Z"})
    '2026-11-25T04:00:00Z'
    """
    if isinstance(value, dict) and "@value" in value:
        return value["@value"]
    return value
