"""Each method held against cases computed by hand; the cases are data that a planner can read (cases.toml)."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from plan.evaluation.samples import figures, target
from yuzhang.plan.evaluation.assessment import assess
from yuzhang.plan.evaluation.model import Assessment
from yuzhang.plan.registry.model import Method

CASES = tomllib.loads((Path(__file__).parent / "cases.toml").read_text("utf-8"))["case"]


def assessed(given: dict[str, Any]) -> Assessment:
    return assess([target(given)], [given.get("binding", False)], figures(given), given.get("year", 2025))[0]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_a_promise_is_judged_as_computed_by_hand(case: dict[str, Any]) -> None:
    found = assessed(case["given"])
    for key, value in case["expect"].items():
        if key == "reason":
            assert value in found.reason.en
        elif isinstance(value, int | float):
            assert getattr(found, key) == pytest.approx(value, abs=6e-5), key
        else:
            assert getattr(found, key) == value, key


def test_every_method_has_a_case() -> None:
    assert {case["given"]["method"] for case in CASES} == {method.value for method in Method}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_every_case_is_explained_in_both_languages_without_a_broken_number(case: dict[str, Any]) -> None:
    found = assessed(case["given"])
    assert found.reason.zh
    assert found.reason.en
    assert (found.forecast is None) != (found.no_forecast is None)
    for step in found.steps:
        assert step.title.zh
        assert step.title.en
        assert not any(word in f"{step.numbers} {step.result}" for word in ("nan", "inf", "None"))


def test_only_a_figure_of_the_due_year_gives_a_verdict() -> None:
    given = {"method": "linear", "low": 150, "figures": {"2024": 160}}
    found = assessed(given)
    assert found.status == "on_track"
    assert found.reason.en.startswith("As of 2024: ")
    assert "no figure of 2025 yet" in found.reason.en


def test_the_path_starts_at_the_base_and_ends_at_the_promise() -> None:
    found = assessed({"method": "linear", "low": 150, "figures": {"2022": 121}, "year": 2022})
    assert [(p.year, round(p.value, 6)) for p in found.path] == [
        (2020, 100), (2021, 110), (2022, 120), (2023, 130), (2024, 140), (2025, 150)
    ]  # fmt: skip


def test_an_average_names_every_figure_that_it_was_made_from() -> None:
    given = {"method": "average_growth", "low": 8, "unit": "%", "figures": {"2021": 9, "2022": 8, "2023": 7}}
    found = assessed(given)
    assert [f.period.last.year for f in found.measured[-1].figures] == [2021, 2022, 2023]
    assert found.actual == pytest.approx((1.09 * 1.08 * 1.07) ** (1 / 3) * 100 - 100)


def test_a_reader_can_follow_the_computation_by_hand() -> None:
    found = assessed({"method": "linear", "low": 150, "year": 2022, "figures": {"2022": 118}})
    lines = [(step.formula, step.numbers, step.result) for step in found.steps]
    assert ("e = b + (z − b) × t ÷ T", "100 + (150 − 100) × 2 ÷ 5", "120 亿元") in lines
    assert ("x − e", "118 − 120", "-2 亿元") in lines
    assert ("(x − b) ÷ (e − b)", "(118 − 100) ÷ (120 − 100)", "90.0% ✓") in lines
    assert ("(z − x) ÷ (T − t)", "(150 − 118) ÷ 3", "10.6667 亿元") in lines


def test_a_bound_is_shown_for_each_year_beside_the_verdict() -> None:
    given = {"method": "at_least", "comparator": ">=", "low": 90, "unit": "%", "figures": {"2022": 85.8, "2024": 92.1}}
    marks = [step.numbers for step in assessed(given).steps if "Each year" in step.title.en]
    assert marks == ["2022: 85.8 ✗; 2024: 92.1 ✓"]


def test_a_published_base_that_differs_from_the_plan_is_shown_and_the_plans_base_is_used() -> None:
    found = assessed({"method": "linear", "low": 150, "year": 2022, "figures": {"2020": 104, "2022": 121}})
    assert found.expected == pytest.approx(120)
    assert any("published: 104" in step.title.en for step in found.steps)
