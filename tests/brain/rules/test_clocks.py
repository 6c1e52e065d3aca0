"""Clocks that are wrong, files of last year, batches that are sent twice: what counts, and what opens nothing."""

import numpy as np

from brain.rules.made import MINUTE, START, Told, happenings, restarted, rows_of, rule
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.panes import NEW, PANES, SEEN, Windows
from yuzhang.brain.rules.model import Aggregate, Compare, Condition, Measure, Rule
from yuzhang.core.language import Title

PUMP = "urn:ngsi-ld:PumpStation:one"
HOUR, DAY = 60 * MINUTE, 24 * 60 * MINUTE
YEAR_9999 = 253_370_764_800_000_000
HIGH = rule("high", Condition(low=3.0))


def send(evaluator: Evaluator, *rows: tuple[int, float], at: int) -> list[tuple[int, bool]]:
    """Send times and levels, all accepted at one moment; when what opened (True) or ended (False)."""
    found = evaluator.take(rows_of([(PUMP, time, level, at) for time, level in rows]))
    return [(one[3], one[4]) for one in happenings(evaluator, found)]


def live(evaluator: Evaluator, time: int, level: float) -> list[tuple[int, bool]]:
    """Send a level as it is measured."""
    return send(evaluator, (time, level), at=time)


def test_one_reading_of_the_year_9999_opens_nothing_and_the_pump_is_watched_as_before() -> None:
    evaluator = Evaluator([HIGH, rule("sum", Condition(Measure.WINDOW, low=3.0, period_us=HOUR))], Told())
    assert send(evaluator, (YEAR_9999, 9.0), at=START) == []
    assert evaluator.late.tolist() == [1, 1]
    assert live(restarted(evaluator), START + MINUTE, 5.0) == [(START + MINUTE, True)] * 2


def test_a_clock_that_is_five_minutes_fast_still_counts() -> None:
    evaluator = Evaluator([HIGH], Told())
    assert send(evaluator, (START + 5 * MINUTE, 5.0), at=START) == [(START + 5 * MINUTE, True)]


def test_a_device_with_a_clock_that_is_wrong_is_not_silent() -> None:
    evaluator = Evaluator([rule("silent", Condition(Measure.ABSENCE, Compare.AT_LEAST, period_us=HOUR))], Told())
    for hour in range(3):
        send(evaluator, (YEAR_9999 + hour, 1.0), at=START + hour * 50 * MINUTE)
    assert evaluator.tick(START + 150 * MINUTE) == []


def test_a_rule_over_a_forecast_is_about_tomorrow() -> None:
    flood = Rule("t:f", "t", Title("f", "f"), ("PumpStation",), "levelForecast", Condition(low=3.0))
    evaluator = Evaluator([flood], Told())
    found = evaluator.take(rows_of([(PUMP, START + DAY, 5.0, START)], "levelForecast"))
    assert [(one.at, one.open) for one in found] == [(START + DAY, True)]


def test_last_years_file_opens_nothing_and_the_first_value_of_today_does() -> None:
    evaluator = Evaluator([rule("high", Condition(low=3.0, for_us=10 * MINUTE))], Told())
    filed = [(START - 300 * DAY + hour * HOUR, 5.0 if hour % 3 else 1.0) for hour in range(100)]
    assert send(evaluator, *filed, at=START) == []
    assert live(evaluator, START + MINUTE, 1.0) == []
    assert live(evaluator, START + 2 * MINUTE, 5.0) == []
    assert live(evaluator, START + 12 * MINUTE, 5.0) == [(START + 12 * MINUTE, True)]


