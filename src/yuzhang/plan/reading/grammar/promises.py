"""Which quantities of a sentence are promises, and what each measures: the grammar of "培育 50 个…" and "…达到 60%"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.grammar.doubts import UNLIKELY, confidence_of
from yuzhang.plan.reading.grammar.names import is_base, is_baseline, is_name, qualifies
from yuzhang.plan.reading.grammar.quantities import COUNTING, Quantity, quantities_in
from yuzhang.plan.reading.grammar.sentences import Sentence
from yuzhang.plan.reading.grammar.setting import Said, Setting, Span, clause_start, setting_of
from yuzhang.plan.reading.grammar.subjects import opening_stripped

_ADDED = re.compile(r"(?:新增(?!劳动)|净增)[^，。]*$")
_SUMMED = re.compile(r"累计|新增(?!劳动)|净增|五年(?:内|间|共)?|合计|共计|完成[^，]{0,6}投资$")
_CAPACITY = re.compile(r"(?:容纳|承载|接待|承接|吞吐|能力)[^，]{0,10}$")
_RESPECTIVELY = re.compile(r"分别")
_PART = re.compile(r"[^、和与及]+(?:（[^）]*）)?")
_RATED = re.compile(r"[百千万]|[人户]$")


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity judged: spans in the sentence's passage. `confidence` below 0.5 means doubtful, and `note` says why."""

    start: int
    end: int
    subject: Span | None
    subject_after: str
    comparator: Comparator
    low: float
    high: float | None
    unit: str | None
    per: str | None
    baseline: float | None
    kind: CommitmentKind
    confidence: float
    note: str | None


def promises_in(
    sentence: Sentence, carried: Span | None = None, worded: Sequence[tuple[int, Span]] = ()
) -> list[Promise]:
    """The promises of a sentence, from left to right; "A、B 分别达到 X、Y" gives each its own subject.

    `carried` is the subject of the sentence before, as a span of the passage; `worded` are the subjects that promises in
    words (翻番) have named in this one, each with where: a number without subject of its own takes up the nearest.
    """
    return respectively(sentence, list(_in_turn(sentence, carried, worded)))


def respectively(sentence: Sentence, found: Sequence[Promise]) -> list[Promise]:
    """The promises with the subjects before 分别 dealt out to the numbers after it, where there are as many of both."""
    shared = list(found)
    for word in _RESPECTIVELY.finditer(sentence.text):
        at = sentence.start + word.start()
        members = [n for n, p in enumerate(shared) if p.end > at and p.subject is not None and p.subject[1] <= at]
        members = [n for n in members if shared[n].subject == shared[members[0]].subject]
        if not members:
            continue
        first, last = shared[members[0]].subject or (0, 0)
        parts = [
            (first + part.start(), first + part.end())
            for part in _PART.finditer(sentence.text[first - sentence.start : last - sentence.start])
        ]
        if len(parts) == len(members):
            for n, part in zip(members, parts, strict=True):
                shared[n] = replace(shared[n], subject=part)
    return shared


def _in_turn(sentence: Sentence, carried: Span | None, worded: Sequence[tuple[int, Span]]) -> Iterator[Promise]:
    text, at = sentence.text, sentence.start
    found = _candidates(sentence)
    said = Said(subject=None if carried is None else (carried[0] - at, carried[1] - at))
    for index, quantity in enumerate(found):
        for place, span in worded:
            if said.end < place < quantity.start:
                said.subject = span[0] - at, span[1] - at
        following = found[index + 1] if index + 1 < len(found) else None
        if following is not None and is_baseline(text, quantity, following):
            said.baseline = quantity.low
            continue
        setting = setting_of(sentence, quantity, following, said)
        confidence, note = confidence_of(setting, said)
        if confidence <= UNLIKELY:
            # What was reached before is no promise, but names what the next number measures.
            said.subject = setting.subject or said.subject
            continue
        yield _promise(setting, said.baseline, confidence, note)
        said.baseline, said.end, said.after, said.confidence = None, quantity.end, bool(setting.noun), confidence
        said.per, said.read, said.acted = setting.per, setting.read, said.acted or setting.read.acted
        said.subject = setting.subject or said.subject


