"""Records of the log as rows of one table: keys of series, and columns."""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.context.moments import is_moment, microseconds
from yuzhang.foundation.log.model import DELETED, OBSERVED, Changes, Key, Microseconds, Observations

encode = msgspec.json.Encoder().encode
LARGEST_EXACT = 2**53
"""Whole numbers beyond are not all of them float64's."""


class Rows(msgspec.Struct):
    """Rows of several records. `series` counts `keys`, pairs of tenant and key; times in microseconds; -1 in `created`: as `modified`."""

    keys: list[tuple[str, Key]]
    series: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    rest: list[str | None] | None
    flags: NDArray[np.uint8]
    modified: NDArray[np.int64]
    created: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.series)


def flattened(records: Sequence[Observations | Changes]) -> Rows:
    """All rows of `records`, in their order."""
    numbers: dict[tuple[str, Key], int] = {}
    parts: list[Rows] = []
    changes: list[Changes] = []
    for record in records:
        if isinstance(record, Changes):
            changes.append(record)
            continue
        if changes:
            parts.append(_of_changes(changes, numbers))
            changes = []
        parts.append(_of_observations(record, numbers))
    if changes:
        parts.append(_of_changes(changes, numbers))
    return joined(list(numbers), parts)


def joined(keys: list[tuple[str, Key]], parts: Sequence[Rows]) -> Rows:
    """Rows of the same keys, one after the other."""
    rest: list[str | None] | None = None
    if any(part.rest is not None for part in parts):
        rest = [one for part in parts for one in (part.rest if part.rest is not None else [None] * len(part))]

    def column(name: str, kind: type) -> Any:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else np.zeros(0, kind)

    return Rows(
        keys,
        column("series", np.int32),
        column("time", np.int64),
        column("value", np.float64),
        rest,
        column("flags", np.uint8),
        column("modified", np.int64),
        column("created", np.int64),
    )


def _of_observations(record: Observations, numbers: dict[tuple[str, Key], int]) -> Rows:
    own = np.fromiter(
        (numbers.setdefault((record.tenant, key), len(numbers)) for key in record.keys), np.int32, len(record.keys)
    )
    columns = record.columns()
    rows = len(columns)
    flags = np.full(rows, OBSERVED, np.uint8) if columns.flags is None else columns.flags
    created = -1 if record.created is None else record.created
    return Rows(
        [],
        own[columns.series],
        columns.time,
        columns.value,
        columns.rest,
        flags,
        np.full(rows, record.at, np.int64),
        np.full(rows, created, np.int64),
    )


def _of_changes(records: Sequence[Changes], numbers: dict[tuple[str, Key], int]) -> Rows:
    series, times, values, rests, flags, modified = [], [], [], [], [], []
    for record in records:
        for entity in record.entities:
            for name, instance in entity.instances.items():
                attribute, _, dataset = name.partition("\n")
                key = record.tenant, Key(entity.id, attribute, dataset)
                series.append(numbers.setdefault(key, len(numbers)))
                time, value, rest, flag = row_of(instance, record.at)
                times.append(time)
                values.append(value)
                rests.append(rest)
                flags.append(flag)
                modified.append(record.at)
    return Rows(
        [],
        np.array(series, np.int32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        rests if any(one is not None for one in rests) else None,
        np.array(flags, np.uint8),
        np.array(modified, np.int64),
        np.full(len(series), -1, np.int64),
    )


def row_of(instance: dict[str, Any] | None, at: Microseconds) -> tuple[Microseconds, float, str | None, int]:
    """Time, number (NaN: none), rest and flags of an attribute instance that was written at `at`; None: the attribute was deleted.

    >>> row_of({"type": "Property", "value": 21, "observedAt": "1970-01-01T00:00:01Z"}, 5)
    (1000000, 21.0, None, 1)
    >>> row_of({"type": "Property", "value": "open", "datasetId": "urn:x:y"}, 5)
    (5, nan, '{"type":"Property","value":"open"}', 0)
    """
    if instance is None:
        return at, float("nan"), None, DELETED
    rest = dict(instance)
    rest.pop("datasetId", None)
    time, flags = at, 0
    observed = rest.get("observedAt")
    if isinstance(observed, str) and is_moment(observed):
        del rest["observedAt"]
        time, flags = microseconds(observed), OBSERVED
    value = float("nan")
    if rest["type"] == "Property" and is_exact(rest.get("value")):
        value = float(rest.pop("value"))
    if len(rest) == 1 and rest["type"] == "Property" and value == value:
        return time, value, None, flags
    return time, value, encode(rest).decode(), flags


def is_exact(value: Any) -> bool:
    """Whether a JSON value is a number that float64 holds as it is."""
    return (
        not isinstance(value, bool)
        and isinstance(value, int | float)
        and (isinstance(value, float) or abs(value) < LARGEST_EXACT)
        and value - value == 0  # neither infinite nor NaN
    )
