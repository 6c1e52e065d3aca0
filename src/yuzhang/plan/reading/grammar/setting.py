"""What stands around a number in its clause: the words before and after it, its verb, its noun, the base of its rate."""

import re
from dataclasses import dataclass

from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.grammar.quantities import TIMES, Quantity
from yuzhang.plan.reading.grammar.sentences import Sentence
from yuzhang.plan.reading.grammar.subjects import (
    Approach,
    after_last_act,
    approach,
    head_stripped,
    per_of,
    trimmed_object,
)

LONGEST_CLAUSE = 300
LONGEST_OBJECT = 80
CIRCLE = re.compile(r"^[\u4e00-\u9fff]{0,14}?(?:圈|覆盖|通达|可达|到达|直达|响应|办结|服务半径|车程|通勤)")
_CLAUSE_END = re.compile(r"[，,：:。；！？;!?]|--")
_STOPS = frozenset("，,：:。；！？;!?")
_LIST_MARK = re.compile(r"^[、，,和与及以并\s]+")
_PARTED = re.compile(r"[、和与及]|以及")
_NO_NOUN = re.compile(
    r"大关|关口|覆盖|达标|实现|普及|全覆盖|台阶|的?(?:目标|水平|规模|比例)?|进行?|开展|用于.*|以上|来|同|为.*|时|之间|其中.*|等"
)
STRONG_ALONE = wording.STRONG_AT_END
_EACH = re.compile(
    r"(?:^|确保|实现|做到|力争)(?P<base>(?!确保|实现|做到|力争)[^，。]{2,10}?)(?:均|都)(?:至少)?(?:有|建有|设有|建成|拥有)$"
)
_ALL = re.compile(
    r"各(?P<base>县(?:[（(]市、区[）)]|市区|区)?|乡镇(?:[（(]街道[）)])?|街道(?:[（(]乡镇[）)])?|设区市|开发区|社区|行政村|村|市|区)"
    r"(?=均|都|至少|建|设|培育|打造|创建|完成|新|配|有)"
)
_SHARED = re.compile(r"(?:全市|全省|等|[省市县区乡镇街道级]|[省国市]定|下达)$")
_LATER_ITEM = re.compile(r"^.*[、和]\d+(?:个|家|所|条|处)")
_LEVEL_ONLY = re.compile(r"(?:国家|省|市|县|区|部|世界|国际|国|州|全国)级(?:及以上)?")
_LEVEL = re.compile(r"^(?:国家|省|市|县|区|部|州)级")

Span = tuple[int, int]


@dataclass(slots=True)
class Said:
    """What the sentence has said so far: its last number, and what a number without words of its own takes up."""

    end: int = 0
    after: bool = False
    confidence: float = 0.0
    acted: bool = False
    subject: Span | None = None
    per: str | None = None
    baseline: float | None = None
    read: Approach | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """A number in its clause. `before` are the words from `begin` to the number, `noun` the phrase after it that it
    counts ("" if the subject stands before), `continues` tells that an earlier number stands in the clause."""

    sentence: Sentence
    quantity: Quantity
    left: int
    begin: int
    before: str
    continues: bool
    read: Approach
    noun: str
    subject: Span | None
    subject_after: str
    per: str | None
    bare: bool

    @property
    def text(self) -> str:
        """The sentence."""
        return self.sentence.text

    @property
    def named(self) -> str:
        """The subject in words; "" if an earlier sentence has named it."""
        return self.text[max(0, self.subject[0]) : max(0, self.subject[1])] if self.subject else ""


def clause_start(text: str, at: int) -> int:
    """Where the clause of `at` begins; a comma inside brackets or quotation marks ends no clause."""
    depth = 0
    for index in range(at - 1, max(-1, at - LONGEST_CLAUSE), -1):
        c = text[index]
        if c in "）)”":
            depth += 1
        elif c in "（(“":
            if depth == 0 and c != "“":
                return index + 1
            depth = max(0, depth - 1)
        elif depth == 0 and (c in _STOPS or (c == "-" and text[index + 1 : index + 2] == "-")):
            return index + 1
    return max(0, at - LONGEST_CLAUSE) if at > LONGEST_CLAUSE else 0


