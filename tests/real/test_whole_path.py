"""The whole path on the first city's real plan and published figures, as an operator walks it in a terminal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from first_city import CITY, PLAN, ROOT, plan_text_file
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.plan.reading.documents import read_document
from yuzhang.plan.reading.draft import read_plan
from yuzhang.plan.reading.model import Draft, NodeKind
from yuzhang.plan.registry import actions

KEYS = {
    *(
        "quote",
        "start",
        "end",
        "place",
        "subject",
        "comparator",
        "low",
        "high",
        "unit",
        "per",
        "baseline",
        "due",
        "kind",
    ),
    "confidence",
}


def yuzhang(*arguments: str, data: Path, expect: int = 0) -> str:
    """What the command prints; it must end with the code expected."""
    run = subprocess.run(
        [str(Path(sys.executable).parent / "yuzhang"), *arguments, "--data", str(data)],
        env={**os.environ, "LANG": "en_US.UTF-8", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == expect, run.stderr
    return run.stdout if expect == 0 else run.stderr


@pytest.fixture(scope="module")
def text() -> str:
    return read_document(plan_text_file()).text


@pytest.fixture(scope="module")
def draft(text: str) -> Draft:
    return read_plan(text)


def test_a_planner_reads_the_plan_loads_the_city_and_hands_in_a_report(tmp_path: Path, text: str) -> None:
    data, lines, tables = tmp_path / "data", tmp_path / "c.jsonl", tmp_path / "t.csv"
    file = str(plan_text_file())
    draft = tmp_path / "d.json"
    yuzhang("plan", "read", file, "--out", str(lines), "--tables", str(tables), "--draft", str(draft), data=data)
    assert len(json.loads(draft.read_text())["projects"]) > 50
    found = [json.loads(line) for line in lines.read_text().splitlines()]
    assert len(found) > 150
    assert all(set(one) == KEYS and text[one["start"] : one["end"]] == one["quote"] for one in found)
    assert "8200" in tables.read_text("utf-8-sig")
    yuzhang("city", "load", str(CITY), "--text", file, data=data)
    evaluation = json.loads(yuzhang("plan", "status", "--json", data=data))
    by_id = {one["indicator"]["id"]: one for one in evaluation["indicators"]}
    assert (by_id["trade"]["status"], by_id["trade"]["targets"][0]["year"]) == ("missed", 2025)
    assert by_id["surface-water"]["status"] == "not_assessable"
    report = tmp_path / "report.docx"
    yuzhang("plan", "report", PLAN, "--kind", "final", "--format", "docx", "--out", str(report), data=data)
    assert report.read_bytes().startswith(b"PK")


def test_reading_the_text_again_keeps_what_was_reviewed_and_adds_candidates(city: Storage, draft: Draft) -> None:
    before = actions.registered(city, OPERATOR, PLAN)
    reading = actions.read_into(city, OPERATOR, PLAN, draft)
    after = actions.registered(city, OPERATOR, PLAN)
    decided = {one.id: (one.review, one.commitment.low) for one in before.commitments if one.decided_by}
    assert {one.id: (one.review, one.commitment.low) for one in after.commitments if one.id in decided} == decided
    assert len(after.commitments) == len(before.commitments) + reading.new
    assert actions.read_into(city, OPERATOR, PLAN, draft).new == 0


def test_the_air_was_below_its_bound_in_2022_and_above_it_in_2024_and_2025_is_not_guessed(city_folder: Path) -> None:
    def air(*arguments: str) -> dict[str, object]:
        found = json.loads(yuzhang("plan", "status", "--json", *arguments, data=city_folder))
        return next(dict(one) for one in found["indicators"] if one["indicator"]["id"] == "air")

    assert air("--kind", "annual", "--year", "2022")["status"] in {"behind", "off_track"}
    final = air("--kind", "final")
    assert final["status"] == "on_track"
    assert "2024" in str(final["reason"])


def test_an_evaluation_as_known_in_2023_does_not_know_the_figures_published_later(city_folder: Path) -> None:
    found = json.loads(yuzhang("plan", "status", "--json", "--known", "2023-06-30", data=city_folder))
    used = {
        figure["known_from"]
        for one in found["indicators"]
        for target in one["targets"]
        for point in target["measured"]
        for figure in point["figures"]
    }
    assert used
    assert max(used) <= "2023-06-30"


def test_the_outline_has_every_part_chapter_and_box_once_and_not_from_the_table_of_contents(draft: Draft) -> None:
    numbers = {
        kind: [node.number for node in draft.outline if node.kind is kind]
        for kind in (NodeKind.PART, NodeKind.CHAPTER, NodeKind.BOX)
    }
    assert numbers[NodeKind.PART] == list(range(1, 17))
    assert numbers[NodeKind.CHAPTER] == list(range(1, 55))
    assert numbers[NodeKind.BOX] == list(range(1, 38))


def test_the_twelve_packages_add_up_to_fifty_thousand(draft: Draft) -> None:
    assert len(draft.packages) == 12
    assert sum(one.investment or 0 for one in draft.packages) == 50_000


def test_table_two_has_its_thirty_one_rows_with_their_units_and_properties(draft: Draft) -> None:
    rows = [row for row in draft.rows if row.table == 2]
    assert len(rows) == 31
    assert all(row.binding is not None for row in rows)
    by_name = {row.name.replace(" ", ""): row for row in rows}
    assert by_name["地区生产总值"].target_low == 8200
    water = by_name["国考地表水达到或好于Ⅲ类水体比例"]
    assert (water.base, water.target_text, water.category) == (88.9, "省下达目标", "生态文明")


def test_no_sentence_of_the_plan_is_copied_into_the_citys_folder(text: str) -> None:
    stretch = 40
    pieces = {text[at : at + stretch] for at in range(0, len(text) - stretch)}
    for path in (ROOT / "cities").rglob("*"):
        if path.suffix in {".csv", ".toml"} and path.name != "figures.csv":
            data = path.read_text("utf-8-sig")
            shared = [data[at : at + stretch] for at in range(len(data) - stretch) if data[at : at + stretch] in pieces]
            assert not shared, (path.name, shared[:1])


def test_a_wrong_path_and_a_broken_file_give_one_clear_line_each(tmp_path: Path) -> None:
    assert "nowhere.txt" in yuzhang("plan", "read", "nowhere.txt", data=tmp_path, expect=2)
    empty = tmp_path / "empty.txt"
    empty.touch()
    said = yuzhang("plan", "read", str(empty), data=tmp_path, expect=2)
    assert "empty" in said
    assert "Traceback" not in said
