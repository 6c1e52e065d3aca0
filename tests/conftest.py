"""What tests of several rooms start from: a storage of their own, and the first city loaded."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import hypothesis
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from first_city import CITY
from yuzhang.app import create_app
from yuzhang.brain.history.store.lake import make
from yuzhang.core.lake import LOCAL, SETTINGS, extension_path
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.loading import load_folder

hypothesis.settings.register_profile(
    "plain", deadline=None
)  # how long an example takes says nothing of whether it is right
hypothesis.settings.load_profile("plain")


@pytest.fixture(scope="session", autouse=True)
def signed_extensions() -> None:
    """The signatures of DuckDB's extensions are looked at once here, and not for each of a thousand lakes: it takes a sixth of a second."""
    with duckdb.connect(config=SETTINGS) as looking:
        for name in LOCAL:
            looking.execute(f"LOAD '{extension_path(name)}'")
    SETTINGS["allow_unsigned_extensions"] = True


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """An empty storage."""
    made = Storage(tmp_path / "data")
    yield made
    made.close()


@pytest.fixture(scope="session")
def loaded_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the first city, made once; tests copy it."""
    folder = tmp_path_factory.mktemp("loaded") / "data"
    made = Storage(folder)
    load_folder(made, CITY, None)
    with made.lake_alone() as lake:
        make(lake)
    made.close()
    return folder


@pytest.fixture
def city_folder(loaded_folder: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with the first city loaded."""
    return Path(shutil.copytree(loaded_folder, tmp_path / "city"))


@pytest.fixture
def city(city_folder: Path) -> Iterator[Storage]:
    """A storage of the test's own, with the first city loaded."""
    opened = Storage(city_folder)
    yield opened
    opened.close()


@pytest.fixture
def app(city_folder: Path) -> FastAPI:
    """The whole application over the first city."""
    return create_app(Settings(city_folder, trust="machine"))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser on the same machine."""
    with TestClient(
        app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False
    ) as made:
        yield made


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    """A browser on another machine. It does not start the application, which lives once."""
    return TestClient(app, base_url="http://10.0.0.5", client=("10.0.0.9", 50000), raise_server_exceptions=False)
