"""The order of an answer: `orderBy=type;asc,name.since;desc,location;dist-asc`. Source: clause 4.23.

Values of different kinds come as numbers, texts, objects, lists, true and false; what is not there comes last, whatever the
direction. Of several instances, or values in a list that one would have to choose from, the first counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query.collation import collated
from yuzhang.brain.context.query.geo import read_geometry
from yuzhang.brain.context.query.geometry import distance_m, shape_of
from yuzhang.brain.context.query.paths import Path, Reach, read_path
from yuzhang.brain.context.query.scanner import Scanner
from yuzhang.brain.context.query.values import is_number, temporal

MAX_KEYS = 16
DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
_REACH = Reach()


@dataclass(frozen=True, slots=True)
class By:
    """One key of an order."""

    path: Path
    direction: str

    @property
    def distance(self) -> bool:
        """Whether it orders by distance."""
        return self.direction.startswith("dist-")

    @property
    def down(self) -> bool:
        """Whether the greatest comes first."""
        return self.direction.endswith("desc")


@dataclass(frozen=True, slots=True)
class Order:
    """An order that was read."""

    keys: tuple[By, ...]
    text_key: Callable[[str], Any] = field(repr=False)
    start: BaseGeometry | None = None

    def names(self) -> tuple[str, ...]:
        """The names that the entity itself has: attributes, or id, type and times."""
        return tuple(one.path.first for one in self.keys)

    def key(self, entity: Entity) -> tuple[Any, ...]:
        """What `entity` is compared by; at last its id, so that the order is total."""
        return (*(_Placed(self._value(one, entity), one.down) for one in self.keys), entity.id)

    def sorted(self, entities: Iterable[Entity]) -> list[Entity]:
        """The entities in this order."""
        return sorted(entities, key=self.key)

    def _value(self, by: By, entity: Entity) -> tuple[int, Any] | None:
        target = next(iter(by.path.found(entity, _REACH)), None)
        if target is None:
            return None
        if by.distance:
            return self._away(target.value)
        return _comparable(target.value, self.text_key)

    def _away(self, value: Any) -> tuple[int, float] | None:
        assert self.start is not None  # noqa: S101  # the reader asks for it
        try:
            return 0, distance_m(shape_of(value), self.start)
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None


class _Placed:
    """A value in its place: greater ones first if `down`, none last."""

    __slots__ = ("down", "value")

    def __init__(self, value: tuple[int, Any] | None, down: bool) -> None:
        self.value = value
        self.down = down

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Placed) and self.value == other.value

    def __lt__(self, other: "_Placed") -> bool:
        if self.value is None or other.value is None:
            return self.value is not None
        return other.value < self.value if self.down else self.value < other.value

    __hash__ = None  # type: ignore[assignment]  # nothing is looked up by it


def _comparable(value: Any, text_key: Callable[[str], Any]) -> tuple[int, Any]:
    if isinstance(value, dict) and isinstance(value.get("@value"), str):
        value = value["@value"]
    if isinstance(value, bool):
        return 4, value
    if is_number(value):
        return 0, value
    if isinstance(value, str):
        moment = temporal(value)
        return (1, (0, moment)) if moment else (1, (1, text_key(value)))
    if isinstance(value, list):
        if len(value) == 1:
            return _comparable(value[0], text_key)
        return 3, tuple(_comparable(one, text_key) for one in value)
    return 2, msgspec.json.encode(value, order="deterministic")


def parse_order(
    text: str,
    terms: Terms,
    *,
    collation: str | None = None,
    order_from: Any = None,
    order_geometry: str | None = None,
) -> Order:
    """Read an order; `order_from` are coordinates, a JSON array or its text, of a Point or an `order_geometry`.

    Raises: BadRequestData, also for a collation that cannot be honoured; TooComplexQuery.
    >>> from yuzhang.brain.context.jsonld import CORE
    >>> [one.direction for one in parse_order("type,name;desc", CORE).keys]
    ['asc', 'desc']
    """
    text_key = collated(collation) if collation is not None else _as_it_is
    keys = tuple(_by(one, terms) for one in text.split(","))
    if len(keys) > MAX_KEYS:
        raise TooComplexQuery(said(f"An order has at most {MAX_KEYS} keys."), where="?orderBy")
    start = None
    if order_from is not None or order_geometry is not None:
        if order_from is None:
            raise BadRequestData(said("orderGeometry needs coordinates in orderFrom."), where="?orderFrom")
        start = read_geometry(order_geometry if order_geometry is not None else "Point", order_from, "orderFrom")
    if start is None and any(one.distance for one in keys):
        raise BadRequestData(said("An order by distance needs coordinates in orderFrom."), where="?orderFrom")
    return Order(keys, text_key, start)


def _as_it_is(text: str) -> str:
    return text


def _by(text: str, terms: Terms) -> By:
    name, separator, direction = text.partition(";")
    if separator and direction.strip() not in DIRECTIONS:
        raise BadRequestData(
            said(f"There is no direction “{direction[:40]}”."), where="?orderBy", fix=said(", ".join(DIRECTIONS))
        )
    scanner = Scanner(name, "orderBy")
    path = read_path(scanner, terms)
    scanner.end()
    if path.hops:
        raise BadRequestData(said("An order does not follow relationships."), where="?orderBy")
    return By(path, direction.strip() or "asc")
