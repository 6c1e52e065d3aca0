"""A payload in the terms of another @context. Clause 4.3.6.6."""

from typing import Any

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import VALUE_MEMBER

VALUES = frozenset(
    {*VALUE_MEMBER.values(), "values", "languageMaps", "vocabs", "jsons", "objects", "valueLists", "objectLists"}
)
NO_NAMES = frozenset({"id", "scope", "expiresAt", "@context", "datasetId", "observedAt", "unitCode", "objectType"})


def reworded(data: Any, terms: Terms, other: Terms) -> Any:
    """A payload's entity or fragment, written in `terms`, in those of `other`."""
    if other is terms or not isinstance(data, dict):
        return data
    return {renamed(key, terms, other): _member(key, value, terms, other) for key, value in data.items()}


def renamed(term: str, terms: Terms, other: Terms) -> str:
    """One term of `terms` in those of `other`."""
    return other.compact(terms.expand(term))


def _member(key: str, value: Any, terms: Terms, other: Terms) -> Any:
    if key in ("type", "@type"):
        return (
            [renamed(one, terms, other) for one in value] if isinstance(value, list) else renamed(value, terms, other)
        )
    if key in NO_NAMES:
        return value
    if isinstance(value, list):
        return [_instance(one, terms, other) for one in value]
    return _instance(value, terms, other)


def _instance(value: Any, terms: Terms, other: Terms) -> Any:
    if not isinstance(value, dict):
        return value
    if value.get("type") not in VALUE_MEMBER and not VALUES & value.keys():
        return value  # the value itself, in the simplified form, or a geometry
    found: dict[str, Any] = {}
    for key, one in value.items():
        name = renamed(key, terms, other)
        if key == "vocab":
            found[name] = (
                [renamed(word, terms, other) for word in one] if isinstance(one, list) else renamed(one, terms, other)
            )
        elif key in VALUES or key == "type" or key in NO_NAMES:
            found[name] = one
        else:
            found[name] = _member(key, one, terms, other)
    return found
