"""Rows of the table of entities, opened; and what a write makes of them."""

from dataclasses import dataclass
from time import time_ns

import msgspec

from yuzhang.brain.context.ending import may_end, pruned
from yuzhang.brain.context.model import ALL, ENTITY_MEMBERS, Body, Entity, Microseconds, Touch, times_key
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.shapes import Shape
from yuzhang.brain.context.store.engines import Row

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode
decode_times = msgspec.json.Decoder(dict[str, tuple[int, int]]).decode
ENTITY_COLUMNS = "key, body, expires, created, modified, times"
"""The first three are enough for an answer that shows entities as they are kept."""


class Kept(msgspec.Struct, frozen=True, gc=False):
    """An entity with its number in the database."""

    key: int
    entity: Entity
    stored: Body
    """The body in the database: that of `entity`, with what has ended since."""
    ends: bool = False
    """Whether something in it may end."""


@dataclass(frozen=True, slots=True)
class Use:
    """How many entities of a type have an attribute of a kind. `attribute` is None for the type itself."""

    type: str
    attribute: str | None
    kind: str | None
    count: int


class Edit(msgspec.Struct, frozen=True, gc=False):
    """One entity's way from what is kept (None: it is new) to what shall be (None: it is deleted)."""

    before: Kept | None
    after: Entity | None
    touched: dict[str, Touch]
    shape: Shape | None = None
    """That of both bodies, if it is known that they have the same."""
    values: bool = False
    """Whether the two differ in values of properties only, each the one instance of its attribute; `touched` names all of them."""


def entity_of(row: Row) -> Entity:
    """The entity of a row of ENTITY_COLUMNS, without what has ended."""
    body = decode(row[1])
    if may_end(row[1]):
        body = pruned(body, time_ns() // 1000)
    return Entity(body, row[3], row[4], decode_times(row[5]) if row[5] else {})


def kept_of(row: Row, now: Microseconds) -> Kept:
    """The same with its number, for a write."""
    stored, ends = decode(row[1]), may_end(row[1])
    body = pruned(stored, now) if ends else stored
    times = decode_times(row[5]) if row[5] else {}
    if body is not stored:
        times = _times_left(body, times)
    return Kept(row[0], Entity(body, row[3], row[4], times), stored, ends)


def _times_left(body: Body, times: dict[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    """The times of those instances that have not ended."""
    left = {ALL} | {
        times_key(name, one.get("datasetId"))
        for name, found in body.items()
        if name not in ENTITY_MEMBERS
        for one in (found if isinstance(found, list) else [found])
    }
    return {key: moments for key, moments in times.items() if key in left}


def expiry(entity: Entity) -> Microseconds | None:
    """When a transient entity ends; None if it does not. Clause 4.22."""
    text = entity.body.get("expiresAt")
    return microseconds(text) if text else None
