"""The shape of a body: which attributes it has, and of which kinds. Entities of one type mostly share one.

What follows from a shape alone is worked out once, so that a batch pays for values only.
"""

from functools import lru_cache

import msgspec

from yuzhang.brain.context.model import ENTITY_MEMBERS, VALUE_MEMBER, Body

KIND_NUMBERS = {kind: number for number, kind in enumerate(VALUE_MEMBER, start=1)}
KINDS = {number: kind for kind, number in KIND_NUMBERS.items()}
LINKING = frozenset({"Relationship", "ListRelationship"})
MAX_REMEMBERED = 4096
MAX_MEMBERS = 200
"""A body with more of them has no shape: what is remembered must not fill the memory."""


class Shape(msgspec.Struct, frozen=True, eq=False):
    """Attributes in their order, each with one instance without datasetId. Equal shapes are the same object.

    `uses` pairs each attribute with its kind's number; `links` and `places` are the names of those that point, or lie, somewhere.
    """

    names: tuple[str, ...]
    uses: tuple[tuple[str, int], ...]
    links: tuple[str, ...]
    places: tuple[str, ...]
    found_by: tuple[str, ...]
    """Both."""


def shape(body: Body) -> Shape | None:
    """The shape of `body`; None if an attribute has several instances, or one with a datasetId, or if there are very many.

    >>> shape({"id": "urn:x:1", "type": "Well", "in": {"type": "Relationship", "object": "urn:x:2"}}).links
    ('in',)
    """
    if len(body) > MAX_MEMBERS:
        return None
    kinds = [found["type"] for found in body.values() if found.__class__ is dict and "datasetId" not in found]
    return _shape(tuple(body), tuple(kinds))


@lru_cache(maxsize=MAX_REMEMBERED)
def _shape(members: tuple[str, ...], kinds: tuple[str, ...]) -> Shape | None:
    names = tuple(name for name in members if name not in ENTITY_MEMBERS)
    if len(names) > len(kinds):
        return None
    pairs = tuple(zip(names, kinds, strict=True))
    links = tuple(name for name, kind in pairs if kind in LINKING)
    places = tuple(name for name, kind in pairs if kind == "GeoProperty")
    return Shape(names, tuple((name, KIND_NUMBERS[kind]) for name, kind in pairs), links, places, links + places)
