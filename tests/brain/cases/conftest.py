"""Fixtures of cases."""

from pathlib import Path

import pytest

from brain.cases.stories import Clock, pack, room
from yuzhang.brain.cases.room import Cases
from yuzhang.core.storage import Storage


@pytest.fixture
def clock() -> Clock:
    """A clock that stands at Monday, nine o'clock."""
    return Clock()


@pytest.fixture
def cases(storage: Storage, tmp_path: Path, clock: Clock) -> Cases:
    """A room with one pack."""
    return room(storage, [pack(tmp_path / "packs")], clock)
