"""Units as a reader of each language writes them; the data keeps them as the sources do, in Chinese."""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from yuzhang.core.language import Language

FILE = Path(__file__).with_name("unit_words.toml")


@lru_cache
def _english() -> dict[str, str]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def unit_word(unit: str, language: Language) -> str:
    """The unit in a language, part by part; as it is written where there is no word for it.

    >>> unit_word("万元/人", "en"), unit_word("圈", "en"), unit_word("亿元", "zh")
    ('10k yuan/persons', '圈', '亿元')
    """
    if language == "zh":
        return unit
    return "/".join(_english().get(part, part) for part in unit.split("/"))


def with_unit(number: str, unit: str, language: Language) -> str:
    """A number, already written, with its unit.

    >>> with_unit("8,200", "亿元", "zh"), with_unit("8,200", "亿元", "en"), with_unit("90", "%", "en")
    ('8,200亿元', '8,200 × 100m yuan', '90%')
    """
    word = unit_word(unit, language)
    if language == "zh" or word.startswith("%"):
        return f"{number}{word}"
    return f"{number} × {word}" if word[:1].isdigit() else f"{number} {word}".rstrip()


def spoken(text: str, unit: str | None, language: Language) -> str:
    """A sentence in which numbers stand before `unit` as the data writes it, with the unit in words.

    >>> spoken("7800.37 亿元 is on the path", "亿元", "en")
    '7800.37 × 100m yuan is on the path'
    """
    if language == "zh":
        return text
    for written in sorted({unit or "", "个百分点"} - {"", "%"}, key=len, reverse=True):
        word = unit_word(written, language)
        shown = f" × {word}" if word[:1].isdigit() else f" {word}" if word else ""
        text = re.sub(rf"(?<=\d) {re.escape(written)}(?![^\W\d_])", shown.replace("\\", r"\\"), text)
    return text
