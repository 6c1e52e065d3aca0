"""The outline of a plan: parts, chapters, sections, boxes, tables, figures, footnotes, and the place of every offset.

A table of contents repeats the headings; it ends where the first of them is met again, and none of it is outline.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from yuzhang.plan.model import Place
from yuzhang.plan.reading.lines import Form, Line
from yuzhang.plan.reading.model import Node, NodeKind

KINDS = {
    Form.PREFACE: NodeKind.PREFACE,
    Form.PART: NodeKind.PART,
    Form.CHAPTER: NodeKind.CHAPTER,
    Form.SECTION: NodeKind.SECTION,
    Form.BOX: NodeKind.BOX,
    Form.TABLE: NodeKind.TABLE,
    Form.FIGURE: NodeKind.FIGURE,
    Form.FOOTNOTE: NodeKind.FOOTNOTE,
}
HEADINGS = frozenset({Form.PREFACE, Form.PART, Form.CHAPTER, Form.SECTION})
SHORT = 40
_PAGE_NUMBER = re.compile(r"[\s.…·．⋯]*\d{1,4}\s*$")
_LEADERS = re.compile(r"(?:\t|[.…·．⋯]{3,}|\s{2,})\s*\d{1,4}\s*$")
_LABEL = re.compile(r"[^，。；：！？]{2,24}[。：:]")


def body_of(lines: Sequence[Line]) -> list[Line]:
    """The lines after the table of contents, and those before it that are no headings; 一、and （一） made headings
    where the plan has no chapters or sections of its own."""
    first, last = _contents(lines)
    kept = [
        replace(line, form=Form.PROSE) if line.form in HEADINGS and index < first else line
        for index, line in enumerate(lines)
        if not first <= index < last and not (line.form in HEADINGS and _LEADERS.search(line.text))
    ]
    return _with_clause_headings(kept)


def _contents(lines: Sequence[Line]) -> tuple[int, int]:
    """Where the table of contents begins and ends, as indices of lines; (0, 0) if there is none."""
    first = next((i for i, line in enumerate(lines) if line.form is Form.CONTENTS), None)
    if first is None:
        return 0, 0
    seen: set[str] = set()
    heading: int | None = None
    for index in range(first + 1, len(lines)):
        line = lines[index]
        if line.form is Form.BLANK:
            continue
        if len(line.text) > SHORT and line.text.endswith("。"):
            return first, index if heading is None else heading
        key = re.sub(r"\s", "", _PAGE_NUMBER.sub("", line.text))
        if key in seen and line.form is not Form.SECTION:
            return first, index
        seen.add(key)
        if line.form in HEADINGS and not _PAGE_NUMBER.search(line.text):
            heading = index if heading is None or _gap(lines, heading, index) else heading
        elif line.form not in HEADINGS:
            heading = None
    return first, first + 1


def _gap(lines: Sequence[Line], first: int, last: int) -> bool:
    """Whether the headings between are more than those that open one chapter: then they still belong to the contents."""
    return sum(1 for line in lines[first:last] if line.form in HEADINGS) >= 3


def _with_clause_headings(lines: list[Line]) -> list[Line]:
    """Plans without 章 count their chapters 一、; plans without 节 count their sections 一、or （一）."""
    forms = {line.form for line in lines}
    order = [Form.CLAUSE_ONE, Form.CLAUSE_TWO]
    promoted: dict[Form, Form] = {}
    for level in (Form.CHAPTER, Form.SECTION):
        if level not in forms and order:
            promoted[order.pop(0)] = level
    if Form.CHAPTER in forms and Form.SECTION not in forms:
        ones = any(line.form is Form.CLAUSE_ONE for line in lines)
        promoted = {Form.CLAUSE_ONE if ones else Form.CLAUSE_TWO: Form.SECTION}
    counted = _Counted(promoted)
    return [counted.taken(line) for line in lines]


@dataclass(slots=True)
class _Counted:
    """Tells 一、and （一） that head chapters and sections from those that list a box's items: by how they count on."""

    promoted: dict[Form, Form]
    last: dict[Form, int] = field(default_factory=dict)
    items: dict[Form, int] | None = None

    def taken(self, line: Line) -> Line:
        """The line, as a heading if it is one."""
        if line.form is Form.BOX or line.form in HEADINGS:
            self.items = {} if line.form is Form.BOX else None
            if line.form is not Form.BOX:
                self.last.clear()
            return line
        form = self.promoted.get(line.form)
        if form is None or line.number is None or len(line.text) > SHORT or line.text.endswith(("。", "；", "：")):
            return line
        if self.items is not None:
            listed = self.items.get(line.form, 0) + 1
            if line.number == listed or line.number != self.last.get(line.form, 0) + 1:
                self.items[line.form] = line.number
                return line
            self.items = None
        self.last[line.form] = line.number
        if line.form is Form.CLAUSE_ONE:
            self.last.pop(Form.CLAUSE_TWO, None)
        return replace(line, form=form)


@dataclass(slots=True)
class _Builder:
    end_of_text: int
    nodes: list[Node] = field(default_factory=list)
    open: dict[NodeKind, int] = field(default_factory=dict)
    place: Place = field(default_factory=Place)

    def close(self, kinds: tuple[NodeKind, ...], at: int) -> None:
        for kind in kinds:
            index = self.open.pop(kind, None)
            if index is not None:
                self.nodes[index] = replace(self.nodes[index], end=at)

    def add(self, kind: NodeKind, line: Line, place: Place, end: int | None = None) -> None:
        self.nodes.append(Node(kind, line.number, line.title, line.start, end or self.end_of_text, place))
        if end is None:
            self.open[kind] = len(self.nodes) - 1


