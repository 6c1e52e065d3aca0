"""What the log holds: records, each accepted as one, each with the position that it was given.

Times are microseconds since 1970-01-01 UTC. An attribute's name is the name it is kept under in the city's present.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

Microseconds = int
OBSERVED, DELETED = 1, 2
"""Flags of a row: its time is that of the observation (else that of the writing); the attribute ended there."""


class Key(msgspec.Struct, frozen=True, array_like=True, gc=False, cache_hash=True):
    """What a series is a series of: one attribute of one entity, and the dataset if there are several."""

    entity: str
    attribute: str
    dataset: str = ""


class NewEntity(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An entity that observations came of, and the type to make it with if the present does not know it."""

    id: str
    type: str


class Columns(msgspec.Struct, frozen=True):
    """The rows of a batch, all of one length n.

    `series` int32 counts the batch's keys; `time` int64 in microseconds; `value` float64, NaN where the value is no number;
    `rest` the JSON of what an instance has beside its number and its observedAt (None: nothing but `"type": "Property"`), or
    None if no row has any; `flags` uint8, or None if every row is OBSERVED and nothing else.
    """

    series: NDArray[np.int32]
    time: NDArray[np.int64]
    value: NDArray[np.float64]
    rest: list[str | None] | None = None
    flags: NDArray[np.uint8] | None = None

    def __len__(self) -> int:
        return len(self.series)


class Observations(msgspec.Struct, frozen=True, array_like=True, tag="o", gc=False):
    """A batch of observations by columns. Made by `observations`, read by `columns`; the bytes are the arrays', little-endian.

    `of_context`: the present shall learn the newest of each series. `created`: when the instances were first written, if not at `at`.
    """

    tenant: str
    at: Microseconds
    keys: list[Key]
    series: bytes
    time: bytes
    value: bytes
    rest: list[str | None] | None = None
    flags: bytes | None = None
    entities: list[NewEntity] = []
    of_context: bool = True
    created: Microseconds | None = None

    @property
    def rows(self) -> int:
        """How many observations it holds."""
        return len(self.series) // 4

    def columns(self) -> Columns:
        """Its rows; the arrays lie in the record's own bytes and cannot be written."""
        return Columns(
            np.frombuffer(self.series, "<i4"),
            np.frombuffer(self.time, "<i8"),
            np.frombuffer(self.value, "<f8"),
            self.rest,
            None if self.flags is None else np.frombuffer(self.flags, "u1"),
        )


class Changed(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a write did to one entity: the instances that it touched, by `name` or `name\\ndataset`; None for one that it deleted."""

    id: str
    types: list[str]
    scopes: list[str]
    created: Microseconds
    instances: dict[str, Any]
    deleted: bool = False


class Changes(msgspec.Struct, frozen=True, array_like=True, tag="c", gc=False):
    """What an operation did to entities of the present. The present knows it already."""

    tenant: str
    at: Microseconds
    entities: list[Changed]

    @property
    def rows(self) -> int:
        """How many attribute instances it touches."""
        return sum(len(one.instances) for one in self.entities)


class Erasure(msgspec.Struct, frozen=True, array_like=True, tag="e", gc=False):
    """What somebody had deleted from history: an entity; one attribute of it, of one dataset or (None) of all; or one instance.

    Source of the cases: GS CIM 009, clauses 5.6.13, 5.6.15 and 5.6.16.
    """

    tenant: str
    at: Microseconds
    entity: str
    attribute: str | None = None
    dataset: str | None = ""
    time: Microseconds | None = None

    @property
    def rows(self) -> int:
        """It holds no observation."""
        return 0


class Described(msgspec.Struct, frozen=True, array_like=True, tag="d", gc=False):
    """What is known of an entity beside its observations, where it is told to history only (clause 5.6.11)."""

    tenant: str
    at: Microseconds
    id: str
    types: list[str]
    scopes: list[str] = []

    @property
    def rows(self) -> int:
        """It holds no observation."""
        return 0


Record = Observations | Changes | Erasure | Described


class Entry(msgspec.Struct, frozen=True, gc=False):
    """A record in its place."""

    position: int
    record: Record


def observations(
    tenant: str,
    at: Microseconds,
    keys: Sequence[Key],
    columns: Columns,
    entities: Sequence[NewEntity] = (),
    *,
    of_context: bool = True,
    created: Microseconds | None = None,
) -> Observations:
    """A record of `columns`. `columns.series` counts `keys`; whoever calls has checked that it does."""
    flags = columns.flags
    return Observations(
        tenant,
        at,
        list(keys),
        np.ascontiguousarray(columns.series, "<i4").tobytes(),
        np.ascontiguousarray(columns.time, "<i8").tobytes(),
        np.ascontiguousarray(columns.value, "<f8").tobytes(),
        columns.rest,
        None if flags is None else np.ascontiguousarray(flags, "u1").tobytes(),
        list(entities),
        of_context,
        created,
    )
