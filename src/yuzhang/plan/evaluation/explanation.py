"""The computation of one assessment, line by line, as a reader would check it by hand."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.computation.columns import Why
from yuzhang.plan.evaluation.computation.methods import LEVELS
from yuzhang.plan.evaluation.computation.series import Readings, estimates
from yuzhang.plan.evaluation.computation.status import BEHIND_SHARE, NEARLY_SHARE, PACE_FACTOR
from yuzhang.plan.evaluation.model import Forecast, Status, Step
from yuzhang.plan.registry.model import Method, Target


@dataclass(frozen=True, slots=True)
class Judged:
    """One row of the outcomes with what led to it, None where undefined; `target` is the target as computed."""

    target: Target
    binding: bool
    readings: Readings
    to_date: Mapping[int, float]
    status: Status
    why: Why
    asked: int
    year: int | None
    actual: float | None
    expected: float | None
    allowed: float | None
    gap: float | None
    progress: float | None
    needed: float | None
    bound: float | None
    far: float | None
    direction: int
    way: bool
    strict: bool
    pace: float | None

    @property
    def start(self) -> float:
        """Where the way begins: the base of a level; no growth, or nothing yet, for averages and sums."""
        return (self.target.base or 0.0) if self.target.method in LEVELS else 0.0

    @property
    def estimates(self) -> tuple[str, ...]:
        """The periods of the estimates among the figures that the judged number, or the way to it, was made from."""
        if self.actual is None or self.year is None:
            return ()
        target, base = self.target, self.readings.base
        unnumbered = target.method is Method.STABLE and target.low is None and target.high is None
        start = base.figures if base and (target.method in LEVELS or unnumbered) else ()
        return estimates((*start, *self.readings.used(self.year)))

    @property
    def needed_unit(self) -> str:
        """The unit of `needed` and `pace`, a year."""
        if self.target.method in (Method.COMPOUND, Method.AVERAGE_GROWTH):
            return "%"
        return difference_unit(self.target.unit)


def number(value: float) -> str:
    """A number as one would write it: four decimals at most, more only for small ones.

    >>> number(7709.1), number(90.0), number(0.00123456)
    ('7709.1', '90', '0.001235')
    """
    if value and abs(value) < 0.01:
        return f"{value:.4g}"
    text = f"{value:.4f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def amount(value: float, unit: str) -> str:
    """A number with its unit."""
    return f"{number(value)} {unit}".rstrip()


def rounded(value: float, unit: str, beside: float | None) -> str:
    """A number with its unit as a sentence says it: two decimals, but four where two would hide that it is not `beside`.

    >>> rounded(5.40769, "%", 7.5), rounded(89.999, "%", 90.0)
    ('5.41 %', '89.999 %')
    """
    short = round(value, 2)
    hidden = beside is not None and value != beside and short == round(beside, 2)
    return amount(value if hidden or abs(value) < 1 else short, unit)


def difference_unit(unit: str) -> str:
    """The unit of a difference of two values: that of two percentages is in percentage points."""
    return "个百分点" if unit == "%" else unit


def goal_text(judged: Judged) -> str:
    """What counts as kept, as an inequality: "≥ 8036 亿元 (8200 − 164)"."""
    bound, tolerance, unit = judged.bound or 0.0, judged.target.tolerance, judged.target.unit
    if judged.direction == 0:
        far = bound if judged.far is None else judged.far
        return f"{number(bound - tolerance)} … {amount(far + tolerance, unit)}"
    sign = {(1, False): "≥", (1, True): ">", (-1, False): "≤", (-1, True): "<"}[judged.direction, judged.strict]
    edge = f"{sign} {amount(bound - judged.direction * tolerance, unit)}"
    return f"{edge} ({number(bound)} {'−' if judged.direction > 0 else '+'} {number(tolerance)})" if tolerance else edge


def steps(judged: Judged, outlook: Forecast | Title) -> tuple[Step, ...]:
    """The steps from the promise to the status; those that the figures do not allow are left out."""
    found = [_promise(judged)]
    found += [step for step in (_base(judged),) if step]
    if judged.actual is not None:
        found.append(_estimated(_actual(judged), estimates(judged.readings.used(judged.year or 0))))
    elif judged.readings.values:
        known = "; ".join(f"{when}: {number(r.value)}" for when, r in judged.readings.values.items())
        found.append(Step(Title("已有的年度数据", "Yearly figures at hand"), "x", known, "–"))
    if judged.expected is not None and judged.year is not None:
        found += [_path(judged), _gap(judged)]
        found += _bound_by_year(judged)
        found += _tests(judged)
    if judged.needed is not None:
        found.append(_needed(judged))
    found.append(_outlook(judged, outlook))
    return tuple(found)


def _promise(judged: Judged) -> Step:
    title = Title(f"承诺（{judged.target.due} 年）", f"What was promised for {judged.target.due}")
    assessable = judged.bound is not None and judged.target.method is not Method.ASSIGNED
    return Step(title, judged.target.method.value, judged.target.written, goal_text(judged) if assessable else "–")


def _base(judged: Judged) -> Step | None:
    target, base = judged.target, judged.target.base
    if base is None or (target.method not in LEVELS and target.method is not Method.STABLE):
        return None
    result = amount(base, target.unit)
    if judged.readings.base:
        title = Title("基期值（公布数据，规划未列）", "Base value (a published figure; the plan gives none)")
        step = Step(title, "b", judged.readings.base.figures[0].source_title, result)
        return _estimated(step, estimates(judged.readings.base.figures))
    estimate = ("，为预计数", ", an estimate") if target.base_is_estimate else ("", "")
    zh, en = f"基期值（规划所列{estimate[0]}", f"Base value (as in the plan{estimate[1]}"
    published = judged.readings.values.get(target.base_year)
    if published and published.value != base:
        zh += f"；公布数为 {number(published.value)}"
        en += f"; published: {number(published.value)}"
    return Step(Title(f"{zh}）", f"{en})"), "b", str(target.base_year), result)


def _estimated(step: Step, periods: Sequence[str]) -> Step:
    """The step, with the periods of the estimates that it uses."""
    if not periods:
        return step
    zh, en = f"（含预计数：{'、'.join(periods)}）", f" (uses an estimate: {', '.join(periods)})"
    return replace(step, title=Title(f"{step.title.zh}{zh}", f"{step.title.en}{en}"))


def _actual(judged: Judged) -> Step:
    method, year, target = judged.target.method, judged.year or 0, judged.target
    result = amount(judged.actual or 0.0, target.unit)
    if method is Method.AVERAGE_GROWTH:
        title = Title(f"{target.base_year + 1}–{year} 年均增速", f"Average growth {target.base_year + 1}–{year}")
        factors = [
            f"(1 + {number(part.value)}%)" + (f"^{count}" if count > 1 else "")
            for count, part in judged.readings.parts(year)
        ]
        numbers = f"({''.join(factors)})^(1/{year - target.base_year}) − 1"
        return Step(title, "((1 + g₁)(1 + g₂)…)^(1/n) − 1", numbers, result)
    if method is Method.CUMULATIVE:
        title = Title(f"{target.base_year + 1}–{year} 年累计", f"Sum of {target.base_year + 1}–{year}")
        return Step(
            title, "x₁ + x₂ + …", " + ".join(number(part.value) for _, part in judged.readings.parts(year)), result
        )
    reading = judged.readings.values[year]
    written = " ← ".join(f"{number(f.value)} {f.unit} ({f.period.last.year})" for f in reversed(reading.figures))
    return Step(Title(f"{year} 年数据", f"Figure of {year}"), "x", written, result)


def _path(judged: Judged) -> Step:
    target, year, bound = judged.target, judged.year or 0, judged.bound or 0.0
    time, length = year - target.base_year, target.due - target.base_year
    title = Title(f"{year} 年按路径应达到", f"What the path asks for in {year}")
    result = amount(judged.expected or 0.0, target.unit)
    base, z = number(target.base or 0.0), number(bound)
    if target.method is Method.COMPOUND and judged.way:
        return Step(title, "e = b × (z ÷ b)^(t ÷ T)", f"{base} × ({z} ÷ {base})^({time} ÷ {length})", result)
    if target.method is Method.CUMULATIVE:
        return Step(title, "e = z × t ÷ T", f"{z} × {time} ÷ {length}", result)
    if target.method in LEVELS and judged.way:
        return Step(title, "e = b + (z − b) × t ÷ T", f"{base} + ({z} − {base}) × {time} ÷ {length}", result)
    if judged.direction == 0 and judged.far != judged.bound:
        return Step(
            title,
            "e = z₁ … z₂",
            f"{z} … {number(judged.far or 0.0)}",
            f"{z} … {amount(judged.far or 0.0, target.unit)}",
        )
    return Step(title, "e = z", z, result)


def _gap(judged: Judged) -> Step:
    title = Title("差距（正值为好于路径）", "Gap (positive: better than the path)")
    x, e = number(judged.actual or 0.0), number(judged.expected or 0.0)
    if judged.direction == 0:
        e = e if judged.far == judged.bound else f"[{e}, {number(judged.far or 0.0)}]"
        formula, numbers = "−|x − e|", f"−|{x} − {e}|"
    elif judged.direction > 0:
        formula, numbers = "x − e", f"{x} − {e}"
    else:
        formula, numbers = "e − x", f"{e} − {x}"
    return Step(title, formula, numbers, amount(judged.gap or 0.0, difference_unit(judged.target.unit)))


def _bound_by_year(judged: Judged) -> list[Step]:
    """Bounds hold in every year: monitoring looks at each, the plan's verdict is that of the due year alone."""
    if judged.target.method not in (Method.AT_LEAST, Method.AT_MOST):
        return []
    sign = 1 if judged.direction > 0 else -1
    edge = (judged.bound or 0.0) - sign * judged.target.tolerance
    years = {when: r.value for when, r in judged.readings.values.items() if when > judged.target.base_year}
    marks = [
        f"{when}: {number(x)} {'✓' if sign * (x - edge) >= -1e-9 * max(1.0, abs(edge)) else '✗'}"
        for when, x in years.items()
    ]
    title = Title("逐年监测（评价以目标年为准）", "Each year on its own (the verdict is that of the due year)")
    met = sum(mark.endswith("✓") for mark in marks)
    return [Step(title, f"x {goal_text(judged)}", "; ".join(marks), f"{met}/{len(marks)}")]


