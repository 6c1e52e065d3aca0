"""Events made of what the evaluation found: with words, place, and whoever answers for it."""

from dataclasses import replace

from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.evaluation.things import Thing
from yuzhang.brain.rules.model import Event, Rule, event_id
from yuzhang.core.language import Title

DIGITS = 4


def id_of(evaluator: Evaluator, change: Change) -> str:
    """The id of the event that a change is about."""
    rule, _, entity, attribute, dataset = evaluator.slots.keys[change.slot]
    return event_id(rule, entity, attribute, dataset, change.opened)


def opened(evaluator: Evaluator, change: Change, thing: Thing) -> Event:
    """The event that a change opens."""
    rule = evaluator.ruled.rules[int(evaluator.slots.rule[change.slot])]
    value = valued(rule, change.value)
    threshold = valued(rule, rule.condition.threshold)
    key = evaluator.slots.keys[change.slot]
    return Event(
        id_of(evaluator, change),
        rule.id,
        rule.pack,
        rule.kind or rule.name,
        key[2],
        key[3],
        rule.severity,
        "open",
        worded(rule, thing, value, threshold),
        change.opened,
        None,
        change.at,
        value,
        threshold,
        thing.lon,
        thing.lat,
        thing.region,
        rule.to or thing.unit,
        rule.matter,
        thing.simulated,
        rule.unit,
    )


def valued(rule: Rule, value: float | None) -> float | None:
    """A value of the attribute in the rule's own unit; None where it is no number of the thing's."""
    if (
        value is None
        or value != value
        or rule.condition.text is not None
        or rule.condition.region
        or rule.condition.polygon
    ):
        return None
    return value * rule.factor


def worded(rule: Rule, thing: Thing, value: float | None, threshold: float | None) -> Title:
    """The rule's message with its values; its title with the thing's name where it has none."""
    zh = rule.message.zh or f"{rule.title.zh}：{{name}}"
    en = rule.message.en or f"{rule.title.en}: {{name}}"
    said = {"value": _number(value), "threshold": _number(threshold), "unit": rule.unit, "entity": thing.id}
    return Title(_filled(zh, said | {"name": thing.name.zh}), _filled(en, said | {"name": thing.name.en}))


def _filled(text: str, values: dict[str, str]) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def _number(value: float | None) -> str:
    return "–" if value is None else f"{round(value, DIGITS):g}" if abs(value) < 1e6 else f"{value:g}"


def over(event: Event, rule: Rule | None, change: Change) -> Event:
    """The event that a change ends."""
    value = None if rule is None else valued(rule, change.value)
    return replace(
        event, status="cleared", cleared_at=change.at, seen_at=change.at, value=event.value if value is None else value
    )
