"""Which quantities of a sentence are promises, and what each measures: the grammar of "培育 50 个…" and "…达到 60%"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.reading import wording
from yuzhang.plan.reading.quantities import COUNTING, MONEY, TIMES, Quantity, quantities_in
from yuzhang.plan.reading.sentences import Sentence
from yuzhang.plan.reading.subjects import Approach, after_last_act, approach, head_stripped, opening_stripped, per_of, trimmed_object

SURE, LIKELY, POSSIBLE, DOUBTFUL, UNLIKELY = 0.95, 0.8, 0.6, 0.4, 0.2
_CLAUSE_END = re.compile(r"[，,：:。；！？;!?]|--")
_LIST_MARK = re.compile(r"^[、，,和与及以并\s]+")
_BOUNDARY = re.compile(r"^[，,、：:。；！？;!?）)]|^和|^及|^$|^的?$")
_ADDED = re.compile(r"(?:新增(?!劳动)|净增)[^，。]*$")
_CHANGED = re.compile(r"，?(?:提|增|上升|扩|下降|降|减|压|缩|发展|升|跃|攀|调整|改善|优化|拓|延)[^，,。；]{0,8}(?:到|至|为|达)(?:约|近)?")
_LATER_ITEM = re.compile(r"^.*[、和]\d+(?:个|家|所|条|处)")
_LEVEL_ONLY = re.compile(r"(?:国家|省|市|县|区|部|世界|国际|国|州|全国)级(?:及以上)?")
_LEVEL = re.compile(r"^(?:国家|省|市|县|区|部|州)级")
_CIRCLE = re.compile(r"^[\u4e00-\u9fff]{0,14}?(?:圈|覆盖|通达|可达|到达|直达|响应|办结|服务半径|车程|通勤)")
_NOUN_AHEAD = re.compile(r"^(?:以上|以下|级|的|及以上)?[\u4e00-\u9fffA-Za-z“]")
_MEASURED = re.compile(r"(?:率|额|值|比|比重|比例|量|收入|总数|长度|程度|水平|规模|强度|年限|寿命|面积|里程|增速|增幅|消费|数|能力|密度|浓度|指数|投资)$")
_PUBLIC_WORDS = re.compile(r"^(?:以上|以下|的)?(?:企业|项目|单位|商品|学校|集群|产业|园区|平台|工业|固定资产|贷款|资金|民间|投资|重大)")


@dataclass(frozen=True, slots=True)
class Promise:
    """A quantity judged: spans in the sentence's passage. `confidence` below 0.5 means doubtful, and `note` says why."""

    start: int
    end: int
    subject: tuple[int, int] | None
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


@dataclass(slots=True)
class _State:
    """What the sentence has said so far."""

    end: int = 0
    after: bool = False
    confidence: float = 0.0
    acted: bool = False
    subject: tuple[int, int] | None = None
    clause: int = -1
    per: str | None = None
    baseline: float | None = None
    reading: Approach | None = None


def promises_in(
    sentence: Sentence, carried: tuple[int, int] | None = None, worded: Sequence[tuple[int, tuple[int, int]]] = ()
) -> Iterator[Promise]:
    """The promises of a sentence, from left to right.

    `carried` is the subject of the sentence before, as a span of the passage; `worded` are the subjects that promises in
    words (翻番) have named in this one, each with where: a number without subject of its own takes up the nearest.
    """
    text = sentence.text
    named = [q for q in quantities_in(text) if not _is_name(sentence, q)]
    found: list[Quantity] = []
    for index, quantity in enumerate(named):
        following = named[index + 1] if index + 1 < len(named) else None
        previous = named[index - 1] if index else None
        left = _clause_start(text, quantity.start)
        if not _is_base(text, quantity, left) and not _qualifies(text, quantity, previous, following, left):
            found.append(quantity)
    state = _State()
    if carried is not None:
        state.subject = carried[0] - sentence.start, carried[1] - sentence.start
    for index, quantity in enumerate(found):
        for place, span in worded:
            if state.end < place < quantity.start:
                state.subject = span[0] - sentence.start, span[1] - sentence.start
        following = found[index + 1] if index + 1 < len(found) else None
        if following is not None and _is_baseline(text, quantity, following):
            state.baseline = quantity.low
            continue
        promise = _judged(sentence, quantity, following, _clause_start(text, quantity.start), state)
        if promise is not None:
            yield promise


