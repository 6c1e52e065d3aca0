"""Promises, figures and outcomes as columns: one row a target, so that a country's worth is computed in one pass."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Self

import numpy as np
from numpy.typing import NDArray

from yuzhang.plan.evaluation.model import Status
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method, Target

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Codes = NDArray[np.int8]
Flags = NDArray[np.bool_]

# The code of a method, comparator or status is its place in these tuples.
METHODS: tuple[Method, ...] = tuple(Method)
COMPARATORS: tuple[Comparator, ...] = tuple(Comparator)
STATUSES: tuple[Status, ...] = tuple(Status)

NO_YEAR = -1


class Why(IntEnum):
    """The rule that decided a status; `reasons.py` says each in words, docs/reference/methods.md in formulas."""

    ASSIGNED = 0
    YEARS = 1
    NO_NUMBER = 2
    NO_CRITERION = 3
    NO_FIGURE = 4
    GAP = 5
    IMPOSSIBLE = 6
    NO_BASE = 7
    KEPT = 8
    NEARLY = 9
    MISSED = 10
    REACHED = 11
    NO_PATH = 12
    ON_PATH = 13
    CLOSE = 14
    PACE = 15
    OFF = 16


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


@dataclass(frozen=True, slots=True)
class Promises:
    """N promises. Numbers are in each target's own unit, NaN where the plan gives none; years are calendar years."""

    method: Codes
    comparator: Codes
    low: Floats
    high: Floats
    base: Floats
    base_year: Integers
    due: Integers
    tolerance: Floats
    lower_is_better: Flags
    binding: Flags

    @classmethod
    def of(cls, targets: Sequence[Target], binding: Sequence[bool]) -> Self:
        """The columns of `targets`, of which `binding` says whether each obliges."""
        return cls(
            method=np.array([METHODS.index(t.method) for t in targets], np.int8),
            comparator=np.array([COMPARATORS.index(t.comparator) for t in targets], np.int8),
            low=np.array([_number(t.low) for t in targets], np.float64),
            high=np.array([_number(t.high) for t in targets], np.float64),
            base=np.array([_number(t.base) for t in targets], np.float64),
            base_year=np.array([t.base_year for t in targets], np.int64),
            due=np.array([t.due for t in targets], np.int64),
            tolerance=np.array([t.tolerance for t in targets], np.float64),
            lower_is_better=np.array([t.lower_is_better for t in targets], np.bool_),
            binding=np.array(binding, np.bool_),
        )

    def __len__(self) -> int:
        return len(self.method)

    def rows(self, where: slice) -> Self:
        """The promises in a run of rows."""
        return type(self)(*(getattr(self, field.name)[where] for field in fields(self)))

    def uses(self, *methods: Method) -> Flags:
        """Which promises are computed by one of `methods`."""
        return np.isin(self.method, [METHODS.index(method) for method in methods])

    def compares(self, *comparators: Comparator) -> Flags:
        """Which promises bind by one of `comparators`."""
        return np.isin(self.comparator, [COMPARATORS.index(comparator) for comparator in comparators])


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of N promises in Y consecutive years from `first_year`, in each target's unit, NaN where absent.

    `values` are of single years. `spans` are what a source states for the whole time from the year after the base year
    to that year (an average growth, a sum); they bridge years that have no figure of their own.
    """

    first_year: int
    values: Floats
    spans: Floats | None = None

    @property
    def years(self) -> Integers:
        """The calendar years of the columns."""
        return np.arange(self.first_year, self.first_year + self.values.shape[1], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What `judge` finds, one row a promise; NaN and NO_YEAR where undefined.

    `year` is that of the figure judged; `actual` what is held against the path (a running average or sum where the
    method says so); `expected` and `allowed` the path and its tolerance in that year; `progress` the share of the
    promised way. `gap` is positive when better. `needed` is per year: % for compound and growth, else in the unit.
    """

    status: Codes
    why: Codes
    year: Integers
    actual: Floats
    expected: Floats
    allowed: Floats
    gap: Floats
    progress: Floats
    needed: Floats
