"""Every quantified commitment in the prose and the boxes of a plan, as candidates for a reviewer."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from yuzhang.plan.model import Commitment, Place
from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.grammar.doubts import NO_VERB, POSSIBLE
from yuzhang.plan.reading.grammar.fulness import fulness_in
from yuzhang.plan.reading.grammar.passages import Passage
from yuzhang.plan.reading.grammar.promises import Promise, promises_in
from yuzhang.plan.reading.grammar.sentences import Period, sentences_of
from yuzhang.plan.reading.model import Draft, Node, NodeKind
from yuzhang.plan.reading.outline import Places

VISION_YEAR = 2035
_LABEL = re.compile(r"[^，。；：、\d]{3,24}[。：]")
_PACE = re.compile(r"(?:年均)?(?:增速|增长率|增幅|占比|规模)?$")
_MEASURE = re.compile(
    r"(?:总产量|总体|核心区|一期|规划|总|年|种植|播种|养殖|建筑|占地|用地|主营业务|营业|销售|综合)*"
    r"(?:产量|产值|面积|规模|占比|比重|增速|增加值|收入|投资|总量|总数|数量|利润|覆盖率|总额|长度|里程|利用率)$"
)


class Headings:
    """What the headings above an offset say of time."""

    def __init__(self, nodes: Sequence[Node]) -> None:
        self._chapters = {n.place.chapter: n.title for n in nodes if n.kind is NodeKind.CHAPTER}
        self._sections = {(n.place.chapter, n.place.section): n.title for n in nodes if n.kind is NodeKind.SECTION}

    def is_past(self, place: Place, heading: str) -> bool:
        """Whether the chapter or section tells what was or is, not what will be."""
        section = self._sections.get((place.chapter, place.section), "")
        for title in (heading, section):
            if title and wording.FUTURE_TITLE.search(title) and not wording.PAST_TITLE.search(title):
                return False
            if title and wording.PAST_TITLE.search(title) and not wording.FUTURE_TITLE.search(title):
                return place.box is None
        chapter = self._chapters.get(place.chapter, "")
        return bool(wording.PAST_TITLE.search(chapter)) and not wording.FUTURE_TITLE.search(chapter)

    def due(self, place: Place, last: int) -> int:
        """The year due where the text names none."""
        section = self._sections.get((place.chapter, place.section), "")
        title = section or self._chapters.get(place.chapter, "")
        vision = wording.VISION_TITLE.search(title) and not (
            "十四五" in title or "十五五" in title or "主要目标" in title
        )
        return VISION_YEAR if vision and last < VISION_YEAR else last


def commitments_of(
    text: str, passages: Sequence[Passage], nodes: Sequence[Node], places: Places, period: Period
) -> Iterator[Commitment]:
    """The candidates of the passages in the order of the text; confidence below 0.5 marks the doubtful ones."""
    headings = Headings(nodes)
    for passage in passages:
        place = places.at(passage.offsets[0])
        if headings.is_past(place, passage.heading):
            continue
        yield from _of_passage(text, passage, places, period, headings.due(place, period.last))


def _of_passage(text: str, passage: Passage, places: Places, period: Period, due: int) -> Iterator[Commitment]:
    carried: tuple[int, int] | None = None
    topic = _topic(text, passage)
    named = ""
    for sentence in sentences_of(passage.text, period, due):
        worded = [*fulness_in(sentence)]
        known = [(p.end - sentence.start, p.subject) for p in worded if p.subject]
        found = [*promises_in(sentence, carried, known), *worded]
        for promise in sorted(found, key=lambda p: (p.start, p.end)):
            own = _written(text, passage, *promise.subject) if promise.subject else ""
            subject = _owned(own, named, topic) + promise.subject_after
            yield _commitment(text, passage, promise, subject, places, sentence.due(promise.end - sentence.start))
            carried, named = promise.subject or carried, subject or named


def _topic(text: str, passage: Passage) -> str:
    """The label that opens a passage ("某某产业园。依托…"), else the list heading above it."""
    label = _LABEL.match(passage.text)
    return _written(text, passage, 0, label.end() - 1) if label else passage.heading


def _owned(own: str, named: str, topic: str) -> str:
    """A subject that is only a measure (总产量, 规划面积, 占比) with whose measure it is."""
    if not own:
        return named or topic
    if own.startswith("占") and named:
        return _PACE.sub("", named) + own
    if _MEASURE.fullmatch(own):
        owner = _MEASURE.sub("", named) if named and _MEASURE.search(named) else topic
        return (_MEASURE.sub("", owner) or owner) + own
    return own


def _commitment(text: str, passage: Passage, promise: Promise, subject: str, places: Places, due: int) -> Commitment:
    start, end = passage.span(promise.start, promise.end)
    if promise.note == NO_VERB and places.at(start).box is not None:
        # A box lists what will be done: its items name the thing and the number, and leave the verb out.
        promise = replace(promise, confidence=POSSIBLE, note=None)
    return Commitment(
        quote=text[start:end], start=start, end=end, place=places.at(start), subject=subject,
        comparator=promise.comparator, low=promise.low, high=promise.high, unit=promise.unit, per=promise.per,
        baseline=promise.baseline, due=due, kind=promise.kind, confidence=promise.confidence, note=promise.note,
    )  # fmt: skip


def _written(text: str, passage: Passage, start: int, end: int) -> str:
    """The characters of a span as written, with the spaces inside a line, without page breaks and footnote marks."""
    written: list[str] = []
    for index in range(start, end):
        offset = passage.offsets[index]
        if written and text[offset - 1] == " " and passage.offsets[index - 1] == offset - 2:
            written.append(" ")
        written.append(text[offset])
    return "".join(written).strip()


def commitment_lines(draft: Draft) -> Iterator[str]:
    """One JSON object a commitment, with the keys of the commitment format and `confidence`."""
    for c in draft.commitments:
        yield json.dumps(
            {
                "quote": c.quote,
                "start": c.start,
                "end": c.end,
                "place": {
                    "part": c.place.part,
                    "chapter": c.place.chapter,
                    "section": c.place.section,
                    "box": c.place.box,
                    "item": c.place.item,
                },
                "subject": c.subject,
                "comparator": c.comparator.value,
                "low": c.low,
                "high": c.high,
                "unit": c.unit,
                "per": c.per,
                "baseline": c.baseline,
                "due": c.due,
                "kind": c.kind.value,
                "confidence": c.confidence,
            },
            ensure_ascii=False,
        )