_BELOW: dict[NodeKind, tuple[NodeKind, ...]] = {
    NodeKind.PREFACE: tuple(NodeKind),
    NodeKind.PART: tuple(NodeKind),
    NodeKind.CHAPTER: (NodeKind.PREFACE, NodeKind.CHAPTER, NodeKind.SECTION, NodeKind.BOX, NodeKind.TABLE),
    NodeKind.SECTION: (NodeKind.SECTION, NodeKind.BOX, NodeKind.TABLE),
    NodeKind.BOX: (NodeKind.BOX, NodeKind.TABLE),
    NodeKind.TABLE: (NodeKind.BOX, NodeKind.TABLE),
}


def outline_of(lines: Sequence[Line], end_of_text: int) -> tuple[Node, ...]:
    """The nodes of the body's lines in the order of the text."""
    builder = _Builder(end_of_text)
    box = _BoxEnd()
    for line in lines:
        kind = KINDS.get(line.form)
        if kind is None:
            if NodeKind.BOX in builder.open and box.ends_before(line):
                builder.close((NodeKind.BOX,), line.start)
                builder.place = replace(builder.place, box=None, item=None)
            elif NodeKind.TABLE in builder.open and _ends_table(line):
                builder.close((NodeKind.TABLE,), line.start)
            continue
        if kind in (NodeKind.FIGURE, NodeKind.FOOTNOTE):
            builder.add(kind, line, builder.place, line.end)
            continue
        builder.close(_BELOW[kind], line.start)
        builder.place = _placed(builder.place, kind, line.number)
        builder.add(kind, line, builder.place)
        box = _BoxEnd()
    return tuple(builder.nodes)


def _placed(place: Place, kind: NodeKind, number: int | None) -> Place:
    if kind is NodeKind.PREFACE:
        return Place()
    if kind is NodeKind.PART:
        return Place(part=number)
    if kind is NodeKind.CHAPTER:
        return Place(part=place.part, chapter=number)
    if kind is NodeKind.SECTION:
        return Place(part=place.part, chapter=place.chapter, section=number)
    box = number if kind is NodeKind.BOX else None
    return Place(part=place.part, chapter=place.chapter, section=place.section, box=box)


def _ends_table(line: Line) -> bool:
    return line.form is Form.PROSE and len(line.text) > SHORT and "注" not in line.text[:3]


@dataclass(slots=True)
class _BoxEnd:
    """Tells where prose begins after a box of listed items: a second whole paragraph that opens with no label."""

    listed: bool = False
    paragraphs: int = 0
    whole: bool = True

    def ends_before(self, line: Line) -> bool:
        if line.form in (Form.CLAUSE_TWO, Form.CLAUSE_ONE, Form.ITEM):
            self.listed, self.paragraphs, self.whole = True, 0, True
            return False
        if line.form is Form.ROW:
            self.paragraphs, self.whole = 1, True
            self.listed = True
            return False
        if line.form is not Form.PROSE:
            return False
        ended = (
            self.listed
            and self.whole
            and self.paragraphs >= 1
            and not _LABEL.match(line.text)
            and len(line.text) > SHORT
        )
        if self.whole:
            self.paragraphs += 1
        self.whole = line.text.endswith(("。", "；", "”", "！", "）"))
        return ended


class Places:
    """The place of every offset; looked up in logarithmic time."""

    def __init__(self, nodes: Sequence[Node], lines: Sequence[Line]) -> None:
        self._starts: list[int] = []
        self._places: list[Place] = []
        marks: list[tuple[int, int, Place]] = []
        for node in nodes:
            if node.kind in (NodeKind.FIGURE, NodeKind.FOOTNOTE):
                continue
            marks.append((node.start, 1, node.place))
            if node.kind in (NodeKind.BOX, NodeKind.TABLE):
                # What begins where a box ends decides the place there, so the end sorts first.
                marks.append((node.end, 0, replace(node.place, box=None, item=None)))
        boxes = [node for node in nodes if node.kind is NodeKind.BOX]
        marks.extend((start, 2, place) for start, place in _items(boxes, lines))
        for start, _, place in sorted(marks, key=lambda mark: mark[:2]):
            self._starts.append(start)
            self._places.append(place)

    def at(self, offset: int) -> Place:
        """The place of `offset`; an empty place before the first heading."""
        index = bisect_right(self._starts, offset) - 1
        return self._places[index] if index >= 0 else Place()


def _items(boxes: Sequence[Node], lines: Sequence[Line]) -> list[tuple[int, Place]]:
    marks: list[tuple[int, Place]] = []
    starts = [line.start for line in lines]
    for box in boxes:
        inside = lines[bisect_right(starts, box.start) : bisect_right(starts, box.end - 1)]
        forms = {line.form for line in inside}
        level = next((f for f in (Form.CLAUSE_ONE, Form.CLAUSE_TWO, Form.ITEM) if f in forms), None)
        marks.extend(
            (line.start, replace(box.place, item=line.number)) for line in inside if line.form is level is not None
        )
    return marks
