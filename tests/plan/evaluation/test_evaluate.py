"""A whole plan evaluated: what decides, what one bad series may not touch, and what is said in the headline."""

from dataclasses import replace
from datetime import date

from plan.evaluation.samples import figure, indicator, plan, snapshot, target
from yuzhang.plan.evaluation.evaluate import evaluate_plan
from yuzhang.plan.evaluation.headline import headline
from yuzhang.plan.evaluation.model import Evaluation, EvaluationKind, Status
from yuzhang.plan.figures.model import Figure
from yuzhang.plan.model import Binding, Commitment, CommitmentKind, Comparator, Place
from yuzhang.plan.registry.model import Indicator, Method, RegisteredPlan, Review, ReviewedCommitment, Target

LEVEL = replace(target({"method": "linear", "low": 150}, "level"), series="level")
GROWTH = replace(target({"method": "average_growth", "low": 8, "unit": "%"}, "growth"), series="growth")
AIR = {"method": "at_least", "comparator": ">=", "low": 90, "base": 91.5, "unit": "%"}
BOUND = replace(target(AIR, "air"), series="air")
RANK = replace(target({"method": "qualitative", "base": False, "unit": ""}, "rank"), series="rank")


def evaluated(registered: RegisteredPlan, *figures: Figure, year: int = 2025) -> Evaluation:
    return evaluate_plan(registered, snapshot(figures), kind=EvaluationKind.FINAL, year=year)


def commitment(identity: str, review: Review, *, series: str | None, method: Method | None) -> ReviewedCommitment:
    promised = Commitment(
        "建成 50 个",
        0,
        7,
        Place(chapter=5),
        "充电站",
        Comparator.AT_LEAST,
        50,
        None,
        "个",
        None,
        10,
        2025,
        CommitmentKind.COUNT,
    )
    return ReviewedCommitment(identity, "plan", promised, review, series, method, "charging stations", None, None)


def test_the_worst_target_that_can_be_assessed_decides() -> None:
    growth = [figure(str(year), 6, "%", "growth") for year in range(2021, 2026)]
    found = evaluated(plan([indicator("gdp", LEVEL, GROWTH)]), figure("2025", 150, series="level"), *growth)
    assert [a.status for a in found.indicators[0].targets] == [Status.KEPT, Status.MISSED]
    assert (found.indicators[0].status, found.indicators[0].deciding) == (Status.MISSED, "growth")


def test_a_target_without_figures_does_not_decide_but_is_named() -> None:
    found = evaluated(plan([indicator("gdp", LEVEL, GROWTH)]), figure("2025", 150, series="level")).indicators[0]
    assert found.status is Status.KEPT
    assert found.reason.en.endswith("Not counted, for want of figures or a number: growth.")


def test_air_below_its_bound_in_2022_is_seen_that_year_and_does_not_decide_the_due_year() -> None:
    registered = plan([indicator("air", BOUND, binding=Binding.BINDING)])
    known = [figure("2022", 85.8, "%", "air"), figure("2024", 92.1, "%", "air")]
    by_year = {year: evaluated(registered, *known, year=year).indicators[0] for year in (2022, 2024, 2025)}
    assert {year: found.status for year, found in by_year.items()} == {
        2022: Status.BEHIND,
        2024: Status.ON_TRACK,
        2025: Status.ON_TRACK,
    }
    assert by_year[2025].reason.en.startswith("As of 2024")
    final = evaluated(registered, *known, figure("2025", 89.9, "%", "air")).indicators[0]
    assert final.status is Status.MISSED


def test_one_bad_series_says_why_and_changes_nothing_else() -> None:
    registered = plan([indicator("gdp", LEVEL), indicator("air", BOUND)])
    good = [figure("2025", 150, series="level")]
    whole = evaluated(registered, *good, figure("2025", 92, "%", "air"))
    for bad in (
        figure("2025", 92, "万人", "air"),
        figure("2025", 92, "圈圈", "air"),
        figure("2025", float("nan"), "%", "air"),
    ):
        broken = evaluated(registered, *good, bad)
        assert broken.indicators[0] == whole.indicators[0]
        assert broken.indicators[1].status is Status.NO_DATA
        assert "cannot be used" in broken.indicators[1].reason.en


