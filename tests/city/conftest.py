"""Real parts of a city on several machines, one of each for all tests; a stream and databases for each test."""

from collections.abc import Iterator
from itertools import count

import pytest

from brain.context.postgres import Server, server_or_skip
from city.parts import Nats, SeaweedFS

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server."""
    made = server_or_skip()
    yield made
    made.drop()


@pytest.fixture(scope="session")
def nats() -> Iterator[Nats]:
    """A NATS server with JetStream."""
    made = Nats()
    made.start()
    yield made
    made.drop()


@pytest.fixture(scope="session")
def seaweedfs() -> Iterator[SeaweedFS]:
    """An object store."""
    made = SeaweedFS()
    made.start()
    yield made
    made.drop()


@pytest.fixture
def present(postgres: Server) -> Iterator[str]:
    """The address of a database for the present, with all tables."""
    made = postgres.fresh()
    yield made
    postgres.forget(made)


@pytest.fixture
def bus(nats: Nats) -> str:
    """The address of a stream that is not there yet."""
    return nats.url(f"test{next(NUMBERS)}")
