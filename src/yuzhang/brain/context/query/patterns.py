"""Regular expressions of strangers: matched in time linear in the text, whatever the pattern.

Python's own engine goes back and forth, so that one pattern of ten characters can hold the process for hours. Rust's `regex`
does not; it comes with the JSON Schema validator. It has no look-around and no back-references, nor have the POSIX extended
regular expressions that the standard names (clause 4.9, IEEE 1003.2).
"""

import re
from collections.abc import Callable
from functools import lru_cache

import jsonschema_rs

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery, said

MAX_PATTERN = 512
"""Characters."""
MAX_COMPILED = 1_000_000
"""Bytes of one compiled pattern."""

_OPTIONS = jsonschema_rs.RegexOptions(size_limit=MAX_COMPILED, dfa_size_limit=MAX_COMPILED)
_NO_OPERATORS = re.compile(r"\\.|\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", re.DOTALL)
_TWICE = re.compile(r"[*+?}][*+]|^[*+?]")


@lru_cache(maxsize=512)
def searcher(pattern: str, where: str) -> Callable[[str], bool]:
    """A function that tells whether `pattern` is found in a text.

    Raises: BadRequestData if it is no regular expression, TooComplexQuery if it is too large.
    >>> searcher("^Eiffel", "?q")("Eiffel Tower")
    True
    """
    if len(pattern) > MAX_PATTERN:
        raise TooComplexQuery(said(f"A pattern has at most {MAX_PATTERN} characters."), where=where)
    if _TWICE.search(_NO_OPERATORS.sub("x", pattern)):
        raise _wrong(pattern, where)
    try:
        return jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=_OPTIONS).is_valid
    except (jsonschema_rs.ValidationError, ValueError) as err:
        raise _wrong(pattern, where) from err


def _wrong(pattern: str, where: str) -> BadRequestData:
    return BadRequestData(
        said(f"“{pattern[:60]}” is no regular expression, or asks for more than POSIX extended ones give."), where=where
    )


def literal_start(pattern: str) -> str:
    """The text with which everything begins that the pattern finds; empty if that cannot be told.

    >>> literal_start("^urn:ngsi-ld:Well:1.*"), literal_start("Well"), literal_start("^a|b")
    ('urn:ngsi-ld:Well:1', '', '')
    """
    found = re.match(r"\^([\w:/#@=,;~!&'-]*)", pattern)
    if found is None or "|" in pattern:
        return ""
    start = found.group(1)
    rest = pattern[found.end() :]
    # A quantifier belongs to the last character alone; it may also stand there not at all.
    return start[:-1] if rest[:1] in {"*", "?", "+", "{"} else start