def _clause_start(text: str, at: int) -> int:
    """Where the clause of `at` begins; a comma inside brackets or quotation marks ends no clause."""
    depth = 0
    for index in range(at - 1, max(-1, at - 300), -1):
        c = text[index]
        if c in "）)”":
            depth += 1
        elif c in "（(“":
            if depth == 0 and c != "“":
                return index + 1
            depth = max(0, depth - 1)
        elif depth == 0 and (_CLAUSE_END.match(c) or text.startswith("--", index)):
            return index + 1
    return max(0, at - 300) if at > 300 else 0


def _is_name(sentence: Sentence, q: Quantity) -> bool:
    """Whether the number belongs to a year, a date, an ordinal, a name in quotation marks, a code or a set phrase."""
    text = sentence.text
    before, after = text[max(0, q.start - 2) : q.start], text[q.end : q.end + 6]
    if sentence.inside_name(q.start, q.end) or before[-1:] == "前" or before[-1:] in ("第", "№", "#", "+", "×", "/", "○"):
        return True
    if q.measure == "年" and not _timed(text, q):
        return True
    if q.measure in ("日", "月") or after.startswith(("月", "号", "·", "-", "+", "×", "/")):
        return True
    if q.measure is None and not _bare(text, q):
        return True
    if q.chinese and q.low == 0:
        return True
    if q.chinese and text[q.start] in "十百千万亿" and not _led(text, q):
        return True
    if q.measure in ("级", "期", "届", "代", "度", "线", "成", "日", "道", "次", "口", "班", "番", "P", "兆", "位", "天", "起", "核心") and not _meant(text, q):
        return True
    if q.measure and wording.NAME_AFTER.match(after) and not (q.counts and not q.chinese and not after.startswith(("级", "型", "代"))):
        return not (after.startswith("级") and q.measure in MONEY)
    return q.chinese and (
        bool(wording.ARTICLE.match(text[q.start : q.start + 4])) and not re.search(r"[每各均]|至少|一个县|一县", text[max(0, q.start - 24) : q.start])
    )


def _timed(text: str, q: Quantity) -> bool:
    before = text[max(0, q.start - 24) : q.start]
    return q.low < 150 and approach(before).reached and bool(re.search(r"年限|寿命|年龄|时间|周期|年数|平均", before))


def _led(text: str, q: Quantity) -> bool:
    """A round number without coefficient (百万名, 千亿元) counts only right after a verb."""
    read = approach(text[max(0, q.start - 12) : q.start])
    return read.reached or read.acted or text[q.end : q.end + 1] == "级"


def _bare(text: str, q: Quantity) -> bool:
    """A number without unit is a value only right after a verb that reaches it, and before nothing else."""
    read = approach(text[max(0, q.start - 12) : q.start])
    if not read.reached or (q.unit is None and 1900 <= q.low < 2100 and q.low == int(q.low)):
        return False
    if q.chinese and not q.unit:
        return False
    return q.tail is not None or bool(re.match(r"^[，,。；、）)]|^$|^和|^以上", text[q.end : q.end + 2]))


def _meant(text: str, q: Quantity) -> bool:
    """Whether a measure word that also ends set phrases (二级, 三期, 一次) really measures here."""
    before, after = text[max(0, q.start - 10) : q.start], text[q.end : q.end + 1]
    read = approach(before)
    if q.measure in ("级", "期", "届", "代", "线", "核心", "P"):
        return False
    if q.measure == "成":
        return q.tail is not None
    return (not q.chinese or q.low >= 10 or "每" in before) and (read.reached or read.acted or after in "，。；、")


def _is_base(text: str, q: Quantity, left: int) -> bool:
    """Whether the quantity is what a rate counts on: 每万人, 每3至10万人口, 每两年, 万元GDP."""
    before = text[left : q.start]
    if before.endswith(("每", "每隔")):
        return True
    return bool(re.match(r"GDP|地区生产总值|生产总值|工业增加值|产值|国内生产总值", text[q.end : q.end + 8])) and q.measure in MONEY


def _is_baseline(text: str, q: Quantity, following: Quantity) -> bool:
    """Whether the number is where a change starts: 从 56% 提高到 60%."""
    between = text[q.end : following.start]
    before = text[max(0, q.start - 16) : q.start]
    return bool(_CHANGED.fullmatch(between)) and bool(re.search(r"[从由][^，,。；%]{0,15}$", before))


