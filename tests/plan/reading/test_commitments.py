"""Formulations of the genre, each with what it promises: [low, high, unit, comparator]; an empty list promises nothing."""

import json
from pathlib import Path
from typing import TypedDict

import pytest

from yuzhang.plan.reading.commitments import commitment_lines
from yuzhang.plan.reading.draft import read_plan

KEYS = {
    "quote", "start", "end", "place", "subject", "comparator", "low", "high", "unit", "per", "baseline", "due", "kind",
    "confidence",
}  # fmt: skip


class Case(TypedDict):
    given: str
    expect: list[tuple[float, float | None, str | None, str]]


CASES: list[Case] = json.loads((Path(__file__).parent / "formulations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=[case["given"][:24] for case in CASES])
def test_a_formulation_of_the_genre_promises_what_a_planner_reads_in_it(case: Case) -> None:
    draft = read_plan(f"第一章 主要任务\n\n{case['given']}\n")
    found = sorted(str((c.low, c.high, c.unit, c.comparator.value)) for c in draft.commitments if c.confidence >= 0.5)
    assert found == sorted(str((float(a), b and float(b), u, s)) for a, b, u, s in case["expect"])


def only(sentence: str) -> dict[str, object]:
    (line,) = commitment_lines(read_plan(f"第一章 主要任务\n\n{sentence}\n"))
    found: dict[str, object] = json.loads(line)
    return found


def test_a_line_has_exactly_the_keys_of_the_format() -> None:
    line = only("到2025年，高新技术企业达到500家。")
    assert set(line) == KEYS
    assert line["place"] == {"part": None, "chapter": 1, "section": None, "box": None, "item": None}


def test_a_change_keeps_where_it_starts_as_baseline() -> None:
    line = only("常住人口城镇化率由56%提高到60%。")
    assert (line["subject"], line["low"], line["baseline"]) == ("常住人口城镇化率", 60, 56)


def test_a_rate_keeps_its_base_apart_from_its_subject() -> None:
    line = only("每万人口发明专利拥有量达到18件。")
    assert (line["subject"], line["per"], line["unit"], line["kind"]) == ("发明专利拥有量", "万人", "件", "level")


def test_a_yearly_growth_is_per_year() -> None:
    line = only("社会消费品零售总额年均增长8%左右。")
    assert (line["comparator"], line["per"], line["kind"]) == ("~", "年", "growth_rate")


def test_a_fall_is_named_in_the_subject() -> None:
    line = only("万元地区生产总值能耗下降14%。")
    assert (line["subject"], line["low"], line["kind"]) == ("万元地区生产总值能耗降幅", 14, "growth_rate")


def test_a_year_before_the_last_is_due_then_and_a_vision_in_its_own_year() -> None:
    draft = read_plan(
        "第一章 主要目标\n\n到2023年，建成公园10座。到2035年，建成公园50座。\n\n建成学校20所。\n\n第二章 2035年远景目标\n\n人均收入翻一番。\n"
    )
    assert [c.due for c in draft.commitments] == [2023, 2035, 2025, 2035]


def test_a_sentence_broken_by_a_page_keeps_its_promise_and_its_exact_quote() -> None:
    text = "第一章 主要任务\n\n加快建设新型基础设施，持续推进工业互联网创新发展，到2025年建成 5\n\n- 12 -\n\n个以上工业互联网平台。\n"
    (found,) = read_plan(text).commitments
    assert (found.low, found.subject, found.comparator) == (5, "工业互联网平台", ">=")
    assert found.quote == text[found.start : found.end]


def test_an_estimate_of_investment_is_kept_as_doubtful_and_says_why() -> None:
    (found,) = read_plan("第一章 主要任务\n\n科创产业园。总投资约100亿元。\n").commitments
    assert found.confidence < 0.5
    assert found.note
    assert found.subject == "科创产业园总投资"
