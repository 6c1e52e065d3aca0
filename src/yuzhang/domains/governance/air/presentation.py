"""The air as pages and programs are given it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds
from yuzhang.domains.governance.air.air import NAMES, POLLUTANTS
from yuzhang.domains.governance.air.model import Air, Called, Group, Judged, Point, Station, Warned

SYMBOL = {one: "mg/m³" if one == "co" else "µg/m³" for one in POLLUTANTS}
DIGITS = {one: 1 if one == "co" else 0 for one in POLLUTANTS}


def age(since: timedelta) -> Title:
    """How old something is, in words.

    >>> age(timedelta(seconds=30)).en, age(timedelta(minutes=75)).zh, age(timedelta(days=3)).en, age(timedelta(hours=1)).en
    ('less than a minute old', '1小时前', '3 days old', '1 hour old')
    """
    minutes = int(since.total_seconds() // 60)
    if minutes < 1:
        return Title("不到1分钟前", "less than a minute old")
    for size, zh, en in ((1440, "天", "day"), (60, "小时", "hour"), (1, "分钟", "minute")):
        if minutes >= size:
            number = minutes // size
            return Title(f"{number}{zh}前", f"{number} {en}{'' if number == 1 else 's'} old")
    raise AssertionError(minutes)


def drawn(group: Group) -> dict[str, Any]:
    """What the charts of a group draw: the index in each of the last hours, and on each of the last days."""
    return {
        "hours": [_pair(one) for one in group.hours],
        "days": [_pair(one) for one in group.days],
    }


def _pair(one: Point) -> tuple[int, int | None]:
    return microseconds(one.at) // 1000, one.judged.aqi if one.judged else None


def described(air: Air) -> dict[str, Any]:
    """The air as JSON."""
    return {"at": air.at.isoformat(), "groups": [_group(one) for one in air.groups]}


def _group(one: Group) -> dict[str, Any]:
    return {
        "simulated": one.simulated,
        "now": _point(one.now),
        "today": _point(one.today),
        "warning": None if one.simulated else _warned(one.warned),
        "stations": [_station(each) for each in one.stations],
        "hours": [_point(each) for each in one.hours],
        "days": [_point(each) for each in one.days],
        "uncounted": [
            {"station": each.station, "pollutant": each.pollutant, "unit": each.unit, "rows": each.rows}
            for each in one.uncounted
        ],
        "left_out": one.left_out,
    }


def _title(one: Title) -> dict[str, str]:
    return {"zh": one.zh, "en": one.en}


def _judged(one: Judged | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "aqi": one.aqi,
        "level": one.rank,
        "title": _title(one.title),
        "primary": [NAMES[each] for each in one.primary],
    }


def _point(one: Point | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "at": one.at.isoformat(),
        "judged": _judged(one.judged),
        "stations": one.stations,
        "means": dict(one.means),
        "missing": list(one.missing),
    }


def _station(one: Station) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "newest": one.newest.isoformat(),
        "hour": one.hour.isoformat(),
        "old": one.old,
        "now": _judged(one.now),
        "today": _judged(one.today),
        "measured": {
            name: {
                "unit": SYMBOL[name],
                "hour": each.hour,
                "day": each.day,
                "hours": each.hours,
                "valid": each.valid,
            }
            for name, each in one.measured.items()
        },
    }


def _warned(one: Warned) -> dict[str, Any]:
    return {
        "guideline": _title(one.source),
        "measured": _called(one.measured),
        "forecast": _called(one.forecast),
        "days": _by_day(one.days),
        "foretold": _by_day(one.foretold),
    }


def _called(one: Called | None) -> dict[str, Any] | None:
    return None if one is None else {"level": one.level, "title": _title(one.title), "rule": _title(one.rule)}


def _by_day(days: Mapping[Any, int]) -> dict[str, int]:
    return {day.isoformat(): aqi for day, aqi in days.items()}
