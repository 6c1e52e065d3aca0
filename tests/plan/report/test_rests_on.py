"""What a report says its findings rest on: estimates, and figures of earlier years."""

import re
from dataclasses import replace

import pytest

from plan.report.samples import FIGURES, evaluation
from plan.report.test_report import all_text, section
from yuzhang.core.language import Language
from yuzhang.plan.evaluation.headline import headline
from yuzhang.plan.evaluation.model import Evaluation
from yuzhang.plan.report.content.blocks import Paragraph, Report
from yuzhang.plan.report.content.content import report_of

ESTIMATED = tuple(replace(one, confidence="low") if one.series == "天数" else one for one in FIGURES)


def said(report: Report) -> list[str]:
    return [block.text for block in report.blocks if isinstance(block, Paragraph)]


@pytest.mark.parametrize(
    ("language", "low", "others", "mark"), [("zh", "低", "高", "含预计数"), ("en", "low", "high", "uses an estimate")]
)
def test_an_indicator_judged_by_an_estimate_says_so_and_the_annex_shows_the_confidence(
    language: Language, low: str, others: str, mark: str
) -> None:
    report = report_of(evaluation(figures=ESTIMATED), language)
    table = section(report, "数据来源" if language == "zh" else "Sources")
    sure = {row.cells[1].text: row.cells[5].text for row in table.rows}
    assert table.columns[5].title == ("可信度" if language == "zh" else "Confidence")
    assert {series: word for series, word in sure.items() if word != others} == {"天数": low}
    assert len([text for text in said(report) if f"{mark} (2025)" in text or f"{mark}（2025）" in text]) == 1
    lagging = section(report, "滞后事项" if language == "zh" else "What lags")
    assert mark in lagging.rows[0].cells[3].text


def test_a_report_without_estimates_marks_no_finding() -> None:
    texts = [text for text in said(report_of(evaluation(), "zh")) if "含预计数" in text]
    assert len(texts) == 1  # the annex explains the mark
    assert texts[0].startswith("本次评估使用的每一个数据")


def counted(found: Evaluation) -> int:
    number = re.search(r"有(\d+)项截至更早年份", all_text(report_of(found, "zh")))
    return int(number[1]) if number else 0


def test_the_summary_and_the_headline_count_the_same_indicators_as_of_an_earlier_year() -> None:
    found = evaluation()
    in_words = re.findall(r"其中 (\d+) 项截至更早年份", headline(found).verdict.zh)
    assert counted(found) == headline(found).earlier == sum(map(int, in_words)) == 2


def test_a_figure_of_an_indicator_that_cannot_be_judged_is_not_counted_in_the_summary() -> None:
    broken = tuple(one for one in FIGURES if one.series != "总值增速" and not one.series.startswith("总值$"))
    level = tuple(
        replace(one, unit="万人") if one.series == "总值" and one.period.last.year == 2024 else one for one in broken
    )
    assert counted(evaluation(figures=broken)) == 1
    assert counted(evaluation(figures=level)) == 0