def setting_of(sentence: Sentence, q: Quantity, following: Quantity | None, said: Said) -> Setting:
    """The setting of `q`; what its own clause lacks it takes from what the sentence has said."""
    text = sentence.text
    left = clause_start(text, q.start)
    continues = said.end > left
    before = _own_words(text, q, left, said)
    begin = q.start - len(before)
    per, apart, skip = per_of(before)
    if per is None and (each := _EACH.search(before) or _ALL.match(before)):
        per = each["base"]
    if apart and not before[skip:]:
        before, skip = before[:apart], 0
    noun = trimmed_object(text[q.end : _object_end(text, q, following)])
    if _NO_NOUN.fullmatch(noun):
        noun = ""
    bare = not before.strip() and said.read is not None and (continues or said.after)
    points = q.measure in ("个百分点", "百分点")
    read = said.read if bare and said.read is not None else approach(before[skip:], acts=bool(noun) or points)
    if not _stands_after(q, read, noun, before):
        noun = ""
    if noun:
        subject, added = _counted(text, q, noun, following, said)
    else:
        subject, added = _measured(text, q, read, begin + skip, said)
    per = per or (said.per if bare or continues else None)
    return Setting(sentence, q, left, begin, before, continues, read, noun, subject, added, per, bare)


def _own_words(text: str, q: Quantity, left: int, said: Said) -> str:
    """The words before the number that belong to it: from the comma, or from the number before it in a list."""
    if said.end <= left:
        return text[left : q.start]
    before = text[said.end : q.start]
    if said.after and (mark := _PARTED.search(before)):
        before = before[mark.end() :]
    return _LIST_MARK.sub("", before)


def _object_end(text: str, q: Quantity, following: Quantity | None) -> int:
    """Where the noun phrase after a number ends: at a comma, or at a 、 that a further promise follows."""
    limit = min(len(text), q.end + LONGEST_OBJECT, len(text) if following is None else max(q.end, following.start))
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
            if c == "、" and _item_ends(text, index, following):
                return index
    return limit


def _item_ends(text: str, index: int, following: Quantity | None) -> bool:
    stop = _CLAUSE_END.search(text, index)
    clause_end = stop.start() if stop else len(text)
    if following is not None and following.start < clause_end:
        return True
    ahead = text[index + 1 : index + 9]
    return bool(wording.ACT_AT_START.match(ahead))


def _stands_after(q: Quantity, read: Approach, noun: str, before: str) -> bool:
    if not noun or (q.measure in ("%", "个百分点", "倍") and not read.acted and len(read.rest) > 3):
        return False
    if re.match(r"以上|左右|的$|以内", noun):
        return False
    if q.measure in TIMES:
        return bool(CIRCLE.match(noun))
    if not before.strip() or read.acted:
        return True
    if read.reached or read.weak:
        return read.weak and not read.reached
    return q.counts and (not read.rest or bool(_SHARED.search(read.rest)))


def _counted(text: str, q: Quantity, noun: str, following: Quantity | None, said: Said) -> tuple[Span | None, str]:
    """The span of the noun phrase after the number, and the noun it shares with the next ("5个国家级、10个省级园区")."""
    body = noun
    if re.search(r"完成(?:新建|改造)?$", text[max(0, q.start - 4) : q.start]):
        body = re.sub(r"(?:建设|建设任务|任务|工作|目标任务)$", "", body) or body
    body = re.split(r"(?<=.)(?:，|,|并(?=[\u4e00-\u9fff]{2}))", body)[0]
    body = re.split(r"(?<=..)(?:全部|如期)", body)[0]
    start = text.find(body, q.end)
    shared = ""
    if following is not None and _LEVEL_ONLY.fullmatch(body):
        later = trimmed_object(text[following.end : _object_end(text, following, None)])
        shared = _LEVEL.sub("", _LATER_ITEM.sub("", later))
    return ((start, start + len(body)) if start >= 0 and body else said.subject), shared


def _measured(text: str, q: Quantity, read: Approach, begin: int, said: Said) -> tuple[Span | None, str]:
    """The span of the noun phrase before the number, and 降幅 where the verb says that it falls."""
    rest = re.sub(r"[从由自][^，。]{0,20}?$", "", read.rest) if said.baseline is not None else read.rest
    body = head_stripped(rest if read.reached else after_last_act(rest), reached=read.reached).rstrip("的")
    if STRONG_ALONE.fullmatch(body):
        # "新建水厂 1 座，扩建 2 座": the noun is the one before.
        body = ""
    fall = "降幅" if read.falls and q.measure in ("%", "‰") else ""
    start = text.rfind(body, begin, q.start) if len(body) >= 2 else -1
    return ((start, start + len(body)) if start >= 0 else said.subject), fall
