"""Entities for a reader who knows an older version of the standard only. Clause 4.3.6.8."""

import re
from functools import lru_cache
from typing import Any

import msgspec

from yuzhang.brain.context.model import VALUE_MEMBER

Version = tuple[int, int]
SINCE: dict[str, Version] = {
    "LanguageProperty": (1, 4),
    "VocabProperty": (1, 8),
    "JsonProperty": (1, 8),
    "ListProperty": (1, 8),
    "ListRelationship": (1, 8),
}
"""The version that brought each kind of attribute. Source: table 4.3.6.8-1."""
PREFERENCE = re.compile(r"(?:^|[,;\s])ngsi-ld\s*=\s*\"?(\d{1,3})\.(\d{1,3})", re.IGNORECASE)


@lru_cache(maxsize=256)
def preferred_version(prefer: str) -> Version | None:
    """The version that a Prefer header names; None if it names none.

    >>> preferred_version("body=json, ngsi-ld=1.5"), preferred_version("return=minimal")
    ((1, 5), None)
    """
    found = PREFERENCE.search(prefer)
    return (int(found[1]), int(found[2])) if found else None


def older_version(value: Any, version: Version) -> tuple[Any, bool]:
    """Rendered entities, or one, as a reader of `version` understands them; and whether something had to be changed.

    A kind of attribute that the version does not have becomes a Property with the same value. Source: table 4.3.6.8-1.
    >>> older_version({"id": "urn:x:1", "type": "Well", "use": {"type": "VocabProperty", "vocab": "well"}}, (1, 5))
    ({'id': 'urn:x:1', 'type': 'Well', 'use': {'type': 'Property', 'value': 'well'}}, True)
    """
    unknown = {kind for kind, since in SINCE.items() if version < since}
    if not unknown:
        return value, False
    opened = msgspec.json.decode(value) if isinstance(value, bytes) else value
    found = _rewritten(opened, unknown)
    return found, found != opened


def _rewritten(value: Any, unknown: set[str]) -> Any:
    if isinstance(value, list):
        return [_rewritten(one, unknown) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("type")
    member = VALUE_MEMBER.get(kind) if isinstance(kind, str) else None
    if member is None or member not in value:
        return {name: _rewritten(one, unknown) for name, one in value.items()}
    if kind not in unknown:
        return {name: one if name == member else _rewritten(one, unknown) for name, one in value.items()}
    return {
        "type" if name == "type" else "value" if name == member else name: (
            "Property" if name == "type" else one if name == member else _rewritten(one, unknown)
        )
        for name, one in value.items()
    }
