"""A server of contexts."""

from collections.abc import Iterator

import pytest

from brain.context.jsonld.context_server import ContextServer, context_server


@pytest.fixture
def origin() -> Iterator[ContextServer]:
    """Where contexts come from."""
    with context_server() as made:
        yield made
