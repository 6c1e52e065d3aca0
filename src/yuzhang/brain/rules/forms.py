"""The form of a rule: its fields, the rule's keys that they make, and which field a fault is about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yuzhang.brain.rules.writing.conditions import COMPARES, FORECAST, MEASURES, TWO
from yuzhang.brain.rules.writing.faults import Said
from yuzhang.core.language import Title

MINE = (
    "attribute", "unit", "rate", "window", "aggregate", "absent", "where", "for", "cooldown", "lateness", "event", "matter", "to",
)  # fmt: skip
WORDS = ("title", "message")
VALUE = "value"
KINDS = (VALUE, *MEASURES)
"""What may be compared; the value itself has no key of its own."""
OF_KIND = {"rate": ("rate",), "window": ("window", "aggregate"), "absent": ("absent",), "area": ("where",)}
"""Keys of a kind that are fields as well."""
UNCOMPARED = ("absent", "area")
FIELD = {
    "area": "region", "neighbours": "within_m", "baseline": "days", "forecast": "forecast", "title": "title_zh", "message": "message_zh",
    "": "bound", "clear": "clear", "severity": "severity", **dict.fromkeys(COMPARES, "bound"), **{name: name for name in MINE},
}  # fmt: skip
"""The field that a rule's key is about, where one is."""


@dataclass(frozen=True, slots=True)
class Fields:
    """The names of fields that stand for themselves."""

    plain: tuple[str, ...]

    def shown(self, given: Mapping[str, Any]) -> dict[str, str]:
        """What the form shows of a rule."""
        found = {name: str(given.get(name, "")) for name in self.plain}
        for name in WORDS:
            words = given.get(name)
            for tongue in ("zh", "en"):
                found[f"{name}_{tongue}"] = str(words.get(tongue, "")) if isinstance(words, dict) else ""
        compare = next((one for one in COMPARES if one in given), "")
        found |= {"compare": compare, "bound": _said(given.get(compare, "")), "clear": _said(given.get("clear", ""))}
        found["measure"] = kind_of(given)
        area, near = _table(given.get("area")), _table(given.get("neighbours"))
        found |= {"region": _said(area.get("region", "")), "polygon": _corners(area.get("polygon", ""))}
        found |= {name: _said(near.get(name, "")) for name in ("within_m", "least", "fresh")}
        found["days"] = _said(_table(given.get("baseline")).get("days", ""))
        foretold = given.get("forecast", "")
        told = _table(foretold)
        found["forecast"] = _said(told.get("attribute", "")) if told else "" if foretold is True else _said(foretold)
        found["forecast_fresh"] = _said(told.get("fresh", ""))
        return found


FIELDS = Fields(MINE)


def kind_of(given: Mapping[str, Any]) -> str:
    """What a rule compares, by its key.

    >>> kind_of({"absent": "1h"}), kind_of({"above": 3})
    ('absent', 'value')
    """
    return next((one for one in MEASURES if one in given), VALUE)


def given_of(given: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, Any]:
    """A rule's keys with what a form says in place of what was there. Keys that the form does not have stay.

    >>> given_of({"above": 3, "baseline": True}, {"compare": "below", "bound": "2.5", "severity": "1"})
    {'baseline': True, 'below': 2.5, 'severity': 1}
    """
    made = dict(given)
    for name in MINE:
        if name in sent:
            made.pop(name, None)
            if sent[name].strip():
                made[name] = sent[name].strip()
    _word(made, sent)
    if "bound" in sent:
        _compare(made, sent)
    if sent.get("measure", "") in KINDS:
        made = _measured(made, sent["measure"], sent)
    if "severity" in sent:
        made["severity"] = int(sent["severity"]) if sent["severity"] in ("1", "2", "3", "4") else sent["severity"]
    return made


def _word(made: dict[str, Any], sent: Mapping[str, str]) -> None:
    for name in WORDS:
        words = {tongue: sent[f"{name}_{tongue}"].strip() for tongue in ("zh", "en") if f"{name}_{tongue}" in sent}
        if words:
            made.pop(name, None)
            if any(words.values()):
                made[name] = words


def _compare(made: dict[str, Any], sent: Mapping[str, str]) -> None:
    for one in (*COMPARES, "clear"):
        made.pop(one, None)
    compare = sent.get("compare", "")
    if compare in COMPARES:
        made[compare] = _value(sent["bound"], two=compare in TWO)
        if sent.get("clear", "").strip():
            made["clear"] = _value(sent["clear"], two=compare in TWO)


def _measured(made: dict[str, Any], kind: str, sent: Mapping[str, str]) -> dict[str, Any]:
    """A rule that compares this; what belongs to another kind is left out, whatever its fields hold."""
    foreign = {name for one, names in OF_KIND.items() if one != kind for name in names}
    foreign |= {one for one in MEASURES if one != kind and one not in OF_KIND}
    foreign |= {*COMPARES, "clear"} if kind in UNCOMPARED else set()
    foreign |= {"for"} if kind == "absent" else set()
    found = {name: one for name, one in made.items() if name not in foreign}
    typed = {name: text.strip() for name, text in sent.items()}
    match kind:
        case "area":
            corners = typed.get("polygon", "")
            found["area"] = {"region": typed["region"]} if typed.get("region") else {}
            found["area"] |= {"polygon": _polygon(corners)} if corners else {}
        case "neighbours":
            some = {name: typed[name] for name in ("within_m", "least", "fresh") if typed.get(name)}
            found["neighbours"] = {name: one if name == "fresh" else _count(one) for name, one in some.items()}
        case "baseline":
            found["baseline"] = {"days": _count(typed["days"])} if typed.get("days") else True
        case "forecast":
            name = typed.get("forecast") or f"{made.get('attribute', '')}{FORECAST}"
            fresh = {"fresh": typed["forecast_fresh"]} if typed.get("forecast_fresh") else {}
            found["forecast"] = {"attribute": name} | fresh
        case "value":
            pass
        case _:
            found.setdefault(kind, "")
    return found


def told(faults: Sequence[Said]) -> dict[str, list[Title]]:
    """What is wrong, by the field that it is about; "" for what no field of the form is about."""
    found: dict[str, list[Title]] = {}
    for one in faults:
        key = one.key[0] if one.key else ""
        field = FIELD.get(key, "")
        if field and key in WORDS and one.key[-1] in ("zh", "en"):
            field = f"{key}_{one.key[-1]}"
        wrong = Title(f"{one.wrong.zh}——{one.instead.zh}", f"{one.wrong.en} — {one.instead.en}")
        found.setdefault(field, []).append(wrong)
    return found


def _polygon(text: str) -> Any:
    """Corners, one a line, longitude and latitude; the text itself if it is none."""
    try:
        lines = [one.replace("，", ",").split(",") for one in text.splitlines() if one.strip()]
        return [[float(one) for one in line] for line in lines]
    except ValueError:
        return text


def _corners(given: Any) -> str:
    if not isinstance(given, list):
        return str(given)
    return "\n".join(", ".join(f"{one!r}" for one in corner) for corner in given if isinstance(corner, list))


def _table(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _count(text: str) -> Any:
    number = _number(text)
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _value(text: str, *, two: bool) -> Any:
    parts = [_number(one.strip()) for one in text.replace("，", ",").split(",")]
    return parts if two else parts[0] if len(parts) == 1 else text


def _number(text: str) -> Any:
    if text in ("true", "false"):
        return text == "true"
    try:
        return float(text)
    except ValueError:
        return text


def _said(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_said(one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, int | float) else str(value)
