"""Values are compared with what was expected of them, as forecasts come: ahead of time, again and again."""

import numpy as np

from brain.rules.made import MINUTE, START, Told, happenings, restarted, rows_of, rule
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.forecasts import POINTS
from yuzhang.brain.rules.model import Compare, Condition, Measure

PUMP = "urn:ngsi-ld:PumpStation:one"
HOUR = 60 * MINUTE
WIDE = "https://example.org/water/"


def condition() -> Condition:
    """More than a metre from the forecast."""
    return Condition(Measure.FORECAST, Compare.OUTSIDE, -1.0, 1.0, forecast="levelForecast")


def foretell(evaluator: Evaluator, levels: dict[int, float], name: str = "levelForecast") -> None:
    """Send a forecast: levels by the hour."""
    rows = [(PUMP, START + hour * HOUR, level, START) for hour, level in levels.items()]
    assert evaluator.take(rows_of(rows, name)) == []


def observe(evaluator: Evaluator, minute: int, level: float, name: str = "level") -> list[bool]:
    """Send a level; what opened (True) and ended (False)."""
    time = START + minute * MINUTE
    return [one[4] for one in happenings(evaluator, evaluator.take(rows_of([(PUMP, time, level, time)], name)))]


def test_a_level_that_leaves_its_forecast_opens_an_event_and_one_that_follows_it_does_not() -> None:
    evaluator = Evaluator([rule("off", condition())], Told())
    foretell(evaluator, {0: 2.0, 1: 5.0, 2: 2.0})
    assert observe(evaluator, 10, 2.5) == []
    assert observe(evaluator, 70, 5.5) == []  # as expected at this hour, though far from the one before
    assert observe(evaluator, 80, 2.0) == [True]
    assert observe(restarted(evaluator), 130, 2.2) == [False]


def test_a_newer_forecast_of_the_same_time_counts_and_an_outlived_one_does_not() -> None:
    evaluator = Evaluator([rule("off", condition())], Told())
    foretell(evaluator, {0: 2.0, 1: 2.0})
    foretell(evaluator, {1: 6.0})
    assert observe(evaluator, 70, 6.0) == []
    assert observe(evaluator, 119, 2.0) == [True]
    assert observe(evaluator, 125, 6.0) == []  # nobody foretold it: it is not judged, and the event stays


def test_names_of_a_vocabulary_are_the_same_attributes() -> None:
    evaluator = Evaluator([rule("off", condition())], Told())
    foretell(evaluator, {0: 2.0}, f"{WIDE}levelForecast")
    assert observe(evaluator, 1, 9.0, f"{WIDE}level") == [True]


def test_a_long_forecast_keeps_its_next_hours_and_goes_on_with_the_next_one() -> None:
    evaluator = Evaluator([rule("off", condition())], Told())
    foretell(evaluator, dict.fromkeys(range(400), 2.0))
    assert observe(evaluator, (POINTS - 1) * 60, 9.0) == [True]
    assert observe(evaluator, (POINTS + 1) * 60, 2.0) == []
    foretell(evaluator, dict.fromkeys(range(POINTS, 400), 2.0))
    assert observe(evaluator, (POINTS + 2) * 60, 2.0) == [False]
    assert int(np.sum(evaluator.forecasts.kept["time"][0] < START + 400 * HOUR)) <= POINTS
