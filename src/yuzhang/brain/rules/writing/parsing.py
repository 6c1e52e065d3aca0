"""A rule from its keys, checked as a whole."""

import re
from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from yuzhang.brain.rules.durations import duration_us
from yuzhang.brain.rules.model import HOUR_US, Aggregate, Condition, Measure, Rule
from yuzhang.brain.rules.units import UNITS, unit_of
from yuzhang.brain.rules.writing.conditions import CONDITION_KEYS, condition_of
from yuzhang.brain.rules.writing.faults import Faults
from yuzhang.brain.rules.writing.known import Known
from yuzhang.brain.rules.writing.maintenance import maintenance_of
from yuzhang.core.language import LANGUAGES, Title

KEYS = (
    "id", "title", "type", "attribute", "unit", "severity", "event", "matter", "to", "message", "cooldown", "lateness",
    "maintenance", "enabled", *CONDITION_KEYS,
)  # fmt: skip
NAME = re.compile(r"[a-z][a-z0-9-]{1,59}")
KIND = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,79}")
PLACE = re.compile(r"\{([^{}]*)\}")
PLACES = frozenset({"value", "threshold", "unit", "entity", "name"})
LONGEST = 300


def parsed(given: Mapping[str, Any], pack: str, known: Known | None) -> tuple[Rule | None, Faults]:
    """The rule, and what is wrong with it: with any fault it must not be used. `known` None: of its names nothing is checked."""
    faults = Faults()
    _keys(given, faults)
    name = _text(given, "id", faults, NAME, ("小写字母、数字、连字符", "small letters, digits, hyphens"))
    types = _types(given, faults)
    attribute = _text(given, "attribute", faults, None, ("写属性名", "write the attribute's name"))
    condition = condition_of(given, faults)
    factor, unit = _unit(given, types, attribute, condition, known, faults)
    rule = Rule(
        f"{pack}:{name}",
        pack,
        _title(given, "title", faults, required=True),
        tuple(types),
        attribute,
        _converted(condition, factor),
        _severity(given, faults),
        unit,
        factor,
        _duration(given, "cooldown", 0, faults),
        _duration(given, "lateness", HOUR_US, faults),
        maintenance_of(given, faults),
        _optional(given, "event", KIND, faults) or name,
        _optional(given, "matter", KIND, faults),
        _optional(given, "to", KIND, faults),
        _title(given, "message", faults, required=False),
        _enabled(given, faults),
        given=dict(given),
    )
    return (None if faults else rule), faults


def _keys(given: Mapping[str, Any], faults: Faults) -> None:
    for key in given:
        if key not in KEYS:
            near = get_close_matches(key, KEYS, 1)
            instead = (f"写作 {near[0]}", f"write {near[0]}") if near else ("删去它", "leave it out")
            faults.say(key, "rule.key", (f"未知的键 {key}", f"there is no key {key}"), instead)


def _text(
    given: Mapping[str, Any], key: str, faults: Faults, form: re.Pattern[str] | None, instead: tuple[str, str]
) -> str:
    value = given.get(key)
    if value is None:
        faults.say(key, f"rule.{key}", (f"缺少 {key}", f"{key} is missing"), instead)
    elif (
        not isinstance(value, str)
        or not value
        or len(value) > LONGEST
        or (form is not None and not form.fullmatch(value))
    ):
        faults.say(key, f"rule.{key}", (f"{key} 的值“{value}”不合格", f"{key} cannot be {value!r}"), instead)
    else:
        return value
    return ""


def _optional(given: Mapping[str, Any], key: str, form: re.Pattern[str], faults: Faults) -> str:
    if given.get(key, "") == "":
        return ""
    return _text(given, key, faults, form, ("字母、数字和 . _ / -", "letters, digits and . _ / -"))


def _types(given: Mapping[str, Any], faults: Faults) -> list[str]:
    value = given.get("type")
    some = [value] if isinstance(value, str) else value
    if not isinstance(some, list) or not some or not all(isinstance(one, str) and one for one in some):
        faults.say(
            "type",
            "rule.type",
            (
                "缺少 type" if value is None else "type 不是类型名",
                "type is missing" if value is None else "type is no name of a type",
            ),
            ('写作 type = "PumpStation"', 'write type = "PumpStation"'),
        )
        return []
    return list(dict.fromkeys(some))


