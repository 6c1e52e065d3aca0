"""Rules in columns give what rules row by row give, whatever comes, however it is split, and after any restart."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from brain.rules.made import MINUTE, START, Told, happenings, restarted, rows_of, rule, together
from brain.rules.plain import Reference, Row
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.model import Aggregate, Compare, Condition, Maintenance, Measure, Quiet, Rule, Weekly

ENTITIES = [f"urn:ngsi-ld:PumpStation:{number}" for number in range(3)]
VALUES = st.integers(-4, 8).map(float)
BOUNDS = st.integers(-3, 7).map(float)


@st.composite
def conditions(draw: st.DrawFn) -> Condition:
    """Any condition that needs no places."""
    measure = draw(
        st.sampled_from(
            [Measure.VALUE, Measure.RATE, Measure.WINDOW, Measure.WINDOW, Measure.BASELINE, Measure.FORECAST]
        )
    )
    fresh_us = draw(st.sampled_from([10, 60, 600])) * MINUTE
    compare = draw(st.sampled_from(list(Compare)))
    low = draw(BOUNDS) + (0.37 if measure is not Measure.VALUE else 0.0)
    high = low + draw(st.integers(0, 3)) if compare in (Compare.BETWEEN, Compare.OUTSIDE) else math.nan
    ease = draw(st.one_of(st.none(), st.integers(0, 2).map(float)))
    clear_low = clear_high = math.nan
    if ease is not None:
        if compare in (Compare.ABOVE, Compare.AT_LEAST):
            clear_low = low - ease
        elif compare in (Compare.BELOW, Compare.AT_MOST):
            clear_low = low + ease
        elif compare is Compare.BETWEEN:
            clear_low, clear_high = low - ease, high + ease
        elif compare is Compare.OUTSIDE and ease * 2 <= high - low:
            clear_low, clear_high = low + ease, high - ease
    return Condition(
        measure,
        compare,
        low,
        high,
        clear_low,
        clear_high,
        for_us=draw(st.sampled_from([0, 0, 1, 3, 10])) * MINUTE,
        period_us=draw(st.sampled_from([12, 24, 60])) * MINUTE,
        aggregate=draw(st.sampled_from(list(Aggregate))),
        days=1,
        fresh_us=fresh_us,
        forecast="levelForecast" if measure is Measure.FORECAST else "",
    )


@st.composite
def weekly(draw: st.DrawFn) -> Weekly:
    """A window of some days of the week, over midnight too."""
    start = draw(st.integers(0, 1439))
    end = draw(st.integers(1, 1440).filter(lambda one: one != start and (start, one) != (0, 1440)))
    days = draw(st.sets(st.integers(0, 6), min_size=1, max_size=5))
    return Weekly(tuple(sorted(days)), start, end, draw(st.sampled_from(["", ENTITIES[0]])))


@st.composite
def rules(draw: st.DrawFn) -> list[Rule]:
    """Some rules, of silence too."""
    found = []
    for number in range(draw(st.integers(1, 5))):
        condition = draw(
            st.one_of(
                conditions(),
                conditions(),
                st.builds(Condition, st.just(Measure.ABSENCE), period_us=st.integers(5, 30).map(lambda n: n * MINUTE)),
            )
        )
        quiet: tuple[Maintenance, ...] = ()
        if draw(st.booleans()):
            begun = START + draw(st.integers(0, 60)) * MINUTE
            entity = draw(st.sampled_from(["", ENTITIES[0]]))
            quiet = (Quiet(begun, begun + draw(st.integers(1, 40)) * MINUTE, entity),)
        quiet += tuple(draw(st.lists(weekly(), max_size=1)))
        found.append(
            rule(
                f"r{number}",
                condition,
                cooldown_us=draw(st.sampled_from([0, 0, 5, 20])) * MINUTE,
                lateness_us=draw(st.sampled_from([0, 5, 60])) * MINUTE,
                quiet=quiet,
            )
        )
    return found


@st.composite
def batches(draw: st.DrawFn) -> list[list[Row]]:
    """Rows in batches, accepted one after the other; their own times are out of order by up to half an hour, some come twice.

    Most are accepted soon after they were made, some before (by a clock that is wrong) or a day later; a batch may be sent again.
    """
    step = draw(st.sampled_from([1, 1, 7, 180]))
    found: list[list[Row]] = []
    now, count = START, 0
    for size in draw(st.lists(st.integers(0, 12), min_size=1, max_size=8)):
        batch: list[tuple[str, int, float]] = []
        for _ in range(size):
            count += draw(st.integers(0, 2))
            behind = draw(st.sampled_from([0, 0, 0, 0, 1, 4, 30]))
            batch.append((draw(st.sampled_from(ENTITIES)), START + (count - behind) * step * MINUTE, draw(VALUES)))
        delay = draw(st.sampled_from([0] * 8 + [5, -8, -30, 1436, 1560])) * MINUTE
        now = max(now, max((one[1] for one in batch), default=now) + delay) + draw(st.integers(0, 15)) * MINUTE
        found.append([(*one, now) for one in batch])
        if found[-1] and draw(st.integers(0, 5)) == 0:
            now += MINUTE
            found.append([(*one, now) for one in batch])
        if now > START + count * step * MINUTE and draw(st.booleans()):
            count = (now - START) // (step * MINUTE)
    return found


@settings(max_examples=400)
@given(rules(), batches(), batches(), st.booleans())
def test_columns_give_what_row_by_row_gives(
    some: list[Rule], parts: list[list[Row]], foretold: list[list[Row]], restarts: bool
) -> None:
    evaluator, reference = Evaluator(some, Told()), Reference(some)
    for at, part in enumerate(parts):
        if part:
            forecasts = foretold[at] if at < len(foretold) else []
            rows = together(rows_of(part), rows_of(forecasts, "levelForecast")) if forecasts else rows_of(part)
            found = happenings(evaluator, evaluator.take(rows))
            assert sorted(found) == sorted(reference.take(part, forecasts))
        if restarts:
            evaluator = restarted(evaluator)
        now = max((one[3] for one in part), default=START)
        assert sorted(happenings(evaluator, evaluator.tick(now))) == sorted(reference.tick(now))
    if not restarts:
        assert evaluator.late.sum() == sum(one.late for one in reference.of.values())


@settings(max_examples=200)
@given(rules(), batches(), st.data())
def test_how_rows_in_order_are_split_makes_no_difference(
    some: list[Rule], parts: list[list[Row]], data: st.DataObject
) -> None:
    rows = sorted(
        {(entity, time): (entity, time, value, time) for part in parts for entity, time, value, _ in part}.values(),
        key=lambda one: one[1],
    )
    if not rows:
        return
    whole = Evaluator(some, Told())
    together = happenings(whole, whole.take(rows_of(rows)))
    split = Evaluator(some, Told())
    found, at = [], 0
    while at < len(rows):
        size = data.draw(st.integers(1, len(rows) - at))
        found += happenings(split, split.take(rows_of(rows[at : at + size])))
        at += size
    assert sorted(found) == sorted(together)
