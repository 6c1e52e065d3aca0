"""The condition of a rule, from its keys."""

import math
from collections.abc import Mapping
from typing import Any

from yuzhang.brain.rules.durations import duration_us
from yuzhang.brain.rules.model import HOUR_US, Aggregate, Compare, Condition, Measure, Polygon
from yuzhang.brain.rules.writing.faults import Faults

ONE = ("above", "at_least", "below", "at_most")
TWO = ("between", "outside")
COMPARES = (*ONE, *TWO, "equals")
MEASURES = {"rate": Measure.RATE, "window": Measure.WINDOW, "absent": Measure.ABSENCE, "area": Measure.AREA}
MEASURES |= {"neighbours": Measure.NEIGHBOURS, "baseline": Measure.BASELINE, "forecast": Measure.FORECAST}
CONDITION_KEYS = (*COMPARES, *MEASURES, "clear", "for", "aggregate", "where")
AREA_KEYS = ("region", "polygon")
NEIGHBOUR_KEYS = ("within_m", "least", "fresh")
FORECAST_KEYS = ("attribute", "fresh")
FORECAST = "Forecast"
"""What the name of an attribute ends in that foretells another one."""
MOST_CORNERS = 2000


def condition_of(given: Mapping[str, Any], faults: Faults) -> Condition:
    """The condition; what is wrong with it is told to `faults`, and then it is not to be used."""
    measures = [key for key in MEASURES if key in given]
    compares = [key for key in COMPARES if key in given]
    if len(measures) > 1:
        said = ", ".join(measures)
        faults.say(
            measures[1],
            "rule.condition",
            (f"{said} 不能同时使用", f"{said} cannot stand together"),
            ("每条规则只写一种；另写一条 [[rule]]", "one of them a rule; write a second [[rule]]"),
        )
    measure = MEASURES[measures[0]] if measures else Measure.VALUE
    plain = measure in (Measure.ABSENCE, Measure.AREA)
    if plain and compares:
        faults.say(
            compares[0],
            "rule.condition",
            (f"{measures[0]} 不与数值比较", f"{measures[0]} is compared with no number"),
            (f"删去 {compares[0]}", f"leave {compares[0]} out"),
        )
    elif not plain and len(compares) != 1:
        faults.say(
            compares[1] if compares else "",
            "rule.condition",
            ("需要恰好一个比较", "exactly one comparison is needed"),
            (f"写 {'、'.join(COMPARES)} 之一", f"write one of {', '.join(COMPARES)}"),
        )
    parts: dict[str, Any] = {"measure": measure}
    parts |= _compared(given, compares[0], measure, faults) if compares and not plain else {}
    parts |= _measured(given, measure, faults)
    parts["for_us"] = _duration(given, "for", faults) if "for" in given else 0
    if measure is Measure.ABSENCE and "for" in given:
        faults.say(
            "for",
            "rule.condition",
            ("absent 本身就是时长", "absent is a duration itself"),
            ("删去 for", "leave for out"),
        )
    return Condition(**parts)


def _compared(given: Mapping[str, Any], key: str, measure: Measure, faults: Faults) -> dict[str, Any]:
    value: Any = given[key]
    found: dict[str, Any] = {"compare": Compare(key)}
    if key == "equals" and isinstance(value, str | bool):
        if measure is not Measure.VALUE:
            faults.say(
                "equals",
                "rule.condition",
                ("这里只能与数值比较", "only a number can be compared here"),
                ("写一个数", "write a number"),
            )
        return found | {"text": value, "low": 1.0}
    if key in TWO:
        if not _pair(value):
            faults.say(
                key,
                "rule.number",
                (f"{key} 不是两个数", f"{key} is no pair of numbers"),
                (f"写作 {key} = [1, 5]", f"write {key} = [1, 5]"),
            )
            return found
        found |= {"low": float(value[0]), "high": float(value[1])}
    elif not _number(value):
        faults.say(
            key, "rule.number", (f"{key} 不是数", f"{key} is no number"), (f"写作 {key} = 3.5", f"write {key} = 3.5")
        )
        return found
    else:
        found |= {"low": float(value)}
    return found | (_cleared(given, key, found, faults) if "clear" in given else {})


