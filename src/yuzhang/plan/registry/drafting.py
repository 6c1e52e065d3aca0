"""A draft's indicator table and project packages as registered things, for a planner to correct in a spreadsheet."""

import re
from collections.abc import Iterable

from yuzhang.core.language import Title
from yuzhang.plan.model import Binding, Comparator
from yuzhang.plan.reading.model import Draft, IndicatorRow
from yuzhang.plan.registry.model import Indicator, Method, RegisteredProject, Target

ASSIGNED = re.compile(r"下达")
STEADY = re.compile(r"保持稳定|稳定")
BOUNDS = {">=": Method.AT_LEAST, ">": Method.AT_LEAST, "<=": Method.AT_MOST, "<": Method.AT_MOST}


def indicators_of(draft: Draft) -> tuple[Indicator, ...]:
    """The rows of the plan's last indicator table (an earlier one looks back) as indicators, in its order.

    The method is the plainest that fits what is written; titles are the plan's own in both languages; no series is linked.
    """
    last = max((row.table for row in draft.rows), default=0)
    rows = [row for row in draft.rows if row.table == last]
    return tuple(_indicator(number, row, draft) for number, row in enumerate(rows, start=1))


def projects_of(draft: Draft) -> tuple[RegisteredProject, ...]:
    """The project packages with their estimates."""
    return tuple(
        RegisteredProject(number, Title(one.name, ""), None, one.investment)
        for number, one in enumerate(draft.packages, start=1)
    )


def _indicator(number: int, row: IndicatorRow, draft: Draft) -> Indicator:
    title = Title(row.name, row.name)
    targets = tuple(_targets(row, draft))
    category = Title(row.category or "—", row.category or "—")
    return Indicator(f"i{number}", number, category, title, row.binding or Binding.EXPECTED, (), targets)


def _targets(row: IndicatorRow, draft: Draft) -> Iterable[Target]:
    written = " ".join(part for part in (row.target_text, row.growth_text) if part not in ("", "--", "—"))
    comparator = Comparator(row.comparator or "=")
    level = Target(
        id="level",
        title=Title("水平", "Level"),
        method=_method(row, written, comparator),
        comparator=comparator,
        low=row.target_low,
        high=row.target_high,
        unit=row.unit or "",
        base=row.base,
        base_year=draft.first_year - 1,
        due=draft.last_year,
        tolerance=0.0,
        series=None,
        written=written,
    )
    growing = row.growth is not None and not row.cumulative
    if row.target_low is not None or not growing:
        yield level
    if growing:
        yield Target(
            id="growth",
            title=Title("年均增长", "Average yearly growth"),
            method=Method.AVERAGE_GROWTH,
            comparator=Comparator.ABOUT if "左右" in row.growth_text else Comparator.EXACT,
            low=row.growth,
            high=None,
            unit="%",
            base=None,
            base_year=draft.first_year - 1,
            due=draft.last_year,
            tolerance=0.0,
            series=None,
            written=row.growth_text,
        )


def _method(row: IndicatorRow, written: str, comparator: Comparator) -> Method:
    if ASSIGNED.search(written):
        return Method.ASSIGNED
    if STEADY.search(written):
        return Method.STABLE
    if row.target_low is None:
        return Method.QUALITATIVE
    if row.unit == "%":
        return BOUNDS.get(comparator, Method.SHARE)
    return BOUNDS.get(comparator, Method.LINEAR)
