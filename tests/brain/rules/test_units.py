"""Devices that send another unit than the model says: their values are converted, or do not count."""

import logging

import pytest

from brain.rules.made import MINUTE, START, Told, happenings, restarted, rows_of, rule
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.model import Aggregate, Compare, Condition, Measure

GAUGE = "urn:ngsi-ld:PumpStation:underpass"
DEEP = rule("deep", Condition(low=0.3), unit="m")
IN_CM = rule("in-cm", Condition(low=0.3), unit="cm", factor=100.0)


def send(evaluator: Evaluator, *values: float, code: str, name: str = "level", minute: int = 0) -> list[float | None]:
    """Send values, a minute apart, all in one unit; the values with which events opened."""
    rest = f'{{"type":"Property","unitCode":"{code}"}}' if code else None
    times = [START + (minute + at) * MINUTE for at in range(len(values))]
    rows = [(GAUGE, time, value, time) for time, value in zip(times, values, strict=True)]
    return [one.value for one in evaluator.take(rows_of(rows, name, [rest] * len(rows))) if one.open]


def test_twelve_centimetres_are_no_twelve_metres_and_close_no_road() -> None:
    evaluator = Evaluator([DEEP, IN_CM], Told())
    assert send(evaluator, 12.0, code="CMT") == []
    assert send(evaluator, 45.0, code="CMT", minute=1) == pytest.approx([0.45, 0.45])


@pytest.mark.parametrize(("value", "code"), [(0.4, ""), (0.4, "MTR"), (40.0, "CMT"), (400.0, "MMT"), (40.0, "cm")])
def test_the_same_depth_in_any_unit_opens_the_same_event(value: float, code: str) -> None:
    assert send(Evaluator([DEEP, IN_CM], Told()), value, code=code) == pytest.approx([0.4, 0.4])


def test_a_value_in_a_unit_of_something_else_does_not_count_and_is_said_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    evaluator = Evaluator([DEEP], Told())
    with caplog.at_level(logging.WARNING):
        assert send(evaluator, 5.0, 6.0, code="CEL") == []
        assert send(evaluator, 7.0, code="furlong", minute=3) == []
        assert send(evaluator, 8.0, code="CEL", minute=4) == []
    assert [one.getMessage() for one in caplog.records] == [
        f"level of {GAUGE} does not count for rule test/pack:deep: it comes in {code}, no m"
        for code in ("CEL", "furlong")
    ]
    assert send(evaluator, 5.0, code="MTR", minute=2) == [5.0]  # what did not count is not the newest one either


def test_windows_and_forecasts_are_of_converted_values() -> None:
    mean = rule("mean", Condition(Measure.WINDOW, low=0.3, period_us=60 * MINUTE), unit="m")
    off = rule("off", Condition(Measure.FORECAST, Compare.OUTSIDE, -0.1, 0.1, forecast="levelForecast"), unit="m")
    evaluator = Evaluator([mean, off], Told())
    assert send(evaluator, 50.0, code="CMT", name="levelForecast") == []
    assert send(evaluator, 0.5, code="MTR") == [0.5]  # the mean; it is as it was foretold
    assert send(restarted(evaluator), 50.0, code="CMT", minute=1) == []


def test_how_many_values_came_is_counted_in_whatever_unit_they_are() -> None:
    many = rule("many", Condition(Measure.WINDOW, low=1.5, period_us=60 * MINUTE, aggregate=Aggregate.COUNT), unit="1")
    assert send(Evaluator([many], Told()), 5.0, 6.0, code="MTR") == [2.0]


def test_silence_has_no_unit() -> None:
    silent = rule("silent", Condition(Measure.ABSENCE, Compare.AT_LEAST, period_us=60 * MINUTE), unit="m")
    evaluator = Evaluator([silent], Told())
    send(evaluator, 5.0, code="CEL")
    send(evaluator, 5.0, code="CEL", minute=50)
    assert evaluator.tick(START + 80 * MINUTE) == []
    assert [one[4] for one in happenings(evaluator, evaluator.tick(START + 120 * MINUTE))] == [True]
