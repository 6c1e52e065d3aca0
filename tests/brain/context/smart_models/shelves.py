"""Lays `models.toml` out as a folder of repositories, as they are published: schemas that share definitions, contexts, examples."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

MODELS: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / "models.toml").read_text("utf-8"))["model"]
SITE = "https://smart-data-models.github.io"
COMMON = f"{SITE}/data-models/common-schema.json"
OWN = "Written for a test of Yuzhang in the shape of the published model; not the published file."
CORE = {"name", "description", "location", "type", "id"}
DEFINITIONS: dict[str, Any] = {
    "EntityIdentifierType": {"type": "string", "format": "uri"},
    "GSMA-Commons": {
        "type": "object",
        "properties": {
            "id": {"$ref": "#/definitions/EntityIdentifierType"},
            "name": {"type": "string", "description": "Property. Its name"},
            "description": {"type": "string", "description": "Property. What it is"},
        },
    },
    "Location-Commons": {
        "type": "object",
        "properties": {
            "location": {
                "type": "object",
                "required": ["type", "coordinates"],
                "properties": {"type": {"type": "string"}, "coordinates": {"type": "array"}},
                "description": "GeoProperty. Where it is",
            },
            "address": {
                "type": "object",
                "properties": {"streetAddress": {"type": "string"}, "addressCountry": {"type": "string"}},
                "description": "Property. Its address",
            },
        },
    },
}


def iri(model: dict[str, Any], term: str) -> str:
    """What a term of the model stands for."""
    return f"https://smartdatamodels.org/{model['subject']}/{term}"


def kind(model: dict[str, Any], term: str) -> str:
    """Property, GeoProperty or Relationship, as the description says."""
    known = DEFINITIONS["Location-Commons"]["properties"] | DEFINITIONS["GSMA-Commons"]["properties"]
    return str((known | model["attributes"])[term]["description"]).partition(".")[0]


def schema_of(model: dict[str, Any]) -> dict[str, Any]:
    """The schema of a model."""
    own = json.loads(json.dumps(model["attributes"]).replace('"#/definitions/', f'"{COMMON}#/definitions/'))
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$schemaVersion": "0.1.0",
        "$id": f"{SITE}/{model['subject']}/{model['title']}/schema.json",
        "$comment": OWN,
        "title": f"Schema of {model['title']}",
        "description": f"A model of {model['title']} for tests.",
        "type": "object",
        "required": ["id", "type", *model["required"]],
        "allOf": [
            {"$ref": f"{COMMON}#/definitions/GSMA-Commons"},
            {"$ref": f"{COMMON}#/definitions/Location-Commons"},
            {"properties": {"type": {"type": "string", "enum": [model["title"]]}, **own}},
        ],
    }


def laid_out(folder: Path) -> Path:
    """The folder with all models in it."""
    contexts: dict[str, dict[str, str]] = {}
    for model in MODELS:
        own = {term: iri(model, term) for term in (model["title"], "address", *model["attributes"]) if term not in CORE}
        contexts.setdefault(model["subject"], {}).update(own)
        write(folder / model["subject"] / model["title"] / "schema.json", schema_of(model))
        example = {"id": f"urn:ngsi-ld:{model['title']}:1", "type": model["title"], **model["example"]}
        write(folder / model["subject"] / model["title"] / "examples" / "example.jsonld", example)
    for subject, context in contexts.items():
        write(folder / subject / "context.jsonld", {"@context": context})
    write(folder / "data-models" / "common-schema.json", {"$id": COMMON, "$comment": OWN, "definitions": DEFINITIONS})
    return folder


def write(path: Path, value: Any) -> None:
    """One file of the folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")


def entity_of(
    model: dict[str, Any], changes: Mapping[str, Any] = MappingProxyType({}), *, terms: bool = True
) -> dict[str, Any]:
    """The model's example, changed, as a normalized entity; names instead of terms without `terms`; None takes away."""
    title = model["title"]
    body: dict[str, Any] = {"id": f"urn:ngsi-ld:{title}:1", "type": title if terms else iri(model, title)}
    for term, value in {**model["example"], **changes}.items():
        if value is not None:
            what = kind(model, term)
            member = "object" if what == "Relationship" else "value"
            body[term if terms or term in CORE else iri(model, term)] = {"type": what, member: value}
    return body
