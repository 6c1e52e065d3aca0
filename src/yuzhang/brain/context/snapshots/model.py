"""A snapshot, and what a client may say of one. Clause 5.2.41."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yuzhang.brain.context.durations import DAY, duration
from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.query import Q

PREPARING, SUCCESS, PARTIAL, EMPTY, FAILURE = "preparing", "success", "partial", "empty", "failure"
"""The states of a snapshot. Source: table 5.2.41-2."""
DEFAULT_PRIORITY = 5
PRIORITIES = range(1, 11)
LONGEST_LIFETIME = 366 * DAY
MAX_COPIED = 100_000
"""Entities in one snapshot."""
GIVEN = frozenset({"id", "type", "snapshotPriority", "snapshotLifetime", "expiresAt", "@context"})
"""Members that a client may give; `snapshotQueries` at creation only."""
READ_ONLY = frozenset(
    {"id", "snapshotQueries", "snapshotStatus", "snapshotQueriesDetails", "createdAt", "modifiedAt", "lastUsedAt"}
)
ASKABLE = frozenset(
    {"snapshotPriority", "snapshotStatus", "createdAt", "modifiedAt", "lastUsedAt", "expiresAt", "id", "type"}
)
"""Members that a purge may ask for. Source: clause 5.16.7.4."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A snapshot with its state. `details` tell how each of `queries` went. `origin` is the snapshot that it is a clone of."""

    id: str
    queries: list[dict[str, Any]]
    priority: int
    status: str
    details: list[dict[str, Any]]
    created: Microseconds
    modified: Microseconds
    used: Microseconds
    expires: Microseconds | None = None
    origin: str = ""

    def shown(self) -> dict[str, Any]:
        """The snapshot as it is answered."""
        return {
            "id": self.id,
            "type": "Snapshot",
            "snapshotQueries": self.queries,
            "snapshotPriority": self.priority,
            "snapshotStatus": self.status,
            "snapshotQueriesDetails": self.details,
            "createdAt": stamp(self.created),
            "modifiedAt": stamp(self.modified),
            "lastUsedAt": stamp(self.used),
            **({"expiresAt": stamp(self.expires)} if self.expires is not None else {}),
        }

    def fits(self, q: Q) -> bool:
        """Whether a purge by `q` means it."""
        values = {
            "snapshotPriority": self.priority,
            "snapshotStatus": self.status,
            "lastUsedAt": stamp(self.used),
        } | ({"expiresAt": stamp(self.expires)} if self.expires is not None else {})
        attributes = {name: {"type": "Property", "value": value} for name, value in values.items()}
        return q.matches(Entity({"id": self.id, "type": "Snapshot", **attributes}, self.created, self.modified))


def checked_priority(value: Any) -> int:
    """A priority; a higher one lives longer when room is short. Raises BadRequestData."""
    if isinstance(value, bool) or not isinstance(value, int) or value not in PRIORITIES:
        raise BadRequestData(
            said(f"snapshotPriority is a whole number from {PRIORITIES[0]} to {PRIORITIES[-1]}."),
            where="/snapshotPriority",
        )
    return value


def checked_members(data: Any, now: Microseconds, *, fresh: bool) -> tuple[int | None, Microseconds | None]:
    """The priority and the end that a payload gives, None for what it does not. Raises BadRequestData.

    The end is given by a lifetime from `now` on, or as a moment. `fresh`: it is for a new snapshot, not for a change of one.
    """
    if not isinstance(data, Mapping):
        raise BadRequestData(said("The payload is an object."), where="/")
    if data.get("type", "" if fresh else "Snapshot") != "Snapshot":
        raise BadRequestData(said("The type is Snapshot."), where="/type")
    wrong = (data.keys() & (READ_ONLY - ({"id", "snapshotQueries"} if fresh else set()))) or data.keys() - (
        READ_ONLY | GIVEN
    )
    if wrong:
        raise BadRequestData(said(f"{min(wrong)[:100]} cannot be given here."), where=f"/{min(wrong)[:100]}")
    priority = checked_priority(data["snapshotPriority"]) if "snapshotPriority" in data else None
    if "snapshotLifetime" in data:
        return priority, now + duration(data["snapshotLifetime"], "/snapshotLifetime", LONGEST_LIFETIME)
    return priority, microseconds(data["expiresAt"]) if "expiresAt" in data else None
