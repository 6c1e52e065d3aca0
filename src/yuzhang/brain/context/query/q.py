"""The query language of clause 4.9: `speed>50;brand=="Volvo"`.

What the clause leaves open is decided so: an array matches where one of its elements does, and is unequal where none of them
is equal; of several instances of an attribute one has to match; texts that both mean a moment, a day or a time of day are
compared as such, all other texts by code points; patterns are searched for, and match nothing but texts.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.jsonld.core import full_iri
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query.paths import SYSTEM_NAMES, Path, Reach, read_path
from yuzhang.brain.context.query.patterns import searcher
from yuzhang.brain.context.query.scanner import Scanner, Tree, conjuncts, leaves, read_tree, tester
from yuzhang.brain.context.query.values import Asked, Check, Range, Scalar, equality, ordering

MAX_DIGITS = 500
MAX_VALUES = 1000
"""Values in one list."""

Seen = tuple[Entity, Reach]
_SIGN = re.compile(r"==|!~=|!=|~=|>=|<=|>|<")
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BARE = re.compile(r"(?:(?!\.\.)[^;|(),\"\[\]{}<>=!~])+")
_URI = re.compile(r"(?:urn:|[A-Za-z][\w+.-]*://)[^\s;|(),\"\[\]{}<>]+")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Exists:
    """`speed`, or `!speed`: whether the target element is there."""

    path: Path
    negated: bool


@dataclass(frozen=True, slots=True)
class Compare:
    """A target element, a sign, and the values asked for; several for == and != alone."""

    path: Path
    sign: str
    values: tuple[Asked, ...]


Term = Exists | Compare


@dataclass(frozen=True, slots=True, eq=False)
class Q:
    """A query that was read. Two are equal if they are the same object; equal texts in equal terms are read but once."""

    text: str
    tree: Tree[Term]
    _test: Callable[[Seen], bool] = field(repr=False)

    def matches(self, entity: Entity, reach: Reach | None = None) -> bool:
        """Whether the entity fits; without a look-up in `reach` nothing is found in linked entities."""
        return self._test((entity, reach or Reach()))

    def terms(self) -> list[Term]:
        """All terms, from left to right."""
        return leaves(self.tree)

    def parts(self) -> list[Tree[Term]]:
        """The parts that must all hold."""
        found: list[Tree[Term]] = conjuncts(self.tree)
        return found

    def attributes(self) -> frozenset[str]:
        """The names of the entity's own attributes that are asked for; system attributes are not among them."""
        return frozenset(one.path.first for one in self.terms()) - SYSTEM_NAMES

    @property
    def depth(self) -> int:
        """How many relationships its longest path follows; 0 if no linked entity is asked for."""
        return max(len(one.path.hops) for one in self.terms())


def parse_q(text: str, terms: Terms, *, json_keys: tuple[str, ...] = (), expand_values: tuple[str, ...] = ()) -> Q:
    """Read a query; its terms mean what they mean in `terms`.

    Values asked of an attribute in `expand_values` are terms too. Parts of values are compared as they were written, so that
    `json_keys`, which says where that shall be so, changes nothing. Raises: BadRequestData, TooComplexQuery.
    >>> from yuzhang.brain.context.jsonld import CORE
    >>> parse_q("speed==10..40", CORE).terms()[0].values
    (Range(low=10, high=40),)
    """
    return _read(text, terms, expand_values)


@lru_cache(maxsize=1024)
def _read(text: str, terms: Terms, expand_values: tuple[str, ...]) -> Q:
    expanding = frozenset(terms.expand(one) for one in expand_values)
    tree: Tree[Term] = read_tree(Scanner(text, "q"), lambda scanner: _term(scanner, terms, expanding), "|")
    return Q(text, tree, tester(tree, _test))


def _term(scanner: Scanner, terms: Terms, expanding: frozenset[str]) -> Term:
    if scanner.peek() == "!" and not _SIGN.match(scanner.text, scanner.at):
        scanner.take("!")
        return Exists(read_path(scanner, terms), True)
    path = read_path(scanner, terms)
    sign = scanner.match(_SIGN)
    if sign is None:
        return Exists(path, False)
    if sign in {"~=", "!~="}:
        pattern = _pattern(scanner)
        searcher(pattern, "?q")
        return Compare(path, sign, (pattern,))
    if sign in {"==", "!="}:
        values = _values(scanner)
        if path.names[0] in expanding and not path.hops:
            values = tuple(full_iri(terms.expand(one)) if isinstance(one, str) else one for one in values)
        return Compare(path, sign, values)
    value = _scalar(scanner)
    if isinstance(value, bool):
        scanner.fail("true and false have no order")
    if scanner.peek() == "," or scanner.take(".."):
        scanner.fail("a list or a range goes with == and != only")
    return Compare(path, sign, (value,))


