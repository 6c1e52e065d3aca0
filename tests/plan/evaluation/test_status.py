"""The columns against a plain computation of one promise at a time, and what must hold of every status."""

from dataclasses import replace

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from plan.evaluation import reference
from yuzhang.core.language import Title
from yuzhang.plan.evaluation.computation.columns import STATUSES, Promises, Series
from yuzhang.plan.evaluation.computation.methods import directions
from yuzhang.plan.evaluation.computation.status import BLOCK, judge
from yuzhang.plan.evaluation.model import Status
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method, Target

YEARS = range(2021, 2026)
RANK = {
    Status.MISSED: 0, Status.OFF_TRACK: 0, Status.BEHIND: 1, Status.NEARLY: 1, Status.ON_TRACK: 2, Status.KEPT: 2
}  # fmt: skip

# Values as statistics have them: two decimals, now and then zero or below.
numbers = st.integers(-2_000, 30_000).map(lambda hundredths: hundredths / 100)
figures = st.dictionaries(st.sampled_from(YEARS), numbers, max_size=5)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    return Target(
        id="t",
        title=Title("", ""),
        method=draw(st.sampled_from(Method)),
        comparator=draw(st.sampled_from(Comparator)),
        low=draw(st.none() | numbers),
        high=draw(st.none() | numbers),
        unit="",
        base=draw(st.none() | numbers),
        base_year=2020,
        due=draw(st.sampled_from([2020, 2023, 2025, 2035])),
        tolerance=draw(st.sampled_from([0.0, 0.5, 3.0])),
        series="s",
        written="",
        lower_is_better=draw(st.booleans()),
    )


def columns(rows: list[dict[int, float]]) -> Series:
    return Series(
        2021, np.array([[row.get(year, np.nan) for year in YEARS] for row in rows], np.float64).reshape(-1, 5)
    )


def status(target: Target, binding: bool, figures: dict[int, float], year: int) -> Status:
    found = judge(Promises.of([target], [binding]), columns([figures]), year)
    return STATUSES[int(found.status[0])]


@given(st.lists(st.tuples(targets(), st.booleans(), figures), min_size=1, max_size=20), st.integers(2021, 2026))
def test_the_columns_agree_with_the_rules_written_out_for_one_promise(
    rows: list[tuple[Target, bool, dict[int, float]]], year: int
) -> None:
    found = judge(Promises.of([t for t, _, _ in rows], [b for _, b, _ in rows]), columns([f for _, _, f in rows]), year)
    expected = [reference.status(target, binding, known, year) for target, binding, known in rows]
    assert [STATUSES[code] for code in found.status] == expected


@given(targets(), st.booleans(), figures, st.integers(2021, 2025), st.floats(0.01, 50))
def test_a_better_figure_never_gives_a_worse_status(
    target: Target, binding: bool, known: dict[int, float], year: int, more: float
) -> None:
    side = directions(Promises.of([target], [binding]))[0]
    usable = [y for y in known if y <= min(year, target.due)]
    assume(usable and side != 0)
    better = {**known, max(usable): known[max(usable)] + side * more}
    before, after = (status(target, binding, figures, year) for figures in (known, better))
    # A level at or below zero is no data for a rate, so the two need not be comparable.
    if before in RANK and after in RANK:
        assert RANK[after] >= RANK[before]


@given(targets(), figures, st.integers(2021, 2026))
def test_a_binding_target_is_never_nearly_kept(target: Target, known: dict[int, float], year: int) -> None:
    assert status(target, True, known, year) is not Status.NEARLY


@given(targets(), st.booleans(), figures, st.integers(2021, 2026))
def test_kept_nearly_and_missed_need_a_figure_of_the_due_year(
    target: Target, binding: bool, known: dict[int, float], year: int
) -> None:
    final = status(target, binding, known, year) in (Status.KEPT, Status.NEARLY, Status.MISSED)
    assert not final or (target.due in known and year >= target.due)


@given(targets(), st.booleans(), st.integers(2021, 2026))
def test_no_figure_is_never_a_verdict(target: Target, binding: bool, year: int) -> None:
    assert status(target, binding, {}, year) in (Status.NO_DATA, Status.NOT_ASSESSABLE)


def test_rows_beyond_one_block_are_judged_like_the_first() -> None:
    one = Target(
        "t", Title("", ""), Method.LINEAR, Comparator.EXACT, 150, None, "", 100, 2020, 2025, 0, "s", "", False, False
    )
    count = BLOCK + 3
    promises = Promises.of([one, replace(one, low=300)], [False, True])
    many = Promises(*(np.resize(getattr(promises, name), count) for name in Promises.__slots__))
    series = Series(2021, np.tile([110.0, 120.0, 130.0, 140.0, 150.0], (count, 1)))
    found = judge(many, series, 2025)
    assert [STATUSES[code] for code in found.status[:2]] == [Status.KEPT, Status.MISSED]
    assert (found.status == np.resize(found.status[:2], count)).all()


def test_no_promises_at_all_give_no_outcomes() -> None:
    assert len(judge(Promises.of([], []), columns([]), 2025).status) == 0