def _qualifies(text: str, q: Quantity, previous: Quantity | None, following: Quantity | None, left: int) -> bool:
    """Whether the number only says how large the counted things are: 营业收入超10亿元企业 20 家, 5 个百亿元企业."""
    after = text[q.end : q.end + 24]
    if not q.counts and q.measure not in ("%", "个百分点") and _NOUN_AHEAD.match(after):
        if following is not None and following.counts and _same_item(text[q.end : following.start]):
            return True
        if previous is not None and previous.counts and previous.start >= left and _same_item(text[previous.end : q.start]):
            return True
        if q.tail is not None and _PUBLIC_WORDS.match(after) and q.measure in MONEY:
            return True
    elif q.measure == "%" and previous is not None and previous.counts and previous.start >= left:
        return _same_item(text[previous.end : q.start]) and after.startswith(("的", "以上的"))
    return False


def _same_item(between: str) -> bool:
    return len(between) <= 30 and not re.search(r"[，,、。；：]", between)


def _judged(sentence: Sentence, q: Quantity, following: Quantity | None, left: int, state: _State) -> Promise | None:
    text = sentence.text
    continues = state.end > left
    begin = state.end if continues else left
    before = text[begin : q.start]
    if continues:
        if state.after:
            mark = re.search(r"[、和与及]|以及", before)
            before = before[mark.end() :] if mark else before
        before = _LIST_MARK.sub("", before)
    begin = q.start - len(before)
    per, apart, skip = per_of(before)
    after_text = text[q.end : _object_end(text, q, following)]
    noun_after = trimmed_object(after_text)
    if re.fullmatch(r"(?:大关|关口|覆盖|达标|实现|普及|全覆盖|台阶|的?(?:目标|水平|规模|比例)?|进行?|开展|用于.*|以上|来|同|为.*|时|之间|其中.*|等)", noun_after):
        noun_after = ""
    if apart and not before[skip:]:
        before, skip = before[:apart], 0
    read = approach(before[skip:], acts=bool(noun_after))
    inherits = not before.strip() and state.reading is not None and (continues or state.after)
    if inherits and state.reading is not None:
        read = state.reading
    is_after = _stands_after(q, read, noun_after, before, inherits and state.after)
    subject, subject_after = _subject(text, q, read, noun_after, is_after, begin + skip, state, following)
    confidence, note = _confidence(sentence, q, read, noun_after if is_after else "", subject, begin, continues, state, per)
    if confidence <= 0:
        return None
    per = per or (state.per if inherits or continues else None)
    start = _quote_start(text, q, read, is_after, subject, begin)
    end = _quote_end(text, q, is_after, noun_after)
    kind = _kind(text, q, read, subject, noun_after if is_after else "", before, per)
    comparator = _comparator(q, read, kind, bool(_ADDED.search(before)))
    if read.yearly or kind is CommitmentKind.GROWTH_RATE and wording.YEARLY.search(text[left : q.end]):
        per = per or "年"
    baseline, state.baseline = state.baseline, None
    state.end, state.after, state.clause, state.per, state.reading = q.end, is_after, left, per, read
    state.acted = state.acted or read.acted
    state.confidence = confidence
    if subject is not None:
        state.subject = subject
    at = sentence.start
    return Promise(
        at + start, at + end, None if subject is None else (at + subject[0], at + subject[1]), subject_after, comparator,
        q.low, q.high, q.unit, q.per or per, baseline, kind, round(confidence, 2), note,
    )  # fmt: skip


def _object_end(text: str, q: Quantity, following: Quantity | None) -> int:
    """Where the noun phrase after a number ends: at a comma, or at a 、 that a further promise follows."""
    limit = min(len(text), q.end + 80)
    depth = 0
    for index in range(q.end, limit):
        c = text[index]
        if c in "（(“":
            depth += 1
        elif c in "）)”":
            if depth == 0:
                return index
            depth -= 1
        elif depth == 0:
            if _CLAUSE_END.match(c):
                return index
            if following is not None and index >= following.start:
                return index
            if c == "、" and _item_ends(text, index, following):
                return index
    if following is not None and following.start < limit:
        return min(limit, following.start)
    return limit


def _item_ends(text: str, index: int, following: Quantity | None) -> bool:
    stop = _CLAUSE_END.search(text, index)
    clause_end = stop.start() if stop else len(text)
    if following is not None and following.start < clause_end:
        return True
    ahead = text[index + 1 : index + 9]
    return bool(wording.ACT_AT_START.match(ahead))


