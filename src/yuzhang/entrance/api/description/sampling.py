"""An example made of a schema, for what nobody recorded."""

from collections.abc import Mapping
from typing import Any

DEEPEST = 6
FORMATS: Mapping[str, str] = {
    "date-time": "2026-01-02T03:04:05Z",
    "date": "2026-01-02",
    "uri": "https://example.org/",
    "email": "officer@example.org",
}


def resolved(schema: Any, document: Mapping[str, Any]) -> Any:
    """The schema, example or response that a reference leads to; itself if it is none."""
    while isinstance(schema, Mapping) and "$ref" in schema:
        found: Any = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        schema = found
    return schema


def sample(schema: Any, document: Mapping[str, Any], depth: int = 0) -> Any:
    """A value that fits `schema`, as small as it may be.

    >>> sample({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}}, {})
    {'a': 3}
    """
    schema = resolved(schema, document)
    if not isinstance(schema, Mapping):
        return {}
    for name in ("examples", "enum"):
        if schema.get(name):
            return schema[name][0]
    for name in ("const", "default"):
        if name in schema:
            return schema[name]
    for name in ("anyOf", "oneOf"):
        if name in schema:
            return sample(schema[name][0], document, depth)
    if "allOf" in schema:
        return {name: one for part in schema["allOf"] for name, one in sample(part, document, depth).items()}
    return _plain(schema, document, depth)


def _plain(schema: Mapping[str, Any], document: Mapping[str, Any], depth: int) -> Any:
    kind = schema.get("type", "object")
    if kind == "object":
        wanted = schema.get("required", ()) if depth else schema.get("properties", ())
        if depth > DEEPEST:
            wanted = schema.get("required", ())
        return {name: sample(schema["properties"][name], document, depth + 1) for name in wanted}
    if kind == "array":
        least = int(schema.get("minItems", 0))
        given = schema.get("prefixItems")
        if given:
            return [sample(one, document, depth + 1) for one in given]
        return [sample(schema.get("items", {}), document, depth + 1)] * max(least, 1 if depth <= DEEPEST else 0)
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    if kind == "null":
        return None
    text = FORMATS.get(schema.get("format", ""), "text")
    return text[: schema.get("maxLength", len(text))].ljust(int(schema.get("minLength", 0)), "x")
