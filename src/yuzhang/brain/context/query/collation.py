"""Texts in the order in which people of a language look them up. Source: clause 4.23, RFC 6067, Unicode Technical Standard 10.

There is no ICU here, so what can be honoured is small and said plainly: the root order of letters (base letters first, then
accents, then case), for languages that order by it; German phone books; and Chinese by pinyin for the 3,755 common characters
of GB/T 2312 level 1, by radical for those of level 2, by code point for all others. Another collation is refused.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from yuzhang.brain.context.errors import BadRequestData, said

ROOT = frozenset(["und", "ca", "de", "en", "fr", "ga", "id", "it", "lb", "ms", "nl", "pt", "sw"])
"""Languages whose standard order in CLDR is the root's."""
CHINESE_TYPES = frozenset({"standard", "pinyin", "gb2312"})

Key = Callable[[str], Any]
_TAG = re.compile(r"([a-z]{2,3})((?:-(?:[a-z]{4}|[a-z]{2}|\d{3}))*)((?:-u(?:-[a-z0-9]{2,8})+)?)", re.IGNORECASE)
_PHONE_BOOK = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE"})
_CLASSES = {"Z": 0, "C": 0, "P": 1, "S": 2, "N": 3, "L": 4, "M": 4}


@lru_cache(maxsize=64)
def collated(tag: str) -> Key:
    """What texts are ordered by in the collation `tag` (BCP 47). Raises BadRequestData if it cannot be honoured.

    >>> sorted(["b", "á", "A"], key=collated("und")), sorted(["Zebra", "Ähre"], key=collated("de-u-co-phonebk"))
    (['A', 'á', 'b'], ['Ähre', 'Zebra'])
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        raise _refused(tag)
    language, kind = found.group(1).lower(), _type(tag, found.group(3).lower())
    if language == "zh" and kind in CHINESE_TYPES:
        return _chinese
    if language == "de" and kind == "phonebk":
        return lambda text: _root(text.translate(_PHONE_BOOK))
    if language in ROOT and kind == "standard":
        return _root
    raise _refused(tag)


def _type(tag: str, extension: str) -> str:
    """The collation type of a `-u-` extension; its other keys, which change the order too, are refused."""
    if not extension:
        return "standard"
    parts = extension.split("-")[2:]
    if len(parts) != 2 or parts[0] != "co":
        raise _refused(tag)
    return parts[1]


def _refused(tag: str) -> BadRequestData:
    return BadRequestData(
        said(f"The collation “{tag[:60]}” cannot be honoured."),
        where="?collation",
        fix=said(f"There are {', '.join(sorted(ROOT))}, de-u-co-phonebk, zh."),
    )


def _root(text: str) -> tuple[Any, ...]:
    apart = unicodedata.normalize("NFKD", text)
    letters = [one for one in apart if not unicodedata.combining(one)]
    base = tuple((_CLASSES[unicodedata.category(one)[0]], one.casefold()) for one in letters)
    accents = tuple(one for one in apart if unicodedata.combining(one))
    return base, accents, text.swapcase()


def _chinese(text: str) -> tuple[Any, ...]:
    keys = []
    for one in unicodedata.normalize("NFKC", text):
        kind = _CLASSES[unicodedata.category(one)[0]]
        if ord(one) < 0x2E80:
            keys.append((kind, _root(one)[0], b""))
        else:
            keys.append((5 if kind == 4 else kind, (), _gb(one)))
    return tuple(keys), text


def _gb(character: str) -> bytes:
    """The place in GB/T 2312, whose level 1 is ordered by pinyin; what is not in it comes after."""
    try:
        return character.encode("gb2312")
    except UnicodeEncodeError:
        return b"\xff" + character.encode("utf-32-be")
