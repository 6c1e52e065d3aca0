"""Attributes that end before their entity does: what is left of a body at a moment, and when the next part of it ends. Clause 4.22."""

from typing import Any

from yuzhang.brain.context.model import ENTITY_MEMBERS, VALUE_MEMBER, Body, Instance, Microseconds
from yuzhang.brain.context.moments import microseconds

MARK, MARK_BYTES = '"expiresAt"', b'"expiresAt"'
"""Only a kept body that holds this can have a part that ends."""


def may_end(kept: Any) -> bool:
    """Whether a body as it is kept, text or bytes, can hold something that ends."""
    return (MARK_BYTES if kept.__class__ is bytes else MARK) in kept


def next_end(body: Body) -> Microseconds | None:
    """When the first instance of an attribute, or of an attribute of an attribute, ends; None if none does.

    >>> next_end({"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": 1, "expiresAt": "1970-01-01T00:00:01Z"}})
    1000000
    """
    ends = [end for name, found in body.items() if name not in ENTITY_MEMBERS for end in _ends(found)]
    return min(ends, default=None)


def pruned(body: Body, now: Microseconds) -> Body:
    """The body without what has ended; the very same object if nothing has."""
    end = next_end(body)
    if end is None or end > now:
        return body
    left: Body = {}
    for name, found in body.items():
        kept = found if name in ENTITY_MEMBERS else _left(found, now)
        if kept is not None:
            left[name] = kept
    return left


def _ends(found: Any) -> list[Microseconds]:
    ends: list[Microseconds] = []
    for one in found if isinstance(found, list) else [found]:
        if not _is_instance(one):
            continue
        if "expiresAt" in one:
            ends.append(microseconds(one["expiresAt"]))
        value = VALUE_MEMBER[one["type"]]
        ends += [
            end
            for member, below in one.items()
            if member != value and below.__class__ in NESTED
            for end in _ends(below)
        ]
    return ends


def _left(found: Any, now: Microseconds) -> Any:
    """What is left of an attribute; None if nothing is."""
    if isinstance(found, list):
        some = [one for one in (_left(one, now) for one in found) if one is not None]
        return (some if len(some) > 1 else some[0]) if some else None
    if not _is_instance(found):
        return found
    if "expiresAt" in found and microseconds(found["expiresAt"]) <= now:
        return None
    value = VALUE_MEMBER[found["type"]]
    left: Instance = {}
    for member, below in found.items():
        kept = _left(below, now) if member != value and below.__class__ in NESTED else below
        if kept is not None:
            left[member] = kept
    return left


NESTED = frozenset({dict, list})


def _is_instance(found: Any) -> bool:
    return found.__class__ is dict and found.get("type") in VALUE_MEMBER
