"""Verdicts that rest on estimates say so, in the reason and in the step of the figure; the others do not."""

from dataclasses import replace
from typing import Any

from plan.evaluation.samples import figure, indicator, plan, snapshot, target
from yuzhang.plan.evaluation.assessment import assess
from yuzhang.plan.evaluation.evaluate import evaluate_plan
from yuzhang.plan.evaluation.model import Assessment, EvaluationKind
from yuzhang.plan.figures.model import Figure

LEVEL = {"method": "linear", "low": 150}
GROWTH = {"method": "average_growth", "low": 6, "unit": "%"}


def assessed(given: dict[str, Any], *figures: Figure) -> Assessment:
    return assess([target(given)], [False], figures, 2025)[0]


def steps(found: Assessment) -> list[str]:
    return [step.title.en for step in found.steps if "estimate" in step.title.en]


def test_a_verdict_on_an_estimate_says_so_in_both_languages() -> None:
    found = assessed(LEVEL, figure("2025", 151, confidence="low"))
    assert found.status == "kept"
    assert found.reason.zh.endswith("达到目标（≥ 150 亿元）。含预计数（2025）。")
    assert found.reason.en.endswith("keeps the target (≥ 150 亿元). This uses an estimate (2025).")
    assert steps(found) == ["Figure of 2025 (uses an estimate: 2025)"]
    assert any(step.title.zh == "2025 年数据（含预计数：2025）" for step in found.steps)


def test_an_average_names_the_years_that_were_estimated() -> None:
    years = {2021: "high", 2022: "low", 2023: "low"}
    found = assessed(GROWTH, *(figure(str(year), 5, "%", confidence=sure) for year, sure in years.items()))
    assert found.reason.en.endswith("This uses estimates (2022, 2023).")
    assert steps(found) == ["Average growth 2021–2023 (uses an estimate: 2022, 2023)"]


def test_an_estimate_that_the_judged_number_was_not_made_from_is_not_said() -> None:
    found = assessed(LEVEL, figure("2023", 120, confidence="low"), figure("2025", 151, confidence="medium"))
    assert "estimate" not in found.reason.en
    assert "预计" not in found.reason.zh
    assert steps(found) == []
    assert "estimate" not in assessed(GROWTH, figure("2023", 5, "%", confidence="low")).reason.en


def test_an_estimated_base_that_the_plan_does_not_give_is_said_with_its_step() -> None:
    base, last = figure("2020", 100, confidence="low"), figure("2025", 151)
    found = assessed({**LEVEL, "base": False}, base, last)
    assert found.reason.en.endswith("This uses an estimate (2020).")
    assert [title.endswith("(uses an estimate: 2020)") for title in steps(found)] == [True]
    assert "This uses" not in assessed(LEVEL, base, last).reason.en


def test_an_indicator_decided_by_an_estimate_says_so() -> None:
    targets = (target(LEVEL, "level"), replace(target(GROWTH, "growth"), series="growth"))
    known = snapshot([figure("2025", 90, confidence="low")])
    found = evaluate_plan(plan([indicator("gdp", *targets)]), known, kind=EvaluationKind.FINAL, year=2025)
    assert "uses an estimate (2025)" in found.indicators[0].reason.en
