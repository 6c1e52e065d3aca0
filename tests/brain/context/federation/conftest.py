"""A context source that a broker reaches without a network."""

import httpx
import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import Source
from yuzhang.brain.context.broker import Broker


@pytest.fixture
def source(broker: Broker, api: TestClient) -> Source:
    """A context source that the broker reaches without a network."""
    made = Source()
    client = httpx.AsyncClient(transport=httpx.ASGITransport(made))
    broker.federation.sources._client = client
    return made
