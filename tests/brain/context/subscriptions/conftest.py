"""A broker whose subscribers may be on this machine."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from brain.context.subscriptions.receiving import Subscriber, subscriber
from brain.context.subscriptions.running import running
from yuzhang.core.storage import Storage


@pytest.fixture
def near(storage: Storage) -> Iterator[TestClient]:
    """A client of a broker that also notifies inner addresses."""
    with running(storage) as (_, client):
        yield client


@pytest.fixture
def listener() -> Iterator[Subscriber]:
    """A subscriber that takes everything."""
    with subscriber() as made:
        yield made
