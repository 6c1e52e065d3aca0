"""A broker whose subscribers may be on this machine."""

from collections.abc import Iterator
from functools import partial

import pytest
from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import Subscriber, subscriber
from brain.context.subscriptions.running import Start, running
from yuzhang.core.storage import Storage


@pytest.fixture
def start(storage: Storage, database: str) -> Start:
    """Runs a broker that also notifies inner addresses."""
    return partial(running, storage, database=database)


@pytest.fixture
def near(start: Start) -> Iterator[TestClient]:
    """A client of such a broker."""
    with start() as (_, client):
        yield client


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    """A subscriber that takes everything."""
    with subscriber() as made:
        yield made
