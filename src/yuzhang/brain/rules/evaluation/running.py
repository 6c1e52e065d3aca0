"""Running sums and extremes within groups of rows that lie together, whole columns at a time."""

import numpy as np
from numpy.typing import NDArray

FEW = 64
"""Groups of so many rows go together, one row of each at a time; longer ones are summed one after the other."""
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]


def starts_of(keys: NDArray[np.generic], *more: NDArray[np.generic]) -> Places:
    """Where a group begins: wherever one of the keys differs from the row before.

    >>> starts_of(np.array([1, 1, 2, 2])).tolist()
    [0, 2]
    """
    if not len(keys):
        return np.zeros(0, np.int64)
    new = np.ones(len(keys), bool)
    new[1:] = keys[1:] != keys[:-1]
    for one in more:
        new[1:] |= one[1:] != one[:-1]
    return np.flatnonzero(new)


def lengths_of(starts: Places, rows: int) -> Places:
    """How many rows each group has."""
    return np.diff(np.append(starts, rows))


def running(function: np.ufunc, values: Numbers, starts: Places, first: Numbers) -> Numbers:
    """`function` over all rows of a group up to each one, begun with the group's `first`.

    No group's numbers touch another's, so that one absurd value spoils nothing else.

    >>> running(np.add, np.array([1.0, 2, 3]), np.array([0, 2]), np.array([10.0, 0])).tolist()
    [11.0, 13.0, 3.0]
    """
    made = values.copy()
    lengths = lengths_of(starts, len(values))
    made[starts] = function(first, values[starts])
    short = np.flatnonzero((lengths > 1) & (lengths <= FEW))
    longest = int(lengths[short].max(initial=0))
    for rank in range(1, longest):
        short = short[lengths[short] > rank]
        at = starts[short] + rank
        made[at] = function(made[at - 1], values[at])
    for one in np.flatnonzero(lengths > FEW).tolist():
        span = slice(int(starts[one]), int(starts[one] + lengths[one]))
        made[span] = function.accumulate(made[span])
    return made
