"""One PostgreSQL for the tests that need one."""

from collections.abc import Iterator

import pytest

from brain.context.postgres import Server, server_or_skip


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Server]:
    """One PostgreSQL for all tests; each gets databases of its own."""
    made = server_or_skip()
    yield made
    made.drop()
