"""When entities are checked: on every write, for the tenants that ask, and for nobody else."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from brain.context.smart_models.shelves import MODELS, entity_of, iri
from yuzhang.brain.context import actions, merging
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.brain.context.smart_models.errors import ModelInUse
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage

pytestmark = pytest.mark.anyio
LAMP = next(model for model in MODELS if model["title"] == "Streetlight")
BIN = next(model for model in MODELS if model["title"] == "WasteContainer")


def lamp(number: int, **changes: Any) -> dict[str, Any]:
    """A streetlight with an id of its own."""
    return {**entity_of(LAMP, changes), "id": f"urn:ngsi-ld:Streetlight:{number}"}


async def lamps_checked(home: Broker, shelf: Path, tenant: str = "") -> None:
    """Streetlights are checked from now on."""
    await on_models.import_model(home, OPERATOR, "Streetlight", shelf)
    await on_models.require(home, OPERATOR, "Streetlight", tenant, types=["Streetlight"])


async def test_nothing_is_checked_until_a_tenant_asks_and_then_only_for_that_tenant(home: Broker, shelf: Path) -> None:
    await on_models.import_model(home, OPERATOR, "Streetlight", shelf)
    await actions.create(home, OPERATOR, "", lamp(1, status="fine"))
    await on_models.require(home, OPERATOR, "Streetlight", "north", types=["Streetlight"])
    await actions.create(home, OPERATOR, "", lamp(2, status="fine"))
    with pytest.raises(BadRequestData):
        await actions.create(home, OPERATOR, "north", lamp(2, status="fine"))


async def test_what_a_tenant_no_longer_asks_for_is_checked_no_more(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    await on_models.require(home, OPERATOR, "Streetlight", on=False)
    await actions.create(home, OPERATOR, "", lamp(1, status="fine"))


async def test_in_a_batch_only_the_entity_that_breaks_its_model_fails(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    outcome = await actions.create_all(home, OPERATOR, "", [lamp(1), lamp(2, status="fine"), lamp(3)])
    assert outcome.done == [lamp(1)["id"], lamp(3)["id"]]
    assert [one for one, _ in outcome.failed] == [lamp(2)["id"]]
    assert actions.retrieve(home, OPERATOR, "", lamp(2)["id"]) is None


async def test_a_change_that_would_break_the_model_is_refused_and_the_entity_stays(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    await actions.create(home, OPERATOR, "", lamp(1))
    fragment = {"status": {"type": "Property", "value": "fine"}}
    with pytest.raises(BadRequestData, match="/status"):
        await actions.alter(
            home, OPERATOR, "", lamp(1)["id"], lambda kept, now: merging.merge_patched(kept, now, fragment)
        )
    kept = actions.retrieve(home, OPERATOR, "", lamp(1)["id"])
    assert kept is not None
    assert kept.open().body == lamp(1)


async def test_a_required_attribute_cannot_be_taken_away(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    await actions.create(home, OPERATOR, "", lamp(1))
    taking = partial(merging.attribute_deleted, name="status")
    with pytest.raises(BadRequestData, match="status"):
        await actions.alter(home, OPERATOR, "", lamp(1)["id"], taking)


async def test_every_instance_of_an_attribute_must_fit(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    states = [
        {"type": "Property", "value": "ok"},
        {"type": "Property", "value": "fine", "datasetId": "urn:ngsi-ld:Dataset:survey"},
    ]
    with pytest.raises(BadRequestData, match="fine"):
        await actions.create(home, OPERATOR, "", {**lamp(1), "status": states})


async def test_an_entity_of_two_types_must_fit_both_models(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    await on_models.import_model(home, OPERATOR, "WasteContainer", shelf)
    await on_models.require(home, OPERATOR, "WasteContainer", types=["WasteContainer"])
    both = {**lamp(1), "type": ["Streetlight", "WasteContainer"], "fillingLevel": {"type": "Property", "value": 40}}
    with pytest.raises(BadRequestData, match="fillingLevel"):
        await actions.create(home, OPERATOR, "", both)


async def test_names_of_the_models_own_context_are_checked_as_its_terms(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    await on_models.require(home, OPERATOR, "Streetlight", types=[iri(LAMP, "Streetlight")])
    body = {**entity_of(LAMP, terms=False), iri(LAMP, "powerState"): {"type": "Property", "value": "bright"}}
    model = on_models.model(home, OPERATOR, "Streetlight")
    if model.terms["powerState"] == "powerState":
        pytest.skip("the context is not compiled yet")
    with pytest.raises(BadRequestData, match="/powerState"):
        await actions.create(home, OPERATOR, "", body)


async def test_what_another_process_asks_for_counts_from_the_next_write(
    home: Broker, shelf: Path, tmp_path: Path
) -> None:
    await actions.create(home, OPERATOR, "", lamp(1, status="fine"))
    storage = Storage(tmp_path / "data")
    other = Broker(storage)
    await other.start()
    await lamps_checked(other, shelf)
    await other.stop()
    storage.close()
    with pytest.raises(BadRequestData):
        await actions.create(home, OPERATOR, "", lamp(2, status="fine"))


async def test_a_newer_version_of_a_model_takes_the_place_of_the_old_one(
    home: Broker, shelf: Path, tmp_path: Path
) -> None:
    await lamps_checked(home, shelf)
    own = tmp_path / "schema.json"
    text = (shelf / LAMP["subject"] / "Streetlight" / "schema.json").read_text("utf-8")
    own.write_text(text.replace('"columnIssue"', '"columnIssue", "fine"'), "utf-8")
    context = shelf / LAMP["subject"] / "context.jsonld"
    await on_models.import_file(home, OPERATOR, own, context)
    await actions.create(home, OPERATOR, "", lamp(1, status="fine"))
    assert len(on_models.models(home, OPERATOR)) == 1


async def test_a_model_that_is_asked_for_is_not_removed_until_nobody_asks(home: Broker, shelf: Path) -> None:
    await lamps_checked(home, shelf)
    with pytest.raises(ModelInUse):
        await on_models.remove_model(home, OPERATOR, "Streetlight")
    await on_models.require(home, OPERATOR, "Streetlight", types=["Streetlight"], on=False)
    await on_models.remove_model(home, OPERATOR, "Streetlight")
    assert on_models.models(home, OPERATOR) == []
