"""Rows of history become entities over time. Clauses 4.5.6 to 4.5.8."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from yuzhang.brain.context.model import Instance, Microseconds
from yuzhang.brain.context.moments import EPOCH, microseconds, stamp
from yuzhang.brain.history.model import Known, Series
from yuzhang.brain.history.temporal.model import Evolution, Past
from yuzhang.brain.history.temporal.recording import ended

INSTANCE = "urn:ngsi-ld:Instance:"
LARGEST_EXACT = 2**53
decode = msgspec.json.Decoder().decode
Row = tuple[Any, ...]


def moment(us: Microseconds) -> str:
    """A moment as ISO 8601 in UTC, with no more digits than it needs.

    >>> moment(1_767_323_045_000_000), moment(1_767_323_045_500_000)
    ('2026-01-02T03:04:05Z', '2026-01-02T03:04:05.500Z')
    """
    seconds, rest = divmod(us, 1_000_000)
    return stamp(us) if rest else (EPOCH + timedelta(seconds=seconds)).isoformat()[:19] + "Z"


def number(value: float) -> int | float:
    """A number as it is written: whole ones without a point.

    >>> number(21.0), number(21.5)
    (21, 21.5)
    """
    return int(value) if value.is_integer() and abs(value) < LARGEST_EXACT else value


def instance_id(series: int, time: Microseconds) -> str:
    """The instanceId of a row that has none of its own."""
    return f"{INSTANCE}{series}-{time}"


def place_of(instance: str) -> tuple[int, Microseconds] | None:
    """The series and the time in such an instanceId; None if it is another one.

    >>> place_of("urn:ngsi-ld:Instance:12--5"), place_of("urn:x:y")
    ((12, -5), None)
    """
    series, _, time = instance.removeprefix(INSTANCE).partition("-")
    if not instance.startswith(INSTANCE) or not series.isdigit() or not time.removeprefix("-").isdigit():
        return None
    if not instance.isascii() or len(series) > 9 or len(time) > 18:
        return None
    return int(series), int(time)


def past_of(row: Row, dataset: str, kind_before: str | None, now: Microseconds) -> Past | None:
    """One row as an instance; None if the time of its storage is over (clause 5.2.5). The row has the columns of store.ROWS, and a key.

    `kind_before` is the rest of an instance before it, which tells the kind if it is a deletion.
    """
    series, time, value, rest, modified, created, deleted, observed, key = row
    if rest is None and not deleted:
        instance: Instance = {"type": "Property", "value": number(value)}
    else:
        instance = _opened(value, rest, deleted, kind_before)
        if "expiresAt" in instance and microseconds(instance["expiresAt"]) <= now:
            return None
    if observed:
        instance["observedAt"] = moment(time)
    if dataset:
        instance["datasetId"] = dataset
    own = instance.pop("instanceId", "")
    return Past(
        instance,
        time,
        key,
        modified if created is None else created,
        modified,
        deleted,
        own or instance_id(series, time),
    )


def _opened(value: float | None, rest: str | None, deleted: bool, kind_before: str | None) -> Instance:
    if deleted and rest is None:
        return ended("Property" if kind_before is None else decode(kind_before)["type"])
    instance: Instance = decode(rest) if rest is not None else {"type": "Property"}
    if value is not None:
        instance["value"] = number(value)
    return instance


def evolutions(
    known: Sequence[Known],
    series: Iterable[Series],
    rows: Iterable[Row],
    kinds: Mapping[int, str | None],
    now: Microseconds,
) -> list[Evolution]:
    """The entities with their instances, in the order of `known`; each attribute's by their keys."""
    found = {one.id: Evolution(one.id, one.types, one.created, one.modified, one.deleted, {}) for one in known}
    of = {one.number: one for one in series}
    lists: dict[int, list[Past]] = {}
    for row in rows:
        number_of = row[0]
        there = lists.get(number_of)
        if there is None:
            one = of[number_of]
            there = lists[number_of] = found[one.entity].attributes.setdefault(one.attribute, [])
        past = past_of(row, of[number_of].dataset, kinds.get(number_of), now)
        if past is not None:
            there.append(past)
    for evolution in found.values():
        for name in [name for name, past in evolution.attributes.items() if not past]:
            del evolution.attributes[name]
        for past_list in evolution.attributes.values():
            past_list.sort(key=lambda past: past.key)
            evolution.modified = max(evolution.modified, *(past.modified for past in past_list))
    return list(found.values())


def scope_of(past: Past) -> list[str]:
    """The scopes that an instance of the scope names; none if it was deleted."""
    if past.deleted:
        return []
    value = past.instance.get("value", [])
    return [value] if isinstance(value, str) else list(value)
