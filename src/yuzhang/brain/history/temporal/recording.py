"""What somebody tells of the past, as records of the log. Clauses 5.6.11 to 5.6.14."""

from collections.abc import Mapping, Sequence

import numpy as np

from yuzhang.brain.context.model import NULL, VALUE_MEMBER, Microseconds
from yuzhang.brain.history.flattening import row_of
from yuzhang.brain.history.temporal.reading import Told
from yuzhang.foundation.log.model import DELETED, Columns, Key, Observations, observations


def told_record(
    tenant: str,
    at: Microseconds,
    entity: str,
    attributes: Mapping[str, Sequence[Told]],
    *,
    created: Microseconds | None = None,
) -> Observations | None:
    """The record of instances; None if there are none. Those of one series without a time follow each other by a microsecond."""
    numbers: dict[Key, int] = {}
    untimed: dict[Key, int] = {}
    series: list[int] = []
    times: list[int] = []
    values: list[float] = []
    rests: list[str | None] = []
    flags: list[int] = []
    for name, told in attributes.items():
        for one in told:
            key = Key(entity, name, str(one.instance.get("datasetId", "")))
            time, value, rest, flag = row_of(one.instance, at if one.at is None else one.at)
            if one.ended:
                value, flag = float("nan"), flag | DELETED
            if "observedAt" not in one.instance and one.at is None:
                time += untimed.setdefault(key, 0)
                untimed[key] += 1
            series.append(numbers.setdefault(key, len(numbers)))
            times.append(time)
            values.append(value)
            rests.append(rest)
            flags.append(flag)
    if not series:
        return None
    columns = Columns(
        np.array(series, np.int32),
        np.array(times, np.int64),
        np.array(values, np.float64),
        rests if any(one is not None for one in rests) else None,
        np.array(flags, np.uint8),
    )
    return observations(tenant, at, list(numbers), columns, of_context=False, created=created)


def ended(kind: str) -> dict[str, object]:
    """The instance that tells that an attribute of this kind was deleted. Source: clauses 4.5.7 and 4.5.8."""
    member = VALUE_MEMBER[kind]
    return {"type": kind, member: {"@none": NULL} if kind == "LanguageProperty" else NULL}
