"""What may be the name of a type or an attribute, and what is a URI. Clauses 4.6.2, 4.6.3."""

import re
from functools import lru_cache
from typing import Any

NAME = re.compile(r"[^\W\d_]\w*(?::[^\W\d_][\w.-]*)?")
URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[!#-;=?-\[\]_a-z~]+")
"""Of ASCII, without what no URI holds. Source: RFC 3986."""
IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
UNSAFE = re.compile(
    r"[\s<>\"{}|\\^`\x00-\x20\x7f-\xa0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e"
    r"\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufdd0-\ufdef\ufff0-\uffff\U000e0000-\U000e0fff]"
)
"""What no URI holds (RFC 3986), and what of RFC 3987 is invisible or turns the direction of writing."""
LONGEST_NAME, LONGEST_URI = 1000, 2000


@lru_cache(maxsize=8192)
def is_name(term: str) -> bool:
    """Whether a term may name a type or an attribute: a name, prefix:name, or an IRI. Source: clause 4.6.2."""
    if len(term) > LONGEST_NAME:
        return False
    return NAME.fullmatch(term) is not None or (":" in term and is_uri(term))


def is_uri(text: Any) -> bool:
    """Whether a value is an absolute URI or IRI without what cannot be seen."""
    if not isinstance(text, str) or len(text) > LONGEST_URI:
        return False
    if text.isascii():
        return URI.fullmatch(text) is not None
    return (
        IRI.fullmatch(text) is not None
        and not UNSAFE.search(text)
        and not any(ord(char) & 0xFFFE == 0xFFFE for char in text if char > "\uffff")
    )
