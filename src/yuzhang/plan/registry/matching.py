"""Which candidates of a new reading are the ones known before, so that what was reviewed stays reviewed."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from yuzhang.plan.model import Commitment
from yuzhang.plan.registry.model import Review, ReviewedCommitment

SIMILAR = 0.5


@dataclass(frozen=True, slots=True)
class Merge:
    """What a reading makes of the registered commitments."""

    kept: tuple[ReviewedCommitment, ...]
    new: tuple[ReviewedCommitment, ...]
    lost: tuple[ReviewedCommitment, ...]
    withdrawn: tuple[ReviewedCommitment, ...]


def commitment_id(found: Commitment) -> str:
    """A short name for a candidate, the same whenever the same text is read."""
    written = f"{found.start}:{found.end}:{found.low}:{found.high}"
    return "c" + hashlib.sha256(written.encode()).hexdigest()[:9]


def merge(
    plan: str, registered: Sequence[ReviewedCommitment], found: Sequence[Commitment], *, same_text: bool
) -> Merge:
    """Match the candidates `found` with what is registered.

    In the same text a candidate is known if it overlaps a registered one with the same number; in a revised text, if it
    promises the same number of a similar subject in the same chapter or box. Decisions, and values a person corrected,
    stay; only their place in the text follows. Reviewed ones that are not found stay as `lost`; undecided ones go.
    """
    open_ones = {one.id: one for one in registered}
    kept: list[ReviewedCommitment] = []
    new: list[ReviewedCommitment] = []
    taken: set[str] = set()
    buckets: dict[tuple[float, float | None], list[ReviewedCommitment]] = {}
    for one in registered:
        buckets.setdefault((one.commitment.low, one.commitment.high), []).append(one)
    for candidate in found:
        rivals = [one for one in buckets.get((candidate.low, candidate.high), ()) if one.id in open_ones]
        known = _overlapping(rivals, candidate) if same_text else _similar(rivals, candidate)
        if known is None:
            key = _free(commitment_id(candidate), taken | {one.id for one in registered})
            taken.add(key)
            new.append(
                ReviewedCommitment(key, plan, replace(candidate, quote=""), Review.PENDING, None, None, "", None, None)
            )
            continue
        del open_ones[known.id]
        kept.append(_moved(known, candidate))
    rest = open_ones.values()
    return Merge(
        tuple(kept),
        tuple(new),
        tuple(one for one in rest if one.review is not Review.PENDING),
        tuple(one for one in rest if one.review is Review.PENDING),
    )


def _free(key: str, taken: set[str]) -> str:
    while key in taken:
        key += "x"
    return key


def _overlapping(rivals: Iterable[ReviewedCommitment], candidate: Commitment) -> ReviewedCommitment | None:
    def shared(one: ReviewedCommitment) -> int:
        return min(one.commitment.end, candidate.end) - max(one.commitment.start, candidate.start)

    best = max(rivals, key=shared, default=None)
    return best if best is not None and shared(best) > 0 else None


def _similar(rivals: Iterable[ReviewedCommitment], candidate: Commitment) -> ReviewedCommitment | None:
    def likeness(one: ReviewedCommitment) -> float:
        same_place = (one.commitment.place.chapter, one.commitment.place.box) == (
            candidate.place.chapter,
            candidate.place.box,
        )
        return SequenceMatcher(None, one.commitment.subject, candidate.subject).ratio() + 0.2 * same_place

    best = max(rivals, key=likeness, default=None)
    return best if best is not None and likeness(best) >= SIMILAR else None


def _moved(known: ReviewedCommitment, candidate: Commitment) -> ReviewedCommitment:
    if known.review is Review.PENDING:
        return replace(known, commitment=replace(candidate, quote=""))
    place = replace(known.commitment, start=candidate.start, end=candidate.end, place=candidate.place)
    return replace(known, commitment=place)
