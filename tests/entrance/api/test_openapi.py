"""One description of all that can be asked: whole, valid, with examples that fit and that the application takes."""

import shutil
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

from entrance.api.recording import asking, is_json
from entrance.routes import every_address
from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.entrance.api.description.sampling import resolved, sample
from yuzhang.entrance.api.examples import Example, examples

Document = dict[str, Any]
DESCRIBED = ("/api/", "/ngsi-ld/", "/sensorthings/", "/oauth2/", "/.well-known/", "/health", "/ready", "/metrics")
PAGES = {"GET /api/try"}
PROBLEM = "application/problem+json"
CHANGING = ("POST", "PUT", "PATCH")
WITHOUT_PARTNER = {"POST /ngsi-ld/v1/remoteNotifications/{remote}"}
"""What another broker sends only after it was subscribed to."""


@pytest.fixture(scope="module")
def application(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """The application over the first city."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("described") / "data"))
    made = create_app(Settings(folder, trust="machine"))
    yield made
    made.state.storage.close()


@pytest.fixture(scope="module")
def document(application: FastAPI) -> Document:
    """The description, as a program gets it."""
    client = TestClient(application, "http://127.0.0.1", client=("10.0.0.9", 50000))
    answer = client.get("/api/openapi.json")
    assert answer.status_code == 200
    found: Document = answer.json()
    return found


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    """Every operation, as "POST /api/keys"."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield f"{method.upper()} {path}", operation


def test_description_is_valid_openapi_3_1_and_all_its_references_lead_somewhere(document: Document) -> None:
    assert document["openapi"].startswith("3.1")
    OPENAPI_31_VALIDATOR.validate(document)
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))
    for one in references(document):
        resolved({"$ref": one}, document)


def references(value: Any) -> Iterator[str]:
    """All references inside of a value, but of examples."""
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for name, one in value.items():
            if name not in ("value", "example"):
                yield from references(one)
    elif isinstance(value, list):
        for one in value:
            yield from references(one)


def test_every_address_that_is_no_page_is_described(application: FastAPI, document: Document) -> None:
    known = {name for name, _ in operations(document)}
    addresses = {
        str(one).replace(":path}", "}") for one in every_address(application) if one.path.startswith(DESCRIBED)
    }
    assert len(addresses) > 120
    assert addresses - PAGES - known == set()


def test_every_operation_names_its_part_in_both_languages_and_its_refusals(document: Document) -> None:
    tags = {one["name"] for one in document["tags"]}
    for name, operation in operations(document):
        assert set(operation["tags"]) <= tags, name
        assert all(" · " in one for one in operation["tags"])
        assert operation["description"], name
        path = name.partition(" ")[2]
        wanted = (
            ["429"] if operation.get("security") is not None or path.startswith("/oauth2/") else ["401", "403", "429"]
        )
        for status in wanted:
            content = resolved(operation["responses"][status], document)["content"]
            assert content[PROBLEM]["examples"]["example"]["value"]["status"] == int(status), name
        assert any(one.startswith("4") for one in operation["responses"]), name
    assert set(document["components"]["securitySchemes"]) == {"session", "token", "key", "client"}


def bodies(document: Document) -> Iterator[tuple[str, Document]]:
    """Every JSON, form or table that is sent, and every JSON that is answered with success."""
    for name, operation in operations(document):
        for media, body in operation.get("requestBody", {}).get("content", {}).items():
            yield f"{name} {media}", body
        for status, response in operation["responses"].items():
            if status.startswith("2"):
                for media, body in resolved(response, document).get("content", {}).items():
                    if is_json(media):
                        yield f"{name} {status} {media}", body


def test_every_body_has_an_example_and_it_fits_its_schema(document: Document) -> None:
    known = {one.name: one for one in examples()}
    count, wrong = 0, []
    for name, body in bodies(document):
        recorded = known.get(" ".join(name.split(" ")[:2]))
        of_another_kind = recorded is not None and recorded.media and recorded.media.split("/")[0] != "application"
        if not body.get("examples") and of_another_kind:
            continue  # the same observations as columns of another format
        (example,) = body["examples"].values()
        value = resolved(example, document)["value"]
        schema = body.get("schema", {}) | {"components": document["components"]}
        wrong += [
            f"{name}: {one.message[:300]}" for one in jsonschema_rs.Draft202012Validator(schema).iter_errors(value)
        ]
        count += 1
    assert wrong == []
    assert count > 120


@lru_cache
def sendable() -> tuple[Example, ...]:
    return tuple(one for one in examples() if one.sent)


def test_every_example_that_can_be_sent_is_answered_as_it_says(lived_folder: Path, tmp_path: Path) -> None:
    with asking(Path(shutil.copytree(lived_folder, tmp_path / "data"))) as asked:
        for one in sendable():
            answer = asked.send(one)
            assert answer.status_code == one.status < 400, f"{one.name}: {answer.text[:500]}"


def test_every_change_of_the_api_and_of_ngsi_ld_has_an_example_that_can_be_sent(document: Document) -> None:
    sent = {one.name for one in sendable()}
    for name, operation in operations(document):
        method, _, path = name.partition(" ")
        if method in CHANGING and path.startswith(("/api/", "/ngsi-ld/")) and "/webhooks" not in path:
            assert name in sent | WITHOUT_PARTNER, name
            assert operation["responses"]


@pytest.mark.parametrize(
    ("schema", "wanted"),
    [
        ({"type": "array", "items": {"type": "boolean"}}, [True]),
        ({"anyOf": [{"type": "null"}, {"type": "string"}]}, None),
        ({"type": "string", "format": "date"}, "2026-01-02"),
        ({"allOf": [{"$ref": "#/a"}, {"type": "object", "properties": {"c": {"const": 2}}}]}, {"b": 1, "c": 2}),
    ],
)
def test_example_is_made_of_a_schema_where_none_was_recorded(schema: Document, wanted: Any) -> None:
    document = {"a": {"type": "object", "properties": {"b": {"type": "integer"}}}}
    assert sample(schema, document) == wanted
