"""An application of its own over a new data folder; browsers on this machine and on another one come from tests/conftest.py."""

from pathlib import Path

import pytest
from fastapi import FastAPI

from yuzhang.app import create_app
from yuzhang.core.settings import Settings


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """The application."""
    return create_app(Settings(tmp_path / "data", trust="machine"))
