"""An entity map, and how long it may last."""

import re
from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.moments import stamp

SECOND = 1_000_000
DEFAULT_LIFETIME: Microseconds = 10 * 60 * SECOND
LONGEST_LIFETIME: Microseconds = 24 * 3600 * SECOND
"""However long a client asks for: the broker sets the actual end (table 6.4.3.2-1)."""
MAX_MAPPED = 100_000
"""Entities in one map."""
HERE = "@none"
"""Stands for this broker itself among the sources of an entity."""
DURATION = re.compile(
    r"P(?=.)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?",
    re.ASCII,
)
SECONDS = (365 * 86400, 30 * 86400, 7 * 86400, 86400, 3600, 60, 1)


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

    A year counts 365 days, a month 30.
    >>> lifetime("PT90S"), lifetime(None), lifetime("P3650D")
    (90000000, 600000000, 86400000000)
    """
    if text is None:
        return DEFAULT_LIFETIME
    found = DURATION.fullmatch(text)
    if found is None or len(text) > 60:
        raise BadRequestData(said(f"“{text[:60]}” is no duration like PT10M."), where="?entityMapLifetime")
    seconds = sum(int(count) * unit for count, unit in zip(found.groups("0"), SECONDS, strict=True))
    return min(seconds * SECOND, LONGEST_LIFETIME)
