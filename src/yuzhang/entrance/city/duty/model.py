"""A turn of duty."""

from dataclasses import dataclass

EVERYWHERE = ""
"""The unit of the city's own duty office, which is told of everything."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A party is on duty for a unit, or for the city where `unit` is empty, from `begins` until before `ends` (microseconds)."""

    id: int
    party: str
    name: str
    role: str
    unit: str
    begins: int
    ends: int
