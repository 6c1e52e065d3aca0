"""The first city, which tests of several rooms load."""

import os
from pathlib import Path

import pytest

from yuzhang.core.settings import PLAN_TEXT_VARIABLE

ROOT = Path(__file__).parent.parent
CITY = ROOT / "cities" / "nanchang"
PLAN = "nanchang-14"


def plan_text_file() -> Path:
    """The plan's text, which is not in the repository; tests that need it are left out (not in CI) where it is not at hand."""
    default = ROOT.parent / "shared" / "seed" / "nanchang-14th-five-year-plan.txt"
    path = Path(os.environ.get(PLAN_TEXT_VARIABLE) or default)
    if not path.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the plan's text is missing: {path}; set {PLAN_TEXT_VARIABLE}")
        pytest.skip(f"needs the plan's text: set {PLAN_TEXT_VARIABLE}")
    return path
