"""A text that is read from left to right, and the and/or/parentheses that all query languages of the standard share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NoReturn, TypeAlias, TypeVar

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said

T = TypeVar("T")
X = TypeVar("X")

MAX_LENGTH = 8192
"""Characters of one query."""
MAX_DEPTH = 32
"""Parentheses inside each other."""
MAX_TERMS = 256
"""Terms of one query."""


@dataclass(frozen=True, slots=True)
class All(Generic[T]):
    """What holds if all parts hold."""

    parts: "tuple[Tree[T], ...]"


@dataclass(frozen=True, slots=True)
class Either(Generic[T]):
    """What holds if one of the parts holds."""

    parts: "tuple[Tree[T], ...]"


Tree: TypeAlias = All[T] | Either[T] | T


class Scanner:
    """A text and how far it was read; blanks between its parts do not count."""

    def __init__(self, text: str, what: str) -> None:
        """`what` names the parameter in errors. Raises TooComplexQuery if the text is too long."""
        self.text = text
        self.what = what
        self.at = 0
        self.terms = 0
        if len(text) > MAX_LENGTH:
            self.refuse_size(f"is longer than {MAX_LENGTH} characters")

    def peek(self) -> str:
        """The next character after blanks; empty at the end."""
        text, at = self.text, self.at
        while at < len(text) and text[at] in " \t":
            at += 1
        self.at = at
        return text[at : at + 1]

    def take(self, token: str) -> bool:
        """Whether `token` comes next; then it is passed."""
        self.peek()
        if self.text.startswith(token, self.at):
            self.at += len(token)
            return True
        return False

    def match(self, pattern: re.Pattern[str]) -> str | None:
        """What `pattern` finds here; then it is passed."""
        self.peek()
        found = pattern.match(self.text, self.at)
        if found is None or not found.group():
            return None
        self.at = found.end()
        return found.group()

    def fail(self, why: str) -> NoReturn:
        """Refuse the text. Raises BadRequestData."""
        around = self.text[self.at : self.at + 30]
        place = f"before “{around}”" if around else "at its end"
        raise BadRequestData(said(f"{self.what} cannot be read: {why} {place}."), where=f"?{self.what}")

    def refuse_size(self, why: str) -> NoReturn:
        """Refuse the text for its size. Raises TooComplexQuery."""
        raise TooComplexQuery(said(f"{self.what} {why}."), where=f"?{self.what}")

    def end(self) -> None:
        """Nothing may follow. Raises BadRequestData."""
        if self.peek():
            self.fail("nothing more was expected")


def read_tree(scanner: Scanner, leaf: Callable[[Scanner], T], or_signs: str, and_signs: str = ";") -> Tree[T]:
    """The whole text as a tree of leaves; "and" binds more than "or". Raises BadRequestData, TooComplexQuery."""
    found = _either(scanner, leaf, (or_signs, and_signs), 0)
    scanner.end()
    return found


def _either(scanner: Scanner, leaf: Callable[[Scanner], T], signs: tuple[str, str], depth: int) -> Tree[T]:
    parts = [_all(scanner, leaf, signs, depth)]
    while (sign := scanner.peek()) and sign in signs[0]:
        scanner.at += 1
        parts.append(_all(scanner, leaf, signs, depth))
    return parts[0] if len(parts) == 1 else Either(tuple(parts))


def _all(scanner: Scanner, leaf: Callable[[Scanner], T], signs: tuple[str, str], depth: int) -> Tree[T]:
    parts = [_one(scanner, leaf, signs, depth)]
    while (sign := scanner.peek()) and sign in signs[1]:
        scanner.at += 1
        parts.append(_one(scanner, leaf, signs, depth))
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _one(scanner: Scanner, leaf: Callable[[Scanner], T], signs: tuple[str, str], depth: int) -> Tree[T]:
    if scanner.take("("):
        if depth >= MAX_DEPTH:
            scanner.refuse_size(f"has more than {MAX_DEPTH} parentheses inside each other")
        found = _either(scanner, leaf, signs, depth + 1)
        if not scanner.take(")"):
            scanner.fail("a closing parenthesis is missing")
        return found
    scanner.terms += 1
    if scanner.terms > MAX_TERMS:
        scanner.refuse_size(f"has more than {MAX_TERMS} terms")
    return leaf(scanner)


def leaves(tree: Tree[T]) -> list[T]:
    """All leaves, from left to right."""
    if isinstance(tree, All | Either):
        return [leaf for part in tree.parts for leaf in leaves(part)]
    return [tree]


def conjuncts(tree: Tree[T]) -> list[Tree[T]]:
    """The parts that must all hold."""
    if isinstance(tree, All):
        return [one for part in tree.parts for one in conjuncts(part)]
    return [tree]


def tester(tree: Tree[Any], test: Callable[[T], Callable[[X], bool]]) -> Callable[[X], bool]:
    """One function for the whole tree, made of one for each leaf."""
    if not isinstance(tree, All | Either):
        return test(tree)
    tests = tuple(tester(part, test) for part in tree.parts)
    first, *rest = tests
    if isinstance(tree, All):
        return lambda one: first(one) and all(part(one) for part in rest)
    return lambda one: first(one) or any(part(one) for part in rest)