def _stands_after(q: Quantity, read: Approach, noun_after: str, before: str, inherited: bool) -> bool:
    if not noun_after or (q.measure in ("%", "个百分点", "倍") and not read.acted and len(read.rest) > 3):
        return False
    if re.match(r"以上|左右|的$|以内", noun_after):
        return False
    if q.measure in TIMES:
        return bool(_CIRCLE.match(noun_after))
    if not before.strip():
        return inherited or q.counts or True
    if read.reached and not read.acted:
        return False
    if read.acted or read.weak:
        return True
    if not q.counts:
        return False
    return not read.rest or bool(re.search(r"(?:全市|全省|等|[省市县区乡镇街道级]|[省国市]定|下达)$", read.rest))


def _subject(
    text: str, q: Quantity, read: Approach, noun_after: str, is_after: bool, begin: int, state: _State, following: Quantity | None
) -> tuple[tuple[int, int] | None, str]:
    """The span of the subject, and a word to add to it."""
    if is_after:
        body = noun_after
        if re.search(r"完成$|完成(?:新建|改造)?$", text[max(0, q.start - 4) : q.start]):
            body = re.sub(r"(?:建设|建设任务|任务|工作|目标任务)$", "", body) or body
        body = re.split(r"(?<=.)(?:，|,|并(?=[\u4e00-\u9fff]{2}))", body)[0]
        start = text.find(body, q.end)
        borrowed = ""
        if following is not None and _LEVEL_ONLY.fullmatch(body):
            shared = trimmed_object(text[following.end : _object_end(text, following, None)])
            borrowed = _LEVEL.sub("", _LATER_ITEM.sub("", shared))
        return ((start, start + len(body)) if start >= 0 and body else state.subject), borrowed
    rest = re.sub(r"(?:从|由|自)[^，。]{0,20}?$", "", read.rest) if state.baseline is not None else read.rest
    if not read.reached:
        rest = after_last_act(rest)
    if read.falls and q.measure in ("%", "‰"):
        fall = "降幅"
    else:
        fall = ""
    body = head_stripped(rest, reached=read.reached)
    body = body.rstrip("的")
    if len(body) < 2:
        return state.subject, fall
    start = text.rfind(body, begin, q.start)
    return ((start, start + len(body)) if start >= 0 else state.subject), fall


def _confidence(
    sentence: Sentence, q: Quantity, read: Approach, object_: str, subject: tuple[int, int] | None, begin: int,
    continues: bool, state: _State, per: str | None,
) -> tuple[float, str | None]:  # fmt: skip
    """How sure it is that the plan promises this, and why not if it is not; 0 if it surely does not."""
    if sentence.is_past(q.start):
        return 0.0, None
    text = sentence.text
    subject_text = text[max(0, subject[0]) : max(0, subject[1])] if subject else ""
    promised = sentence.is_promised()
    if read.reached:
        value, note = SURE, None
    elif begin == q.start and state.confidence:
        value, note = state.confidence, None
    elif read.acted:
        value, note = LIKELY + 0.1, None
    elif read.weak:
        half = bool(wording.HALF_AT_START.search(text[max(0, q.start - 8) : q.start])) and not q.chinese
        value = POSSIBLE + 0.1 if promised and half else POSSIBLE if half else DOUBTFUL
        note = None if value >= POSSIBLE else "只是推进或支持的对象"
    elif wording.ACT_INSIDE.search(text[begin : q.start]) or wording.ACT_AT_START.match(opening_stripped(text[begin : q.start])):
        opened = opening_stripped(text[begin : q.start])
        half = wording.HALF_AT_START.match(opened)
        weak = wording.WEAK_AT_START.match(opened) and not half and not wording.ACT_INSIDE.search(text[begin : q.start])
        value, note = (DOUBTFUL if weak else POSSIBLE if half and not promised else LIKELY), None
        state.acted = True
    elif continues and state.confidence:
        value, note = state.confidence, None
    else:
        value, note = _without_verb(q, promised, state, object_, subject_text, per)
    if q.chinese and q.counts and q.low < 10 and not read.reached:
        value -= 0.1
    for reason, cap in _doubts(sentence, q, read, object_, subject_text, subject is not None):
        if cap < value:
            value, note = cap, reason
    return value, note


def _without_verb(q: Quantity, promised: bool, state: _State, object_: str, subject: str, per: str | None) -> tuple[float, str | None]:
    if q.measure in TIMES:
        return POSSIBLE, None
    if per or (q.measure == "%" and len(object_) > 3):
        return POSSIBLE, None
    if not object_ and _MEASURED.search(subject) and not q.counts:
        return POSSIBLE, None
    if state.acted or promised:
        return (LIKELY if not object_ else POSSIBLE), None
    return DOUBTFUL, "没有承诺的动词"


