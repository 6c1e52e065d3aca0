"""Prose as it was before pages broke it: paragraphs joined over page breaks and footnotes, without spaces and footnote
marks, every character still knowing its offset in the text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yuzhang.plan.reading.lines import Form, Line
from yuzhang.plan.reading.model import Node, NodeKind

_ENDS = "。！？；：!?;:"
_GOES_ON = "，、（“和与及的"
_CLOSERS = "”）)』」】"
_SHORTEST_BROKEN = 18
_LONGEST_DOUBLED = 6
_MARKS = "¹²³⁰⁴⁵⁶⁷⁸⁹①②③④⑤⑥⑦⑧⑨⑩*"
_PLAIN = (
    {ord("０") + i: str(i) for i in range(10)}
    | {ord("Ａ") + i: chr(ord("A") + i) for i in range(26)}
    | {ord("ａ") + i: chr(ord("a") + i) for i in range(26)}
    | {ord(c): "-" for c in "－–―‐−﹣"}
    | {ord("％"): "%", ord("．"): ".", ord("～"): "~", ord("〜"): "~", ord("—"): "-"}
)
_LATIN = re.compile(r"[0-9A-Za-z.%]")
_LISTED = frozenset({Form.CLAUSE_ONE, Form.CLAUSE_TWO, Form.ITEM})
_HEADINGS = frozenset({Form.PREFACE, Form.PART, Form.CHAPTER, Form.SECTION, Form.BOX, Form.TABLE, Form.CONTENTS})


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph. `offsets[i]` is where `text[i]` stands in the plan's text; `heading` is the short line above it."""

    text: str
    offsets: tuple[int, ...]
    heading: str

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The offsets in the plan's text of `text[start:end]`, which is not empty."""
        return self.offsets[start], self.offsets[end - 1] + 1


def passages_of(text: str, lines: Sequence[Line], nodes: Sequence[Node]) -> Iterator[Passage]:
    """The paragraphs of the body in order; table rows, footnotes and headings are none."""
    tables = [
        (n.start, n.end) for n in nodes if n.kind is NodeKind.TABLE or (n.kind is NodeKind.BOX and _indicators(n))
    ]
    pieces: list[Line] = []
    heading = ""
    table = 0
    for line in lines:
        while table < len(tables) and tables[table][1] <= line.start:
            table += 1
        tabled = table < len(tables) and tables[table][0] <= line.start
        if line.form in _HEADINGS or tabled:
            yield from _passage(text, pieces, heading)
            pieces, heading = [], ""
        elif line.form is Form.PROSE or line.form in _LISTED:
            if pieces and not (line.form is Form.PROSE and _is_broken(pieces[-1])):
                yield from _passage(text, pieces, heading)
                pieces = []
            if line.form in _LISTED and len(line.text) <= _SHORTEST_BROKEN * 2 and line.text[-1] not in _ENDS:
                heading = line.title
            pieces.append(line)
        elif line.form is Form.ROW and pieces and not _is_broken(pieces[-1]):
            yield from _passage(text, pieces, heading)
            pieces = []
    yield from _passage(text, pieces, heading)


def _indicators(box: Node) -> bool:
    return "指标" in box.title


def _is_broken(line: Line) -> bool:
    """Whether the paragraph goes on after this line: it is long, and no sentence ends with it."""
    ending = line.text.rstrip(_CLOSERS)
    if line.text[-1] in _GOES_ON or line.text[-1].isdigit():
        return True
    return len(line.text) >= _SHORTEST_BROKEN and (not ending or ending[-1] not in _ENDS)


def _passage(text: str, pieces: Sequence[Line], heading: str) -> Iterator[Passage]:
    characters: list[str] = []
    offsets: list[int] = []
    for piece in pieces:
        own, places = _plain(text, piece)
        doubled = _doubled(characters, own)
        characters.extend(own[doubled:])
        offsets.extend(places[doubled:])
    if characters:
        yield Passage("".join(characters), tuple(offsets), heading)


def _doubled(before: list[str], after: list[str]) -> int:
    """How many characters a page break has repeated: the last of one page again as the first of the next."""
    if not before:
        return 0
    for length in range(min(_LONGEST_DOUBLED, len(before), len(after)), 0, -1):
        if before[-length:] == after[:length] and not after[0].isdigit():
            return length
    return 0


def _plain(text: str, line: Line) -> tuple[list[str], list[int]]:
    characters: list[str] = []
    offsets: list[int] = []
    # The mark of a list item (2. or （一）) is no word of its sentence.
    mark = len(line.text) - len(line.title) if line.form in _LISTED and line.text.endswith(line.title) else 0
    for offset in range(line.start + mark, line.end):
        c = text[offset]
        if c.isspace() or c in "\u200b\ufeff":
            following = text[offset + 1 : offset + 2]
            if not (characters and _LATIN.match(characters[-1]) and _LATIN.match(following)):
                continue
            c = " "
        elif c in _MARKS and not (c in "²³" and characters and characters[-1] in "mM米"):
            continue
        characters.append(c.translate(_PLAIN))
        offsets.append(offset)
    return characters, offsets