def _tests(judged: Judged) -> Iterator[Step]:
    """The rules that decided, with their numbers."""
    x, gap = number(judged.actual or 0.0), number(judged.gap or 0.0)
    if judged.year == judged.target.due:
        kept = judged.status is Status.KEPT
        yield Step(Title("是否达到", "Is it reached?"), f"x {goal_text(judged)}", x, _mark(kept))
        if judged.progress is not None and not kept and not judged.binding:
            title = Title(
                f"是否接近（至少 {NEARLY_SHARE:.0%}）", f"Is it nearly reached (at least {NEARLY_SHARE:.0%})?"
            )
            result = f"{judged.progress:.1%} {_mark(judged.status is Status.NEARLY)}"
            yield Step(title, "(x − b) ÷ (z − b)", _way(judged, judged.bound), result)
        return
    if judged.why is Why.REACHED:
        yield Step(Title("是否已达到", "Is it reached already?"), f"x {goal_text(judged)}", x, _mark(True))
        return
    room = f"−{amount(judged.allowed, difference_unit(judged.target.unit))}" if judged.allowed else "0"
    on_path = judged.why is Why.ON_PATH
    title = Title("是否在路径上（允许偏差）", "Is it on the path, within what is allowed?")
    yield Step(title, "x − e ≥ −d", f"{gap} ≥ {room}", _mark(on_path))
    if on_path or not judged.way or judged.expected is None:
        return
    done = ((judged.actual or 0.0) - judged.start) / (judged.expected - judged.start)
    title = Title(f"进度至少为应有的 {BEHIND_SHARE:.0%}", f"At least {BEHIND_SHARE:.0%} of the progress asked for")
    close = judged.why is Why.CLOSE
    yield Step(title, "(x − b) ÷ (e − b)", _way(judged, judged.expected), f"{done:.1%} {_mark(close)}")
    if not close and judged.needed is not None and judged.pace:
        title = Title(
            f"所需速度不超过承诺的 {PACE_FACTOR:g} 倍", f"No more than {PACE_FACTOR:g} times the promised pace"
        )
        result = f"{number(judged.needed / judged.pace)} {_mark(judged.why is Why.PACE)}"
        yield Step(title, "n ÷ p", f"{number(judged.needed)} ÷ {number(judged.pace)}", result)


