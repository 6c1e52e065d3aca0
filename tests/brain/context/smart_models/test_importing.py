"""Models by name, from files, and from an address; and what is said of those that cannot be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from brain.context.smart_models.shelves import COMMON, write
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.brain.context.smart_models.errors import ModelAmbiguous, ModelNotFound, ModelUnreadable
from yuzhang.brain.context.smart_models.shelf import Shelf
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused

pytestmark = pytest.mark.anyio
BENCH = {
    "type": "object",
    "required": ["id", "type"],
    "properties": {"type": {"const": "Bench"}, "seats": {"type": "integer"}},
}


def test_the_folder_says_which_models_it_has(shelf: Path) -> None:
    assert "dataModel.Transportation/Road" in Shelf(shelf).titles()


async def test_a_model_that_is_not_there_is_named_with_the_folder(home: Broker, shelf: Path) -> None:
    with pytest.raises(ModelNotFound, match="Spaceport") as refusal:
        await on_models.import_model(home, OPERATOR, "Spaceport", shelf)
    assert refusal.value.where == str(shelf)


async def test_a_name_that_two_subjects_have_is_asked_back(home: Broker, tmp_path: Path) -> None:
    for subject in ("dataModel.Parking", "dataModel.Building"):
        write(tmp_path / subject / "Bench" / "schema.json", BENCH)
    with pytest.raises(ModelAmbiguous, match=r"dataModel\.Parking/Bench"):
        await on_models.import_model(home, OPERATOR, "Bench", tmp_path)
    imported = await on_models.import_model(home, OPERATOR, "Parking/Bench", tmp_path)
    assert imported.model.subject == "dataModel.Parking"


async def test_a_model_of_ones_own_is_imported_from_its_file(home: Broker, tmp_path: Path) -> None:
    write(tmp_path / "bench.json", BENCH)
    imported = await on_models.import_file(home, OPERATOR, tmp_path / "bench.json")
    assert (imported.model.type, imported.model.name) == ("Bench", "Bench")
    assert [one.term for one in on_models.attributes(home, OPERATOR, "Bench")] == ["seats"]


async def test_a_model_from_an_address_brings_what_it_refers_to(home: Broker, shelf: Path) -> None:
    asked: list[str] = []

    async def fetch(address: str) -> bytes:
        asked.append(address)
        return (shelf / address.removeprefix("https://smart-data-models.github.io/")).read_bytes()

    address = "https://smart-data-models.github.io/dataModel.Transportation/Road/schema.json"
    imported = await on_models.import_address(home, OPERATOR, address, fetch)
    assert imported.model.title == "Road"
    assert asked == [address, address.replace("Road/schema.json", "context.jsonld"), COMMON]


async def test_a_model_that_refers_to_what_is_not_at_hand_says_what(home: Broker, tmp_path: Path) -> None:
    schema: dict[str, Any] = {**BENCH, "allOf": [{"$ref": "https://example.org/away.json#/definitions/Place"}]}
    write(tmp_path / "bench.json", schema)
    with pytest.raises(ModelUnreadable, match=r"https://example\.org/away\.json"):
        await on_models.import_file(home, OPERATOR, tmp_path / "bench.json")
    assert on_models.models(home, OPERATOR) == []


async def test_an_example_that_breaks_its_own_model_is_told_but_the_model_is_kept(home: Broker, tmp_path: Path) -> None:
    write(tmp_path / "bench.json", BENCH)
    write(tmp_path / "example.json", {"id": "urn:x:1", "type": "Bench", "seats": "three"})
    imported = await on_models.import_file(home, OPERATOR, tmp_path / "bench.json", None, tmp_path / "example.json")
    assert imported.example_fault is not None
    assert "seats" in imported.example_fault.en
    assert len(on_models.models(home, OPERATOR)) == 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ("{}", "which type"),
        ('{"properties": {"type": {"const": "Bench"}, "seats": {"type": "count"}}}', "JSON Schema"),
        ('{"properties": {"type": {"const": "Bench"}, "name": {"type": "string", "pattern": "("}}}', "JSON Schema"),
        ("[" * 2000, "no JSON"),
    ],
)
async def test_a_file_that_is_no_model_is_refused_with_the_reason(
    home: Broker, tmp_path: Path, content: str, says: str
) -> None:
    (tmp_path / "bench.json").write_text(content, "utf-8")
    with pytest.raises(ModelUnreadable, match=says):
        await on_models.import_file(home, OPERATOR, tmp_path / "bench.json")


async def test_a_file_that_is_not_there_is_refused(home: Broker, tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="cannot be read"):
        await on_models.import_file(home, OPERATOR, tmp_path / "nothing.json")


async def test_a_copy_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret.json").write_text(json.dumps({"secret": True}), "utf-8")
    folder = tmp_path / "models"
    (folder / "data-models").mkdir(parents=True)
    address = "https://smart-data-models.github.io/data-models/../../secret.json"
    assert Shelf(folder).document(address) is None
