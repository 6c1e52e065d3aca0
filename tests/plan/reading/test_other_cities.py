"""Fragments in the manner of other cities' plans (kind: invented), labelled by somebody who did not know the reader."""

import json
import sys
from pathlib import Path

import pytest

from plan.reading.test_labels import Label, score
from yuzhang.plan.reading.draft import read_plan

FRAGMENTS = [
    json.loads(line) for line in (Path(__file__).parent / "other_cities.jsonl").read_text(encoding="utf-8").splitlines()
]
FLOOR = 0.93


def labels(fragment: dict[str, object]) -> list[Label]:
    text, listed = str(fragment["text"]), fragment["labels"]
    assert isinstance(listed, list)
    found = []
    for one in listed:
        start = text.index(one["quote"])
        found.append(
            Label(
                start, start + len(one["quote"]), 0, one["low"], one["high"], one["unit"] or "", one["comparator"], one["kind"],
                one["doubtful"],
            )
        )  # fmt: skip
    return found


def test_the_promises_of_other_cities_plans_are_found_and_little_else(capsys: pytest.CaptureFixture[str]) -> None:
    scores = [score(labels(one), read_plan(str(one["text"])).commitments) for one in FRAGMENTS]
    found, missed, wrong = (sum(getattr(one, name) for one in scores) for name in ("found", "missed", "wrong"))
    precision, recall = found / (found + wrong), found / (found + missed)
    with capsys.disabled():
        sys.stdout.write(
            f"\nother cities: precision {precision:.3f}, recall {recall:.3f} ({found} found, {missed} missed, {wrong} wrong)\n"
        )
    assert min(precision, recall) >= FLOOR
