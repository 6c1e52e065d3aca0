"""The published models themselves, where copies of their repositories lie in a folder: they are not in this repository."""

import os
from pathlib import Path

import pytest

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.smart_models import actions as on_models
from yuzhang.brain.context.smart_models.shelf import Shelf
from yuzhang.core.access import OPERATOR

pytestmark = pytest.mark.anyio
VARIABLE = "YUZHANG_SMART_MODELS"
BROKEN_EXAMPLES = {
    # As published in July 2026: an hour of 24, an empty text for a number, a text that is no address, dates without a time.
    "dataModel.Transportation/CityWork",
    "dataModel.Transportation/ElectricVehicleMobility",
    "dataModel.Transportation/RestrictedTrafficArea",
    "dataModel.Transportation/TransportStation",
}


@pytest.fixture
def published() -> Path:
    """The folder of copies."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"needs copies of the published models: set {VARIABLE}")
    return Path(folder)


async def test_every_published_model_is_imported_and_takes_its_own_example(home: Broker, published: Path) -> None:
    titles = Shelf(published).titles()
    assert titles
    faults = {}
    for title in titles:
        imported = await on_models.import_model(home, OPERATOR, title, published)
        if imported.example_fault is not None:
            faults[title] = imported.example_fault.en
    assert faults.keys() <= BROKEN_EXAMPLES, faults