def test_a_file_of_the_last_days_teaches_what_is_usual_and_today_is_judged_by_it() -> None:
    usual = rule("unusual", Condition(Measure.BASELINE, low=2.0, days=3))
    evaluator = Evaluator([usual], Told())
    filed = [(START - day * DAY + HOUR // 2, 9.0 if day == 2 else 1.0) for day in (6, 5, 4, 3, 2)]
    assert send(evaluator, *filed, at=START) == []
    assert live(evaluator, START + HOUR // 2, 8.0) == [(START + HOUR // 2, True)]


def test_what_was_filed_ends_an_event_that_was_over_then() -> None:
    evaluator = Evaluator([HIGH], Told())
    assert live(evaluator, START, 5.0) == [(START, True)]
    backlog = [(START + hour * HOUR, level) for hour, level in ((1, 5.0), (2, 1.0), (3, 5.0))]
    assert send(evaluator, *backlog, at=START + 2 * DAY) == [(START + 2 * HOUR, False)]


def test_a_rule_that_says_its_values_come_days_later_judges_them() -> None:
    evaluator = Evaluator([rule("high", Condition(low=3.0), lateness_us=3 * DAY)], Told())
    assert send(evaluator, (START, 5.0), at=START + 2 * DAY) == [(START, True)]


def test_a_file_of_last_year_begins_no_silence_and_ends_none() -> None:
    evaluator = Evaluator([rule("silent", Condition(Measure.ABSENCE, Compare.AT_LEAST, period_us=HOUR))], Told())
    assert send(evaluator, (START - 300 * DAY, 1.0), at=START) == []
    assert evaluator.tick(START + 2 * HOUR) == []
    assert live(evaluator, START + 3 * HOUR, 1.0) == []
    assert len(evaluator.tick(START + 5 * HOUR)) == 1
    assert send(evaluator, (START - 299 * DAY, 1.0), at=START + 5 * HOUR) == []


def test_a_dry_run_judges_what_was_filed() -> None:
    evaluator = Evaluator([HIGH], Told(), history=True)
    assert send(evaluator, (START - 300 * DAY, 5.0), at=START) == [(START - 300 * DAY, True)]


def test_a_batch_that_is_sent_twice_counts_once_in_a_window() -> None:
    rain = rule("rain", Condition(Measure.WINDOW, low=10.0, period_us=HOUR, aggregate=Aggregate.SUM))
    evaluator = Evaluator([rain], Told())
    batch = [(START + minute * MINUTE, 1.0) for minute in range(8)]
    assert send(evaluator, *batch, at=START + 8 * MINUTE) == []
    assert send(restarted(evaluator), *batch, at=START + 9 * MINUTE) == []
    again = restarted(evaluator)
    assert send(again, *batch, at=START + 9 * MINUTE) == []
    late = START + MINUTE // 2
    assert send(again, (late, 1.0), at=START + 9 * MINUTE) == []  # it is late, and was not there before
    assert live(again, START + 10 * MINUTE, 1.0) == []  # ten by now
    assert live(again, START + 11 * MINUTE, 1.0) == [(START + 11 * MINUTE, True)]


def test_of_more_rows_than_are_remembered_the_newest_count_once() -> None:
    many = rule("many", Condition(Measure.WINDOW, low=SEEN * 3, period_us=HOUR, aggregate=Aggregate.COUNT))
    evaluator = Evaluator([many], Told())
    rows = [(START + second * 10_000_000, 1.0) for second in range(SEEN * 3 + 1)]
    assert send(evaluator, *rows[:-2], at=START + HOUR) == []
    assert send(evaluator, *rows[-SEEN:-2], at=START + HOUR) == []
    assert send(evaluator, rows[-2], at=START + HOUR) == []
    assert send(evaluator, rows[-1], at=START + HOUR) == [(rows[-1][0], True)]


def test_a_window_that_an_older_version_kept_is_read() -> None:
    older = np.dtype([("newest", "<i8"), ("panes", "<f8", (PANES, 5))])
    kept = np.zeros(1, older)
    kept["newest"] = 7
    windows = Windows()
    windows.load(3, kept.tobytes())
    (found,) = windows.kept[[windows.places[3]]]
    assert (found["newest"], found["seen"].tolist()) == (7, NEW["seen"][0].tolist())
