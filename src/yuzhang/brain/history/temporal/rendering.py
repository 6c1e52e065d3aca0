"""Entities over time as they are answered: normalized, or simplified to pairs of value and time. Clauses 4.5.6 to 4.5.9, 6.3.11."""

from collections.abc import Mapping, Sequence
from typing import Any

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import VALUE_MEMBER
from yuzhang.brain.context.rendering import Representation, bare_value, is_shown, shown_instance, written
from yuzhang.brain.history.temporal.aggregating import Summed
from yuzhang.brain.history.temporal.evolving import moment
from yuzhang.brain.history.temporal.model import SCOPE, Evolution, Past
from yuzhang.brain.history.temporal.reading import SIMPLIFIED

PLURALS = {kind: plural for plural, (kind, _) in SIMPLIFIED.items()} | {"GeoProperty": "values"}
"""The member of the simplified temporal representation for each kind of attribute. Source: clause 4.5.9."""


def render(evolution: Evolution, terms: Terms, how: Representation, *, simplified: bool) -> dict[str, Any]:
    """An entity over time in the terms and the form wanted."""
    shown = heading(evolution, terms, how)
    for name, past in evolution.attributes.items():
        if not is_shown(name, how):
            continue
        if simplified:
            shown[terms.compact(name)] = _pairs(past, terms, how)
        else:
            shown[terms.compact(name)] = [_instance(one, terms, how, scope=name == SCOPE) for one in past]
    return shown


def heading(evolution: Evolution, terms: Terms, how: Representation) -> dict[str, Any]:
    """What an entity has beside attributes, as far as it is wanted."""
    shown: dict[str, Any] = {}
    if is_shown("id", how):
        shown["id"] = evolution.id
    if is_shown("type", how):
        shown["type"] = written(evolution.types if len(evolution.types) != 1 else evolution.types[0], terms)
    if how.sysattrs:
        times = {"createdAt": evolution.created, "modifiedAt": evolution.modified, "deletedAt": evolution.deleted}
        shown |= {name: moment(time) for name, time in times.items() if time is not None and is_shown(name, how)}
    return shown


def _instance(past: Past, terms: Terms, how: Representation, *, scope: bool) -> dict[str, Any]:
    shown = shown_instance(past.instance, terms, how)
    if not scope:  # which has nothing but its value and its times (clause 4.5.6)
        shown["instanceId"] = past.id
    if past.deleted:
        shown["deletedAt"] = moment(past.modified if "observedAt" in past.instance else past.time)
    if how.sysattrs:
        shown["createdAt"], shown["modifiedAt"] = moment(past.created), moment(past.modified)
    return shown


def _pairs(past: list[Past], terms: Terms, how: Representation) -> Any:
    """The instances of one attribute, those of each dataset by themselves. Source: clauses 4.5.5 and 4.5.9."""
    by_dataset: dict[tuple[str, str], list[Past]] = {}
    for one in past:
        by_dataset.setdefault((one.dataset, str(one.instance["type"])), []).append(one)
    found = []
    for (dataset, kind), some in by_dataset.items():
        spoken = kind == "LanguageProperty" and how.lang is not None
        shown: dict[str, Any] = {"type": "Property" if spoken else kind}
        if dataset:
            shown["datasetId"] = dataset
        shown["values" if spoken else PLURALS[kind]] = [
            [one.instance["value"] if kind == "Property" else _value(one, terms, how), moment(one.key)] for one in some
        ]
        found.append(shown)
    return found[0] if len(found) == 1 else found


def _value(past: Past, terms: Terms, how: Representation) -> Any:
    """One value, wrapped as the clause shows it."""
    value = past.instance[VALUE_MEMBER[str(past.instance["type"])]]
    return value if past.deleted and not isinstance(value, dict) else bare_value(past.instance, terms, how)


def render_sums(
    evolution: Evolution, sums: Mapping[str, Sequence[tuple[str, Summed]]], terms: Terms, how: Representation
) -> dict[str, Any]:
    """An entity with the sums of its attributes, each dataset by itself. Source: clause 4.5.19.0."""
    shown = heading(evolution, terms, how)
    for name, datasets in sums.items():
        if not is_shown(name, how):
            continue
        found = []
        for dataset, one in datasets:
            attribute: dict[str, Any] = {"type": one.kind}
            if dataset:
                attribute["datasetId"] = dataset
            for method, periods in one.sums.items():
                attribute[method] = [[value, moment(start), moment(end)] for value, (start, end) in periods]
            found.append(attribute)
        shown[terms.compact(name)] = found[0] if len(found) == 1 else found
    return shown
