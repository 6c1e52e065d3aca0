"""An installation with its signing keys made, copied for each test; somebody who is signed in, and a program."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from entrance.identity.provider.town import Program, Town


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with signing keys; RSA keys take their time."""
    folder = tmp_path_factory.mktemp("founded") / "data"
    town = Town(folder)
    town.provider.keys.all()
    town.close()
    return folder


@pytest.fixture
def town(founded: Path, tmp_path: Path) -> Iterator[Town]:
    """An installation of the test's own."""
    made = Town(Path(shutil.copytree(founded, tmp_path / "data")))
    yield made
    made.close()


@pytest.fixture
def mei(town: Town) -> str:
    """An official."""
    return town.resident("mei", phone="+86 791 0000 0000")


@pytest.fixture
def browser(town: Town, mei: str) -> TestClient:
    """Mei's browser, signed in with a password."""
    return town.signed_in(mei)


@pytest.fixture
def program(town: Town) -> Program:
    """One of the city's own programs."""
    return town.client()
