"""A data folder, empty or with a few series defined."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from plan.figures.samples import SERIES
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import define_series


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Storage]:
    storage = Storage(tmp_path / "data")
    yield storage
    storage.close()


@pytest.fixture
def storage(empty: Storage, tmp_path: Path) -> Storage:
    path = tmp_path / "series.toml"
    path.write_text(SERIES)
    define_series(empty, OPERATOR, path)
    return empty


@pytest.fixture(scope="session")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """One folder for all tests whose input is refused, which leaves it as it is."""
    folder = tmp_path_factory.mktemp("refusing")
    (folder / "series.toml").write_text(SERIES)
    storage = Storage(folder / "data")
    define_series(storage, OPERATOR, folder / "series.toml")
    yield storage
    storage.close()
