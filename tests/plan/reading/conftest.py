"""The real plan as the user has it: YUZHANG_PLAN_TEXT names the file, else it is looked for beside the repository."""

import os
from pathlib import Path

import pytest

from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.reading.model import Draft

ROOT = Path(__file__).parents[3]
DEFAULT = ROOT / ".." / "shared" / "seed" / "nanchang-14th-five-year-plan.txt"


def needed(path: Path, what: str) -> Path:
    """`path` if it is there; CI must have it, a developer's machine may leave the test out."""
    if path.is_file():
        return path
    message = f"{what} is not at {path}"
    if os.environ.get("CI") == "true":
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="session")
def real_text() -> str:
    path = needed(Path(os.environ.get("YUZHANG_PLAN_TEXT", DEFAULT)), "the plan's text (YUZHANG_PLAN_TEXT)")
    with path.open(encoding="utf-8", newline="") as file:
        return file.read()


@pytest.fixture(scope="session")
def real_draft(real_text: str) -> Draft:
    return read_plan(real_text)
