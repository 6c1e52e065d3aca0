"""Precision and recall against the hand labels: the chapters looked at while writing, and those held back.

A candidate is found if it overlaps a label and has its numbers. Doubtful labels count neither for nor against, and
candidates that the reader itself doubts (confidence below 0.5) are not counted. See docs/decisions/0004.
"""

import csv
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from plan.reading.conftest import ROOT, needed
from yuzhang.plan.model import Commitment
from yuzhang.plan.reading.model import Draft

LABELS = ROOT / "cities" / "nanchang" / "commitments.csv"
FIRST = frozenset({1, 2, 3, 4, 6, 8, 10, 13, 25, 31, 44, 54})
SECOND = frozenset({5, 7, 11, 12, 14, 16, 18, 20, 22, 24, 30, 35, 38, 40, 42, 47, 49, 51, 53})
THIRD = frozenset({9, 15, 17, 19, 21, 23, 26, 27, 28, 29, 32, 33, 34})
DEVELOPMENT = FIRST | SECOND | THIRD
"""Open while writing, in three rounds; all others were never read (docs/explanation/reading-a-plan.md)."""
FLOOR = 0.95
HELD_BACK_FLOOR = 0.85


@dataclass(frozen=True, slots=True)
class Label:
    """One row of the labels file, as far as it is compared."""

    start: int
    end: int
    chapter: int
    low: float
    high: float | None
    unit: str
    comparator: str
    kind: str
    doubtful: bool


@dataclass(frozen=True, slots=True)
class Score:
    """What was found of what should have been."""

    found: int
    missed: int
    wrong: int
    exact: int

    @property
    def precision(self) -> float:
        return self.found / max(1, self.found + self.wrong)

    @property
    def recall(self) -> float:
        return self.found / max(1, self.found + self.missed)


def is_doubtful(row: dict[str, str]) -> bool:
    """A label says so itself, or by a reviewer's confidence below one half."""
    if "doubtful" in row:
        return row["doubtful"].strip().lower() in ("1", "true", "yes")
    return float(row.get("confidence") or 1) < 0.5


def read_labels(path: Path) -> list[Label]:
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Label(
                int(row["start"]), int(row["end"]), int(float(row["chapter"] or 0)), float(row["low"]),
                float(row["high"]) if row["high"] else None, row["unit"], row["comparator"], row["kind"],
                is_doubtful(row),
            )
            for row in csv.DictReader(file)
        ]  # fmt: skip


def overlaps(label: Label, found: Commitment) -> bool:
    return found.start < label.end and label.start < found.end


def score(labels: Sequence[Label], candidates: Sequence[Commitment]) -> Score:
    free = [c for c in candidates if c.confidence >= 0.5]
    found = missed = exact = 0
    for label in sorted(labels, key=lambda one: one.doubtful):
        match = next((c for c in free if overlaps(label, c) and (c.low, c.high) == (label.low, label.high)), None)
        if match is not None:
            free.remove(match)
        if label.doubtful:
            continue
        found, missed = found + (match is not None), missed + (match is None)
        if match is not None:
            exact += (match.unit or "", match.comparator.value, match.kind.value) == (
                label.unit,
                label.comparator,
                label.kind,
            )
    doubtful = [label for label in labels if label.doubtful]
    wrong = sum(1 for c in free if not any(overlaps(label, c) for label in doubtful))
    return Score(found, missed, wrong, exact)


@pytest.mark.parametrize(("name", "floor"), [("development", FLOOR), ("held back", HELD_BACK_FLOOR)])
def test_the_promises_of_hand_labelled_chapters_are_found_and_little_else(
    real_draft: Draft, capsys: pytest.CaptureFixture[str], name: str, floor: float
) -> None:
    labels = read_labels(
        needed(Path(os.environ.get("YUZHANG_PLAN_LABELS", LABELS)), "the labels (YUZHANG_PLAN_LABELS)")
    )
    held_back = {label.chapter for label in labels} - DEVELOPMENT
    chapters = DEVELOPMENT if name == "development" else held_back
    if not chapters:
        pytest.fail("no chapter is held back in the labels")
    result = score(
        [label for label in labels if label.chapter in chapters],
        [c for c in real_draft.commitments if c.place.chapter in chapters],
    )
    with capsys.disabled():
        sys.stdout.write(
            f"\n{name} chapters: precision {result.precision:.3f}, recall {result.recall:.3f}"
            f" ({result.found} found, {result.missed} missed, {result.wrong} wrong;"
            f" unit, comparator and kind all right in {result.exact})\n"
        )
    assert min(result.precision, result.recall) >= floor
