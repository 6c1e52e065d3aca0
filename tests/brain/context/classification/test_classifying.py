"""Classifying: in the terminal, over HTTP, and what is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.types import ASGIApp
from typer.testing import CliRunner

from brain.context.classification.conftest import City
from yuzhang.brain.context.classification.api import router
from yuzhang.brain.context.commands import app as entities
from yuzhang.core.storage import Storage
from yuzhang.web import problems
from yuzhang.web.gate import TrustingGate


@pytest.fixture
def web(city: City) -> Iterator[TestClient]:
    """The resource over the same broker, on the same event loop."""
    made = FastAPI()
    made.state.broker, made.state.gate = city.broker, TrustingGate("machine")
    problems.install(made)
    made.include_router(router)
    inside: ASGIApp = made
    client = TestClient(inside, "http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False)
    client.portal = city.client.portal
    yield client
    client.portal = None


def test_document_that_is_put_is_the_whole_classification_and_counts_at_once(web: TestClient, city: City) -> None:
    before = web.get("/api/classification").json()["types"]
    assert before["Station"]["region_by"] == "district"
    assert before["Person"]["attributes"]["phone"] == {"level": 1, "personal": True}
    assert city.ids("ann", "/entities?type=Tunnel") == []
    assert web.put("/api/classification", json={"types": {"Tunnel": {"level": 1}}}).status_code == 204
    assert city.ids("ann", "/entities?type=Tunnel") == ["urn:t:1"]
    assert city.ids("ann", "/entities?type=Person") == []
    assert list(web.get("/api/classification").json()["types"]) == ["Tunnel"]


@pytest.mark.parametrize(
    "document",
    [{"types": {"A": {"level": 5}}}, {"types": {"A": {"level": "x"}}}, {"kinds": {}}, {"types": {"": {}}}, []],
)
def test_document_with_a_fault_is_refused_and_changes_nothing(web: TestClient, document: object) -> None:
    before = web.get("/api/classification").json()
    assert web.put("/api/classification", json=document).status_code == 400
    assert web.get("/api/classification").json() == before


def test_terminal_classifies_and_says_what_is_classified(tmp_path: Path) -> None:
    Storage(tmp_path / "data").close()

    def said(*words: str) -> str:
        result = CliRunner().invoke(entities, ["classify", "--data", str(tmp_path / "data"), *words])
        assert result.exit_code == 0, result.output
        return result.output

    said("Person", "--level", "3", "--personal", "--region-by", "district")
    said("Person", "phone", "--level", "4")
    shown = said("Person", "--not-personal")
    assert "district" in shown
    assert "3 " in shown
    assert "4 " in said()
    assert "phone" not in said("Person", "phone", "--off")
