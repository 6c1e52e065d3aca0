"""The order of an answer: `orderBy=type;asc,name.since;desc,location;dist-asc`. Source: clause 4.23.

Values of different kinds come as numbers, texts, objects, lists, false and true, times, days, moments; null and what is not
there come last, whatever the direction. By distance, places come first and all else by its value. Of several instances, or texts
of several languages, the first counts.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query.collation import DEFAULT, Key, collated
from yuzhang.brain.context.query.geo import read_geometry
from yuzhang.brain.context.query.geometry import distance_m, shape_of
from yuzhang.brain.context.query.paths import Path, Reach, read_path
from yuzhang.brain.context.query.scanner import Scanner
from yuzhang.brain.context.query.values import is_number, temporal

MAX_KEYS = 16
DIRECTIONS = ("asc", "desc", "dist-asc", "dist-desc")
NUMBER, TEXT, OBJECT, LIST, BOOLEAN, TIME, DAY, MOMENT, NULL = range(9)
"""The kinds of values, in their order. Source: clause 4.23.2."""
TIMES = {"time": TIME, "day": DAY, "moment": MOMENT}
FIRST, OTHER, LAST, MISSING = range(4)
"""Places in an order that no direction turns around: what is ordered by, what is no place, null, nothing."""
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
    text_key: Key = field(repr=False)
    start: BaseGeometry | None = None

    def names(self) -> tuple[str, ...]:
        """The names that the entity itself has: attributes, or id, type and times."""
        return tuple(one.path.first for one in self.keys)

    def key(self, entity: Entity) -> tuple[Any, ...]:
        """What `entity` is compared by; at last its id, so that the order is total."""
        return (*(self._placed(one, entity) for one in self.keys), entity.id)

    def sorted(self, entities: Iterable[Entity]) -> list[Entity]:
        """The entities in this order."""
        return sorted(entities, key=self.key)

    def _placed(self, by: By, entity: Entity) -> tuple[int, Any]:
        target = next(by.path.found(entity, _REACH), None)
        if target is None:
            return MISSING, None
        value = target.value[0] if target.kind == "languages" else target.value
        if value is None:
            return LAST, None
        if not by.distance:
            found = _comparable(value, self.text_key)
            return FIRST, _Down(found) if by.down else found
        away = self._away(value)
        if away is None:
            return OTHER, _comparable(value, self.text_key)
        return FIRST, -away if by.down else away

    def _away(self, value: Any) -> float | None:
        assert self.start is not None  # noqa: S101  # the reader asks for it
        try:
            return distance_m(shape_of(value), self.start)
        except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            return None


class _Down:
    """A value among others of which the greatest comes first."""

    __slots__ = ("value",)

    def __init__(self, value: tuple[int, Any]) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Down) and self.value == other.value

    def __lt__(self, other: "_Down") -> bool:
        return other.value < self.value

    __hash__ = None  # type: ignore[assignment]  # nothing is looked up by it


def _comparable(value: Any, text_key: Key) -> tuple[int, Any]:
    if isinstance(value, dict) and isinstance(value.get("@value"), str):
        value = value["@value"]
    if value is None:
        return NULL, 0
    if isinstance(value, bool):
        return BOOLEAN, value
    if is_number(value):
        return NUMBER, value
    if isinstance(value, str):
        found = temporal(value)
        return (TEXT, text_key(value)) if found is None else (TIMES[found[0]], found[1])
    if isinstance(value, list):
        if len(value) == 1:
            return _comparable(value[0], text_key)
        return LIST, tuple(_comparable(one, text_key) for one in value)
    return OBJECT, msgspec.json.encode(value, order="deterministic")


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
    text_key = collated(DEFAULT if collation is None else collation)
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
