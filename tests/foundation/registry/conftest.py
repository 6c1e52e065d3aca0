"""A registry over an empty folder, and the first city's places."""

from pathlib import Path

import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.places.loading import load_units
from yuzhang.foundation.registry.room import Registry

CITY = Path(__file__).parents[3] / "cities" / "nanchang"


@pytest.fixture
def registry(storage: Storage) -> Registry:
    """An empty registry."""
    return Registry(storage)


@pytest.fixture
def placed(registry: Registry) -> Registry:
    """A registry that knows the first city's units and regions."""
    load_units(registry, OPERATOR, CITY)
    return registry
