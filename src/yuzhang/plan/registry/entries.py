"""Registered things as entries of the store, and back."""

from collections.abc import Mapping

import msgspec

from yuzhang.plan.registry.model import Indicator, Plan, RegisteredPlan, RegisteredProject, ReviewedCommitment
from yuzhang.plan.registry.store import Bodies, Key

ENCODER = msgspec.json.Encoder()
_PLAN = msgspec.json.Decoder(Plan)
_INDICATOR = msgspec.json.Decoder(Indicator)
_COMMITMENT = msgspec.json.Decoder(ReviewedCommitment)
_PROJECT = msgspec.json.Decoder(RegisteredProject)


def commitment_entry(one: ReviewedCommitment) -> tuple[Key, bytes]:
    """A commitment as an entry."""
    return ("commitment", one.id), ENCODER.encode(one)


def indicator_entry(one: Indicator) -> tuple[Key, bytes]:
    """An indicator as an entry."""
    return ("indicator", one.id), ENCODER.encode(one)


def packed(plan: RegisteredPlan) -> Bodies:
    """Everything of a plan as entries."""
    return {
        ("plan", "plan"): ENCODER.encode(plan.plan),
        **dict(map(indicator_entry, plan.indicators)),
        **dict(map(commitment_entry, plan.commitments)),
        **{("project", str(one.number)): ENCODER.encode(one) for one in plan.projects},
    }


def unpacked(bodies: Mapping[Key, bytes], revision: int) -> RegisteredPlan:
    """The plan that these entries make: indicators and projects by number, commitments in the order of the text."""
    by_kind: dict[str, list[bytes]] = {}
    for (kind, _), body in bodies.items():
        by_kind.setdefault(kind, []).append(body)
    commitments = map(_COMMITMENT.decode, by_kind.get("commitment", ()))
    return RegisteredPlan(
        plan=_PLAN.decode(by_kind["plan"][0]),
        revision=revision,
        indicators=tuple(sorted(map(_INDICATOR.decode, by_kind.get("indicator", ())), key=lambda one: one.number)),
        commitments=tuple(sorted(commitments, key=lambda one: (one.commitment.start, one.commitment.end, one.id))),
        projects=tuple(sorted(map(_PROJECT.decode, by_kind.get("project", ())), key=lambda one: one.number)),
    )
