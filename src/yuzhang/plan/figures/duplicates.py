"""What of a file is new, what is known already, and what contradicts what is stored or said twice."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.core.units import convert
from yuzhang.plan.figures.checking import Candidate
from yuzhang.plan.figures.errors import Problem
from yuzhang.plan.figures.model import Difference, Figure

Key = tuple[str, str, str, str]
# A value in two units (亿元, 万元) is the same value if it differs by less than a float's rounding.
SAME = 1e-9


@dataclass(frozen=True, slots=True)
class Stored:
    """A valid figure with the import that brought it."""

    import_id: int
    figure: Figure


@dataclass(frozen=True, slots=True)
class Settlement:
    """What taking a file in means: rows to add, rows known, stored figures to withdraw; with problems, none of it."""

    added: tuple[Candidate, ...]
    known: int
    withdrawn: tuple[Stored, ...]
    differences: tuple[Difference, ...]
    problems: tuple[Problem, ...]


def key(figure: Figure) -> Key:
    """What may have one value only: series, period, region and vintage."""
    return figure.series, str(figure.period), figure.region, figure.vintage


def _same_value(one: Figure, other: Figure) -> bool:
    return math.isclose(one.value, convert(other.value, other.unit, one.unit), rel_tol=SAME)


def _source(figure: Figure) -> tuple[str, str, str, str]:
    return figure.source_title, figure.source_url, figure.quote, figure.confidence


def _same(one: Figure, other: Figure) -> bool:
    return one.id == other.id or (_source(one) == _source(other) and _same_value(one, other))


def settle(candidates: Iterable[Candidate], stored: Sequence[Stored], replace: bool) -> Settlement:
    """Hold the rows of a file against each other and against `stored`, the valid figures of their series, oldest first.

    One vintage has one value; another value for it is a problem, or with `replace` a correction: then the file's rows stand
    for their series, period, region and vintage, and what was stored for these and is not in the file is withdrawn. The
    same value with another source is a further source, and added.
    """
    by_key: dict[Key, list[Stored]] = defaultdict(list)
    latest: dict[tuple[str, str, str], Figure] = {}
    for one in stored:
        by_key[key(one.figure)].append(one)
        latest[key(one.figure)[:3]] = one.figure
    rows: dict[Key, list[Candidate]] = defaultdict(list)
    count, problems, added, withdrawn = 0, list[Problem](), list[Candidate](), list[Stored]()
    for candidate in candidates:
        count += 1
        own = rows[key(candidate.figure)]
        if own and not _same_value(own[0].figure, candidate.figure):
            problems.append(_twice(candidate, own[0]))
        elif not any(_same(candidate.figure, other.figure) for other in own):
            own.append(candidate)
    for place, own in rows.items():
        there = by_key.get(place, [])
        fresh = [one for one in own if not any(_same(one.figure, other.figure) for other in there)]
        stale = [other for other in there if not any(_same(one.figure, other.figure) for one in own)]
        if replace:
            withdrawn += stale
        elif stale and not _same_value(own[0].figure, stale[0].figure):
            problems.append(_contradiction(own[0], stale[0]))
        added += fresh
    return Settlement(
        added=tuple(sorted(added, key=lambda one: one.row)),
        known=count - len(added),
        withdrawn=tuple(withdrawn),
        differences=tuple(
            Difference(one.row, one.figure, former(one.figure, by_key, latest))
            for one in sorted(added, key=lambda one: one.row)
        ),
        problems=tuple(problems),
    )


def former(
    figure: Figure, by_key: dict[Key, list[Stored]], latest: dict[tuple[str, str, str], Figure]
) -> Figure | None:
    """The figure that was valid before: of the same vintage if there is one, else the latest of its period."""
    there = by_key.get(key(figure))
    return there[-1].figure if there else latest.get(key(figure)[:3])


def _said(figure: Figure) -> str:
    return f"{figure.value:.12g} {figure.unit}"


def _twice(candidate: Candidate, other: Candidate) -> Problem:
    here, there, row = _said(candidate.figure), _said(other.figure), other.row
    return Problem(
        candidate.row,
        "value",
        Title(
            f"{here}，但第 {row} 行同一指标、时期、发布时间的值是 {there}。",
            f"{here}, but row {row} says {there} for the same series, period and vintage.",
        ),
    )


def _contradiction(candidate: Candidate, other: Stored) -> Problem:
    here, there, vintage = _said(candidate.figure), _said(other.figure), candidate.figure.vintage
    return Problem(
        candidate.row,
        "value",
        Title(
            f"{here}，但已有 {vintage} 发布的值 {there}（第 {other.import_id} 次导入）。"
            "修订请写新的发布时间；更正录入错误请用“替换”。",
            f"{here}, but {there} of vintage {vintage} is stored (import {other.import_id}). "
            "A revision needs its own vintage; to correct a mistake, import with replace.",
        ),
    )
