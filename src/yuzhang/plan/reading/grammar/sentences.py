"""Sentences of a passage, with what each says of time: a year that is due, or a past that makes its figures achievements."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.numerals import read_number

_END = re.compile(r"[。；！？;!?]")
# “…” 为目标 quotes a goal, not a name.
_QUOTED = re.compile(
    r"“[^“”]{1,40}”(?!(?:等)?(?:为|的)目标)|‘[^‘’]{1,40}’|《[^《》]{1,60}》|「[^「」]{1,40}」|\"[^\"]{1,40}\""
)
_BRACKETED = re.compile(r"（[^（）]{1,200}）|\([^()]{1,200}\)")
_COMPARING = ("比", "较", "与")
# What a task opens with and a review does not.
_GUIDING = re.compile(r"坚持|围绕|聚焦|瞄准|牢固树立|贯彻|落实(?!了)")
LONGEST = 2000
OPENING = 12
OPENING_OF_PERIOD = 20


@dataclass(frozen=True, slots=True)
class Period:
    """The years that a plan covers."""

    first: int
    last: int

    @property
    def ordinal(self) -> int:
        """Which five-year plan it is: 14 for 2021–2025."""
        return (self.first - 1951) // 5


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at `start` of its passage. `pasts` and `futures` are where words of time stand, `years` the years named
    as due, with where; `carried` is the year that an earlier sentence set, `past_before` whether that spoke of the past."""

    text: str
    start: int
    names: tuple[tuple[int, int], ...]
    brackets: tuple[tuple[int, int], ...]
    pasts: tuple[int, ...]
    futures: tuple[int, ...]
    years: tuple[tuple[int, int], ...]
    carried: int
    past_before: bool

    def is_past(self, at: int) -> bool:
        """Whether the nearest word of time before `at` speaks of the past."""
        past = max((p for p in self.pasts if p < at and self._still(p, at)), default=-1)
        future = max((p for p in self.futures if p < at), default=-1)
        if past == future == -1:
            return self.past_before and not self.futures
        return past > future

    def _still(self, past: int, at: int) -> bool:
        """Whether a word of the past reaches `at`: 目前 at the opening does, 已 only inside its clause."""
        if not wording.PAST.match(self.text, past):
            return True
        if past < OPENING and not wording.PAST_IN_CLAUSE.match(self.text, past):
            return True
        return "，" not in self.text[past:at]

    def due(self, at: int) -> int:
        """The year a number at `at` is due."""
        before = [year for place, year in self.years if place <= at]
        return before[-1] if before else self.carried

    def is_promised(self) -> bool:
        """Whether a word of the future, or a year that is due, stands in it."""
        return bool(self.futures or self.years)

    def inside_name(self, start: int, end: int) -> bool:
        """Whether `start`–`end` lies in quotation marks or a title: a name."""
        return any(a <= start and end <= b for a, b in self.names)

    def inside_brackets(self, start: int) -> bool:
        """Whether `start` lies in round brackets."""
        return any(a <= start < b for a, b in self.brackets)


def sentences_of(text: str, period: Period, default_due: int) -> Iterator[Sentence]:
    """The sentences of a plain passage. A sentence of the past makes those after it past too, until the future is named; one
    that only tells the present state, until an act is."""
    past_before = whole = False
    carried = default_due
    for start, end in _bounds(text):
        body = text[start:end]
        years, pasts, futures = _times(body, period)
        if past_before and not pasts and (_GUIDING.match(body.lstrip("。； ")) or (not whole and _acts(body))):
            past_before = False
        sentence = Sentence(
            body, start, _spans(_QUOTED, body), _spans(_BRACKETED, body), pasts, futures, years, carried, past_before
        )
        yield sentence
        if futures:
            past_before = False
        elif pasts and min(pasts) < OPENING:
            past_before, whole = True, bool(wording.PAST_PERIOD.search(body[:OPENING_OF_PERIOD]))
        if years and years[0][1] > period.last and years[0][0] < 12:
            carried = years[0][1]
        elif years and years[-1][1] <= period.last:
            carried = default_due


def _acts(body: str) -> bool:
    """Whether a sentence opens with an act, which ends the description of a present state (but not of a period)."""
    rest = body.lstrip("，。；、 ")
    while found := wording.ADVERB_AT_START.match(rest):
        rest = rest[found.end() :]
    return wording.ACT_AT_START.match(rest) is not None


def _bounds(text: str) -> Iterator[tuple[int, int]]:
    """Where each sentence begins and ends; one that is longer than any sentence is cut, so that time stays linear."""
    start = 0
    ends = [found.end() for found in _END.finditer(text)]
    for end in [*ends, len(text)]:
        while end - start > LONGEST:
            yield start, start + LONGEST
            start += LONGEST
        if end > start:
            yield start, end
            start = end


def _spans(pattern: re.Pattern[str], text: str) -> tuple[tuple[int, int], ...]:
    return tuple(found.span() for found in pattern.finditer(text))


def _times(text: str, period: Period) -> tuple[tuple[tuple[int, int], ...], tuple[int, ...], tuple[int, ...]]:
    years: list[tuple[int, int]] = []
    pasts: list[int] = []
    futures = [found.start() for found in wording.FUTURE.finditer(text)]
    for found in wording.YEAR.finditer(text):
        year = read_number(found["span"][1:5] if found["span"] else found["year"])
        if year is None:
            continue
        if year >= period.first and year <= period.last + 30:
            if not (found["near"] in ("比", "较", "与") or found["basis"]):
                years.append((found.start(), int(year)))
                futures.append(found.start())
        elif not (
            found["near"]
            or found["basis"]
            or text[max(0, found.start() - 2) : found.start()].endswith(("相比", "对比"))
        ):
            pasts.append(found.start())
    pasts.extend(found.start() for found in wording.PAST.finditer(text))
    for found in wording.PLAN_NAME.finditer(text):
        if period.ordinal <= 10 + (read_number(found["n"]) or 0):
            futures.append(found.start())
        elif (
            text[max(0, found.start() - 1) : found.start()] not in _COMPARING and "基础" not in text[found.end() :][:4]
        ):
            pasts.append(found.start())
    return tuple(years), tuple(pasts), tuple(futures)
