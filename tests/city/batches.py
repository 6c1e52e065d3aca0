"""Batches of observations that a test knows again."""

from typing import Any

import numpy as np

from yuzhang.foundation.log.model import Columns, Key, NewEntity, Observations, observations


def batch(number: int, rows: int = 10, entity: str = "urn:x:1") -> Observations:
    """A batch that is known by its first time."""
    time = np.arange(number, number + rows, dtype=np.int64)
    columns = Columns(np.zeros(rows, np.int32), time, np.arange(rows, dtype=np.float64))
    return observations("", 1, [Key(entity, "level")], columns, [NewEntity(entity, "Station")])


def first_time(record: Any) -> int:
    """The number of a batch."""
    return int(record.columns().time[0])
