"""What can be done with the air: look at it."""

from collections.abc import Mapping, Sequence

import numpy as np

from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.presentation import label_of
from yuzhang.brain.history.model import Series
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of, note_series
from yuzhang.core.access import Party, action
from yuzhang.core.language import Language
from yuzhang.core.moments import moment
from yuzhang.core.simulated import is_simulated
from yuzhang.domains.governance.air import judging, reached
from yuzhang.domains.governance.air.air import POLLUTANTS, Pollutant, daily, hourly
from yuzhang.domains.governance.air.hours import (
    FORECAST,
    HOUR_US,
    TYPE,
    Cube,
    Hours,
    beginning,
    day_of,
    foretold,
    hour_of,
    read,
)
from yuzhang.domains.governance.air.model import Air, Group, Measured, Station, Uncounted
from yuzhang.foundation.registry.room import Registry

DAYS, RECENT_HOURS = 30, 24
OLD_HOURS = 3
"""From then on a station is silent, as the rule `station-silent` has it, and says nothing of now."""
FORECAST_DAYS = 10
MOST = 300
"""Stations of a group that are read; a city has some dozens."""


@action("reader")
def air(history: History, caller: Party, /, registry: Registry, now: int, language: Language) -> Air:
    """The air of the city at the moment `now`: its stations, as far as the caller may see them, the city's index, and the warning that
    it calls for; simulated stations apart."""
    within = limit_of(history, caller, "")
    series = [
        one
        for one in history.series_of("", types=[TYPE], attributes=[*POLLUTANTS, FORECAST], within=within)
        if not one.dataset
    ]
    groups = []
    for simulated in (False, True):
        own = [one for one in series if is_simulated(one.entity) is simulated]
        if own or not simulated:
            groups.append(_group(history, caller, own, registry, now, language, simulated=simulated))
    return Air(moment(now), tuple(groups))


def _group(
    history: History,
    caller: Party,
    series: Sequence[Series],
    registry: Registry,
    now: int,
    language: Language,
    *,
    simulated: bool,
) -> Group:
    every = sorted({one.entity for one in series if one.attribute in POLLUTANTS})
    stations, this = every[:MOST], hour_of(now)
    midnight = this // 24 * 24
    first = midnight - 24 * DAYS
    note_series(history, caller, "", series)
    broker = history.broker
    stored = broker.store.retrieve_all(broker.store.space("", ""), stations, broker.sights.of(caller, ""))
    entities = {id_: one.open() for id_, one in stored.items()}
    names = _names(stations, entities, registry, language)
    # What lies after this hour is a forecast or a clock that goes wrong: it says nothing of now.
    read_ = read(history, series, entities, stations, first, this + 1)
    whole = np.full((*read_.values.shape[:2], midnight + 24 - first), np.nan)
    whole[:, :, : this + 1 - first] = read_.values
    days = judging.days_of(whole)
    shown = _stations(read_, days, names, now)
    fresh = sum(not one.old for one in shown)
    hours = tuple(judging.of_hours(read_.values, first, this + 1 - RECENT_HOURS))
    counted = days.counted
    counted[:, :, -1] = days.values[:, :, -1]
    points = tuple(judging.of_days(counted, first))
    forecast = foretold(history, series, midnight, midnight + 24 * FORECAST_DAYS)
    return Group(
        simulated,
        tuple(shown),
        judging.newest(list(hours[-OLD_HOURS:]), -(-fresh // 2)),
        points[-1] if points[-1].judged else None,
        hours,
        points,
        reached.warned(points, forecast, day_of(this)),
        tuple(
            Uncounted(names.get(entity, entity), pollutant, unit, rows)
            for (entity, pollutant, unit), rows in sorted(read_.uncounted.items())
        ),
        len(every) - len(stations),
    )


def _names(
    stations: Sequence[str], entities: Mapping[str, Entity], registry: Registry, language: Language
) -> dict[str, str]:
    """What each station is called: by itself, else by its device in the registry, else by its id."""
    names = dict(zip(stations, stations, strict=True))
    names |= {id_: one.name for id_, one in registry.devices_of(stations).items() if one.name}
    labels = {id_: label_of(one, language) for id_, one in entities.items()}
    return names | {id_: label for id_, label in labels.items() if label != id_}


def _stations(hours: Hours, days: judging.Days, names: Mapping[str, str], now: int) -> list[Station]:
    """Every station that sent something in the window; each at the newest hour of its own."""
    known = np.asarray((~np.isnan(hours.values)).any(axis=1), np.bool_)
    today = daily(judging.columns(days.values[:, :, -1].T), day_of(hour_of(now)))
    found = []
    for row in np.flatnonzero(known.any(axis=1)):
        at = int(np.flatnonzero(known[row])[-1])
        newest = hourly(judging.columns(hours.values[row, :, at]), day_of(hours.first + at))
        id_, sent = hours.stations[row], int(hours.newest[row])
        old = now - sent > OLD_HOURS * HOUR_US
        found.append(
            Station(
                id_,
                names[id_],
                moment(sent),
                beginning(hours.first + at),
                old,
                judging.judged(newest, 0),
                judging.judged(today, int(row)),
                _measured(hours.values[row, :, at], days, int(row)),
            )
        )
    return sorted(found, key=lambda one: (one.old, -(one.now.aqi if one.now else 0), one.name))


def _measured(hour: Cube, days: judging.Days, row: int) -> dict[Pollutant, Measured]:
    """What a station measures of each pollutant of which it measures anything."""
    found: dict[Pollutant, Measured] = {}
    for at, one in enumerate(POLLUTANTS):
        own, day = float(hour[at]), float(days.values[row, at, -1])
        if not (np.isnan(own) and np.isnan(day)):
            found[one] = Measured(
                None if np.isnan(own) else judging.stated(one, own),
                None if np.isnan(day) else judging.stated(one, day),
                int(days.hours[row, at, -1]),
                bool(days.valid[row, at, -1]),
            )
    return found
