"""Targets, figures and plans for the tests of this room, with as little said as a case needs."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from yuzhang.core.language import Title
from yuzhang.plan.figures.model import Figure, Period, Snapshot
from yuzhang.plan.model import Binding, Comparator
from yuzhang.plan.registry.model import Indicator, Method, Plan, RegisteredPlan, ReviewedCommitment, Target

SERIES = "measured"
KNOWN = date(2026, 11, 1)


def figure(period: str, value: float, unit: str = "亿元", series: str = SERIES, confidence: str = "high") -> Figure:
    """A published figure."""
    return Figure(
        f"{series}-{period}", series, Period.parse(period), "somewhere", value, unit, "2026", KNOWN,
        "a yearbook", "https://example.org/yearbook", f"{value}", confidence,
    )  # fmt: skip


def target(given: Mapping[str, Any], name: str = "target") -> Target:
    """The target of a case: base 100 in 2020, due 2025, in 亿元, unless the case says otherwise (`base = false`: none)."""
    base = given.get("base", 100)
    return Target(
        id=name,
        title=Title(name, name),
        method=Method(given["method"]),
        comparator=Comparator(given.get("comparator", "=")),
        low=given.get("low"),
        high=given.get("high"),
        unit=given.get("unit", "亿元"),
        base=None if base is False else base,
        base_year=2020,
        due=given.get("due", 2025),
        tolerance=given.get("tolerance", 0),
        series=SERIES if given.get("series", True) else None,
        written="as written",
        lower_is_better=given.get("lower_is_better", False),
    )


def figures(given: Mapping[str, Any]) -> list[Figure]:
    """The figures of a case: of years, of spans from 2021 on, and of other periods."""
    unit = given.get("figure_unit", given.get("unit", "亿元"))
    unit = "亿元" if unit == "倍" else unit
    found = [figure(year, value, unit) for year, value in given["figures"].items()]
    found += [figure(f"2021/{year}", value, unit) for year, value in given.get("spans", {}).items()]
    return found + [figure(period, value, unit) for period, value in given.get("others", {}).items()]


def indicator(name: str, *targets: Target, binding: Binding = Binding.EXPECTED) -> Indicator:
    """An indicator with its targets."""
    return Indicator(name, 1, Title("类", "category"), Title(name, name), binding, (), targets)


def plan(indicators: Iterable[Indicator] = (), commitments: Iterable[ReviewedCommitment] = ()) -> RegisteredPlan:
    """A registered plan of 2021 to 2025."""
    of = Plan("plan", "somewhere", Title("规划", "Plan"), 2021, 2025, 2020, "", 0, "", ())
    return RegisteredPlan(of, 3, tuple(indicators), tuple(commitments), ())


def snapshot(found: Iterable[Figure]) -> Snapshot:
    """The figures as one snapshot."""
    return Snapshot(7, "somewhere", KNOWN, tuple(found))
