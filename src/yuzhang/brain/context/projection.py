"""Which members of an entity are shown: the attribute projection language. Clause 4.21."""

import re
from collections.abc import Iterator
from functools import lru_cache

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld import Terms

TOKEN = re.compile(r"[,|{}]|[^,|{}\s;\"'()<>=!~\\^`]+")
MAX_TERMS = 500
MAX_HOPS = 10
"""How deep an entity may be linked at most; a projection cannot look further than that (clause 5.7.2.4)."""

Projection = tuple[str, ...]
"""Names, those of a linked entity in braces behind the relationship: `("id", "locatedAt{id,name}")`."""


def parse_projection(text: str, terms: Terms, where: str) -> Projection:
    """A list of members as names; `,` and `|` are the same. Raises BadRequestData. Source: clause 4.21.

    >>> from yuzhang.brain.context.jsonld import CORE
    >>> parse_projection("id|locatedAt{id,name}", CORE, "?pick")
    ('id', 'locatedAt{id,name}')
    """
    signs = TOKEN.findall(text)
    if "".join(signs) != text or len(signs) > 2 * MAX_TERMS:
        raise _wrong(text, where)
    rest = iter([*signs, ""])
    found, end = _terms(rest, terms, text, where, 0)
    if end != "":
        raise _wrong(text, where)
    return found


def _terms(rest: Iterator[str], terms: Terms, text: str, where: str, depth: int) -> tuple[Projection, str]:
    """The terms up to a closing brace or the end, and which of both it was."""
    if depth > MAX_HOPS:
        raise BadRequestData(said(f"The projection looks more than {MAX_HOPS} links away."), where=where)
    found: list[str] = []
    while True:
        sign = next(rest)
        if sign in {",", "|", "{", "}", ""}:
            raise _wrong(text, where)
        name = terms.expand(sign)
        sign = next(rest)
        if sign == "{":
            inner, end = _terms(rest, terms, text, where, depth + 1)
            if end != "}":
                raise _wrong(text, where)
            name += "{" + ",".join(inner) + "}"
            sign = next(rest)
        found.append(name)
        if sign in {"}", ""}:
            return tuple(found), sign
        if sign not in {",", "|"}:
            raise _wrong(text, where)


def _wrong(text: str, where: str) -> BadRequestData:
    return BadRequestData(said(f"“{text[:100]}” is no list of members like id,locatedAt{{name}}."), where=where)


@lru_cache(maxsize=2048)
def heads(projection: Projection) -> frozenset[str]:
    """The members of the entity itself.

    >>> sorted(heads(("id", "locatedAt{id,name}")))
    ['id', 'locatedAt']
    """
    return frozenset(one.partition("{")[0] for one in projection)


@lru_cache(maxsize=2048)
def whole(projection: Projection) -> frozenset[str]:
    """The members that are named without braces: those that `omit` takes away.

    >>> sorted(whole(("type", "locatedAt{name}")))
    ['type']
    """
    return frozenset(one for one in projection if "{" not in one)


@lru_cache(maxsize=2048)
def nested(projection: Projection, name: str) -> Projection | None:
    """What the projection says of the entity that `name` links to; None if it says nothing.

    >>> nested(("id", "locatedAt{id,isIn{name}}"), "locatedAt")
    ('id', 'isIn{name}')
    """
    for one in projection:
        head, brace, inner = one.partition("{")
        if brace and head == name:
            return _split(inner[:-1])
    return None


def _split(inner: str) -> Projection:
    parts, depth, start = [], 0, 0
    for index, sign in enumerate(inner):
        depth += (sign == "{") - (sign == "}")
        if sign == "," and not depth:
            parts.append(inner[start:index])
            start = index + 1
    return (*parts, inner[start:])


def hops(projection: Projection | None) -> int:
    """How many links away the projection looks.

    >>> hops(("id", "locatedAt{id,isIn{name}}")), hops(None)
    (2, 0)
    """
    deepest = depth = 0
    for sign in "".join(projection or ()):
        depth += (sign == "{") - (sign == "}")
        deepest = max(deepest, depth)
    return deepest