def _mark(yes: bool) -> str:
    return "✓" if yes else "✗"


def _way(judged: Judged, end: float | None) -> str:
    """The share of a way as a quotient: "(x − b) ÷ (end − b)" in numbers."""
    start = number(judged.start)
    return f"({number(judged.actual or 0.0)} − {start}) ÷ ({number(end or 0.0)} − {start})"


def _needed(judged: Judged) -> Step:
    target, year = judged.target, judged.year or 0
    left, past = target.due - year, year - target.base_year
    x, z = number(judged.actual or 0.0), number(judged.bound or 0.0)
    years = f"{year + 1}–{target.due}" if left > 1 else f"{target.due}"
    title = Title(f"{years} 年每年还需", f"Still needed each year, {years}")
    result = amount(judged.needed or 0.0, judged.needed_unit)
    if not judged.needed:
        return Step(Title(f"{years} 年无需再提高", f"Nothing more is needed in {years}"), "z − x", f"{z} − {x}", result)
    if target.method is Method.AVERAGE_GROWTH:
        formula = "((1 + z)^T ÷ (1 + x)^t)^(1 ÷ (T − t)) − 1"
        return Step(title, formula, f"((1 + {z}%)^{past + left} ÷ (1 + {x}%)^{past})^(1 ÷ {left}) − 1", result)
    if target.method is Method.COMPOUND:
        return Step(title, "(z ÷ x)^(1 ÷ (T − t)) − 1", f"({z} ÷ {x})^(1 ÷ {left}) − 1", result)
    return Step(title, "(z − x) ÷ (T − t)", f"({z} − {x}) ÷ {left}", result)


def _outlook(judged: Judged, outlook: Forecast | Title) -> Step:
    if isinstance(outlook, Title):
        return Step(Title(f"预测：{outlook.zh}", f"Forecast: {outlook.en}"), "–", "–", "–")
    last, unit = outlook.points[-1], judged.target.unit
    title = Title(
        f"{last.year} 年预测（{outlook.level:.0%} 区间）", f"Forecast for {last.year} ({outlook.level:.0%} interval)"
    )
    years = judged.to_date if judged.target.method is Method.AVERAGE_GROWTH else judged.readings.values
    return Step(
        title,
        f"{outlook.model}: ŷ ± t × s × √(1 + 1/n + (t − t̄)² ÷ S)",
        f"n = {len(years)} ({', '.join(map(str, years))})",
        f"{amount(last.value, unit)} ({number(last.low)} … {number(last.high)})",
    )
