"""How long: as rules are written ("10min", "1h 30min"), and as people read it."""

import re

from yuzhang.core.language import Language

UNITS_S = {"s": 1, "min": 60, "h": 3600, "d": 86400}
PART = re.compile(r"(\d+(?:\.\d+)?)\s*(s|min|h|d)\s*")
WHOLE = re.compile(rf"(?:{PART.pattern})+")
LONGEST_S = 400 * 86400
WORDS: dict[Language, dict[str, str]] = {
    "zh": {"d": "天", "h": "小时", "min": "分钟", "s": "秒"},
    "en": {"d": " d", "h": " h", "min": " min", "s": " s"},
}


def duration_us(text: object) -> int | None:
    """Microseconds; None if it is no duration between a millisecond and 400 days.

    >>> duration_us("1h 30min"), duration_us("soon")
    (5400000000, None)
    """
    if not isinstance(text, str) or not WHOLE.fullmatch(text.strip()):
        return None
    seconds = sum(float(number) * UNITS_S[unit] for number, unit in PART.findall(text))
    return round(seconds * 1e6) if 0.001 <= seconds <= LONGEST_S else None


def written(us: int) -> str:
    """The same as text, as rules have it; "" for none.

    >>> written(5_400_000_000), written(0)
    ('1h 30min', '')
    """
    return " ".join(f"{number}{unit}" for number, unit in _parts(us))


def said(us: int, language: Language) -> str:
    """The same in words.

    >>> said(600_000_000, "zh"), said(600_000_000, "en")
    ('10分钟', '10 min')
    """
    return " ".join(f"{number}{WORDS[language][unit]}" for number, unit in _parts(us))


def _parts(us: int) -> list[tuple[str, str]]:
    left, found = us / 1e6, []
    for unit, size in reversed(UNITS_S.items()):
        number = left if unit == "s" else left // size
        left -= number * size
        if number:
            found.append((f"{number:g}", unit))
    return found
