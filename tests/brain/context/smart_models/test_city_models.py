"""Twelve models that a city needs first: each is imported by its name, takes what fits it, and refuses what does not."""

from pathlib import Path
from typing import Any

import pytest

from brain.context.smart_models.shelves import MODELS, entity_of, iri
from yuzhang.brain.context import actions
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.core.access import OPERATOR

pytestmark = pytest.mark.anyio
EACH = pytest.mark.parametrize("model", MODELS, ids=lambda model: model["title"])
FAULTS = [(model, fault) for model in MODELS for fault in model["faults"]]


async def checking(home: Broker, shelf: Path, model: dict[str, Any], tenant: str = "") -> str:
    """The model imported by name, and a tenant's entities checked against it; the type's name."""
    imported = await on_models.import_model(home, OPERATOR, f"{model['subject']}/{model['title']}", shelf)
    await on_models.require(
        home, OPERATOR, imported.model.type, tenant, types=[model["title"], iri(model, model["title"])]
    )
    return imported.model.type


def test_there_are_the_twelve_that_a_city_needs_first() -> None:
    assert len({model["title"] for model in MODELS}) == 12


@EACH
async def test_a_model_is_imported_by_name_with_its_terms_and_a_sound_example(
    home: Broker, shelf: Path, model: dict[str, Any]
) -> None:
    imported = await on_models.import_model(home, OPERATOR, model["title"], shelf)
    assert imported.example_fault is None
    assert imported.model.name == f"{model['subject']}/{model['title']}"
    about = {one.term: one for one in on_models.attributes(home, OPERATOR, model["title"])}
    assert {term for term, one in about.items() if one.required} == set(model["required"])
    assert set(model["attributes"]) < set(about)


@EACH
async def test_an_entity_that_fits_its_model_is_kept(home: Broker, shelf: Path, model: dict[str, Any]) -> None:
    await checking(home, shelf, model)
    body = entity_of(model)
    await actions.create(home, OPERATOR, "", body)
    assert actions.retrieve(home, OPERATOR, "", body["id"]) is not None


@pytest.mark.parametrize(("model", "fault"), FAULTS, ids=lambda one: one.get("title") or one["term"])
async def test_a_value_that_breaks_the_model_is_refused_with_its_place_and_nothing_is_kept(
    home: Broker, shelf: Path, model: dict[str, Any], fault: dict[str, Any]
) -> None:
    await checking(home, shelf, model)
    body = entity_of(model, {fault["term"]: fault["value"]})
    with pytest.raises(BadRequestData) as refusal:
        await actions.create(home, OPERATOR, "", body)
    assert [word for word in (*fault["says"], model["title"]) if word not in refusal.value.detail.en] == []
    assert actions.retrieve(home, OPERATOR, "", body["id"]) is None


@pytest.mark.parametrize("model", [one for one in MODELS if one["required"]], ids=lambda model: model["title"])
async def test_an_entity_without_a_required_attribute_is_refused_with_its_name(
    home: Broker, shelf: Path, model: dict[str, Any]
) -> None:
    await checking(home, shelf, model)
    missing = model["required"][0]
    with pytest.raises(BadRequestData, match=missing) as refusal:
        await actions.create(home, OPERATOR, "", entity_of(model, {missing: None}))
    assert refusal.value.where == f"/{missing}"
