"""A present of the tests' own, in both databases."""

from collections.abc import Iterator

import pytest

from brain.context.postgres import Server
from brain.context.store.present import Present, opened


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.services)])
def present(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Present]:
    server: Server | None = request.getfixturevalue("postgres_server") if request.param == "postgres" else None
    address = server.fresh() if server else ""
    with opened(tmp_path_factory.mktemp("present"), address) as made:
        yield made
    if server:
        server.forget(address)
