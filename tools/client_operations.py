"""Operations of an OpenAPI document as methods of a Python class."""

import keyword
import re
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
SIMPLE = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}
FORMATS = {"date": "date", "date-time": "datetime"}


@dataclass
class Method:
    """One method while it is put together: its arguments, and what goes into the call."""

    places: dict[str, str]
    positional: list[str] = field(default_factory=list)
    required: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    params: list[str] = field(default_factory=list)
    call: list[str] = field(default_factory=list)

    def kind(self, schema: Json) -> str:
        """The type of a schema.

        >>> Method({}).kind({"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]})
        'date | None'
        """
        if "$ref" in schema:
            return self.places[schema["$ref"].rpartition("/")[2]]
        if "anyOf" in schema:
            return " | ".join(dict.fromkeys(self.kind(one) for one in schema["anyOf"]))
        if "enum" in schema:
            return f"Literal[{', '.join(repr(one) for one in schema['enum'])}]"
        found = schema.get("type")
        if found == "array":
            return f"list[{self.kind(schema.get('items', {}))}]"
        if found == "object":
            more = schema.get("additionalProperties")
            return f"dict[str, {self.kind(more) if isinstance(more, dict) else 'Any'}]"
        return FORMATS.get(schema.get("format", ""), SIMPLE[found]) if found else "Any"

    def argument(self, name: str, kind: str, *, required: bool) -> str:
        """Take one argument by name; what it is called."""
        called = named(name)
        if required:
            self.required.append(f"{called}: {kind}")
        else:
            self.optional.append(f"{called}: {kind if kind.endswith('None') else f'{kind} | None'} = None")
        return called


def named(name: str) -> str:
    """A name as Python takes it.

    >>> named("from"), named("NGSILD-Tenant")
    ('from_', 'ngsild_tenant')
    """
    called = re.sub(r"\W", "_", name.lower())
    return f"{called}_" if keyword.iskeyword(called) or called in ("self", "body", "content") else called


def method_name(method: str, path: str) -> str:
    """What an operation is called in its room: the method, and the path behind the room.

    >>> method_name("get", "/api/keys/{key}/usage"), method_name("post", "/api/keys")
    ('get_key_usage', 'post')
    """
    behind = path.strip("/").partition("/")[2].partition("/")[2]
    return "_".join([method, *re.findall(r"\w+", behind)])


def operations_of(group: str, found: list[tuple[str, str, Json]], schemas: Json, places: dict[str, str]) -> str:
    """The class `group` with a method for each operation, and what it imports."""
    methods = {method_name(one[0], one[1]): _method(*one, schemas, places) for one in found}
    assert len(methods) == len(found), f"{group}: two operations of one name"  # noqa: S101  # the generator's own check
    models = sorted({place.partition(".")[0] for place in places.values()})
    return "\n".join(
        [
            "from datetime import date, datetime",
            "from typing import Any, Literal",
            "",
            "from yuzhang.client.calling import Answer, Group, decoded, encoded, inside, raw",
            f"from yuzhang.client.generated.models import {', '.join(models)}",
            "",
            "",
            f"class {group}(Group):",
            f'    """{len(methods)} operations."""',
            "",
            *(f"    {line}" if line else "" for text in methods.values() for line in (*text.split("\n"), "")),
        ]
    )


def _method(method: str, path: str, operation: Json, schemas: Json, places: dict[str, str]) -> str:
    made = Method(places)
    for one in operation.get("parameters", []):
        _take(made, one)
    _take_body(made, operation.get("requestBody"), schemas)
    address = re.sub(r"{(\w+)}", lambda place: "{inside(" + named(place[1]) + ")}", path)
    written = f'f"{address}"' if address != path else f'"{path}"'
    sent = [f'"{method.upper()}"', written]
    if made.params:
        sent.append("{" + ", ".join(made.params) + "}")
    call = f"self._calls.send({', '.join([*sent, *made.call])})"
    kind, line = _answer(made, operation, call)
    named_only = [*made.required, *made.optional]
    arguments = ["self", *made.positional, *(["*", *named_only] if named_only else [])]
    said = (
        str(operation.get("description") or operation.get("summary") or "").replace("\\", "\\\\").replace('"""', "'''")
    )
    doc = "\n    ".join(line.rstrip() for line in said.strip().split("\n"))
    return f'def {method_name(method, path)}({", ".join(arguments)}) -> {kind}:\n    """{doc}"""\n    {line}'


def _take(made: Method, one: Json) -> None:
    kind = made.kind(one["schema"])
    if one["in"] == "path":
        made.positional.append(f"{named(one['name'])}: {kind}")
    elif one["in"] == "query":
        called = made.argument(one["name"], kind, required=one.get("required", False))
        made.params.append(f'"{one["name"]}": {called}')


def _take_body(made: Method, body: Json | None, schemas: Json) -> None:
    if body is None:
        return
    contents = body["content"]
    if "multipart/form-data" in contents:
        _take_form(made, schemas[contents["multipart/form-data"]["schema"]["$ref"].rpartition("/")[2]])
    elif list(contents) == ["application/json"]:
        made.positional.append(f"body: {made.kind(contents['application/json']['schema'])}")
        made.call.append("content=encoded(body)")
    else:
        made.positional += ["content: bytes", f"media_type: Literal[{', '.join(repr(one) for one in contents)}]"]
        made.call += ["content=content", "media_type=media_type"]


def _take_form(made: Method, schema: Json) -> None:
    data = []
    for name, one in schema["properties"].items():
        if one.get("format") == "binary" or one.get("contentMediaType"):
            called = named(name)
            made.positional += [f"{called}: bytes", f"{called}_name: str"]
            made.call.append(f'files={{"{name}": ({called}_name, {called})}}')
        else:
            called = made.argument(name, made.kind(one), required=name in schema.get("required", ()))
            data.append(f'"{name}": {called}')
    if data:
        made.call.append(f"data={{{', '.join(data)}}}")


def _answer(made: Method, operation: Json, call: str) -> tuple[str, str]:
    answers: dict[str, Json] = operation["responses"]
    status = min((one for one in answers if one.startswith("2")), default="204")
    if status == "204":
        return "None", call
    contents: Json = answers[status].get("content", {})
    schema = contents.get("application/json", {}).get("schema")
    if not schema or len(contents) > 1:
        return "Answer", f"return raw({call})"
    kind = made.kind(schema)
    return kind, f"return decoded({call}, {kind})"
