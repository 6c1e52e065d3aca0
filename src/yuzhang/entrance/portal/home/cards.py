"""The cards of the plan: what is off track, what waits for review, what the plan says in plain words."""

from collections.abc import Iterator
from dataclasses import dataclass

from yuzhang.core.access import Party
from yuzhang.core.storage import Storage
from yuzhang.plan.evaluation.actions import evaluate
from yuzhang.plan.evaluation.headline import Headline, headline
from yuzhang.plan.evaluation.model import Evaluation, IndicatorAssessment, Status
from yuzhang.plan.model import Binding
from yuzhang.plan.registry.actions import plan_text, plans, registered
from yuzhang.plan.registry.model import Plan, Review

MOST = 6
LATE = (Status.MISSED, Status.OFF_TRACK, Status.BEHIND)


@dataclass(frozen=True, slots=True)
class OffTrack:
    """The indicators of a plan that are late, binding ones first, the worst first; `total` of them."""

    plan: Plan
    evaluation: Evaluation
    shown: list[IndicatorAssessment]
    total: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many commitments of a plan wait for their review."""

    plan: Plan
    pending: int
    reviewed: int


@dataclass(frozen=True, slots=True)
class InPlainWords:
    """A plan as everybody understands it: how many of its targets are well, how many are late, how many nobody can judge yet."""

    plan: Plan
    said: Headline
    year: int
    good: int
    late: int
    unknown: int
    total: int


def _evaluations(caller: Party, storage: Storage) -> Iterator[Evaluation]:
    for plan in plans(storage, caller):
        yield evaluate(storage, caller, plan.id)


def off_track(caller: Party, storage: Storage) -> list[OffTrack]:
    """Of each plan, with indicators that are late. Raises NotAllowed."""
    found = []
    for one in _evaluations(caller, storage):
        late = [each for each in one.indicators if each.status in LATE]
        late.sort(key=lambda each: (each.indicator.binding is not Binding.BINDING, LATE.index(each.status)))
        found.append(OffTrack(one.plan, one, late[:MOST], len(late)))
    return found


def waiting(caller: Party, storage: Storage) -> list[Waiting]:
    """Of each plan. Raises NotAllowed."""
    found = []
    for plan in plans(storage, caller):
        plan_text(storage, caller, plan.id)  # whoever may not read the text reviews nothing
        known = registered(storage, caller, plan.id).commitments
        pending = sum(one.review is Review.PENDING for one in known)
        found.append(Waiting(plan, pending, len(known) - pending))
    return found


def in_plain_words(caller: Party, storage: Storage) -> list[InPlainWords]:
    """Of each plan. Raises NotAllowed."""
    found = []
    for one in _evaluations(caller, storage):
        statuses = [each.status for each in one.indicators]
        late = sum(status in LATE for status in statuses)
        unknown = sum(status in (Status.NO_DATA, Status.NOT_ASSESSABLE) for status in statuses)
        total = len(statuses)
        found.append(InPlainWords(one.plan, headline(one), one.year, total - late - unknown, late, unknown, total))
    return found
