"""A folder of twelve models as they are published, and a broker that has taken them in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from brain.context.smart_models.shelves import laid_out
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.core.storage import Storage


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of models; tests only read it."""
    return laid_out(tmp_path_factory.mktemp("models"))


@pytest.fixture
def anyio_backend() -> str:
    """Tests that await run on asyncio."""
    return "asyncio"


@pytest.fixture
async def home(storage: Storage) -> AsyncIterator[Broker]:
    """A started broker over a folder of its own."""
    broker = Broker(storage)
    await broker.start()
    yield broker
    await broker.stop()


@pytest.fixture
async def either(storage: Storage, database: str) -> AsyncIterator[Broker]:
    """A started broker over each of the databases."""
    broker = Broker(storage, BrokerSettings(database=database))
    await broker.start()
    yield broker
    await broker.stop()
