"""The application of these tests, for a real server in a process of its own."""

import os
from pathlib import Path

from fastapi import FastAPI

from brain.cases.pages.conftest import PACK, City, with_pages
from brain.cases.stories import pack
from yuzhang.app import create_app
from yuzhang.brain.cases.room import Cases
from yuzhang.core.announcing import Announcements
from yuzhang.core.settings import Settings

FOLDER = "YUZHANG_TEST_FOLDER"


def served() -> FastAPI:
    """The application over the folder that the environment names; its room of cases has the time of this machine."""
    folder = Path(os.environ[FOLDER])
    made = create_app(Settings(folder / "data"))
    cases = Cases(made.state.storage, City(), [pack(folder / "packs", PACK)], Announcements())
    return with_pages(made, cases)
