"""What a filter says in so many words of ids: then not everything need be looked at."""

from typing import Any

from shapely.geometry.base import BaseGeometry

from yuzhang.brain.context.presentation import short
from yuzhang.brain.history.sensorthings.kept import is_number as is_digits
from yuzhang.brain.history.sensorthings.knowing import Knowing
from yuzhang.brain.history.sensorthings.model import EVERYTHING, ID, Kind, Scope
from yuzhang.brain.history.sensorthings.query.grammar import Call, Literal, Node, Operation, Path, conjuncts
from yuzhang.brain.history.sensorthings.query.values import is_number

TO_ENTITY: dict[str, tuple[tuple[str, ...], ...]] = {
    "Things": (("id",),),
    "FeaturesOfInterest": (("id",),),
    "Locations": (("Things", "id"),),
    "Datastreams": (("Thing", "id"), ("properties", "entity")),
    "HistoricalLocations": (("Thing", "id"),),
    "Observations": (("Datastream", "Thing", "id"), ("FeatureOfInterest", "id")),
}
TO_ATTRIBUTE = {
    "ObservedProperties": ("id",),
    "Datastreams": ("ObservedProperty", "id"),
    "Observations": ("Datastream", "ObservedProperty", "id"),
}
PLACES = {"Locations": ("location",), "Things": ("Locations", "location"), "FeaturesOfInterest": ("feature",)}
MEETING = frozenset(
    {
        "geo.intersects",
        *(f"st_{name}" for name in ("equals", "touches", "within", "overlaps", "crosses", "intersects", "contains")),
    }
)
"""Relations in which two places meet."""
MARGIN = 1e-7
"""Degrees, a centimetre: the index rounds."""


def narrowing(knowing: Knowing, kind: Kind, node: Node | None) -> Scope:
    """What a filter says in so many words of ids, so that not everything need be looked at."""
    scope = EVERYTHING
    for part in conjuncts(node):
        found = _equal(part)
        if found is not None:
            scope = scope.narrowed(_said(knowing, kind.name, *found))
        box = _box(part, PLACES.get(kind.name))
        if box is not None:
            scope = scope.narrowed(Scope(entities=knowing.inside(box)))
    return scope


def _said(knowing: Knowing, kind: str, steps: tuple[str, ...], value: Any) -> Scope:
    steps = tuple("id" if one in ID else one for one in steps)
    if steps in TO_ENTITY.get(kind, ()):
        return Scope(entities=(str(value),))
    if kind == "Datastreams" and steps == ("id",) and is_digits(str(value)):
        return Scope(series=(int(value),))
    if steps == TO_ATTRIBUTE.get(kind):
        return Scope(attributes=(str(value),))
    if kind == "Datastreams" and steps == ("ObservedProperty", "name"):
        return Scope(attributes=tuple(one for one in knowing.attributes("") if short(one) == value))
    return EVERYTHING


def _equal(node: Node) -> tuple[tuple[str, ...], Any] | None:
    """The path and the value of a comparison of the two by `eq`."""
    if isinstance(node, Operation) and node.name == "eq":
        left, right = node.operands
        if isinstance(left, Literal):
            left, right = right, left
        if isinstance(left, Path) and isinstance(right, Literal) and isinstance(right.value, str | int):
            return left.steps, right.value
    return None


def without(node: Node, first: str) -> Node:
    """A tree with paths from a Datastream on instead of from its Observations; what begins elsewhere is no path of it."""
    if isinstance(node, Path):
        return Path(node.steps[1:] or node.steps) if node.steps[0] == first else Path(("Observations", *node.steps))
    if isinstance(node, Operation):
        return Operation(node.name, tuple(without(one, first) for one in node.operands))
    return node


def _box(node: Node, place: tuple[str, ...] | None) -> tuple[float, float, float, float] | None:
    """The box that holds every place for which a condition can hold: one that meets another, or is near it."""
    away = MARGIN
    if isinstance(node, Operation) and node.name in ("lt", "le"):
        first, limit = node.operands
        if not isinstance(limit, Literal) or not is_number(limit.value):
            return None
        node, names = first, frozenset({"geo.distance"})
        away += float(limit.value)
    else:
        names = MEETING
    if not isinstance(node, Call) or node.name not in names:
        return None
    shapes = [one.value for one in node.arguments if isinstance(one, Literal) and isinstance(one.value, BaseGeometry)]
    asked = [one.steps for one in node.arguments if isinstance(one, Path)]
    if asked != [place] or len(shapes) != 1 or shapes[0].is_empty:
        return None
    west, south, east, north = shapes[0].bounds
    return west - away, south - away, east + away, north + away
