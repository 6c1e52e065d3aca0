"""The forecast of a series to the due year: a straight line by least squares, with its prediction interval.

Source: Draper and Smith, Applied Regression Analysis, 3rd ed. (1998), chapter 1; the interval is that of a new value.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.computation.columns import Floats
from yuzhang.plan.evaluation.computation.series import Readings
from yuzhang.plan.evaluation.model import Forecast, ForecastPoint
from yuzhang.plan.registry.model import Method, Target

COVERAGE = 0.8
FEWEST = 4
"""Fewer yearly figures leave one degree of freedom or none: the interval would say nothing."""


@dataclass(frozen=True, slots=True)
class Line:
    """A fitted line: `slope` and `intercept` at `center`, the mean year; `spread` is the residual standard error."""

    center: float
    intercept: float
    slope: float
    spread: float
    squares: float
    count: int

    @classmethod
    def fit(cls, years: Sequence[int], values: Sequence[float]) -> Self:
        """The line of least squares through at least three points of different years.

        >>> Line.fit([2020, 2021, 2022], [1.0, 2.0, 3.0]).at([2023])[0]
        4.0
        """
        x, y = np.asarray(years, np.float64), np.asarray(values, np.float64)
        center, squares = float(x.mean()), float(((x - x.mean()) ** 2).sum())
        slope = float(((x - center) * y).sum() / squares)
        residuals: Floats = y - y.mean() - slope * (x - center)
        spread = math.sqrt(float((residuals**2).sum()) / (len(x) - 2))
        return cls(center, float(y.mean()), slope, spread, squares, len(x))

    def at(self, years: Sequence[int]) -> tuple[float, float]:
        """The expected sum of new values in `years` and half the width of its interval; one year gives that year's value."""
        # Imported here: scipy takes a moment to load and most pages of a plan have no forecast.
        from scipy.special import stdtrit

        many, away = len(years), sum(year - self.center for year in years)
        value = many * self.intercept + self.slope * away
        variance = many + many**2 / self.count + away**2 / self.squares
        return value, float(stdtrit(self.count - 2, (1 + COVERAGE) / 2)) * self.spread * math.sqrt(variance)


def forecast(target: Target, readings: Readings, to_date: Mapping[int, float]) -> Forecast | Title:
    """The forecast from the last figure to the due year, in the target's unit, or why there is none.

    `to_date` holds what each year's figure says of the promise, as `methods.to_date` gives it.
    """
    if readings.problem:
        return readings.problem
    running = target.method in (Method.AVERAGE_GROWTH, Method.CUMULATIVE)
    years = sorted(to_date if running else readings.values)
    count = len(readings.values) if target.method is Method.CUMULATIVE else len(years)
    if count < FEWEST:
        return Title(
            f"预测至少需要 {FEWEST} 个年度数据，现有 {count} 个。",
            f"A forecast needs at least {FEWEST} yearly figures; there {'is' if count == 1 else 'are'} {count}.",
        )
    if years[-1] >= target.due:
        return Title("已有目标年的数据，无需预测。", "The due year has its figure: there is nothing to forecast.")
    ahead = range(years[-1] + 1, target.due + 1)
    values = {year: reading.value for year, reading in readings.values.items()}
    if target.method is Method.AVERAGE_GROWTH:
        return _of_growth(target, to_date, ahead)
    if target.method is Method.CUMULATIVE:
        return _of_sums(values, to_date[years[-1]], ahead)
    if target.method is Method.COMPOUND:
        return _of_values("ols-log", {year: math.log(value) for year, value in values.items()}, ahead, _exp)
    return _of_values("ols", values, ahead, _inside(target))


def _exp(log: float) -> float:
    # The interval of a very uneven series may leave what a float can hold.
    return math.exp(min(log, 700.0))


def _inside(target: Target) -> Callable[[float], float]:
    """A share cannot leave 0 to 100 %, nor may its forecast."""
    if target.method in (Method.SHARE, Method.QUALITATIVE) and target.unit == "%":
        return lambda value: min(max(value, 0.0), 100.0)
    return lambda value: value


def _of_values(model: str, values: Mapping[int, float], ahead: range, back: Callable[[float], float]) -> Forecast:
    line = Line.fit(list(values), list(values.values()))
    fitted = [(year, *line.at([year])) for year in ahead]
    return Forecast(
        model, COVERAGE, tuple(ForecastPoint(y, back(v), back(v - half), back(v + half)) for y, v, half in fitted)
    )


def _of_growth(target: Target, averages: Mapping[int, float], ahead: range) -> Forecast:
    """Growth is forecast on the log of the real index (base year 1) and given back as the average since the base year."""
    logs = {year: (year - target.base_year) * math.log1p(average / 100) for year, average in averages.items()}
    line = Line.fit([target.base_year, *logs], [0.0, *logs.values()])
    points = []
    for year in ahead:
        log, half = line.at([year])
        low, value, high = ((_exp(x / (year - target.base_year)) - 1) * 100 for x in (log - half, log, log + half))
        points.append(ForecastPoint(year, value, low, high))
    return Forecast("ols-log-index", COVERAGE, tuple(points))


def _of_sums(yearly: Mapping[int, float], so_far: float, ahead: range) -> Forecast:
    """A sum is forecast as what it is so far plus the yearly amounts to come."""
    line = Line.fit(list(yearly), list(yearly.values()))
    points = []
    for year in ahead:
        added, half = line.at(range(ahead[0], year + 1))
        points.append(ForecastPoint(year, so_far + added, so_far + added - half, so_far + added + half))
    return Forecast("ols-sum", COVERAGE, tuple(points))
