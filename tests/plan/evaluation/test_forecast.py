"""The forecast against figures worked out by hand and against scipy's own regression."""

import math

import pytest
from scipy.stats import linregress, t

from plan.evaluation.samples import figures, target
from yuzhang.plan.evaluation.assessment import assess
from yuzhang.plan.evaluation.computation.forecast import Line
from yuzhang.plan.evaluation.model import Assessment


def assessed(method: str, known: dict[str, float], **given: object) -> Assessment:
    case = {"method": method, "low": 150, "figures": known, **given}
    return assess([target(case)], [False], figures(case), 2025)[0]


def test_four_points_on_a_line_go_on_without_an_interval() -> None:
    found = assessed("linear", {"2021": 110, "2022": 120, "2023": 130, "2024": 140}).forecast
    assert found is not None
    assert found.level == 0.8
    point = found.points[-1]
    assert point.year == 2025
    assert [point.low, point.value, point.high] == pytest.approx([150, 150, 150])


def test_the_interval_is_that_of_a_new_value_by_students_t() -> None:
    years, values = [2021, 2022, 2023, 2024], [110.0, 124.0, 127.0, 141.0]
    fitted = linregress(years, values)
    # By hand: slope (−1.5·110 − 0.5·124 + 0.5·127 + 1.5·141)/5 = 9.6; residuals −1.1, 3.3, −3.3, 1.1; s² = 24.2/2 = 12.1
    half = t.ppf(0.9, 2) * math.sqrt(12.1 * (1 + 1 / 4 + 2.5**2 / 5))
    point = assessed("linear", dict(zip(map(str, years), values, strict=True))).forecast
    assert point is not None
    assert point.points[0].value == pytest.approx(fitted.slope * 2025 + fitted.intercept) == pytest.approx(149.5)
    assert point.points[0].high - point.points[0].value == pytest.approx(half)


def test_a_compound_level_is_forecast_on_its_logs() -> None:
    found = assessed("compound", {"2021": 110, "2022": 121, "2023": 133.1, "2024": 146.41}).forecast
    assert found is not None
    assert found.points[0].value == pytest.approx(161.051)


def test_growth_is_forecast_as_the_average_since_the_base_year() -> None:
    found = assessed("average_growth", {"2021": 8, "2022": 8, "2023": 8, "2024": 8}, unit="%", low=8).forecast
    assert found is not None
    assert found.points[0].value == pytest.approx(8)


def test_a_sum_is_forecast_from_the_yearly_amounts_to_come() -> None:
    found = assessed("cumulative", {"2021": 10, "2022": 20, "2023": 30, "2024": 40}, due=2026).forecast
    assert found is not None
    assert [p.value for p in found.points] == [pytest.approx(150), pytest.approx(210)]


def test_the_interval_of_a_sum_of_two_years_is_wider_than_of_one() -> None:
    line = Line.fit([2021, 2022, 2023, 2024], [10.0, 22.0, 28.0, 41.0])
    assert line.at([2025, 2026])[1] > line.at([2025])[1]


def test_a_share_is_never_forecast_beyond_the_whole() -> None:
    known = {"2021": 90.0, "2022": 93.0, "2023": 99.0, "2024": 99.0}
    found = assessed("share", known, unit="%", base=85, low=100).forecast
    assert found is not None
    assert found.points[-1].high == 100


def test_three_figures_are_too_few_and_it_says_so() -> None:
    found = assessed("linear", {"2021": 110, "2022": 120, "2023": 130})
    assert found.forecast is None
    assert found.no_forecast is not None
    assert found.no_forecast.en == "A forecast needs at least 4 yearly figures; there are 3."


def test_a_measured_due_year_is_not_forecast() -> None:
    found = assessed("linear", {"2021": 110, "2022": 120, "2023": 130, "2025": 150})
    assert found.no_forecast is not None
    assert "nothing to forecast" in found.no_forecast.en


def test_a_wildly_uneven_series_still_gives_a_finite_forecast() -> None:
    found = assessed("compound", {"2021": 1e-9, "2022": 1e17, "2023": 1e-9, "2024": 1e17}, due=2035).forecast
    assert found is not None
    assert all(math.isfinite(x) for p in found.points for x in (p.value, p.low, p.high))
