"""The evaluation in a few numbers: what binds first, what is expected second, what the text promises beside them third."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.plan.evaluation.model import Evaluation, Status
from yuzhang.plan.model import Binding


@dataclass(frozen=True, slots=True)
class Tally(Mapping[Status, int]):
    """How many have each status, in the order of `Status`; every status is there, 0 included."""

    counts: tuple[tuple[Status, int], ...]

    def __getitem__(self, status: Status) -> int:
        return dict(self.counts)[status]

    def __iter__(self) -> Iterator[Status]:
        return (status for status, _ in self.counts)

    def __len__(self) -> int:
        return len(self.counts)

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
    the verdict, whatever the expected ones say."""

    binding: Tally
    expected: Tally
    commitments: Tally
    failed: tuple[Title, ...]
    endangered: tuple[Title, ...]
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
    verdict = _joined(_of_binding(binding, failed, endangered), _of_expected(expected))
    return Headline(binding, expected, commitments, failed, endangered, verdict)


def _tally(statuses: Iterable[Status]) -> Tally:
    counted = Counter(statuses)
    return Tally(tuple((status, counted[status]) for status in Status))


def _joined(first: Title, second: Title) -> Title:
    return Title(f"{first.zh}{second.zh}", f"{first.en} {second.en}")


def _of_binding(tally: Tally, failed: tuple[Title, ...], endangered: tuple[Title, ...]) -> Title:
    if failed:
        zh, en = "、".join(t.zh for t in failed), ", ".join(t.en for t in failed)
        return Title(f"约束性指标未完成：{zh}。", f"Binding indicators missed: {en}.")
    if endangered:
        zh, en = "、".join(t.zh for t in endangered), ", ".join(t.en for t in endangered)
        return Title(f"约束性指标偏离目标：{zh}。", f"Binding indicators off track: {en}.")
    good, judged = tally.of(Status.KEPT, Status.ON_TRACK), tally.judged
    return Title(
        f"约束性指标 {tally.total} 项，可评价 {judged} 项，其中 {good} 项达到或符合进度。",
        f"Of {tally.total} binding indicators {judged} can be judged; {good} of these are kept or on track.",
    )


def _of_expected(tally: Tally) -> Title:
    good, nearly = tally.of(Status.KEPT, Status.ON_TRACK), tally.of(Status.NEARLY)
    late, judged = tally.of(Status.MISSED, Status.BEHIND, Status.OFF_TRACK), tally.judged
    return Title(
        f"预期性指标 {tally.total} 项，可评价 {judged} 项：达到或符合进度 {good} 项，接近 {nearly} 项，落后或未完成 {late} 项。",
        f"Of {tally.total} expected indicators {judged} can be judged: {good} kept or on track, {nearly} nearly kept, "
        f"{late} late or missed.",
    )
