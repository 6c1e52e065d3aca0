"""What is silent, and with what: one finding for a gateway and all that comes through it, not one for each device."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from yuzhang.foundation.network.model import SILENT, FindingKind
from yuzhang.foundation.network.state import IS_SILENT, State

MANY = 10
"""So many silent ones under one gateway are the gateway's matter, even if more of its devices still send."""
MOST_TOPS = 20
"""A network of fewer has no silence of its own."""
DEEPEST = 64
REAL, SIMULATED = -1, -2
"""The network of real devices and that of simulated ones, where a device has its number: the one says nothing of the other."""
NETWORKS = {REAL: "", SIMULATED: "(simulated)"}
"""What they are called where a device has its id."""


@dataclass(frozen=True, slots=True)
class Silence:
    """What is silent now: by kind and number of the device (REAL, SIMULATED for a network as a whole), how many devices are silent with it;
    and the arrays of the tree: how many active devices are under each, and how many of them are silent."""

    found: dict[tuple[FindingKind, int], int]
    covered: NDArray[np.bool_]
    behind: NDArray[np.int64]
    silent: NDArray[np.int64]


def silence(state: State, now: int, since: int = 0) -> Silence:
    """What is silent. A gateway is down if it is silent and nothing under it was heard for as long, if more than half of what hangs
    directly under it is silent or down, or MANY of that."""
    up, active = state.link(), state.marks("active")
    size = len(state)
    silent = active & (state.health(now, since) == IS_SILENT)
    seen = np.where(state.ints("seen") > 0, np.maximum(state.ints("seen"), since), 0)
    depth = _depths(up)
    behind, quiet = np.zeros(size, np.int64), np.zeros(size, np.int64)
    children, bad = np.zeros(size, np.int64), np.zeros(size, np.int64)
    heard, down = seen.copy(), np.zeros(size, bool)
    for level in range(int(depth.max(initial=0)), -1, -1):
        at = np.flatnonzero(depth == level)
        own = at[children[at] > 0]
        still = silent[own] & (now - heard[own] > SILENT * state.ints("expected")[own])
        most = (bad[own] >= 2) & (2 * bad[own] > children[own])
        down[own] = active[own] & (still | most | (bad[own] >= MANY))
        under = at[(up[at] >= 0) & active[at]]
        above = up[under]
        np.add.at(behind, above, behind[under] + 1)
        np.add.at(quiet, above, quiet[under] + silent[under])
        np.maximum.at(heard, above, heard[under])
        np.add.at(children, above, 1)
        np.add.at(bad, above, down[under] | (silent[under] & (children[under] == 0)))
    covered = np.zeros(size, bool)
    for level in range(1, int(depth.max(initial=0)) + 1):
        at = np.flatnonzero(depth == level)
        covered[at] = covered[up[at]] | down[up[at]]
    return _found(state, silent, down, covered, (up, children, behind, quiet))


def _found(
    state: State,
    silent: NDArray[np.bool_],
    down: NDArray[np.bool_],
    covered: NDArray[np.bool_],
    tree: tuple[NDArray[np.int64], ...],
) -> Silence:
    up, children, behind, quiet = tree
    active = state.marks("active")
    heard_once = active & ((state.ints("seen") > 0) | (children > 0))
    tops = heard_once & (up < 0)
    bad = tops & (down | (silent & (children == 0)))
    found: dict[tuple[FindingKind, int], int] = {}
    covered = covered.copy()
    for network, own in ((REAL, ~state.marks("simulated")), (SIMULATED, state.marks("simulated"))):
        if (bad & own).sum() >= MOST_TOPS and 2 * (bad & own).sum() > (tops & own).sum():
            found["network", network] = int((silent & own).sum())
            covered |= own
    for number in np.flatnonzero(down & ~covered).tolist():
        found["gateway", number] = int(quiet[number])
    for number in np.flatnonzero(silent & ~down & ~covered).tolist():
        found["device", number] = 1
    return Silence(found, covered | down, behind, quiet)


def _depths(up: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many gateways are above each device."""
    depth = np.zeros(len(up), np.int64)
    above = up.copy()
    for _ in range(DEEPEST):
        linked = above >= 0
        if not linked.any():
            break
        depth[linked] += 1
        above = np.where(linked, up[np.maximum(above, 0)], -1)
    return depth
