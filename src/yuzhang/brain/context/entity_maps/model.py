"""An entity map, and how long it may last."""

from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.context.durations import DAY, SECOND, duration
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import stamp

DEFAULT_LIFETIME: Microseconds = 10 * 60 * SECOND
LONGEST_LIFETIME: Microseconds = DAY
"""However long a client asks for: the broker sets the actual end (table 6.4.3.2-1)."""
MAX_MAPPED = 100_000
"""Entities in one map."""
HERE = "@none"
"""Stands for this broker itself among the sources of an entity."""


@dataclass(frozen=True, slots=True)
class EntityMap:
    """The entities that a query found, each with the sources that have it: registrations, or `@none` for this broker.

    `linked_maps` tells for each source the map that it made itself. Source: clause 5.2.39.
    """

    id: str
    expires: Microseconds
    sources: dict[str, list[str]]
    linked_maps: dict[str, str] = field(default_factory=dict)

    def shown(self) -> dict[str, Any]:
        """The map as it is answered."""
        return {
            "id": self.id,
            "type": "EntityMap",
            "expiresAt": stamp(self.expires),
            "entityMap": self.sources,
            "linkedMaps": self.linked_maps,
        }


def lifetime(text: str | None) -> Microseconds:
    """How long a map that a client wants for `text`, an ISO 8601 duration, is kept. Raises BadRequestData.

    >>> lifetime("PT90S"), lifetime(None), lifetime("P3650D")
    (90000000, 600000000, 86400000000)
    """
    return DEFAULT_LIFETIME if text is None else duration(text, "?entityMapLifetime", LONGEST_LIFETIME)
