"""What a chart gets of series in a window: few points, every extreme, and summaries where rows are gone."""

from collections.abc import Iterator

import duckdb
import pytest

from yuzhang.brain.history.charting import Moment, courses
from yuzhang.brain.history.store.lake import TABLES

DAY_US = 86_400_000_000
START = 1_451_606_400_000_000
"""2016-01-01T00:00:00Z."""


@pytest.fixture
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """The lake's tables in plain DuckDB, empty."""
    with duckdb.connect() as made:
        for statement in TABLES:
            if statement.startswith("CREATE"):
                made.execute(statement)
        yield made


def put(lake: duckdb.DuckDBPyConnection, series: int, rows: list[tuple[int, float | None]]) -> None:
    """Rows of a series."""
    lake.executemany(
        "INSERT INTO observations (series, time, value, deleted) VALUES (?, make_timestamp(?::BIGINT), ?, false)",
        [(series, *row) for row in rows],
    )


def sum_up(lake: duckdb.DuckDBPyConnection, step_s: int, at: int, count: int, *values: float) -> None:
    """A summary of series 1: mean, lowest, highest, first, last."""
    lake.execute(
        "INSERT INTO rollups VALUES (0, ?, 1, make_timestamp(?::BIGINT), ?, ?, ?, ?, ?, ?)",
        [step_s, at, count, *values],
    )


def test_ten_years_of_a_minute_each_keep_the_one_spike_and_come_as_few_points(lake: duckdb.DuckDBPyConnection) -> None:
    lake.execute(
        "INSERT INTO observations (series, time, value, deleted) "
        "SELECT 1, make_timestamp(?::BIGINT + i * 60000000), sin(i / 1000), false FROM range(500000) t(i)",
        [START],
    )
    spike, dip = START + 123_456 * 60_000_000 + 1, START + 400_001 * 60_000_000 + 1
    put(lake, 1, [(spike, 99.0), (dip, -99.0)])
    (course,) = courses(lake, [1], START, START + 500_000 * 60_000_000, 300).values()
    assert len(course.points) <= 4 * 300
    assert course.count == 500_002
    assert (course.highest, course.lowest) == (Moment(spike, 99.0), Moment(dip, -99.0))
    assert {Moment(spike, 99.0), Moment(dip, -99.0)} <= set(course.points)
    assert course.points == sorted(course.points, key=lambda one: one.time)
    assert course.points[0].time == START


def test_few_points_come_as_they_are_series_apart_and_what_lies_outside_or_is_no_number_stays_out(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    put(lake, 1, [(START - 1, 7.0), (START, 1.0), (START + 5, 3.0), (START + 9, None), (START + 10, 8.0)])
    put(lake, 2, [(START + 2, 2.0)])
    put(lake, 3, [(START + 2, 2.0)])
    found = courses(lake, [1, 2, 4], START, START + 10, 100)
    assert found[1].points == [Moment(START, 1.0), Moment(START + 5, 3.0)]
    assert (found[1].count, found[1].mean) == (2, 2.0)
    assert found[2].points == [Moment(START + 2, 2.0)]
    assert set(found) == {1, 2}


def test_summaries_stand_for_rows_that_were_thinned_with_their_extremes_and_counts(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    sum_up(lake, 3600, START, 60, 5.0, -1.0, 50.0, 2.0, 3.0)
    put(lake, 1, [(START + DAY_US, 4.0), (START + DAY_US + 1, 6.0)])
    (course,) = courses(lake, [1], START, START + 2 * DAY_US, 1000).values()
    assert [one.value for one in course.points] == [2.0, -1.0, 50.0, 3.0, 4.0, 6.0]
    assert (course.count, course.step_s) == (62, 3600)
    assert course.mean == pytest.approx((60 * 5 + 10) / 62)


def test_summary_is_silent_while_its_rows_are_there_and_speaks_beside_one_that_came_late(
    lake: duckdb.DuckDBPyConnection,
) -> None:
    sum_up(lake, 3600, START, 2, 1.5, 1.0, 2.0, 1.0, 2.0)
    put(lake, 1, [(START, 1.0), (START + 60_000_000, 2.0)])
    (course,) = courses(lake, [1], START, START + DAY_US, 1000).values()
    assert (course.count, course.step_s) == (2, 0)
    sum_up(lake, 3600, START + 3_600_000_000, 60, 5.0, 0.0, 9.0, 5.0, 5.0)
    put(lake, 1, [(START + 3_600_000_001, 20.0)])
    (course,) = courses(lake, [1], START, START + DAY_US, 1000).values()
    assert (course.count, course.step_s) == (2 + 61, 3600)
    assert course.highest is not None
    assert course.highest.value == 20.0


def test_finer_summaries_are_drawn_where_there_are_both(lake: duckdb.DuckDBPyConnection) -> None:
    sum_up(lake, 86400, START, 20, 5.0, 0.0, 9.0, 5.0, 5.0)
    sum_up(lake, 3600, START, 10, 5.0, 0.0, 9.0, 5.0, 5.0)
    sum_up(lake, 3600, START + 3_600_000_000, 10, 5.0, 1.0, 8.0, 5.0, 5.0)
    sum_up(lake, 86400, START - DAY_US, 20, 5.0, -5.0, 9.0, 5.0, 5.0)
    (course,) = courses(lake, [1], START - DAY_US, START + DAY_US, 1000).values()
    assert course.count == 40
    assert len(course.points) == 12


def test_nothing_is_asked_of_no_series_or_an_empty_window(lake: duckdb.DuckDBPyConnection) -> None:
    put(lake, 1, [(START, 1.0)])
    assert courses(lake, [], START, START + 1, 10) == {}
    assert courses(lake, [1], START, START, 10) == {}
