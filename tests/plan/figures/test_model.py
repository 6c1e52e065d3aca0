"""Periods as figures write them."""

import doctest
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.plan.figures import checking, model
from yuzhang.plan.figures.model import Period, PeriodKind

YEARS = st.integers(1000, 9997)
WRITTEN = st.one_of(
    YEARS.map(str),
    st.builds(lambda year, quarter: f"{year}Q{quarter}", YEARS, st.integers(1, 4)),
    st.builds(lambda year, month: f"{year}-{month:02}", YEARS, st.integers(1, 12)),
    st.builds(lambda year, more: f"{year}/{min(year + more, 9998)}", YEARS, st.integers(1, 50)),
)


@pytest.mark.parametrize(
    ("text", "first", "last", "kind"),
    [
        ("2023", date(2023, 1, 1), date(2023, 12, 31), PeriodKind.YEAR),
        ("2023Q1", date(2023, 1, 1), date(2023, 3, 31), PeriodKind.QUARTER),
        ("2023Q4", date(2023, 10, 1), date(2023, 12, 31), PeriodKind.QUARTER),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29), PeriodKind.MONTH),
        ("2023-12", date(2023, 12, 1), date(2023, 12, 31), PeriodKind.MONTH),
        ("2021/2025", date(2021, 1, 1), date(2025, 12, 31), PeriodKind.SPAN),
    ],
)
def test_each_form_gives_its_first_and_last_day(text: str, first: date, last: date, kind: PeriodKind) -> None:
    assert Period.parse(text) == Period(first, last, kind)


@given(WRITTEN)
def test_period_is_written_as_it_was_read(text: str) -> None:
    period = Period.parse(text)
    assert str(period) == text
    assert period.first <= period.last


@given(st.text(alphabet="0123456789Q-/ 年０", max_size=12))
def test_any_text_is_a_period_or_refused_with_the_forms(text: str) -> None:
    try:
        period = Period.parse(text)
    except ValueError as err:
        assert "2021/2025" in str(err)  # noqa: PT017  # either outcome is right
    else:
        assert str(period) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "23",
        "2023年",
        "2023Q5",
        "2023-13",
        "2023-00",
        "2025/2021",
        "2021/2021",
        "2023-07-01",
        "２０２３",
        "0000",
        "9999",
    ],
)
def test_text_that_writes_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 2023"):
        Period.parse(text)


def test_examples_in_the_docstrings_hold() -> None:
    assert doctest.testmod(model).failed == doctest.testmod(checking).failed == 0
