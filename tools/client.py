"""Writes src/yuzhang/client/generated/ from the HTTP API's OpenAPI document: `make client`. A test compares them.

Of the models datamodel-code-generator makes msgspec structs, those of a room in a module of their own and what several rooms use in
`shared`; of each operation a method is made here. Only what lies under /api is taken: the NGSI-LD API has its own client.
"""

import json
import keyword
import re
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.client_operations import operations_of

from yuzhang.app import create_app
from yuzhang.core.settings import Settings

ROOT = Path(__file__).parent.parent
FOLDER = ROOT / "src" / "yuzhang" / "client" / "generated"
UNDER, LEFT_OUT = "/api/", ("/api/openapi.json", "/api/city/stream")
NOTE = "Written by `make client` from the OpenAPI document; do not edit."
SHARED = "shared"
SCHEMAS = "#/components/schemas/"
DROPPED = frozenset({"title", "minimum", "maximum", "minLength", "maxLength", "pattern", "examples", "example"})
"""What a reader of answers has no use for: the server checks what it is sent."""
Json = dict[str, Any]


def document() -> Json:
    """The application's OpenAPI document, as far as the client goes."""
    with tempfile.TemporaryDirectory() as folder:
        application = create_app(Settings(Path(folder)))
        made: Json = application.openapi()
        application.state.storage.close()
    made["paths"] = {
        path: item for path, item in sorted(made["paths"].items()) if path.startswith(UNDER) and path not in LEFT_OUT
    }
    return made


def room_of(path: str) -> str:
    """The module of an operation: the first part of its path, which stays as it is for the sake of those who ask for it.

    >>> room_of("/api/keys/{key}"), room_of("/api/search")
    ('keys', 'search')
    """
    return re.sub(r"\W", "_", path.removeprefix(UNDER).split("/")[0].partition(".")[0])


def references(part: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document speaks of."""
    if isinstance(part, dict):
        for name, value in part.items():
            if name == "$ref":
                if value.startswith(SCHEMAS):
                    yield value.removeprefix(SCHEMAS)
            else:
                yield from references(value)
    elif isinstance(part, list):
        for one in part:
            yield from references(one)


def homes(made: Json) -> dict[str, str]:
    """Where each schema goes, as `module.Name`, by its name in the document."""
    schemas = made["components"]["schemas"]
    users: dict[str, set[str]] = {}
    for path, item in made["paths"].items():
        for operation in item.values():
            waiting = list(references(_spoken(operation)))
            while waiting:
                name = waiting.pop()
                if not name.startswith("Body_") and room_of(path) not in users.setdefault(name, set()):
                    users[name].add(room_of(path))
                    waiting += references(schemas[name])
    return {
        name: f"{min(rooms) if len(rooms) == 1 else SHARED}.{name.rpartition('__')[2]}"
        for name, rooms in sorted(users.items())
    }


def _spoken(operation: Json) -> list[Any]:
    good = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    return [operation.get("parameters"), operation.get("requestBody"), good]


def plain(part: Any, places: dict[str, str]) -> Any:
    """A schema without its bounds, its references leading to where each schema goes."""
    if isinstance(part, list):
        return [plain(one, places) for one in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return {"$ref": SCHEMAS + places[part["$ref"].removeprefix(SCHEMAS)]}
    found = {}
    for name, value in part.items():
        if name == "properties":
            found[name] = {key: plain(one, places) for key, one in value.items()}
        elif name not in DROPPED:
            found[name] = plain(value, places)
    return found


def write_models(made: Json, places: dict[str, str], folder: Path) -> None:
    """The models of all schemas, one module for each place."""
    from datamodel_code_generator import InputFileType, LiteralType, PythonVersion, generate
    from datamodel_code_generator.enums import DataModelType
    from datamodel_code_generator.format import DateClassType, DatetimeClassType

    schemas = made["components"]["schemas"]
    renamed = {places[name]: plain(schemas[name], places) for name in places}
    reduced = {"openapi": "3.1.0", "info": made["info"], "paths": {}, "components": {"schemas": renamed}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        generate(
            json.dumps(reduced),
            input_file_type=InputFileType.OpenAPI,
            output=folder,
            output_model_type=DataModelType.MsgspecStruct,
            output_datetime_class=DatetimeClassType.Datetime,
            output_date_class=DateClassType.Date,
            target_python_version=PythonVersion.PY_311,
            custom_file_header=f'"""What the API takes and answers. {NOTE}"""',
            disable_timestamp=True,
            use_schema_description=True,
            use_union_operator=True,
            use_standard_collections=True,
            enum_field_as_literal=LiteralType.All,
            formatters=[],
        )


def group_name(room: str) -> str:
    """The class of a room's operations.

    >>> group_name("data_sets")
    'DataSets'
    """
    return "".join(part.capitalize() for part in room.split("_"))


def write_operations(made: Json, places: dict[str, str], folder: Path) -> None:
    """A class of operations for each room, and one that has them all."""
    rooms: dict[str, list[tuple[str, str, Json]]] = {}
    for path, item in made["paths"].items():
        for method, operation in sorted(item.items()):
            rooms.setdefault(room_of(path), []).append((method, path, operation))
    for room, found in sorted(rooms.items()):
        assert not keyword.iskeyword(room)  # noqa: S101  # the generator's own check
        text = operations_of(group_name(room), found, made["components"]["schemas"], places)
        (folder / f"{room}.py").write_text(f'"""Operations: {room}. {NOTE}"""\n\n{text}', encoding="utf-8")
    groups = sorted(rooms)
    lines = [f'"""All operations of the HTTP API. {NOTE}"""', "", "from functools import cached_property", ""]
    lines += ["from yuzhang.client.calling import Calls"]
    lines += [f"from yuzhang.client.generated.{room} import {group_name(room)}" for room in groups]
    lines += [
        "",
        "",
        "class Api(Calls):",
        '    """One server; the operations of each room stand under its name. What it is made with: see `Calls`."""',
    ]
    for room in groups:
        lines += ["", "    @cached_property", f"    def {room}(self) -> {group_name(room)}:"]
        lines += [f'        """Operations of {room}."""', f"        return {group_name(room)}(self)"]
    (folder / "api.py").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "__init__.py").write_text(
        f'"""A typed client of the HTTP API under /api. {NOTE}"""\n\n'
        'from yuzhang.client.generated.api import Api\n\n__all__ = ["Api"]\n',
        encoding="utf-8",
    )


def write(folder: Path) -> None:
    """The whole client into an empty folder."""
    made = document()
    places = homes(made)
    write_models(made, places, folder / "models")
    write_operations(made, places, folder)
    ruff = [str(Path(sys.executable).with_name("ruff"))]
    settings = ["--config", str(ROOT / "pyproject.toml"), "--quiet", str(folder)]
    ours = ["--config", 'lint.isort.known-first-party = ["yuzhang"]']
    fixing = [*ruff, "check", "--fix-only", "--select", "I,F401,UP,RUF036", *ours, *settings]
    subprocess.run(fixing, cwd=ROOT, check=True)  # noqa: S603  # its own folder
    subprocess.run([*ruff, "format", *settings], cwd=ROOT, check=True)  # noqa: S603  # its own folder


def main() -> None:
    """Write it anew where it belongs."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        write(Path(folder))
        for old in FOLDER.rglob("*.py"):
            old.unlink()
        for made in Path(folder).rglob("*.py"):
            target = FOLDER / made.relative_to(folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(made.read_bytes())


if __name__ == "__main__":
    main()
