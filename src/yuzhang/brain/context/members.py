"""Checks of the members of documents that are no entities: small ones, and how they are put together into tables.

A check takes a value, its place in the document and the terms it was written in, and raises BadRequestData with that place.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NoReturn

from yuzhang.brain.context.errors import BadRequestData, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import NULL, Microseconds
from yuzhang.brain.context.moments import microseconds

Check = Callable[[Any, str, Terms], None]
Document = dict[str, Any]
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
LONGEST_PATTERN = 500


def refuse(what: str, where: str) -> NoReturn:
    """Raise BadRequestData."""
    raise BadRequestData(said(what), where=where)


def checked_id(text: Any) -> str:
    """The id of a document. Raises BadRequestData if it is no URI (clauses 5.8.3.4 and 5.9.3.4)."""
    if not isinstance(text, str) or not URI.fullmatch(text):
        refuse(f"“{str(text)[:100]}” is no URI.", "/id")
    return text


def checked_pattern(value: Any, where: str) -> re.Pattern[str]:
    """A pattern of ids. Raises BadRequestData if it is none."""
    if not isinstance(value, str) or not value or len(value) > LONGEST_PATTERN:
        refuse(f"A pattern is a text of at most {LONGEST_PATTERN} characters.", where)
    try:
        return re.compile(value)
    except (re.error, RecursionError, OverflowError) as err:
        raise BadRequestData(said(f"The pattern cannot be read: {err}."), where=where) from err


def nothing_null(value: Any, where: str) -> None:
    """Raises BadRequestData if there is a null anywhere inside."""
    if value is None or value == NULL:
        refuse("Null is not allowed here.", where)
    if isinstance(value, dict):
        for name, one in value.items():
            nothing_null(one, f"{where}/{name}")
    elif isinstance(value, list):
        for place, one in enumerate(value):
            nothing_null(one, f"{where}/{place}")


def whole(found: Document, what: str, needs: Iterable[str]) -> Document:
    """`found` if it has all that it `needs` and no null. Raises BadRequestData."""
    for member in needs:
        if member not in found:
            refuse(f"{what} needs {member}.", f"/{member}")
    for member, value in found.items():
        nothing_null(value, f"/{member}")
    return found


def fragment(found: Document, stays: Iterable[str]) -> tuple[Document, frozenset[str]]:
    """What a fragment puts in the place of members, and which it takes away, but for those that stay. Source: clause 5.5.8.

    The id "cannot be later modified in update operations" (clause 5.2.12) and is passed over. Raises BadRequestData.
    """
    found = {member: value for member, value in found.items() if member != "id"}
    gone = frozenset(member for member, value in found.items() if value is None or value == NULL)
    for member in stays:
        if member in gone:
            refuse(f"{member} cannot be taken away.", f"/{member}")
    kept = {member: value for member, value in found.items() if member not in gone}
    for member, value in kept.items():
        nothing_null(value, f"/{member}")
    return kept, gone


def ahead(found: Document, now: Microseconds) -> None:
    """Raises BadRequestData if a document expires before `now`."""
    if "expiresAt" in found and microseconds(found["expiresAt"]) <= now:
        refuse("expiresAt lies in the past.", "/expiresAt")


def text(value: Any, where: str, _: Terms) -> None:
    """A text that is not empty."""
    if not isinstance(value, str) or not value:
        refuse("A text is expected here.", where)


def flag(value: Any, where: str, _: Terms) -> None:
    """True or false."""
    if not isinstance(value, bool):
        refuse("true or false is expected here.", where)


def is_positive(value: Any) -> bool:
    """Whether `value` is a finite number above 0."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def positive(value: Any, where: str, _: Terms) -> None:
    """A finite number above 0."""
    if not is_positive(value):
        refuse("A number greater than 0 is expected here.", where)


def date(value: Any, where: str, _: Terms) -> None:
    """A DateTime (clause 4.6.3)."""
    try:
        microseconds(value)
    except BadRequestData as err:
        raise BadRequestData(err.detail, where=where) from err


def pattern(value: Any, where: str, _: Terms) -> None:
    """A pattern of ids."""
    checked_pattern(value, where)


def texts(value: Any, where: str, what: str = "texts") -> list[str]:
    """The texts of a list that is not empty. Raises BadRequestData."""
    if not isinstance(value, list) or not value or not all(isinstance(one, str) and one for one in value):
        refuse(f"A list of {what}, not empty, is expected here.", where)
    found: list[str] = value
    return found


def like(shape: re.Pattern[str], what: str) -> Check:
    """Checks that a value is a text of a shape."""

    def check(value: Any, where: str, _: Terms) -> None:
        if not isinstance(value, str) or not shape.fullmatch(value):
            refuse(f"{what} is expected here.", where)

    return check


def one_of(*words: str) -> Check:
    """Checks that a value is one of some words."""

    def check(value: Any, where: str, _: Terms) -> None:
        if value not in words:
            refuse(f"One of {', '.join(words)} is expected here.", where)

    return check


def typed(name: str) -> Check:
    """Checks the type of a document."""

    def check(value: Any, where: str, _: Terms) -> None:
        if value != name:
            refuse(f"The type is “{name}”.", where)

    return check


def each_text(check: Check, what: str = "texts") -> Check:
    """Checks a list of texts that is not empty, and each of them."""

    def every(value: Any, where: str, terms: Terms) -> None:
        for place, one in enumerate(texts(value, where, what)):
            check(one, f"{where}/{place}", terms)

    return every


def each(check: Check, what: str) -> Check:
    """Checks a list that is not empty, and each of its elements."""

    def every(value: Any, where: str, terms: Terms) -> None:
        if not isinstance(value, list) or not value:
            refuse(f"A list of {what}, not empty, is expected here.", where)
        for place, one in enumerate(value):
            check(one, f"{where}/{place}", terms)

    return every


def members(what: str, checks: Mapping[str, Check], needs: Iterable[str] = (), ignored: Iterable[str] = ()) -> Check:
    """Checks an object that has the members of a table and no others, and each of them."""
    passed = frozenset(ignored)

    def check(value: Any, where: str, terms: Terms) -> None:
        if not isinstance(value, dict):
            refuse(f"{what} is an object.", where)
        for member in needs:
            if member not in value:
                refuse(f"{what} needs {member}.", f"{where}/{member}")
        for member, one in value.items():
            if member in passed:
                continue
            if member not in checks:
                refuse(f"{what} has no member {member[:100]}.", f"{where}/{member[:100]}")
            checks[member](one, f"{where}/{member}", terms)

    return check


uri = like(URI, "A URI")
