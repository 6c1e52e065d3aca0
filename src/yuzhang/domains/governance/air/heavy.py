"""The level of warning that days of heavy pollution call for, by the national guideline of the day. A city's own plan may be stricter."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from yuzhang.core.language import Title

EDITIONS = Path(__file__).parent / "data" / "warnings.toml"


@dataclass(frozen=True, slots=True)
class Condition:
    """A run of days: so many in a row whose index is above a value."""

    above: float
    days: int


@dataclass(frozen=True, slots=True)
class Level:
    """A level of warning: `any_of` several ways to reach it, each of which needs all its conditions."""

    level: str
    title: Title
    any_of: tuple[tuple[Condition, ...], ...]


def warning(days: Sequence[float], levels: Sequence[Level]) -> Level | None:
    """The highest level that a forecast of daily indices calls for; `levels` from the highest to the lowest. None if none is reached.

    Only where particles are the primary pollutant: for ozone the guideline asks for other measures.
    >>> red = Level("red", Title("红色", "Red"), ((Condition(200, 3), Condition(300, 1)),))
    >>> warning([210, 320, 205], [red]).level, warning([210, 190, 320], [red])
    ('red', None)
    """
    for one in levels:
        if any(all(_longest(days, each.above) >= each.days for each in way) for way in one.any_of):
            return one
    return None


def wording(days: Sequence[float], level: Level) -> Title:
    """The way by which a run of days reached a level, in words; the first one that it did.

    >>> red = Level("red", Title("红色", "Red"), ((Condition(200, 3), Condition(300, 1)),))
    >>> wording([210, 320, 205], red).en
    'daily AQI above 200 for 3 days or more in a row, and above 300 for 1 day or more in a row'
    """
    way = next(one for one in level.any_of if all(_longest(days, each.above) >= each.days for each in one))
    zh = "，且".join(f"大于{each.above:g}持续{each.days}天及以上" for each in way)
    en = ", and ".join(
        f"above {each.above:g} for {each.days} day{'' if each.days == 1 else 's'} or more in a row" for each in way
    )
    return Title(f"日AQI{zh}", f"daily AQI {en}")


def source_on(day: date) -> Title:
    """The guideline that holds on a day, as it is cited; empty before the first."""
    held = [one for one in _editions() if one["from"] <= day]
    return Title(**held[-1]["source"]) if held else Title("", "")


def levels_on(day: date) -> tuple[Level, ...]:
    """The levels of the edition that holds on a day, from the highest to the lowest; none before the first.

    >>> [one.level for one in levels_on(date(2026, 1, 1))], levels_on(date(2010, 1, 1))
    (['red', 'orange', 'yellow'], ())
    """
    held = [one for one in _editions() if one["from"] <= day]
    return tuple(_level(one) for one in held[-1]["level"]) if held else ()


@cache
def _editions() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(EDITIONS.read_text(encoding="utf-8"))["edition"]
    return sorted(found, key=lambda one: one["from"])


def _level(one: dict[str, Any]) -> Level:
    ways = tuple(tuple(Condition(each["above"], each["days"]) for each in way) for way in one["any_of"])
    return Level(one["level"], Title(**one["title"]), ways)


def _longest(days: Sequence[float], above: float) -> int:
    longest = length = 0
    for one in days:
        length = length + 1 if one > above else 0
        longest = max(longest, length)
    return longest