def test_figures_of_another_indicator_change_nothing() -> None:
    registered = plan([indicator("gdp", LEVEL), indicator("air", BOUND)])
    before = evaluated(registered, figure("2022", 121, series="level"), year=2022)
    after = evaluated(registered, figure("2022", 121, series="level"), figure("2022", 1, "%", "air"), year=2022)
    assert after.indicators[0] == before.indicators[0]


def test_a_mid_term_evaluation_does_not_look_beyond_its_year() -> None:
    registered = plan([indicator("gdp", LEVEL)])
    early = [figure("2023", 131, series="level")]
    late = [figure("2024", 90, series="level"), figure("2025", 90, series="level")]
    assert evaluated(registered, *early, *late, year=2023) == evaluated(registered, *early, year=2023)


def test_an_evaluation_names_what_it_read() -> None:
    found = evaluated(plan())
    assert (found.snapshot, found.revision, found.known, found.year) == (7, 3, date(2026, 11, 1), 2025)


def test_accepted_commitments_are_evaluated_and_pending_and_rejected_ones_are_not() -> None:
    given = [
        commitment("a", Review.ACCEPTED, series="stations", method=Method.LINEAR),
        commitment("b", Review.CORRECTED, series=None, method=None),
        commitment("c", Review.PENDING, series="stations", method=Method.LINEAR),
        commitment("d", Review.REJECTED, series="stations", method=Method.LINEAR),
    ]
    found = evaluated(plan(commitments=given), figure("2025", 55, "个", "stations")).commitments
    assert [(c.commitment.id, c.assessment.status) for c in found] == [("a", Status.KEPT), ("b", Status.NO_DATA)]
    assert found[0].assessment.target.title.en == "charging stations"
    assert found[1].assessment.reason.en == "No published figure is linked."


def _bound(name: str, binding: Binding) -> Indicator:
    return indicator(name, replace(BOUND, id=name, series=name), binding=binding)


def test_a_missed_binding_indicator_stands_before_everything_else_in_the_headline() -> None:
    registered = plan([_bound("air", Binding.BINDING), *(_bound(f"e{i}", Binding.EXPECTED) for i in range(5))])
    good = [figure("2025", 95, "%", f"e{i}") for i in range(4)]
    said = headline(evaluated(registered, *good, figure("2025", 89, "%", "air")))
    assert said.verdict.en.startswith("Binding indicators missed: air.")
    assert [title.en for title in said.failed] == ["air"]
    assert (said.binding.of(Status.MISSED), said.expected.of(Status.KEPT)) == (1, 4)
    assert (said.expected.of(Status.NO_DATA), said.expected.judged, said.expected.total) == (1, 4, 5)


def test_a_missed_expected_indicator_is_counted_but_fails_nothing() -> None:
    said = headline(evaluated(plan([_bound("e", Binding.EXPECTED)]), figure("2025", 89, "%", "e")))
    assert said.failed == ()
    assert said.verdict.en.endswith("0 nearly kept, 1 late or missed.")


def test_the_headline_says_how_many_statuses_are_as_of_an_earlier_year() -> None:
    registered = plan(
        [
            *(_bound(f"b{i}", Binding.BINDING) for i in range(3)),
            *(_bound(f"e{i}", Binding.EXPECTED) for i in range(2)),
        ]
    )
    known = [figure("2025", 95, "%", "b0"), figure("2024", 95, "%", "b1"), figure("2023", 95, "%", "e0")]
    said = headline(evaluated(registered, *known))
    assert said.earlier == 2
    assert said.verdict.zh.startswith("约束性指标 3 项，可评价 2 项（其中 1 项截至更早年份），2 项达到或符合进度。")
    assert "Of 3 binding indicators 2 can be judged (1 of these as of an earlier year); 2 are kept" in said.verdict.en
    assert "Of 2 expected indicators 1 can be judged (1 of these as of an earlier year): 1 kept" in said.verdict.en
    missed = headline(evaluated(registered, *known, figure("2025", 80, "%", "b2"))).verdict
    assert missed.zh.startswith("约束性指标未完成：b2。约束性指标 3 项，可评价 3 项（其中 1 项截至更早年份）。")


