"""What the screen of the city knows of things on the map, and what it needs of the rooms that bring them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from yuzhang.core.language import Title

Layer = Literal["devices", "events", "cases"]
LAYERS: tuple[Layer, ...] = ("devices", "events", "cases")
Age = Literal["unknown", "fresh", "late", "silent"]
AGES: tuple[Age, ...] = ("unknown", "fresh", "late", "silent")
EXPECTED_S = 900.0
"""The period of what nobody said one of."""


Placed = tuple[str, tuple[str, ...], tuple[str, ...]]
"""A type, with the regions and units that a thing belongs to as one of that type."""


@dataclass(frozen=True, slots=True)
class Group:
    """What decides who sees a thing: the room whose rules hold, its types with their places, and the attribute whose value is shown."""

    room: str
    placed: tuple[Placed, ...]
    attribute: str = ""


UNTITLED = Title("", "")


@dataclass(frozen=True, slots=True)
class Thing:
    """A thing on the map. `at`: microseconds of its last value, or of its beginning; 0 if there is none. `address`: its own page."""

    id: str
    lon: float
    lat: float
    kind: str
    group: Group
    severity: int = 0
    status: str = ""
    value: float = float("nan")
    at: int = 0
    expected_s: float = EXPECTED_S
    simulated: bool = False
    title: Title = UNTITLED
    unit: str = ""
    region: str = ""
    due: int = 0
    party: str = ""
    entity: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """A region with its boundary, a geometry of shapely in WGS-84."""

    id: str
    name: Title
    level: str
    boundary: Any


@dataclass(frozen=True, slots=True)
class Named:
    """A region or unit with its name."""

    id: str
    name: Title


class DeviceLike(Protocol):
    """A device as the registry has it."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def lon(self) -> float | None: ...
    @property
    def lat(self) -> float | None: ...
    @property
    def unit(self) -> str: ...
    @property
    def region(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def simulated(self) -> bool: ...
    @property
    def expected_s(self) -> float: ...


class Sources(Protocol):
    """What the map is made of beside the city's present; a room that is not there brings nothing."""

    def devices(self) -> Iterable[DeviceLike]:
        """All devices that are registered."""

    def device(self, id_: str) -> DeviceLike | None:
        """One device."""

    def areas(self) -> Sequence[Area]:
        """The regions that have a boundary."""

    def named(self) -> Iterable[Named]:
        """Regions and units, with their names."""

    def units(self) -> Sequence[Named]:
        """Units alone: whom somebody can be on duty for."""

    def events(self) -> Iterable[Thing]:
        """All that is open."""

    def some_events(self, ids: Sequence[str]) -> Mapping[str, Thing]:
        """Those of these events that are there, open or not, by id."""

    def cases(self) -> Iterable[Thing]:
        """All that is open."""

    def some_cases(self, ids: Sequence[str]) -> Mapping[str, Thing]:
        """Those of these cases that are there, open or not, by id."""