def _cleared(given: Mapping[str, Any], key: str, found: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    clear = given["clear"]
    if key == "equals" or (key in TWO and not _pair(clear)) or (key in ONE and not _number(clear)):
        shape = ("两个数", "two numbers") if key in TWO else ("一个数", "a number")
        faults.say(
            "clear",
            "rule.clear",
            ("clear 的形式不对", "clear has the wrong form"),
            (f"写{shape[0]}，或删去", f"write {shape[1]}, or leave it out"),
        )
        return {}
    low, high = (float(clear[0]), float(clear[1])) if key in TWO else (float(clear), math.nan)
    looser = {
        "above": low <= found["low"],
        "at_least": low <= found["low"],
        "below": low >= found["low"],
        "at_most": low >= found["low"],
        "between": low <= found["low"] and high >= found.get("high", high),
        "outside": low >= found["low"] and high <= found.get("high", high) and low <= high,
    }[key]
    if not looser:
        faults.say(
            "clear",
            "rule.clear",
            (
                f"clear 比 {key} 更严：事件会立刻消除又产生",
                f"clear is stricter than {key}: an event would end while it still holds",
            ),
            ("把 clear 放在阈值的安全一侧", "put clear on the safe side of the bound"),
        )
    return {"clear_low": low, "clear_high": high}


def _measured(given: Mapping[str, Any], measure: Measure, faults: Faults) -> dict[str, Any]:
    if measure is not Measure.WINDOW and "aggregate" in given:
        faults.say(
            "aggregate",
            "rule.condition",
            ("没有 window 就没有 aggregate", "there is no aggregate without a window"),
            ('加上 window = "1h"', 'add window = "1h"'),
        )
    if measure is not Measure.AREA and "where" in given:
        faults.say(
            "where",
            "rule.condition",
            ("没有 area 就没有 where", "there is no where without an area"),
            ("删去 where", "leave where out"),
        )
    match measure:
        case Measure.RATE:
            return {"period_us": _duration(given, "rate", faults)}
        case Measure.ABSENCE:
            return {"period_us": _duration(given, "absent", faults), "compare": Compare.AT_LEAST}
        case Measure.WINDOW:
            aggregate = given.get("aggregate", "mean")
            if aggregate not in list(Aggregate):
                said = ", ".join(Aggregate)
                faults.say(
                    "aggregate",
                    "rule.aggregate",
                    (f"没有“{aggregate}”", f"there is no aggregate {aggregate}"),
                    (f"写 {said} 之一", f"write one of {said}"),
                )
                aggregate = "mean"
            return {"period_us": _duration(given, "window", faults), "aggregate": Aggregate(aggregate)}
        case Measure.AREA:
            return _area(given, faults)
        case Measure.NEIGHBOURS:
            return _neighbours(given["neighbours"], faults)
        case Measure.BASELINE:
            return _baseline(given["baseline"], faults)
        case Measure.FORECAST:
            return _forecast(given, faults)
        case Measure.VALUE:
            return {}


def _area(given: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    area, where = given["area"], given.get("where", "inside")
    found = {"compare": Compare.EQUALS, "low": 1.0, "inside": where != "outside"}
    if where not in ("inside", "outside"):
        faults.say(
            "where",
            "rule.area",
            (f"没有“{where}”", f"there is no {where}"),
            ("写 inside 或 outside", "write inside or outside"),
        )
    keys = set(area) if isinstance(area, dict) else set()
    if len(keys) != 1 or not keys <= set(AREA_KEYS):
        faults.say(
            "area",
            "rule.area",
            ("area 需要 region 或 polygon 之一", "area needs region or polygon"),
            ('写作 area = { region = "…" }', 'write area = { region = "…" }'),
        )
        return found
    if "region" in area:
        if not isinstance(area["region"], str) or not area["region"]:
            faults.say(
                "area",
                "rule.area",
                ("region 不是区域编号", "region is no region's id"),
                ('写作 region = "360100"', 'write region = "…"'),
            )
        return found | {"region": str(area["region"])}
    polygon = _polygon(area["polygon"])
    if not polygon:
        faults.say(
            "area",
            "rule.area",
            ("polygon 不是至少三个 [经度, 纬度]", "polygon is no list of three or more [longitude, latitude]"),
            (
                "写作 polygon = [[115.8, 28.6], [115.9, 28.6], [115.9, 28.7]]",
                "write polygon = [[115.8, 28.6], [115.9, 28.6], [115.9, 28.7]]",
            ),
        )
    return found | {"polygon": polygon}


def _polygon(given: Any) -> Polygon:
    if not isinstance(given, list) or not 3 <= len(given) <= MOST_CORNERS:
        return ()
    fit = all(_pair(one, ordered=False) and abs(one[0]) <= 180 and abs(one[1]) <= 90 for one in given)
    return tuple((float(one[0]), float(one[1])) for one in given) if fit else ()


def _neighbours(given: Any, faults: Faults) -> dict[str, Any]:
    instead = ("写作 neighbours = { within_m = 2000, least = 3 }", "write neighbours = { within_m = 2000, least = 3 }")
    if not isinstance(given, dict) or not set(given) <= set(NEIGHBOUR_KEYS) or not _number(given.get("within_m")):
        faults.say("neighbours", "rule.neighbours", ("neighbours 需要 within_m", "neighbours needs within_m"), instead)
        return {}
    least = given.get("least", 3)
    if (
        not isinstance(least, int)
        or isinstance(least, bool)
        or not 1 <= least <= 64
        or not 0 < given["within_m"] <= 1e6
    ):
        faults.say(
            "neighbours",
            "rule.neighbours",
            ("within_m 须在 0 到 1000000，least 须在 1 到 64", "within_m is from 0 to 1000000, least from 1 to 64"),
            instead,
        )
        return {}
    fresh = _duration(given, "fresh", faults, "neighbours") if "fresh" in given else HOUR_US
    return {"within_m": float(given["within_m"]), "least": least, "fresh_us": fresh}


def _baseline(given: Any, faults: Faults) -> dict[str, Any]:
    days = given.get("days", 3) if isinstance(given, dict) else None
    if given is True:
        return {}
    if not isinstance(days, int) or isinstance(days, bool) or not 1 <= days <= 14 or set(given) - {"days"}:
        faults.say(
            "baseline",
            "rule.baseline",
            ("baseline 需要 1 到 14 天", "baseline needs 1 to 14 days"),
            ("写作 baseline = { days = 7 }", "write baseline = { days = 7 }"),
        )
        return {}
    return {"days": days}


def _forecast(given: Mapping[str, Any], faults: Faults) -> dict[str, Any]:
    value, own = given["forecast"], given.get("attribute", "")
    some = {"attribute": value} if isinstance(value, str) else {} if value is True else value
    name = some.get("attribute", f"{own}{FORECAST}") if isinstance(some, dict) else None
    if not isinstance(some, dict) or set(some) - set(FORECAST_KEYS) or not isinstance(name, str) or not name:
        faults.say(
            "forecast",
            "rule.forecast",
            ("forecast 需要属性名", "forecast needs an attribute's name"),
            (f'写作 forecast = "{own}{FORECAST}"', f'write forecast = "{own}{FORECAST}"'),
        )
        return {}
    if name == own:
        faults.say(
            "forecast",
            "rule.forecast",
            (f"{name} 不能与自身比较", f"{name} cannot be compared with itself"),
            (f'写作 forecast = "{own}{FORECAST}"', f'write forecast = "{own}{FORECAST}"'),
        )
    fresh = _duration(some, "fresh", faults, "forecast") if "fresh" in some else HOUR_US
    return {"forecast": name, "fresh_us": fresh}


def _duration(given: Mapping[str, Any], key: str, faults: Faults, told: str = "") -> int:
    found = duration_us(given.get(key))
    if found is None:
        faults.say(
            told or key,
            "rule.duration",
            (f"{key} 不是时长", f"{key} is no duration"),
            (f'写作 {key} = "10min"；单位 s、min、h、d', f'write {key} = "10min"; units s, min, h, d'),
        )
    return found or 0


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _pair(value: Any, *, ordered: bool = True) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(map(_number, value))
        and (not ordered or value[0] <= value[1])
    )
