"""Texts in the order in which people of a language look them up. Source: clause 4.23, RFC 6067, Unicode Technical Standard 10.

There is no ICU here, so what can be honoured is small and said plainly: the root order of letters (base letters first, then
accents, then case), which is the default, for languages that order by it; German phone books; and Chinese by pinyin for the
3,755 common characters of GB/T 2312 level 1, by radical for those of level 2, by code point for all others. Accents and case can
be left out of account (`und-u-ks-level1`). Another collation is refused.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from yuzhang.brain.context.errors import BadRequestData, said

DEFAULT = "und"
ROOT = frozenset([DEFAULT, "ca", "de", "en", "fr", "ga", "id", "it", "lb", "ms", "nl", "pt", "sw"])
"""Languages whose standard order in CLDR is the root's."""
CHINESE_TYPES = frozenset({"standard", "pinyin", "gb2312"})
STRENGTHS = {"level1": 1, "level2": 2, "level3": 3, "level4": 3, "identic": 3}
"""How many of letters, accents and case tell texts apart (UTS 35, key `ks`)."""
MAX_COMPARED = 1000
"""Characters by which texts are ordered; the rest of a longer text does not count."""

Levels = tuple[str, str, str]
"""Letters, accents, case; each orders what those before leave equal."""
Key = Callable[[str], tuple[str, ...]]
_TAG = re.compile(r"([a-z]{2,3})((?:-(?:[a-z]{4}|[a-z]{2}|\d{3}))*)((?:-u(?:-[a-z0-9]{2,8})+)?)", re.IGNORECASE)
_PHONE_BOOK = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "AE", "Ö": "OE", "Ü": "UE"})
_CLASSES = {"Z": 0, "C": 0, "P": 1, "S": 2, "N": 3, "L": 4, "M": 4}
_IDEOGRAPH = 5


@lru_cache(maxsize=64)
def collated(tag: str) -> Key:
    """What texts are ordered by in the collation `tag` (BCP 47). Raises BadRequestData if it cannot be honoured.

    >>> sorted(["b", "á", "A"], key=collated("und")), sorted(["Zebra", "Ähre"], key=collated("de-u-co-phonebk"))
    (['A', 'á', 'b'], ['Ähre', 'Zebra'])
    """
    found = _TAG.fullmatch(tag)
    if found is None:
        raise _refused(tag)
    asked = _asked(tag, found.group(3).lower())
    whole = _order(found.group(1).lower(), asked.get("co", "standard"))
    strength = STRENGTHS.get(asked.get("ks", "level3"))
    if whole is None or strength is None:
        raise _refused(tag)
    return lambda text: whole(text[:MAX_COMPARED])[:strength]


def _order(language: str, kind: str) -> Callable[[str], Levels] | None:
    if language == "zh" and kind in CHINESE_TYPES:
        return _chinese
    if language == "de" and kind == "phonebk":
        return lambda text: _root(text.translate(_PHONE_BOOK))
    return _root if language in ROOT and kind == "standard" else None


def _asked(tag: str, extension: str) -> dict[str, str]:
    """The keys of a `-u-` extension; those that change the order in other ways are refused."""
    parts = extension.split("-")[2:]
    found = dict(zip(parts[::2], parts[1::2], strict=False))
    if len(parts) != 2 * len(found) or not found.keys() <= {"co", "ks"}:
        raise _refused(tag)
    return found


def _refused(tag: str) -> BadRequestData:
    return BadRequestData(
        said(f"The collation “{tag[:60]}” cannot be honoured."),
        where="?collation",
        fix=said(f"There are {', '.join(sorted(ROOT))}, de-u-co-phonebk, zh."),
    )


def _root(text: str) -> Levels:
    apart = unicodedata.normalize("NFKD", text)
    accents = "" if apart.isascii() else "".join(one for one in apart if unicodedata.combining(one))
    return "".join(map(_letter, apart)), accents, text.swapcase()


@lru_cache(maxsize=4096)
def _letter(one: str) -> str:
    """A character without its case, behind the number of its class; nothing for an accent."""
    return "" if unicodedata.combining(one) else "".join(f"{_class(part)}{part}" for part in one.casefold())


def _class(one: str) -> int:
    return _CLASSES[unicodedata.category(one)[0]]


def _chinese(text: str) -> Levels:
    apart = unicodedata.normalize("NFKC", text)
    return "".join(_root(one)[0] if ord(one) < 0x2E80 else _ideograph(one) for one in apart), "", text


@lru_cache(maxsize=16384)
def _ideograph(one: str) -> str:
    """The place in GB/T 2312, whose level 1 is ordered by pinyin; what is not in it comes after."""
    kind = _class(one)
    try:
        place = one.encode("gb2312")
    except UnicodeEncodeError:
        place = b"\xff" + one.encode("utf-32-be", "surrogatepass")
    return f"{_IDEOGRAPH if kind == _CLASSES['L'] else kind}{place.decode('latin-1')}"
