"""Contexts over HTTP: hosted, implicit and cached ones, as who works with them sees them."""

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http.contexts import MAX_BYTES
from yuzhang.brain.context.jsonld.loading import Copies
from yuzhang.brain.context.model import CORE_CONTEXT

LD_JSON = {"content-type": "application/ld+json"}
BUS = {"@context": {"speed": "https://bus.example/speed", "Bus": "https://bus.example/Bus"}}
ENTITY = {"id": "urn:ngsi-ld:Bus:1", "type": "Bus", "speed": {"type": "Property", "value": 20}}
BASE = "/jsonldContexts"


def hosted(api: TestClient, document: dict[str, Any] = BUS, headers: dict[str, str] | None = None) -> str:
    """The local identifier of a context that is hosted."""
    answer = api.post(BASE, json=document, headers=headers)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"].startswith("/ngsi-ld/v1/jsonldContexts/")
    return answer.headers["location"].rpartition("/")[2]


def link(address: str) -> dict[str, str]:
    return {"link": f'<{address}>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"'}


def details(api: TestClient, local: str, **headers: str) -> dict[str, Any]:
    answer = api.get(f"{BASE}/{local}", params={"details": "true"}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_hosted_context_is_served_as_it_was_given_and_gone_when_deleted(api: TestClient) -> None:
    local = hosted(api, BUS | {"comment": "not kept"})
    assert api.get(f"{BASE}/{local}").json() == BUS
    assert api.delete(f"{BASE}/{local}").status_code == 204
    assert api.get(f"{BASE}/{local}").status_code == 404
    assert api.delete(f"{BASE}/{local}").status_code == 404


def test_a_hosted_context_gives_terms_their_meaning_and_its_uses_are_counted(api: TestClient) -> None:
    local = hosted(api)
    address = details(api, local)["URL"]
    assert api.post("/entities", json=ENTITY, headers=link(address)).status_code == 201
    found = api.get("/entities/urn:ngsi-ld:Bus:1").json()
    assert found["type"] == "https://bus.example/Bus"
    found = api.get("/entities/urn:ngsi-ld:Bus:1", headers=link(address)).json()
    assert found["speed"]["value"] == 20
    told = details(api, local)
    assert told["kind"] == "Hosted"
    assert told["localId"] == local
    assert told["numberOfHits"] >= 2


def test_a_list_says_addresses_or_details_by_kind_and_page(api: TestClient) -> None:
    locals_ = [hosted(api) for _ in range(3)]
    assert api.post("/entities", json=ENTITY | {"@context": BUS["@context"]}, headers=LD_JSON).status_code == 201
    everything = api.get(BASE, params={"details": "true"}).json()
    assert [one["kind"] for one in everything] == ["Hosted"] * 3 + ["ImplicitlyCreated"]
    assert api.get(BASE, params={"kind": "ImplicitlyCreated"}).json() == [everything[3]["URL"]]
    page = api.get(BASE, params={"kind": "Hosted", "limit": 1, "offset": 1, "count": "true", "details": "true"})
    assert [one["localId"] for one in page.json()] == [locals_[1]]
    assert page.headers["ngsild-results-count"] == "3"
    assert api.get(BASE, params={"kind": "Other"}).status_code == 400


def test_tenants_have_contexts_of_their_own(api: TestClient) -> None:
    north = {"NGSILD-Tenant": "north"}
    assert api.post("/entities", json=ENTITY, headers=north).status_code == 201
    local = hosted(api, BUS, north)
    assert api.get(f"{BASE}/{local}", headers=north).json() == BUS
    assert api.get(f"{BASE}/{local}").status_code == 404
    assert api.get(BASE).json() == []
    assert api.delete(f"{BASE}/{local}").status_code == 404
    assert api.delete(f"{BASE}/{local}", headers=north).status_code == 204


def test_nothing_is_loaded_from_elsewhere_by_default(api: TestClient) -> None:
    answer = api.post("/entities", json=ENTITY, headers=link("https://bus.example/context.jsonld"))
    assert answer.status_code == 504
    assert answer.json()["type"] == "https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable"
    assert "is off here" in answer.json()["detail"]
    assert api.get("/entities/urn:ngsi-ld:Bus:1").status_code == 404


def test_only_a_cached_context_is_reloaded(api: TestClient) -> None:
    local = hosted(api)
    for one in (local, "nowhere"):
        answer = api.delete(f"{BASE}/{one}", params={"reload": "true"})
        assert answer.status_code == 400
    assert api.get(f"{BASE}/{local}").json() == BUS


def test_the_core_context_is_served_and_stays(api: TestClient) -> None:
    path = f"{BASE}/{quote(CORE_CONTEXT, safe='')}"
    assert "@vocab" in api.get(path).json()["@context"]
    assert api.delete(path).status_code == 400
    assert api.delete(path, params={"reload": "true"}).status_code == 204


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ([], "InvalidRequest"),
        ({}, "InvalidRequest"),
        ({"@context": 5}, "BadRequestData"),
        ({"@context": [[{}]]}, "BadRequestData"),
        ({"@context": {"a": 5}}, "BadRequestData"),
        ({"@context": {"a": {"@id": "urn:a:1", "@context": {}}}}, "BadRequestData"),
        ({"@context": {"a": "b:x", "b": "a:x"}}, "BadRequestData"),
    ],
)
def test_what_is_no_context_is_not_hosted(api: TestClient, document: Any, error: str) -> None:
    answer = api.post(BASE, json=document)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(f"/{error}")
    assert api.get(BASE).json() == []


def test_size_and_media_type_of_a_hosted_context_are_limited(api: TestClient) -> None:
    answer = api.post(BASE, json={"@context": {"a": "urn:a:" + "x" * MAX_BYTES}})
    assert answer.status_code == 400
    assert str(MAX_BYTES) in answer.json()["detail"]
    assert api.post(BASE, content="{}", headers={"content-type": "text/plain"}).status_code == 415
    assert api.get(BASE).json() == []


def copy_of(broker: Broker, folder: Path, context: str) -> Path:
    """A context laid in by address; its file."""
    (folder / "index.toml").write_text('"https://bus.example/c" = "c.jsonld"')
    (folder / "c.jsonld").write_text(context)
    broker.contexts._copies = Copies(folder)
    return folder / "c.jsonld"


def test_a_copy_laid_in_is_used_listed_as_cached_and_reloaded_when_it_can_be_read(
    broker: Broker, api: TestClient, tmp_path: Path
) -> None:
    copy = copy_of(broker, tmp_path, '{"@context": {"speed": "urn:v:old"}}')
    assert api.post("/entities", json=ENTITY, headers=link("https://bus.example/c")).status_code == 201
    assert "urn:v:old" in api.get("/entities/urn:ngsi-ld:Bus:1").json()
    (told,) = api.get(BASE, params={"kind": "Cached", "details": "true"}).json()
    assert told["URL"] == "https://bus.example/c"
    path = f"{BASE}/{told['localId']}"
    copy.write_text("{")
    assert api.delete(path, params={"reload": "true"}).status_code == 504
    assert api.get(path).json() == {"@context": {"speed": "urn:v:old"}}
    copy.write_text('{"@context": {"speed": "urn:v:new"}}')
    assert api.delete(path, params={"reload": "true"}).status_code == 204
    assert api.get(path).json() == {"@context": {"speed": "urn:v:new"}}
    # What is stored keeps the name that it was stored by.
    found = api.get("/entities/urn:ngsi-ld:Bus:1", headers=link("https://bus.example/c")).json()
    assert "urn:v:old" in found
