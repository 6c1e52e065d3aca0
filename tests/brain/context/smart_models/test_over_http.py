"""What a client of the API meets when a tenant asks for a model."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from brain.context.smart_models.shelves import MODELS, entity_of
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.client import AsyncClient, NotThere, RequestRefused
from yuzhang.core.access import OPERATOR
from yuzhang.web.gate import TrustingGate

pytestmark = pytest.mark.anyio
LAMP = next(model for model in MODELS if model["title"] == "Streetlight")
ONE = "urn:ngsi-ld:Streetlight:1"


@pytest.fixture
async def city(either: Broker, shelf: Path) -> AsyncIterator[AsyncClient]:
    """A client of a broker that has streetlights checked, under their model's own context and without one."""
    await on_models.import_model(either, OPERATOR, "Streetlight", shelf)
    await on_models.require(either, OPERATOR, "Streetlight")
    inside = httpx.ASGITransport(context_api(either, TrustingGate("machine")))  # type: ignore[arg-type]  # our scope is a plain dict
    async with httpx.AsyncClient(transport=inside) as http:
        yield AsyncClient("http://127.0.0.1", http=http)


@pytest.fixture
def context(shelf: Path) -> Any:
    """The model's own @context, as a client would write it into its entities."""
    return msgspec.json.decode((shelf / LAMP["subject"] / "context.jsonld").read_bytes())["@context"]


@pytest.mark.parametrize("own", [True, False], ids=["the model's context", "the core context"])
async def test_a_value_that_does_not_fit_is_refused_with_its_place_whatever_the_context(
    city: AsyncClient, context: Any, own: bool
) -> None:
    brought = {"@context": context} if own else {}
    with pytest.raises(RequestRefused, match="/powerState") as error:
        await city.create({**entity_of(LAMP, {"powerState": "bright"}), **brought})
    assert error.value.answer.type.endswith("/BadRequestData")
    assert error.value.where == "/powerState"
    with pytest.raises(NotThere):
        await city.get(ONE)
    assert await city.create({**entity_of(LAMP), **brought}) == ONE


async def test_every_way_of_changing_is_checked_and_a_refused_one_changes_nothing(city: AsyncClient) -> None:
    await city.create(entity_of(LAMP))
    before = await city.get(ONE, system=True)
    wrong = {"status": {"type": "Property", "value": "fine"}}
    for change in (
        city.patch(ONE, wrong),
        city.append(ONE, wrong),
        city.merge(ONE, wrong),
        city.patch_attribute(ONE, "status", wrong["status"]),
        city.replace_attribute(ONE, "status", wrong["status"]),
        city.delete_attribute(ONE, "status"),
        city.replace(entity_of(LAMP, {"status": "fine"})),
        city.upsert(entity_of(LAMP, {"status": "fine"})),
    ):
        with pytest.raises(RequestRefused, match="/status"):
            await change
    assert await city.get(ONE, system=True) == before


async def test_in_every_batch_only_the_entities_that_do_not_fit_fail(city: AsyncClient) -> None:
    wrong, right = entity_of(LAMP, {"status": "fine"}), {**entity_of(LAMP), "id": "urn:ngsi-ld:Streetlight:2"}
    for doing in (city.create_all, city.upsert_all):
        result = await doing([wrong, right])
        assert result.done == (right["id"],)
        assert [(one.entity, one.problem.where) for one in result.failed] == [(ONE, "/status")]
    await city.create(entity_of(LAMP))
    for doing in (city.update_all, city.merge_all):
        result = await doing([wrong, right])
        assert (result.done, [one.entity for one in result.failed]) == ((right["id"],), [ONE])
    assert (await city.get(ONE)).value("status") == "ok"


async def test_a_simplified_change_is_checked_too(city: AsyncClient) -> None:
    await city.create(entity_of(LAMP))
    with pytest.raises(RequestRefused, match="/lanternHeight"):
        await city.merge(ONE, {"lanternHeight": {"value": -9}})
