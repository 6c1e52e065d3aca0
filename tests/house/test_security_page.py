"""The page of security names every requirement once, and tests that exist."""

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "security.md"
LINE = re.compile(r"^\| (\d+\.\d+\.\d+) \| ([12]) \| (.+?) \| (met|not met|does not apply) \| (.+) \|$", re.MULTILINE)
NAMED = re.compile(r"`((?:\w+/)+test_\w+\.py)(?:::(\w+))?`")
REQUIREMENTS = 253
"""Of levels 1 and 2 of ASVS 5.0.0."""


def test_every_requirement_stands_there_once_and_the_sums_are_right() -> None:
    text = PAGE.read_text(encoding="utf-8")
    found = LINE.findall(text)
    assert len({one[0] for one in found}) == len(found) == REQUIREMENTS
    states = Counter(one[3] for one in found)
    assert f"| all | {states['met']} | {states['not met']} | {states['does not apply']} |" in text


def test_what_is_met_names_a_test_or_a_page_that_is_there() -> None:
    for number, _, _, state, shown in LINE.findall(PAGE.read_text(encoding="utf-8")):
        tests = NAMED.findall(shown)
        pages = re.findall(r"\]\(([^)]+\.md)\)", shown)
        assert state != "met" or tests or pages or "mypy" in shown or "templates" in shown or "language" in shown, (
            number
        )
        for path, function in tests:
            text = (ROOT / "tests" / path).read_text(encoding="utf-8")
            assert f"def {function}(" in text or not function, f"{number}: {path}::{function}"
        for page in pages:
            assert (PAGE.parent / page).exists(), f"{number}: {page}"
