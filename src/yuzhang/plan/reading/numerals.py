"""Numbers as Chinese plans write them: 1,200 · 1.2 · 五十 · 百万 · 两 · 一万二千 · 三点五.

Measured against cn2an in docs/decisions/0004-read-numbers-with-rules.md.
"""

import re

DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "○": 0, "两": 2}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}
CHINESE = "零〇○一二两三四五六七八九十百千万亿"
MAX_LENGTH = 40

_ARABIC = re.compile(r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_TRAILING = re.compile(r"(?:万亿|[万亿])$")


def read_number(written: str) -> float | None:
    """The value of a numeral, or None if `written` is none.

    >>> read_number("1,200.5"), read_number("五十"), read_number("两百零三"), read_number("三点五"), read_number("百")
    (1200.5, 50.0, 203.0, 3.5, 100.0)
    >>> read_number("二〇三五"), read_number("一万二千"), read_number("强")
    (2035.0, 12000.0, None)
    """
    if not written or len(written) > MAX_LENGTH:
        return None
    if _ARABIC.fullmatch(written):
        return float(written.replace(",", "").replace("，", ""))
    whole, point, fraction = written.partition("点")
    value = _read_whole(whole)
    if value is None or not point:
        return value
    if not fraction or any(c not in DIGITS for c in fraction):
        return None
    return float(f"{int(value)}.{''.join(str(DIGITS[c]) for c in fraction)}")


def _read_whole(written: str) -> float | None:
    if not written or any(c not in CHINESE for c in written):
        return None
    if all(c in DIGITS for c in written):
        return float("".join(str(DIGITS[c]) for c in written))
    total = section = 0
    digit: int | None = None
    for c in written:
        if c in DIGITS:
            digit = DIGITS[c]
        elif c in SMALL:
            section += (digit or 1) * SMALL[c]
            digit = None
        else:
            section += digit or 0
            total = (total + section or 1) * LARGE[c] if c == "亿" else total + (section or 1) * LARGE[c]
            section, digit = 0, None
    return float(total + section + (digit or 0))


def split_magnitude(written: str) -> tuple[float, str] | None:
    """A Chinese numeral as the plan would count it: value and the 万, 亿 or 万亿 that belongs to the unit; None if none.

    >>> split_magnitude("百万"), split_magnitude("千亿"), split_magnitude("五十"), split_magnitude("万亿")
    ((100.0, '万'), (1000.0, '亿'), (50.0, ''), (1.0, '万亿'))
    """
    found = _TRAILING.search(written)
    if found is None:
        value = read_number(written)
        return None if value is None else (value, "")
    rest = written[: found.start()]
    if "万" in rest or "亿" in rest:
        value = read_number(written)
        return None if value is None else (value, "")
    value = read_number(rest) if rest else 1.0
    return None if value is None else (value, found.group())
