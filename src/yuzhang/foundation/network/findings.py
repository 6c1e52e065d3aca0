"""Findings: what of the silence begins and ends, and how it is kept."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from yuzhang.core.moments import microseconds, moment
from yuzhang.foundation.network import store
from yuzhang.foundation.network.model import Finding
from yuzhang.foundation.network.silence import NETWORKS, REAL, SIMULATED, Silence, silence
from yuzhang.foundation.network.state import State

Open = Mapping[tuple[str, str], Finding]
"""Findings that have not ended, by kind and device."""


def judged(state: State, there: Open, now: int, since: int) -> tuple[list[Finding], list[Finding]]:
    """Findings that end (since they were heard, or since a gateway's takes their place) or begin; and those that cover more or fewer.

    `since`: nobody listened before, so that what begins was silent for long enough after it.
    """
    found = silence(state, now)
    present = _named(state, found)
    lasting = _named(state, silence(state, now, since))
    at = moment(now)
    begun = [
        _made(state, kind, number, covers, at)
        for (kind, device), (number, covers) in present.items()
        if (kind, device) not in there and (kind, device) in lasting
    ]
    staying = [one for key, one in there.items() if key in present]
    above = {one.device: one.id for one in [*staying, *begun]}
    ended = [
        replace(one, ended_at=at, into=_into(state, one, found, above))
        for key, one in there.items()
        if key not in present
    ]
    grown = [
        replace(one, covers=present[one.kind, one.device][1])
        for one in staying
        if one.covers != present[one.kind, one.device][1]
    ]
    return [*ended, *begun], grown


def _into(state: State, one: Finding, found: Silence, above: dict[str, str]) -> str:
    """The finding that covers the device from now on; "" if it was heard, or is no longer active."""
    number = state.numbers.get(one.device, -1)
    network = NETWORKS[SIMULATED if one.simulated else REAL]
    if network in above and one.kind != "network":
        return above[network]
    if number < 0 or not found.covered[number]:
        return ""
    up = state.link()
    while number >= 0:
        if state.ids[number] in above:
            return above[state.ids[number]]
        number = int(up[number])
    return ""


def _named(state: State, found: Silence) -> dict[tuple[str, str], tuple[int, int]]:
    """What is silent by the ids of devices, with their numbers and what each covers."""
    return {
        (kind, NETWORKS[number] if number < 0 else state.ids[number]): (number, covers)
        for (kind, number), covers in found.found.items()
    }


def _made(state: State, kind: str, number: int, covers: int, at: datetime) -> Finding:
    device = NETWORKS[number] if number < 0 else state.ids[number]
    seen = 0 if number < 0 else int(state.ints("seen")[number])
    return finding_of(
        state, (f"{kind}:{device}:{microseconds(at)}", kind, device, covers, microseconds(at), seen, None, "")
    )


def finding_of(state: State, row: store.Open) -> Finding:
    """A finding as it was kept, with what is known of its device now."""
    id_, kind, device, covers, began, seen, ended, into = row
    number = state.numbers.get(device, -1)
    known = number >= 0
    lon = float(state.floats("lon")[number]) if known else float("nan")
    lat = float(state.floats("lat")[number]) if known else float("nan")
    return Finding(
        id_,
        kind,  # type: ignore[arg-type]  # as it was written
        device,
        covers,
        moment(began),
        moment(seen) if seen else None,
        None if ended is None else moment(ended),
        into,
        state.regions.texts[state.ints("region")[number]] if known else "",
        state.units.texts[state.ints("unit")[number]] if known else "",
        None if lon != lon else lon,
        None if lat != lat else lat,
        bool(state.marks("simulated")[number]) if known else device == NETWORKS[SIMULATED],
    )


def row_of(one: Finding) -> store.Open:
    """A finding as it is kept."""
    return (
        one.id,
        one.kind,
        one.device,
        one.covers,
        microseconds(one.began_at),
        microseconds(one.seen) if one.seen else 0,
        None if one.ended_at is None else microseconds(one.ended_at),
        one.into,
    )
