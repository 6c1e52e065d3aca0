"""The lines of a plan's text, each with what it is by its form: a heading, a list item, a table row, prose."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from yuzhang.plan.reading.numerals import read_number

HEADING_LENGTH = 60
_NUMBER = r"(?P<number>[零〇一二两三四五六七八九十百]+|\d{1,3})"


class Form(StrEnum):
    """What a line is, as far as the line alone tells."""

    BLANK = "blank"
    CONTENTS = "contents"
    PREFACE = "preface"
    PART = "part"
    CHAPTER = "chapter"
    SECTION = "section"
    BOX = "box"
    TABLE = "table"
    FIGURE = "figure"
    FOOTNOTE = "footnote"
    CLAUSE_ONE = "clause_one"  # 一、
    CLAUSE_TWO = "clause_two"  # （一）
    ITEM = "item"  # 1. ① (1)
    ROW = "row"
    PAGE = "page"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Line:
    """One line without its line break; `number` and `title` are those of a heading or an item."""

    start: int
    end: int
    text: str
    form: Form
    number: int | None = None
    title: str = ""


_HEADINGS: tuple[tuple[Form, re.Pattern[str]], ...] = (
    (Form.PART, re.compile(rf"第\s?{_NUMBER}\s?(?:篇|编|部分|板块)(?P<title>[\s:：].*|$)")),
    (Form.CHAPTER, re.compile(rf"第\s?{_NUMBER}\s?章(?P<title>.*)")),
    (Form.SECTION, re.compile(rf"第\s?{_NUMBER}\s?节(?P<title>.*)")),
    (Form.BOX, re.compile(rf"[【\[]?\s?专\s?栏\s?{_NUMBER}(?P<title>[\s:：.、】\]“”《（(].*|$|[^\d\s中所的和、，].*)")),
    (Form.TABLE, re.compile(rf"附?表\s?{_NUMBER}(?:[-—]\d+)?(?P<title>[\s:：.、“”《].*|$)")),
    (Form.FIGURE, re.compile(rf"附?图\s?{_NUMBER}(?:[-—]\d+)?(?P<title>[\s:：.、“”《].*|$)")),
    (Form.CLAUSE_ONE, re.compile(rf"{_NUMBER}、(?P<title>.*)")),
    (Form.CLAUSE_TWO, re.compile(rf"[（(]{_NUMBER}[）)](?P<title>.*)")),
)
_CHINESE_ONLY = re.compile(r"[一二三四五六七八九十百]")
_ITEM = re.compile(
    r"(?:(?P<number>\d{1,2})(?:[.．、](?!\d)|[)）])|(?P<ring>[①-⑳])|[（(](?P<round>\d{1,2})[）)])\s*(?P<title>.*)"
)
_PREFACE = re.compile(r"(?:前\s*言|序\s*言|引\s*言|序\s*章|导\s*言)(?P<title>)$")
_CONTENTS = re.compile(r"目\s*[录次]\s*$")
_FOOTNOTE = re.compile(r"\s*(?:[¹²³⁰⁴-⁹]+|\[\d{1,3}\]|〔\d{1,3}〕)\s*\S")
_PAGE = re.compile(r"\s*(?:[-—–]\s*)?(?:\d{1,4}|第\s?\d{1,4}\s?页.*)(?:\s*[-—–])?\s*$")
_BLANK = " \t\u3000\ufeff\xa0\u200b\f\v"


def lines_of(text: str) -> Iterator[Line]:
    """The lines of `text` in order, with offsets into it; linear in its length."""
    start = 0
    for piece in text.splitlines(keepends=True):
        body = piece.rstrip("\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029")
        yield _classed(start, body)
        start += len(piece)


def _classed(start: int, body: str) -> Line:
    lead = len(body) - len(body.lstrip(_BLANK))
    text = body.strip(_BLANK)
    start += lead
    end = start + len(text)
    if not text:
        return Line(start, start, "", Form.BLANK)
    clean = text.strip("*#_ ")
    if len(clean) <= HEADING_LENGTH:
        heading = _heading(clean)
        if heading is not None:
            form, number, title = heading
            return Line(start, end, text, form, number, title)
    if _FOOTNOTE.match(text):
        return Line(start, end, text, Form.FOOTNOTE, title=text)
    if "\t" in body.strip(" \r\n") and _is_row(body):
        # An empty first cell is a leading tab: a row keeps its line whole.
        return Line(start - lead, start - lead + len(body), body, Form.ROW)
    if _PAGE.fullmatch(text):
        return Line(start, end, text, Form.PAGE)
    return _marked(start, end, text)


def _is_row(body: str) -> bool:
    """Whether tabs part cells; a tab that only indents a paragraph parts none."""
    return "\t" in body.strip(_BLANK) or (body.startswith("\t") and len(body.strip(_BLANK)) <= 20)


def _marked(start: int, end: int, text: str) -> Line:
    """A line that may open with the mark of a list item and go on with prose."""
    opening = text[:8]
    for form, pattern in _HEADINGS[-2:]:
        found = pattern.match(opening)
        if found and _CHINESE_ONLY.match(found["number"]):
            return Line(start, end, text, form, _whole(found["number"]), text[found.start("title") :].strip())
    found = _ITEM.match(text)
    if found:
        ring = ord(found["ring"]) - ord("①") + 1 if found["ring"] else None
        number = ring or int(found["number"] or found["round"])
        return Line(start, end, text, Form.ITEM, number, found["title"])
    return Line(start, end, text, Form.PROSE)


def _heading(text: str) -> tuple[Form, int | None, str] | None:
    if _CONTENTS.match(text):
        return Form.CONTENTS, None, text
    if _PREFACE.match(text):
        return Form.PREFACE, None, text
    for form, pattern in _HEADINGS[:-2]:
        found = pattern.match(text)
        if found and not found["title"].rstrip().endswith(("。", "；", "，", "、")):
            return form, _whole(found["number"]), found["title"].strip(" \t\u3000:：.、】]")
    return None


def _whole(written: str) -> int | None:
    value = read_number(written)
    return None if value is None else int(value)
