"""The evaluation in a few numbers: what binds first, what is expected second, what the text promises beside them third."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.model import Evaluation, IndicatorAssessment, Status
from yuzhang.plan.model import Binding


@dataclass(frozen=True, slots=True)
class Tally:
    """How many have each status, in the order of `Status`; every status is there, 0 included."""

    counts: tuple[tuple[Status, int], ...]

    def of(self, *statuses: Status) -> int:
        """How many have one of `statuses`."""
        return sum(count for status, count in self.counts if status in statuses)

    @property
    def total(self) -> int:
        """How many there are."""
        return sum(count for _, count in self.counts)

    @property
    def judged(self) -> int:
        """How many could be judged: neither without data nor not assessable."""
        return self.total - self.of(Status.NO_DATA, Status.NOT_ASSESSABLE)


@dataclass(frozen=True, slots=True)
class Headline:
    """`failed` names the binding indicators that were missed, `endangered` those that are off track: one of them decides
    the verdict, whatever the expected ones say. `earlier` is how many of the indicators that could be judged have their
    status as of an earlier year than the one judged."""

    binding: Tally
    expected: Tally
    commitments: Tally
    failed: tuple[Title, ...]
    endangered: tuple[Title, ...]
    earlier: int
    verdict: Title


def headline(evaluation: Evaluation) -> Headline:
    """The headline of an evaluation. A missed binding indicator stands before everything else that is said."""
    by_binding = {
        binding: _tally(i.status for i in evaluation.indicators if i.indicator.binding is binding)
        for binding in Binding
    }
    obliging = [i for i in evaluation.indicators if i.indicator.binding is Binding.BINDING]
    failed = tuple(i.indicator.title for i in obliging if i.status is Status.MISSED)
    endangered = tuple(i.indicator.title for i in obliging if i.status is Status.OFF_TRACK)
    binding, expected = by_binding[Binding.BINDING], by_binding[Binding.EXPECTED]
    commitments = _tally(c.assessment.status for c in evaluation.commitments)
    old = {
        kind: sum(_is_earlier(i, evaluation.year) for i in evaluation.indicators if i.indicator.binding is kind)
        for kind in Binding
    }
    verdict = _joined(
        _of_binding(binding, failed, endangered, old[Binding.BINDING]), _of_expected(expected, old[Binding.EXPECTED])
    )
    return Headline(binding, expected, commitments, failed, endangered, sum(old.values()), verdict)


def _tally(statuses: Iterable[Status]) -> Tally:
    counted = Counter(statuses)
    return Tally(tuple((status, counted[status]) for status in Status))


def _is_earlier(found: IndicatorAssessment, year: int) -> bool:
    """Whether an indicator's status holds as of an earlier year than the one judged: `year`, or its due year if that is
    earlier. What could not be judged has no such year."""
    if found.status in (Status.NO_DATA, Status.NOT_ASSESSABLE):
        return False
    deciding = next(one for one in found.targets if one.target.id == found.deciding)
    return deciding.year is not None and deciding.year < min(year, deciding.target.due)


def _judged(tally: Tally, earlier: int) -> Title:
    """How many can be judged, and how many of these only as of an earlier year."""
    return Title(
        f"可评价 {tally.judged} 项" + (f"（其中 {earlier} 项截至更早年份）" if earlier else ""),
        f"{tally.judged} can be judged" + (f" ({earlier} of these as of an earlier year)" if earlier else ""),
    )


def _joined(first: Title, second: Title) -> Title:
    return Title(f"{first.zh}{second.zh}", f"{first.en} {second.en}")


def _of_binding(tally: Tally, failed: tuple[Title, ...], endangered: tuple[Title, ...], earlier: int) -> Title:
    judged = _judged(tally, earlier)
    counted = Title(f"约束性指标 {tally.total} 项，{judged.zh}", f"Of {tally.total} binding indicators {judged.en}")
    if failed:
        zh, en = "、".join(t.zh for t in failed), ", ".join(t.en for t in failed)
        return _followed(Title(f"约束性指标未完成：{zh}。", f"Binding indicators missed: {en}."), counted, earlier)
    if endangered:
        zh, en = "、".join(t.zh for t in endangered), ", ".join(t.en for t in endangered)
        return _followed(Title(f"约束性指标偏离目标：{zh}。", f"Binding indicators off track: {en}."), counted, earlier)
    good = tally.of(Status.KEPT, Status.ON_TRACK)
    return Title(
        f"{counted.zh}，{good} 项达到或符合进度。",
        f"{counted.en}; {good} {'is' if good == 1 else 'are'} kept or on track.",
    )


def _followed(said: Title, counted: Title, earlier: int) -> Title:
    """Names stand alone, unless statuses of several years are behind them."""
    return Title(f"{said.zh}{counted.zh}。", f"{said.en} {counted.en}.") if earlier else said


def _of_expected(tally: Tally, earlier: int) -> Title:
    good, nearly = tally.of(Status.KEPT, Status.ON_TRACK), tally.of(Status.NEARLY)
    late, judged = tally.of(Status.MISSED, Status.BEHIND, Status.OFF_TRACK), _judged(tally, earlier)
    return Title(
        f"预期性指标 {tally.total} 项，{judged.zh}：达到或符合进度 {good} 项，接近 {nearly} 项，落后或未完成 {late} 项。",
        f"Of {tally.total} expected indicators {judged.en}: {good} kept or on track, {nearly} nearly kept, "
        f"{late} late or missed.",
    )
