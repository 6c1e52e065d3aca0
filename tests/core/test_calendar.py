"""Working time: as announced, and as the package chinesecalendar has it from the same notices."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from yuzhang.core.calendar import Calendar, add_working_hours, announced, national, working_hours_between
from yuzhang.core.moments import ZONE

MOMENTS = some.datetimes(datetime(2024, 1, 1), datetime(2026, 12, 1)).map(lambda at: at.replace(tzinfo=UTC))
HOURS = some.floats(0, 400).map(lambda one: round(one, 3))


def in_city(*of: int) -> datetime:
    """A moment of the city's clock."""
    year, month, day, hour, minute = of
    return datetime(year, month, day, hour, minute, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("day", "worked"),
    [
        (date(2026, 2, 14), True),  # a Saturday, worked for the spring festival
        (date(2026, 2, 16), False),
        (date(2026, 1, 4), True),
        (date(2026, 10, 10), True),
        (date(2025, 10, 8), False),
        (date(2024, 2, 9), True),  # the eve of 2024 was left to employers
        (date(2026, 11, 28), False),
    ],
)
def test_days_are_worked_as_the_notices_say(day: date, worked: bool) -> None:
    assert national().worked(day) is worked


def test_every_day_is_as_chinesecalendar_has_it() -> None:
    chinese_calendar = pytest.importorskip("chinese_calendar")
    day = date(2024, 1, 1)
    while day.year < 2027:
        assert national().worked(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


def test_a_deadline_over_the_holidays_falls_on_the_first_working_day_after_them() -> None:
    due = add_working_hours(in_city(2026, 9, 30, 17, 0), 2)
    assert due.astimezone(ZONE) == in_city(2026, 10, 8, 9, 30)
    due = add_working_hours(in_city(2026, 2, 13, 17, 30), 9)  # Saturday the 14th is worked
    assert due.astimezone(ZONE) == in_city(2026, 2, 24, 9, 0)


def test_a_year_that_was_not_announced_is_provisional_and_known_once_it_is(tmp_path: Path) -> None:
    assert national().provisional(2027)
    assert not national().provisional(2026)
    assert national().worked(date(2027, 1, 1))  # a Friday, for the time being
    (tmp_path / "2027.toml").write_text(
        'source = "x"\npublished = 2026-11-30\n[[holiday]]\nname = "元旦"\nfrom = 2027-01-01\nto = 2027-01-03\n'
    )
    known = Calendar(announced(tmp_path))
    assert not known.worked(date(2027, 1, 1))
    assert known.version != national().version


def test_a_notice_that_ends_before_it_begins_is_refused(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(
        'source = "x"\npublished = 2026-11-30\n[[holiday]]\nname = "元旦"\nfrom = 2027-01-03\nto = 2027-01-01\n'
    )
    with pytest.raises(ValueError, match="ends before"):
        announced(tmp_path)


def test_naive_moments_and_negative_hours_are_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        add_working_hours(datetime(2026, 1, 1), 1)  # that is the fault
    with pytest.raises(ValueError, match="0 on"):
        add_working_hours(in_city(2026, 1, 1, 0, 0), -1)


@given(start=MOMENTS, hours=HOURS)
def test_as_many_hours_lie_between_as_were_added(start: datetime, hours: float) -> None:
    end = add_working_hours(start, hours)
    assert end >= start
    assert working_hours_between(start, end) == pytest.approx(hours, abs=1e-6)


@given(start=MOMENTS, hours=HOURS)
def test_a_deadline_is_always_in_working_time(start: datetime, hours: float) -> None:
    end = add_working_hours(start, hours).astimezone(ZONE)
    inside = time(8, 30) <= end.time() <= time(12) or time(13, 30) <= end.time() <= time(18)
    assert inside
    assert national().worked(end.date())


@given(start=MOMENTS, first=HOURS, then=HOURS)
def test_hours_are_added_in_parts_as_in_one(start: datetime, first: float, then: float) -> None:
    whole = add_working_hours(start, first + then)
    parts = add_working_hours(add_working_hours(start, first), then)
    assert abs(working_hours_between(start, whole) - working_hours_between(start, parts)) < 1e-6
