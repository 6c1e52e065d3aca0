"""Text as files really break it: hard-wrapped lines, pages, footnotes, repeated characters."""

import pytest

from plan.reading.invented import TEXT
from yuzhang.plan.reading.draft import read_plan


def wrapped(text: str, width: int) -> str:
    """`text` with every line of prose cut at `width` characters, as a pdf's text layer gives it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if "\t" in line or not line:
            lines.append(line)
        else:
            lines.extend(line[i : i + width] for i in range(0, len(line), width))
    return "\n".join(lines)


@pytest.mark.parametrize("width", [28, 36, 44])
def test_a_text_cut_into_lines_yields_the_same_promises_in_the_same_places(width: int) -> None:
    expected = [(c.subject, c.low, c.unit, c.place) for c in read_plan(TEXT).commitments]
    assert [(c.subject, c.low, c.unit, c.place) for c in read_plan(wrapped(TEXT, width)).commitments] == expected


def test_windows_line_ends_and_full_width_digits_change_nothing_but_the_offsets() -> None:
    expected = [(c.subject, c.low, c.place) for c in read_plan(TEXT).commitments]
    windows = read_plan(TEXT.replace("\n", "\r\n"))
    assert [(c.subject, c.low, c.place) for c in windows.commitments] == expected
    assert all(c.quote == windows.text[c.start : c.end] for c in windows.commitments)
    wide = read_plan("第一章 任务\n\n建成学校５０所，覆盖率达到９０％。\n")
    assert [(c.low, c.unit) for c in wide.commitments] == [(50, "所"), (90, "%")]


def test_a_footnote_between_two_pages_does_not_part_the_sentence() -> None:
    text = "第一章 任务\n\n围绕“四梁八柱”¹加快建设综合交通体系，力争到2025年建成高速公路\n\n¹ **四梁八柱：**若干工程。\n\n300公里以上。\n"
    (found,) = read_plan(text).commitments
    assert (found.low, found.subject, found.comparator) == (300, "高速公路", ">=")


def test_characters_repeated_over_a_page_break_are_read_once() -> None:
    text = "第一章 任务\n\n科技创新对经济发展的驱动力明显增强，数字经济核心产业增\n\n增加值占GDP比重达到8%左右。\n"
    (found,) = read_plan(text).commitments
    assert found.subject == "数字经济核心产业增加值占GDP比重"
