"""How long observations are kept, and what stays of those that are thinned."""

from datetime import UTC, datetime

import pytest

from brain.history.keeping.conftest import NOW, Kept, us
from yuzhang.brain.history import migrating
from yuzhang.brain.history.keeping import actions
from yuzhang.brain.history.keeping.errors import TidyingElsewhere, UnfitPolicy
from yuzhang.brain.history.model import Policy, Thinning
from yuzhang.core.access import OPERATOR

MINUTE = 60 * 1_000_000
HOUR = 60 * MINUTE


def test_what_is_past_its_days_goes_by_whole_files_and_nothing_else_does(kept: Kept) -> None:
    air = actions.set_policy(kept.history, OPERATOR, ["Air"], 60)
    kept.file("urn:x:a", "Air", [us(2026, 8, 5), us(2026, 9, 5), us(2026, 11, 5)], [1.0, 2.0, 3.0])
    kept.file("urn:x:b", "Water", [us(2026, 8, 5)], [9.0])
    actions.tidy(kept.history, OPERATOR, now=datetime(2026, 8, 20, tzinfo=UTC))

    shown = actions.would_go(kept.history, OPERATOR, air, NOW)
    assert [(one.year, one.month, one.rows, one.files) for one in shown] == [(2026, 8, 1, 1)]
    assert len(kept.rows("urn:x:a")) == 3, "asking takes nothing away"

    done = actions.tidy(kept.history, OPERATOR, now=NOW)

    assert [(one.month, one.rows) for one in done.gone] == [(8, 1)]
    assert kept.rows("urn:x:a") == [(us(2026, 9, 5), 2.0), (us(2026, 11, 5), 3.0)]
    assert kept.rows("urn:x:b") == [(us(2026, 8, 5), 9.0)]
    assert kept.ask("SELECT count(delete_file) FROM ducklake_list_files('lake', 'observations')") == [(0,)]
    assert kept.history.series_of("", entities=["urn:x:a"])[0].first_time == us(2026, 9, 1)


def test_thinned_months_keep_a_row_an_hour_and_late_rows_join_their_hour(kept: Kept) -> None:
    actions.set_policy(kept.history, OPERATOR, ["Air"], None, [Thinning(30, 3600)])
    start = us(2026, 8, 5, 10)
    kept.file("urn:x:a", "Air", [start, start + MINUTE, start + 2 * MINUTE, start + HOUR], [5.0, 1.0, 3.0, 7.0])
    rollups = "SELECT epoch_us(time), count, mean, low, high, first, last FROM rollups ORDER BY time"

    actions.tidy(kept.history, OPERATOR, now=NOW)

    assert kept.rows("urn:x:a") == []
    thinned = [(start, 3, 3.0, 1.0, 5.0, 5.0, 3.0), (start + HOUR, 1, 7.0, 7.0, 7.0, 7.0, 7.0)]
    assert kept.ask(rollups) == thinned
    actions.tidy(kept.history, OPERATOR, now=NOW)
    assert kept.ask(rollups) == thinned, "again is the same"

    kept.file("urn:x:a", "Air", [start + 5 * MINUTE], [11.0])
    actions.tidy(kept.history, OPERATOR, now=NOW)
    assert kept.ask(rollups) == [(start, 4, 5.0, 1.0, 11.0, 5.0, 3.0), thinned[1]]


def test_a_second_step_is_made_of_the_first_and_the_end_of_the_days_takes_all(kept: Kept) -> None:
    steps = [Thinning(30, 3600), Thinning(400, 86400)]
    actions.set_policy(kept.history, OPERATOR, ["Air"], 1000, steps)
    start = us(2026, 8, 5)
    kept.file("urn:x:a", "Air", [start + hour * HOUR for hour in range(48)], [float(hour) for hour in range(48)])

    actions.tidy(kept.history, OPERATOR, now=NOW)
    assert kept.ask("SELECT step_s, count(*) FROM rollups GROUP BY ALL") == [(3600, 48)]
    actions.tidy(kept.history, OPERATOR, now=datetime(2028, 6, 1, tzinfo=UTC))
    days = "SELECT step_s, count, mean, low, high, first, last FROM rollups ORDER BY time"
    assert kept.ask(days) == [(86400, 24, 11.5, 0.0, 23.0, 0.0, 23.0), (86400, 24, 35.5, 24.0, 47.0, 24.0, 47.0)]
    actions.tidy(kept.history, OPERATOR, now=datetime(2031, 1, 1, tzinfo=UTC))
    assert kept.ask(days) == []


def test_a_policy_of_a_type_that_had_none_takes_new_rows_and_a_migration_brings_the_old_ones(kept: Kept) -> None:
    kept.file("urn:x:a", "Air", [us(2026, 10, 5), us(2026, 11, 5)], [1.0, 2.0])
    policy = actions.set_policy(kept.history, OPERATOR, ["Air"], 30)
    under = "SELECT policy, count(*) FROM observations GROUP BY ALL ORDER BY ALL"
    assert kept.ask(under) == [(0, 2)]
    assert migrating.left(kept.history, OPERATOR).rows == 2

    assert migrating.migrate(kept.history, OPERATOR) == 2

    assert kept.ask(under) == [(policy.number, 2)]
    assert kept.rows("urn:x:a") == [(us(2026, 10, 5), 1.0), (us(2026, 11, 5), 2.0)]
    assert migrating.left(kept.history, OPERATOR).rows == 0


def test_a_policy_that_is_taken_away_keeps_its_rows_and_its_number_is_not_given_again(kept: Kept) -> None:
    air = actions.set_policy(kept.history, OPERATOR, ["Air", "Noise"], 30)
    kept.file("urn:x:a", "Air", [us(2026, 1, 5)], [1.0])
    water = actions.set_policy(kept.history, OPERATOR, ["Noise"], 90)
    assert actions.kept_policies(kept.history, OPERATOR)[1].types == ["Air"]

    actions.remove_policy(kept.history, OPERATOR, air.number)
    actions.tidy(kept.history, OPERATOR, now=NOW)

    assert kept.rows("urn:x:a") == [(us(2026, 1, 5), 1.0)]
    assert actions.kept_policies(kept.history, OPERATOR) == [Policy(0, []), water]
    assert actions.set_policy(kept.history, OPERATOR, ["Air"], 30).number > water.number
    with pytest.raises(UnfitPolicy):
        actions.remove_policy(kept.history, OPERATOR, 77)


@pytest.mark.parametrize(
    ("days", "thinning"),
    [
        (0, []),
        (30, [Thinning(30, 3600)]),
        (None, [Thinning(0, 3600)]),
        (None, [Thinning(30, 7 * 3600)]),
        (None, [Thinning(30, 3600), Thinning(60, 900)]),
        (None, [Thinning(30, 3600), Thinning(30, 7200)]),
    ],
)
def test_a_policy_that_contradicts_itself_is_refused(days: int | None, thinning: list[Thinning]) -> None:
    with pytest.raises(UnfitPolicy):
        actions.check(days, thinning)


def test_two_do_not_tidy_at_once(kept: Kept) -> None:
    other = kept.history.broker.lead(actions.TIDYING)
    assert other.take()
    with pytest.raises(TidyingElsewhere):
        actions.tidy(kept.history, OPERATOR, now=NOW)
    other.release()
    actions.tidy(kept.history, OPERATOR, now=NOW)
