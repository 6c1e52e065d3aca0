"""The numbers of headings, tables and charts, as each language writes them."""

from collections.abc import Iterable
from dataclasses import replace

from yuzhang.core.language import Language
from yuzhang.plan.report.content.blocks import Block, Chart, Heading, Paragraph, Table

DIGITS = "〇一二三四五六七八九"


def chinese(number: int) -> str:
    """A whole number from 0 to 99 as headings write it; others in digits.

    >>> chinese(4), chinese(10), chinese(15), chinese(53)
    ('四', '十', '十五', '五十三')
    """
    if not 0 <= number < 100:
        return str(number)
    tens, ones = divmod(number, 10)
    if not tens:
        return DIGITS[ones]
    return f"{DIGITS[tens] if tens > 1 else ''}十{DIGITS[ones] if ones else ''}"


def heading_number(language: Language, counts: list[int]) -> str:
    """What stands before a section's heading; `counts` holds the number on each level down to it.

    Source: GB/T 9704-2012, 7.3.3: 一、（一）1.
    """
    if language == "zh":
        last = counts[-1]
        return (f"{chinese(last)}、", f"（{chinese(last)}）", f"{last}．")[min(len(counts), 3) - 1]
    return f"{'.'.join(map(str, counts))} "


def numbered(blocks: Iterable[Block], language: Language) -> tuple[Block, ...]:
    """The blocks with their numbers; tables and charts are counted through the whole report."""
    levels: list[int] = []
    annexes, tables, charts = 0, 0, 0
    found: list[Block] = []
    for block in blocks:
        match block:
            case Heading(scheme="annex"):
                annexes += 1
                levels = []
                found.append(replace(block, number=f"附件{annexes}　" if language == "zh" else f"Annex {annexes}. "))
            case Heading(scheme="section"):
                levels = [*levels, *[0] * block.level][: block.level]
                levels[-1] += 1
                found.append(replace(block, number=heading_number(language, levels)))
            case Table():
                tables += 1
                found.append(replace(block, number=f"表{tables}" if language == "zh" else f"Table {tables}"))
            case Chart():
                charts += 1
                found.append(replace(block, number=f"图{charts}" if language == "zh" else f"Figure {charts}"))
            case Heading() | Paragraph():
                found.append(block)
    return tuple(found)
