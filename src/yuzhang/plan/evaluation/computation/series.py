"""From published figures to the yearly numbers of one target: chosen, converted and checked, or refused with the reason."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.units import convert, same_dimension
from yuzhang.plan.evaluation.computation.methods import LEVELS, RUNNING
from yuzhang.plan.figures.model import Figure, PeriodKind
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method, Target

LARGEST = 1e18
"""No published figure is larger in any unit (the world's yearly product is about 1e15 元); its squares still fit a float."""
POINTS = ("百分点", "个百分点")
RATE_UNITS = {"元/美元": "CNY/USD", "元/欧元": "CNY/EUR", "元/港元": "CNY/HKD", "元/日元": "CNY/JPY"}
"""A published figure in one of these units is a rate of exchange: yuan for one unit of the other currency."""

ESTIMATE = "low"
"""The confidence of a figure that its source gives before the year is counted (预计)."""

Rates = Mapping[int, Mapping[str, Figure]]


@dataclass(frozen=True, slots=True)
class Reading:
    """A number in the unit of the computation, with the figures it was made from."""

    value: float
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Readings:
    """What the figures say of one target.

    `target` is the target as computed: its unit, base and method may be filled in (see `read`). `values` are of single
    years, `spans` of the years after the base year up to the key. `base` is the figure that stands for a base value the
    plan does not give. `unused` counts figures that are not of whole years. `problem` says why the series cannot be used.
    """

    target: Target
    values: Mapping[int, Reading]
    spans: Mapping[int, Reading]
    base: Reading | None = None
    unused: int = 0
    problem: Title | None = None

    def parts(self, year: int) -> list[tuple[int, Reading]]:
        """What an average or sum since the base year up to `year` is made of, each with the years it stands for."""
        base = self.target.base_year
        bridged = max((when for when in self.spans if when <= year), default=base)
        first = [(bridged - base, self.spans[bridged])] if bridged > base else []
        return first + [(1, self.values[when]) for when in range(bridged + 1, year + 1) if when in self.values]

    def used(self, year: int) -> tuple[Figure, ...]:
        """The figures that the number of `year` was made from; of an average or sum those of all its years."""
        if self.target.method in RUNNING:
            return tuple(figure for _, part in self.parts(year) for figure in part.figures)
        return self.values[year].figures if year in self.values else ()


class _Unusable(Exception):
    """One figure makes the whole series unusable; a broken series must not stop the evaluation of the others."""

    def __init__(self, problem: Title) -> None:
        super().__init__(problem.en)
        self.problem = problem


def estimates(figures: Iterable[Figure]) -> tuple[str, ...]:
    """The periods of those figures that are estimates, each once, in their order."""
    periods = {figure.period for figure in figures if figure.confidence == ESTIMATE}
    return tuple(str(period) for period in sorted(periods))


def by_series(figures: Iterable[Figure]) -> Mapping[str, Sequence[Figure]]:
    """The figures of each series."""
    found: dict[str, list[Figure]] = defaultdict(list)
    for figure in figures:
        found[figure.series].append(figure)
    return found


def rates_of(figures: Iterable[Figure]) -> Rates:
    """The rate of exchange of each year, by its name ("CNY/USD"): figures of whole years, the latest vintage each."""
    found: dict[int, dict[str, Figure]] = defaultdict(dict)
    for figure in sorted(figures, key=lambda figure: (figure.known_from, figure.vintage, figure.id)):
        if figure.unit in RATE_UNITS and figure.period.kind is PeriodKind.YEAR:
            found[figure.period.last.year][RATE_UNITS[figure.unit]] = figure
    return found


def read(target: Target, figures: Sequence[Figure], year: int, rates: Rates | None = None) -> Readings:
    """The numbers of `target` up to the end of `year`, in its unit.

    Only figures of whole years count, and for averages and sums also figures of a span that begins after the base year.
    A base that the plan does not give is the figure of the base year. Multiples, and growth in % of a level that is not
    itself in %, are measured against the figure of the base year and go there evenly. A series with a figure that cannot
    be right, or with a unit that does not fit, is not used at all. Between currencies a figure is converted at the
    published rate of its own year, if `rates` has one; the rate is then among the figures it was made from.
    """
    yearly, spans, unused = _chosen(target, figures, year)
    try:
        target, reader = _reader(target, yearly, rates or {})
        values = {when: reader(figure) for when, figure in sorted(yearly.items())}
        base = values.get(target.base_year) if target.base is None else None
        target = replace(target, base=base.value) if base else target
        whole = {when: reader(figure) for when, figure in sorted(spans.items())}
        for when, reading in [*values.items(), *whole.items()]:
            _refuse_impossible(target, when, reading.value)
    except _Unusable as unusable:
        return Readings(target, {}, {}, unused=unused, problem=unusable.problem)
    return Readings(target, values, whole, base, unused)


def _chosen(target: Target, figures: Sequence[Figure], year: int) -> tuple[dict[int, Figure], dict[int, Figure], int]:
    """The figure of each year and of each span; how many figures are not of such a time."""
    yearly: dict[int, Figure] = {}
    spans: dict[int, Figure] = {}
    unused = 0
    for figure in sorted(figures, key=lambda figure: (figure.known_from, figure.vintage, figure.id)):
        period = figure.period
        if period.last.year > min(year, target.due):
            continue
        if period.kind is PeriodKind.YEAR:
            yearly[period.last.year] = figure
        elif period.kind is PeriodKind.SPAN and target.method in RUNNING and period.first.year == target.base_year + 1:
            spans[period.last.year] = figure
        else:
            unused += 1
    return yearly, spans, unused


def _reader(target: Target, yearly: Mapping[int, Figure], rates: Rates) -> tuple[Target, Callable[[Figure], Reading]]:
    """How a figure becomes a number of `target`, and the target in the terms of that number."""
    if target.method in LEVELS and yearly and _is_relative(target, next(iter(yearly.values())).unit):
        return _relative_reader(target, yearly)
    if target.unit in POINTS and target.method is Method.SHARE:
        target = replace(target, unit="%")  # a rise in percentage points is measured on the share itself
    unit = target.unit

    def reader(figure: Figure) -> Reading:
        rate = rates.get(figure.period.last.year, {})
        used = () if _fits(figure.unit, unit) else tuple(rate.values())
        return Reading(_converted(figure, unit, rate), (figure, *used))

    return target, reader


def _is_relative(target: Target, unit: str) -> bool:
    """Whether the promise speaks of a ratio to the base while the figures speak of the thing itself."""
    if target.comparator is Comparator.GROWS_BY:
        return target.unit == "%" and not _fits(unit, "%")
    return target.comparator is Comparator.TIMES and (target.unit in ("", "倍", "番") or not _fits(unit, target.unit))


def _fits(unit: str, to: str) -> bool:
    try:
        return same_dimension(unit, to)
    except InputRefused:
        return False


def _relative_reader(target: Target, yearly: Mapping[int, Figure]) -> tuple[Target, Callable[[Figure], Reading]]:
    base = yearly.get(target.base_year)
    if base is None or base.value <= 0:
        year = target.base_year
        raise _Unusable(
            Title(
                f"缺少 {year} 年（基期）的数据，无法计算倍数或增幅。",
                f"There is no usable figure of the base year {year}.",
            )
        )
    times = target.comparator is Comparator.TIMES

    def reader(figure: Figure) -> Reading:
        ratio = _converted(figure, base.unit) / base.value
        return Reading(ratio if times else (ratio - 1) * 100, (base, figure))

    if times:
        return replace(target, unit="倍", base=1.0), reader
    return replace(target, method=Method.LINEAR, base=0.0), reader


def _converted(figure: Figure, unit: str, rates: Mapping[str, Figure] | None = None) -> float:
    if not math.isfinite(figure.value):
        raise _Unusable(_at(figure, "的数据不是数值", "is not a number"))
    if figure.unit == unit:
        return figure.value
    try:
        stated = {name: rate.value for name, rate in (rates or {}).items()}
        return convert(figure.value, figure.unit, unit, rates=stated)
    except InputRefused as refused:
        detail = refused.detail
        raise _Unusable(
            _at(figure, f"的单位有误：{detail.zh}", f"has a unit that does not fit: {detail.en}")
        ) from refused


def _at(figure: Figure, zh: str, en: str) -> Title:
    """A sentence on one figure."""
    year = figure.period.last.year
    return Title(
        f"数据无法使用：{year} 年{zh.rstrip('。')}。",
        f"The series cannot be used: the figure of {year} {en.rstrip('.')}.",
    )


def _refuse_impossible(target: Target, year: int, value: float) -> None:
    """Raise _Unusable for a number that its method shows to be wrong: no tolerance, only what cannot be."""
    share = target.method in (Method.SHARE, Method.QUALITATIVE) and target.unit == "%"
    wrong = (
        abs(value) > LARGEST
        or (target.method is Method.AVERAGE_GROWTH and value <= -100)
        or (target.method is Method.COMPOUND and value <= 0)
        or (share and not 0 <= value <= 100)
    )
    if wrong:
        raise _Unusable(
            Title(
                f"数据无法使用：{year} 年的数值 {value:g} {target.unit} 不可能成立。",
                f"The series cannot be used: {value:g} {target.unit} in {year} is impossible.",
            )
        )