def _candidates(sentence: Sentence) -> list[Quantity]:
    text = sentence.text
    named = [q for q in quantities_in(text) if not is_name(sentence, q)]
    around = zip([None, *named[:-1]], named, [*named[1:], None], strict=True) if named else ()
    found: list[Quantity] = []
    for previous, quantity, following in around:
        left = clause_start(text, quantity.start)
        if not is_base(text, quantity, left) and not qualifies(text, quantity, previous, following, left):
            found.append(quantity)
    return found


def _promise(setting: Setting, baseline: float | None, confidence: float, note: str | None) -> Promise:
    q, at, subject = setting.quantity, setting.sentence.start, setting.subject
    kind = _kind(setting)
    per = q.per or setting.per
    clause = setting.text[setting.left : q.end]
    if setting.read.yearly or (kind is CommitmentKind.GROWTH_RATE and wording.YEARLY.search(clause)):
        per = per or "年"
    low, unit, comparator = q.low, q.unit, _comparator(setting, kind)
    if kind is CommitmentKind.MULTIPLE and setting.read.grows and q.tail is None and comparator is Comparator.GROWS_BY:
        # To grow by one time is to double: what is promised is the multiple.
        low, unit, comparator = q.low + 1, None, Comparator.TIMES
    end = max(q.end, setting.text.find(setting.noun, q.end) + len(setting.noun)) if setting.noun else q.end
    return Promise(
        at + _quote_start(setting), at + end, None if subject is None else (at + subject[0], at + subject[1]),
        setting.subject_after, comparator, low, q.high, unit, per, baseline, kind, confidence, note,
    )  # fmt: skip


def _quote_start(setting: Setting) -> int:
    """Where the shortest piece that carries subject, verb and number begins."""
    text, q, read, begin, subject = setting.text, setting.quantity, setting.read, setting.begin, setting.subject
    if setting.noun:
        if not re.search(r"[每各]", text[begin : q.start]):
            rest = text[begin : q.start].find(read.rest) if read.rest else 0
            begin = begin + rest + len(read.rest) if (read.acted or read.weak) and rest >= 0 else q.start
    elif subject is not None and subject[1] <= begin:
        begin = q.start
    elif not read.reached and subject is not None and subject[0] > begin:
        acts = [m for m in wording.ACT_INSIDE.finditer(text, begin, subject[0]) if m.end() >= subject[0] - 1]
        begin = acts[-1].start() if acts else subject[0]
    return q.start - len(opening_stripped(text[begin : q.start].lstrip("末底内前")))


def _comparator(setting: Setting, kind: CommitmentKind) -> Comparator:
    q, read = setting.quantity, setting.read
    if q.tail is not None:
        return q.tail
    if q.measure != "%" and read.comparator in (None, Comparator.EXACT) and _ADDED.search(setting.before):
        return Comparator.GROWS_BY
    if read.comparator is None or (read.falls and kind is CommitmentKind.GROWTH_RATE):
        return Comparator.EXACT if read.comparator in (None, Comparator.GROWS_BY) else read.comparator
    return read.comparator


def _kind(setting: Setting) -> CommitmentKind:
    q, read, named = setting.quantity, setting.read, setting.named
    if q.measure == "倍":
        return CommitmentKind.MULTIPLE
    if q.measure in ("个百分点", "百分点", "个千分点"):
        return CommitmentKind.SHARE
    if q.measure in ("%", "‰", "成"):
        if read.grows or read.falls or wording.GROWTH_SUBJECT.search(named) or "增速" in named or "增长率" in named:
            return CommitmentKind.GROWTH_RATE
        covers = "覆盖" in named + setting.noun + setting.text[q.end : q.end + 2]
        return CommitmentKind.COVERAGE if covers else CommitmentKind.SHARE
    if _SUMMED.search(setting.before):
        return CommitmentKind.CUMULATIVE
    if _CAPACITY.search(setting.before):
        return CommitmentKind.LEVEL
    rated = setting.per is not None and _RATED.search(setting.per) is not None
    return CommitmentKind.COUNT if q.measure in COUNTING and (setting.noun or not rated) else CommitmentKind.LEVEL