def test_a_headline_on_figures_of_the_year_judged_speaks_of_no_earlier_year() -> None:
    early = replace(BOUND, due=2023)
    registered = plan([indicator("air", BOUND, early), indicator("rank", RANK)])
    said = headline(evaluated(registered, figure("2025", 95, "%", "air"), figure("2023", 95, "%", "air")))
    assert said.earlier == 0
    assert "earlier" not in said.verdict.en
    assert "更早" not in said.verdict.zh


def test_a_figure_of_what_cannot_be_judged_is_not_counted_as_one_of_an_earlier_year() -> None:
    said = headline(evaluated(plan([indicator("rank", RANK)]), figure("2023", 3, "", "rank")))
    assert (said.expected.of(Status.NOT_ASSESSABLE), said.expected.of(Status.NO_DATA), said.earlier) == (1, 0, 0)


def test_an_indicator_whose_verdict_is_of_the_due_year_is_not_of_an_earlier_year_for_its_other_target() -> None:
    both = plan([indicator("gdp", LEVEL, BOUND)])
    verdict = evaluated(both, figure("2024", 150, series="level"), figure("2025", 80, "%", "air"))
    assert (verdict.indicators[0].deciding, headline(verdict).earlier) == ("air", 0)
    waiting = evaluated(both, figure("2024", 110, series="level"), figure("2025", 95, "%", "air"))
    assert (waiting.indicators[0].deciding, headline(waiting).earlier) == ("level", 1)


def test_an_indicator_without_targets_is_not_assessable() -> None:
    assert evaluated(plan([indicator("empty")])).indicators[0].status is Status.NOT_ASSESSABLE


def test_targets_of_every_method_come_through_without_figures() -> None:
    every: list[Target] = [target({"method": m.value, "low": 50, "base": 40}, m.value) for m in Method]
    found = evaluated(plan([indicator("all", *every)]))
    assert {a.status for a in found.indicators[0].targets} == {Status.NO_DATA, Status.NOT_ASSESSABLE}


def test_a_promise_that_repeats_a_target_of_the_table_is_judged_as_the_table_is() -> None:
    about = replace(LEVEL, comparator=Comparator.ABOUT, low=50, base=40, tolerance=5)
    promised = commitment("c1", Review.ACCEPTED, series="level", method=Method.LINEAR)
    found = evaluated(plan([indicator("stations", about)], [promised]), figure("2025", 46, series="level"))
    assert found.indicators[0].status is Status.KEPT
    assert found.commitments[0].assessment.status is Status.KEPT
    assert found.commitments[0].assessment.target.id == "c1"


def test_a_promise_in_dollars_is_judged_by_figures_in_yuan_only_at_a_published_rate_of_the_same_year() -> None:
    dollars = replace(
        target({"method": "linear", "low": 53, "base": 40, "unit": "亿美元"}, "capital"), series="capital"
    )
    registered, yuan = plan([indicator("capital", dollars)]), figure("2025", 371, "亿元", "capital")
    assert evaluated(registered, yuan).indicators[0].status is Status.NO_DATA
    other_year = figure("2024", 7.2, "元/美元", "rate")
    assert evaluated(registered, yuan, other_year).indicators[0].status is Status.NO_DATA
    found = evaluated(registered, yuan, figure("2025", 7.0, "元/美元", "rate")).indicators[0].targets[0]
    assert (found.status, found.actual) == (Status.KEPT, 53)
    assert [used.series for used in found.measured[-1].figures] == ["capital", "rate"]