def _values(scanner: Scanner) -> tuple[Asked, ...]:
    found: list[Asked] = []
    while True:
        low = _scalar(scanner)
        if scanner.take(".."):
            found.append(_range(scanner, low))
        else:
            found.append(low)
        if len(found) > MAX_VALUES:
            scanner.refuse_size(f"has a list of more than {MAX_VALUES} values")
        if not scanner.take(","):
            return tuple(found)


def _range(scanner: Scanner, low: Scalar) -> Range:
    high = _scalar(scanner)
    if isinstance(low, bool) or isinstance(high, bool) or isinstance(low, str) != isinstance(high, str):
        scanner.fail("both ends of a range are numbers, or texts or times")
    return Range(low, high)


def _scalar(scanner: Scanner) -> Scalar:
    if scanner.peek() == '"':
        quoted = scanner.match(_QUOTED)
        if quoted is None:
            scanner.fail("a closing quotation mark is missing")
        try:
            text = str(json.loads(quoted, strict=False))
            text.encode()
        except ValueError:  # half of a surrogate pair, too, is no text
            scanner.fail("the text in quotation marks is no JSON string")
        return text
    found = scanner.match(_URI) or scanner.match(_BARE)
    if found is None:
        scanner.fail("a value is missing")
    found = found.rstrip()
    if found in {"true", "false"}:
        return found == "true"
    if number := _NUMBER.fullmatch(found):
        if len(found) > MAX_DIGITS:
            scanner.fail("a number is too long")
        if not number.group(1) and not number.group(2):
            return int(found)
        if abs(float(found)) == float("inf"):
            scanner.fail("a number is too large")
        return float(found)
    return found


def _pattern(scanner: Scanner) -> str:
    """A pattern in quotation marks, or up to the end of the term, at which its own parentheses are closed."""
    if scanner.peek() == '"':
        quoted = scanner.match(_QUOTED)
        if quoted is None:
            scanner.fail("a closing quotation mark is missing")
        return quoted[1:-1].replace('\\"', '"')
    text, start, depth = scanner.text, scanner.at, 0
    at = start
    while at < len(text):
        sign = text[at]
        if sign == "\\":
            at += 1
        elif sign == "(":
            depth += 1
        elif sign == ")" and depth > 0:
            depth -= 1
        elif depth == 0 and sign in ";|)":
            break
        at += 1
    scanner.at = min(at, len(text))
    if start == scanner.at:
        scanner.fail("a pattern is missing")
    return text[start : scanner.at]


Fits = Callable[[str, Any], bool]
"""Whether a target fits, by its kind and value."""


def _test(term: Term) -> Callable[[Seen], bool]:
    path, name = term.path, term.path.first
    if isinstance(term, Exists):
        negated = term.negated
        return lambda seen: (next(path.found(*seen), None) is None) is negated
    fits = _fits(term.sign, term.values)
    if len(path.names) > 1 or path.inside or path.hops or name in SYSTEM_NAMES:
        return lambda seen: any(fits(kind, value) for kind, value in path.found(*seen))

    def test(seen: Seen) -> bool:
        found = seen[0].body.get(name)
        if found is None:
            return False
        if isinstance(found, dict) and found["type"] == "Property" and seen[1].datasets is None:
            return fits("value", found["value"])  # by far the most frequent case
        return any(fits(kind, value) for kind, value in path.found(*seen))

    return test


def _fits(sign: str, values: tuple[Asked, ...]) -> Fits:
    if sign in {"==", "!="}:
        checks = tuple(equality(one) for one in values)
        anyone = _any_element(checks[0] if len(checks) == 1 else lambda kept: any(check(kept) for check in checks))
        return anyone if sign == "==" else lambda kind, value: not anyone(kind, value)
    first = values[0]
    if sign in {"~=", "!~="}:
        return _searching(searcher(str(first), "?q"), sign == "~=")
    assert not isinstance(first, Range)  # noqa: S101  # the reader gives ranges to == and != only
    ordered = _any_element(ordering(sign, first))
    return lambda kind, value: kind != "link" and ordered(kind, value)


def _any_element(check: Check) -> Fits:
    def fits(_: str, value: Any) -> bool:
        if isinstance(value, list):
            return any(check(_plain(one)) for one in value)
        return check(_plain(value))

    return fits


def _searching(search: Callable[[str], bool], wanted: bool) -> Fits:
    def fits(kind: str, value: Any) -> bool:
        if kind == "link":
            return False
        several = value if isinstance(value, list) else [value]
        texts = [text for text in map(_plain, several) if isinstance(text, str)]
        return bool(texts) and any(search(text) for text in texts) is wanted

    return fits


def _plain(value: Any) -> Any:
    """The text of a typed value like {"@type": "DateTime", "@value": …}, all else as it is."""
    if isinstance(value, dict) and isinstance(value.get("@value"), str):
        return value["@value"]
    return value
