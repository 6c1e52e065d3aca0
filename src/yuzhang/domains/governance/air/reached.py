"""The level of warning that the days so far, and the days foretold, call for by the national guideline."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

import numpy as np

from yuzhang.core.moments import microseconds
from yuzhang.domains.governance.air.heavy import Level, levels_on, source_on, warning, wording
from yuzhang.domains.governance.air.hours import day_of, hour_of
from yuzhang.domains.governance.air.model import Called, Point, Warned

PARTICLES = {"pm25", "pm10"}


def warned(days: Sequence[Point], forecast: Mapping[date, float], today: date) -> Warned:
    """What the guideline calls for: by the spell of bad days that lasts until today, and by this and the days foretold after it.

    A day counts where particles are its primary pollutant; whether they are of a day foretold, a forecast of the index does not say.
    The last of `days` may be today, as far as it went; a day without an index ends the spell.
    """
    levels = levels_on(today)
    known = {day_of(hour_of(microseconds(one.at))): one for one in days}
    ozone = tuple(day for day, one in known.items() if _bad(one, levels) and not _of_particles(one))
    spell = _spell(known, levels, today)
    foretold = {day: int(np.ceil(value - 1e-9)) for day, value in forecast.items() if day > today}
    return Warned(
        source_on(today),
        called(list(spell.values()), levels),
        called(_joined(spell, foretold), levels) if foretold else None,
        spell,
        foretold,
        ozone,
    )


def called(days: Sequence[float], levels: Sequence[Level]) -> Called | None:
    """The highest level that a run of days reaches, with the wording of how; None if none."""
    found = warning(days, levels)
    return None if found is None else Called(found.level, found.title, wording(days, found))


def _lowest(levels: Sequence[Level]) -> float:
    return min((each.above for one in levels for way in one.any_of for each in way), default=np.inf)


def _bad(one: Point, levels: Sequence[Level]) -> bool:
    return one.judged is not None and one.judged.aqi > _lowest(levels)


def _of_particles(one: Point) -> bool:
    return one.judged is not None and not PARTICLES.isdisjoint(one.judged.primary)


def _spell(known: Mapping[date, Point], levels: Sequence[Level], today: date) -> dict[date, int]:
    """The bad days in a row that end today, or yesterday where today is not known or not bad so far."""
    found: dict[date, int] = {}
    day = today
    one = known.get(day)
    if one is None or not (_bad(one, levels) and _of_particles(one)):
        day -= timedelta(days=1)
    while (one := known.get(day)) is not None and one.judged is not None and _bad(one, levels) and _of_particles(one):
        found[day] = one.judged.aqi
        day -= timedelta(days=1)
    return dict(sorted(found.items()))


def _joined(spell: Mapping[date, int], foretold: Mapping[date, int]) -> list[float]:
    """Both as one run of days; a day between that is not known counts as good."""
    known = {**spell, **foretold}
    first, last = min(known), max(known)
    return [float(known.get(first + timedelta(days=at), 0)) for at in range((last - first).days + 1)]
