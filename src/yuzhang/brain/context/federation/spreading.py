"""Which part of a write goes to which context source, and which part stays here. Source: clauses 4.3.6.2, 4.3.6.3, 5.6."""

from collections.abc import Iterable
from dataclasses import dataclass

from yuzhang.brain.context.registrations.model import Covered, Registration

Attributes = frozenset[str] | None
"""Names of attributes; None is the entity as a whole."""


NOTHING = Covered(False, frozenset())


@dataclass(frozen=True, slots=True)
class Part:
    """What one context source gets of a write; not `supported`: it holds this, but does not take the operation."""

    registration: Registration
    attributes: Attributes
    supported: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """A write, spread. `local` is what stays: some attributes, None for everything; `here` is False if nothing stays."""

    parts: tuple[Part, ...]
    here: bool
    local: Attributes


def spread(
    registrations: Iterable[Registration],
    operations: frozenset[str],
    entity: str | None,
    types: frozenset[str] | None,
    attributes: Attributes,
) -> Spread:
    """Spread a write of `attributes` (None: of the whole entity, as a deletion is) over those who are registered for it.

    `operations` are those by which the source could take it, one of them suffices. Registrations that are exclusive take their
    attributes away from everybody, redirecting ones from inclusive ones and from this broker; inclusive ones get a copy.
    """
    known = [one for one in registrations if one.mode != "auxiliary"]
    if attributes is None:
        return _whole(known, operations, entity, types)
    parts: list[Part] = []
    left = attributes
    here = True
    for mode in ("exclusive", "redirect", "inclusive"):
        taken: set[str] = set()
        for one in known:
            covered = one.covered(entity, types, left) if one.mode == mode else NOTHING
            if not covered.any or not (covered.attributes or not attributes):
                continue
            part = Part(one, covered.attributes, not one.operations.isdisjoint(operations))
            if part.supported or one.is_proxy:
                parts.append(part)
            if one.is_proxy:
                taken |= part.attributes or frozenset()
                here = bool(attributes)
        left -= taken
        here = here and (bool(left) or not attributes)
        if not here:
            break
    return Spread(tuple(parts), here, left)


def _whole(
    known: list[Registration], operations: frozenset[str], entity: str | None, types: frozenset[str] | None
) -> Spread:
    parts: list[Part] = []
    here = True
    for one in known:
        if not one.covered(entity, types, None).any:
            continue
        part = Part(one, None, not one.operations.isdisjoint(operations))
        if part.supported or one.is_proxy:
            parts.append(part)
        if one.mode == "redirect" and any(
            info.attributes is None and info.fits(entity, types) for info in one.information
        ):
            here = False
    return Spread(tuple(parts), here, None)
