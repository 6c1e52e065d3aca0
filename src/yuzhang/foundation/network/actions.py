"""What can be asked of the network: how devices stand, what is silent, and how they hang together."""

import numpy as np

from yuzhang.core.access import Party, action
from yuzhang.core.moments import moment
from yuzhang.foundation.network.errors import NotWatched
from yuzhang.foundation.network.model import HEALTHS, Branch, Count, Finding, Standing, Summary, Tree
from yuzhang.foundation.network.room import Network
from yuzhang.foundation.network.state import IS_SILENT, SECOND, State

MOST_AT_ONCE = 1_000
MOST_ENDED = 100
DEEPEST = 64


@action("reader")
def summary(network: Network, caller: Party, /) -> Summary:
    """All active devices by kind and by region."""
    findings = network.open_findings()
    with network.state() as state:
        now = network.now()
        return Summary(
            moment(now),
            _counts(state, now, "kind", state.kinds.texts),
            _counts(state, now, "region", state.regions.texts),
            sum(one.kind == "gateway" for one in findings),
            len(findings),
        )


@action("reader")
def health(network: Network, caller: Party, /, name: str) -> Standing:
    """How one device stands. Raises NotWatched."""
    with network.state() as state:
        number = _number(state, name)
        return _standing(state, number, network.now())


@action("reader")
def devices(
    network: Network,
    caller: Party,
    /,
    health: str = "silent",
    kind: str = "",
    region: str = "",
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[Standing], int]:
    """Devices that stand so, those that were heard longest ago first; and how many there are. `health` "" for all."""
    with network.state() as state:
        now = network.now()
        fits = state.marks("active").copy()
        if health:
            fits &= state.health(now) == (HEALTHS.index(health) if health in HEALTHS else -1)
        for column, text, names in (("kind", kind, state.kinds), ("region", region, state.regions)):
            if text:
                fits &= state.ints(column) == (names.texts.index(text) if text in names.texts else -1)
        numbers = np.flatnonzero(fits)
        order = numbers[np.argsort(state.ints("seen")[numbers], kind="stable")]
        some = order[max(offset, 0) :][: min(max(limit, 1), MOST_AT_ONCE)]
        return [_standing(state, one, now) for one in some.tolist()], len(numbers)


@action("reader")
def findings(network: Network, caller: Party, /) -> list[Finding]:
    """What is silent now: one finding for a gateway and all that comes through it."""
    return network.open_findings()


@action("reader")
def ended(network: Network, caller: Party, /, limit: int = 50) -> list[Finding]:
    """What was silent and is not any more, the newest first."""
    return network.ended_findings(min(max(limit, 1), MOST_ENDED))


@action("reader")
def tree(network: Network, caller: Party, /, name: str = "", limit: int = 50, offset: int = 0) -> Tree:
    """What hangs under a gateway, or (without a name) under none. Raises NotWatched."""
    with network.state() as state:
        now, found = network.now(), network.silences()
        up, active = state.link(), state.marks("active")
        at = _number(state, name) if name else -1
        under = np.flatnonzero(active & (up == at))
        if at >= 0:
            under = under[under != at]
        holds = found.behind[under] > 0
        gateways, leaves = under[holds], under[~holds]
        gateways = gateways[np.lexsort((gateways, -found.silent[gateways]))][:MOST_AT_ONCE]
        leaves = leaves[np.argsort(state.ints("seen")[leaves], kind="stable")]
        some = leaves[max(offset, 0) :][: min(max(limit, 1), MOST_AT_ONCE)]
        holding = active & (found.behind > 0) & (up >= 0)
        branches = np.bincount(up[holding], minlength=len(state))

        def branch(number: int) -> Branch:
            standing = _standing(state, number, now)
            return Branch(standing, int(found.behind[number]), int(found.silent[number]), int(branches[number]))

        way: list[str] = []
        above = int(up[at]) if at >= 0 else -1
        while above >= 0 and len(way) < DEEPEST:
            way.insert(0, state.ids[above])
            above = int(up[above])
        return Tree(
            branch(at) if at >= 0 else None,
            tuple(way),
            tuple(map(branch, gateways.tolist())),
            tuple(_standing(state, one, now) for one in some.tolist()),
            len(leaves),
        )


def _number(state: State, name: str) -> int:
    number = state.numbers.get(name, -1)
    if number < 0 or not state.marks("active")[number]:
        raise NotWatched.of(name)
    return number


def _standing(state: State, number: int, now: int) -> Standing:
    row = {name: state.column(name)[number].item() for name in ("seen", "count", "gaps", "longest", "gap_at")}
    battery, signal = float(state.floats("battery")[number]), float(state.floats("signal")[number])
    gateway = int(state.link()[number])
    return Standing(
        state.ids[number],
        HEALTHS[state.health_of(number, now)],
        moment(row["seen"]) if row["seen"] else None,
        int(state.ints("expected")[number]) / SECOND,
        round(state.rate_of(number, now), 3),
        row["count"],
        row["gaps"],
        row["longest"],
        moment(row["gap_at"]) if row["gap_at"] else None,
        None if battery != battery else battery,
        None if signal != signal else signal,
        state.kinds.texts[state.ints("kind")[number]],
        state.regions.texts[state.ints("region")[number]],
        state.ids[gateway] if gateway >= 0 else "",
        bool(state.marks("simulated")[number]),
    )


def _counts(state: State, now: int, column: str, texts: list[str]) -> tuple[Count, ...]:
    active = state.marks("active")
    of = state.ints(column)[active].astype(np.int64) * 2 + state.marks("simulated")[active]
    size = 2 * len(texts)
    health = state.health(now)[active]
    table = np.bincount(of * len(HEALTHS) + health, minlength=size * len(HEALTHS)).reshape(size, len(HEALTHS))
    rates = np.bincount(of, weights=state.rates(now)[active], minlength=size)
    found = []
    for one in np.flatnonzero(table.sum(1)).tolist():
        fresh, late, silent, never = table[one].tolist()
        found.append(Count(texts[one // 2], bool(one % 2), fresh, late, silent, never, round(float(rates[one]), 3)))
    return tuple(sorted(found, key=lambda one: (one.simulated, -one.total, one.name)))


def silent_now(network: Network) -> int:
    """How many devices are silent, for metrics."""
    with network.state() as state:
        return int((state.marks("active") & (state.health(network.now()) == IS_SILENT)).sum())