def _unit(
    given: Mapping[str, Any],
    types: list[str],
    attribute: str,
    condition: Condition,
    known: Known | None,
    faults: Faults,
) -> tuple[float, str]:
    there = known.check(types, attribute, faults) if known is not None and types and attribute else None
    if there is not None and known is not None and condition.forecast:
        known.check_forecast(types, there, condition.forecast, faults)
    wordless = condition.measure in (Measure.ABSENCE, Measure.AREA) or condition.text is not None
    counted = condition.measure is Measure.WINDOW and condition.aggregate is Aggregate.COUNT
    text = given.get("unit", "")
    unit = unit_of(text) if isinstance(text, str) and text else None
    if text != "" and unit is None:
        near = get_close_matches(str(text), list(UNITS), 3, 0.3) or ["m", "Cel", "ug/m3", "%", "1"]
        faults.say(
            "unit",
            "rule.unit",
            (f"没有单位“{text}”", f"there is no unit {text}"),
            (f"写 UCUM 单位，如 {'、'.join(near)}", f"write a unit of UCUM, such as {', '.join(near)}"),
        )
    elif unit is None and not wordless and not counted:
        own = unit_of(there.unit) if there is not None else None
        faults.say(
            "unit",
            "rule.unit",
            ("缺少 unit：阈值没有单位", "unit is missing: the bound has none"),
            (f'写作 unit = "{own.ucum if own else "1"}"', f'write unit = "{own.ucum if own else "1"}"'),
        )
    if unit is None:
        return 1.0, ""
    if there is None or known is None or counted:
        return 1.0, unit.ucum
    if not wordless:
        known.check_units(types, attribute, faults)
    return known.factor(there, unit, faults), unit.ucum


def _converted(condition: Condition, factor: float) -> Condition:
    """The condition in the unit in which the attribute comes."""
    if factor == 1.0 or condition.text is not None or condition.measure is Measure.AREA:
        return condition
    return replace(
        condition,
        low=condition.low / factor,
        high=condition.high / factor,
        clear_low=condition.clear_low / factor,
        clear_high=condition.clear_high / factor,
    )


def _title(given: Mapping[str, Any], key: str, faults: Faults, *, required: bool) -> Title:
    value = given.get(key)
    if value is None and not required:
        return Title("", "")
    words = value if isinstance(value, dict) else {}
    for one in LANGUAGES:
        text = words.get(one)
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST:
            faults.say(
                f"{key}.{one}",
                f"rule.{key}",
                (f"缺少 {key}.{one}", f"{key}.{one} is missing"),
                (f'写作 {key} = {{ zh = "…", en = "…" }}', f'write {key} = {{ zh = "…", en = "…" }}'),
            )
        elif key == "message" and not set(PLACE.findall(text)) <= PLACES:
            wrong = ", ".join(sorted(set(PLACE.findall(text)) - PLACES))
            faults.say(
                f"{key}.{one}",
                "rule.message",
                (f"没有 {{{wrong}}}", f"there is no {{{wrong}}}"),
                (f"可用：{'、'.join(sorted(PLACES))}", f"there are {', '.join(sorted(PLACES))}"),
            )
    return Title(str(words.get("zh", "")), str(words.get("en", "")))


def _severity(given: Mapping[str, Any], faults: Faults) -> int:
    value = given.get("severity")
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 4:
        return value
    faults.say(
        "severity",
        "rule.severity",
        ("severity 不是 1 到 4", "severity is none of 1 to 4"),
        ("4 最重（红），1 最轻（蓝）", "4 is the gravest (red), 1 the lightest (blue)"),
    )
    return 4


def _duration(given: Mapping[str, Any], key: str, otherwise: int, faults: Faults) -> int:
    if key not in given:
        return otherwise
    found = duration_us(given[key])
    if found is None:
        faults.say(
            key,
            "rule.duration",
            (f"{key} 不是时长", f"{key} is no duration"),
            (f'写作 {key} = "30min"；单位 s、min、h、d', f'write {key} = "30min"; units s, min, h, d'),
        )
    return found or otherwise


def _enabled(given: Mapping[str, Any], faults: Faults) -> bool:
    value = given.get("enabled", True)
    if not isinstance(value, bool):
        faults.say(
            "enabled",
            "rule.enabled",
            ("enabled 不是 true 或 false", "enabled is neither true nor false"),
            ("写 true 或 false", "write true or false"),
        )
    return bool(value)