def _doubts(
    sentence: Sentence, q: Quantity, read: Approach, object_: str, subject: str, has_subject: bool
) -> Iterator[tuple[str, float]]:
    """Reasons for doubt, each with the highest confidence it leaves."""
    text = sentence.text
    before = text[max(0, q.start - 12) : q.start]
    after = text[q.end : q.end + 12]
    if object_ and re.search(r"(?:[年日]产|库容|装机|时速|日处理)$", read.rest):
        yield "规模的说明", DOUBTFUL
    if wording.FORECAST.search(before):
        yield "预测，不是承诺", UNLIKELY
    if after.startswith("级"):
        yield "级别，不是承诺的数量", DOUBTFUL
    if not object_ and wording.PLANNED.search(read.rest):
        yield "规划面积、长度或投资估算", DOUBTFUL
    if q.chinese and q.low < 10 and q.counts and not read.reached and not wording.CONCRETE.search(object_ or subject):
        yield "小数目的概称", DOUBTFUL
    if q.counts and object_ and wording.LISTED_NOUN.search(object_) and (q.chinese or object_.endswith("：")):
        yield "列举的数目", DOUBTFUL
    if q.counts and wording.INHABITED.search(read.rest) and not read.acted:
        yield "已有事物的数目", DOUBTFUL
    if q.measure in ("周岁", "岁") and not re.search(r"寿命|年龄", subject):
        yield "年龄", UNLIKELY
    if q.measure in TIMES and q.measure != "年" and not (read.reached or _CIRCLE.match(after) or re.search(r"[内市]$", read.rest) or object_):
        yield "时长", UNLIKELY
    if sentence.inside_brackets(q.start) and not (read.reached or read.acted):
        yield "括号中的说明", DOUBTFUL
    if not has_subject:
        yield "没有主语", DOUBTFUL


def _quote_start(text: str, q: Quantity, read: Approach, is_after: bool, subject: tuple[int, int] | None, begin: int) -> int:
    if is_after and not re.search(r"每|各", text[begin : q.start]):
        rest = text[begin : q.start].find(read.rest) if read.rest else 0
        if (read.acted or read.weak) and rest >= 0:
            begin += rest + len(read.rest)
        else:
            begin = q.start
    elif not is_after and subject is not None and subject[1] <= begin:
        begin = q.start
    start = q.start - len(opening_stripped(text[begin : q.start]))
    return start


def _quote_end(text: str, q: Quantity, is_after: bool, noun_after: str) -> int:
    if not is_after or not noun_after:
        return q.end
    return max(q.end, text.find(noun_after, q.end) + len(noun_after))


def _comparator(q: Quantity, read: Approach, kind: CommitmentKind, added: bool) -> Comparator:
    if q.tail is not None:
        return q.tail
    if read.comparator in (None, Comparator.EXACT) and added:
        return Comparator.GROWS_BY
    if read.comparator is None:
        return Comparator.EXACT
    if read.comparator is Comparator.GROWS_BY and kind is CommitmentKind.GROWTH_RATE and read.falls:
        return Comparator.EXACT
    return read.comparator


def _kind(
    text: str, q: Quantity, read: Approach, subject: tuple[int, int] | None, object_: str, before: str, per: str | None
) -> CommitmentKind:
    named = text[max(0, subject[0]) : max(0, subject[1])] if subject else ""
    if q.measure == "倍":
        return CommitmentKind.MULTIPLE
    if q.measure in ("%", "‰", "个百分点", "百分点", "个千分点", "成"):
        if read.grows or read.falls or wording.GROWTH_SUBJECT.search(named) or "增速" in named or "增长率" in named:
            return CommitmentKind.SHARE if "百分点" in (q.measure or "") else CommitmentKind.GROWTH_RATE
        return CommitmentKind.COVERAGE if "覆盖" in named + object_ + text[q.end : q.end + 2] else CommitmentKind.SHARE
    if re.search(r"累计|新增(?!劳动)|净增|五年(?:内|间|共)?|合计|共计", before):
        return CommitmentKind.CUMULATIVE
    if re.search(r"容纳|承载|接待|承接|吞吐|能力", before[-12:]):
        return CommitmentKind.LEVEL
    if re.search(r"完成[^，]{0,6}投资$", before):
        return CommitmentKind.CUMULATIVE
    if q.measure in COUNTING and (object_ or not (per and re.search(r"[百千万]|[人户]$", per))):
        return CommitmentKind.COUNT
    return CommitmentKind.LEVEL
