"""Numbers that promise nothing by themselves: parts of names, dates and set phrases, bases of rates, sizes of what is counted."""

import re

from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.grammar.quantities import MONEY, Quantity
from yuzhang.plan.reading.grammar.sentences import Sentence
from yuzhang.plan.reading.grammar.subjects import approach

# Measure words that also end set phrases: 二级, 三期, 一次, 两位.
_AMBIGUOUS = frozenset(
    ("级", "期", "届", "代", "度", "线", "成", "日", "道", "次", "口", "班", "番", "P", "兆", "位", "天", "起", "核心")
)
_NEVER = frozenset(("级", "期", "届", "代", "线", "核心", "P"))
_CODES = frozenset("前第№#+×/○")
_DISTRIBUTIVE = re.compile(r"[每各均]|至少|一个县|一县")
_LIFETIME = re.compile(r"年限|寿命|年龄|时间|周期|年数|平均")
_OUTPUT = re.compile(r"GDP|地区生产总值|生产总值|工业增加值|产值|国内生产总值")
# 500 米覆盖率, 800 米半径: how far a rate looks.
_REACHED_BY = re.compile(r"(?:半径|覆盖率|范围|见方|长廊)")
_CHANGED = re.compile(
    r"，?(?:提|增|上升|扩|下降|降|减|压|缩|发展|升|跃|攀|调整|改善|优化|拓|延)[^，,。；]{0,8}(?:到|至|为|达)(?:约|近)?"
)
_NOUN_AHEAD = re.compile(r"^(?:以上|以下|级|的|及以上)?[\u4e00-\u9fffA-Za-z“]")
_SIZED = re.compile(
    r"^(?:以上|以下|的)?(?:企业|项目|单位|商品|学校|集群|产业|园区|平台|工业|固定资产|贷款|资金|民间|投资|重大)"
)
_WHOLLY = re.compile(r"[\u4e00-\u9fff]{2,12}?(?:全部|如期)")
# 收入 50 万元以上的村占比: which villages are meant, before their share is promised.
_SHARE_OF_SUCH = re.compile(r"^的[^，。；\d]{1,10}(?:占|比例|比重|数量|覆盖率|达)|^[^，。；]{2,14}全覆盖")


def is_name(sentence: Sentence, q: Quantity) -> bool:
    """Whether the number belongs to a year, a date, an ordinal, a name in quotation marks, a code or a set phrase."""
    text = sentence.text
    before, after = text[max(0, q.start - 1) : q.start] or " ", text[q.end : q.end + 6]
    if sentence.inside_name(q.start, q.end) or before[-1:] in _CODES:
        return True
    if q.measure == "年" and not _timed(text, q):
        return True
    if q.measure == "对" and after[:1].isdigit():
        return True
    if q.measure in ("日", "月") or after.startswith(("月", "号", "·", "-", "+", "×", "/")):
        return True
    if not q.counts and _REACHED_BY.match(after):
        return True
    if q.measure is None and not _bare(text, q):
        return True
    if q.measure in _AMBIGUOUS and not _meant(text, q):
        return True
    if q.measure and wording.NAME_AFTER.match(after):
        if q.counts and not q.chinese and not after.startswith(("级", "型", "代")):
            return q.measure == "对"
        measured = len(q.measure) > 1 and after[:1].isascii() and after[:1].isalpha()
        return not (measured or (after.startswith("级") and q.measure in MONEY))
    return q.chinese and _is_figure_of_speech(text, q)


def _is_figure_of_speech(text: str, q: Quantity) -> bool:
    """Whether a Chinese numeral counts nothing: 零部件, 百姓, and 一 as an article, unless each one gets one."""
    if q.low == 0 or (text[q.start] in "十百千万亿" and not _led(text, q)):
        return True
    if text.startswith(("一批", "一些", "一系列", "一揽子"), q.start):
        return True
    article = wording.ARTICLE.match(text[q.start : q.start + 4])
    return article is not None and not _DISTRIBUTIVE.search(text[max(0, q.start - 24) : q.start])


def _timed(text: str, q: Quantity) -> bool:
    before = text[max(0, q.start - 24) : q.start]
    return q.low < 150 and approach(before).reached and bool(_LIFETIME.search(before))


def _led(text: str, q: Quantity) -> bool:
    """A round number without coefficient (百万名, 千亿元) counts only right after a verb."""
    read = approach(text[max(0, q.start - 12) : q.start])
    return read.reached or read.acted or text[q.end : q.end + 1] == "级"


def _bare(text: str, q: Quantity) -> bool:
    """A number without unit is a value only right after a verb that reaches it, and before nothing else."""
    if q.unit and _WHOLLY.match(text[q.end : q.end + 16]):
        return True
    read = approach(text[max(0, q.start - 12) : q.start])
    if q.per and read.reached:
        return True
    if not read.reached or (q.unit is None and 1900 <= q.low < 2100 and q.low == int(q.low)):
        return False
    if q.chinese and not q.unit:
        return False
    ends = r"^[，,。；、）)]|^$|^和|^以上" + ("|^的" if q.unit else "")
    return q.tail is not None or bool(re.match(ends, text[q.end : q.end + 2]))


def _meant(text: str, q: Quantity) -> bool:
    """Whether a measure word that also ends set phrases (二级, 三期, 一次) really measures here."""
    before, after = text[max(0, q.start - 10) : q.start], text[q.end : q.end + 1]
    read = approach(before)
    if q.measure in _NEVER:
        return False
    if q.measure == "成":
        return q.tail is not None
    return (not q.chinese or q.low >= 10 or "每" in before) and (read.reached or read.acted or after in "，。；、")


def is_base(text: str, q: Quantity, left: int) -> bool:
    """Whether the quantity is what a rate counts on: 每万人, 每3至10万人口, 每两年, 万元GDP."""
    before = text[left : q.start]
    if before.endswith(("每", "每隔")):
        return True
    return q.measure in MONEY and bool(_OUTPUT.match(text[q.end : q.end + 8]))


def is_baseline(text: str, q: Quantity, following: Quantity) -> bool:
    """Whether the number is where a change starts: 从 56% 提高到 60%."""
    between = text[q.end : following.start]
    before = text[max(0, q.start - 16) : q.start]
    return bool(_CHANGED.fullmatch(between)) and bool(re.search(r"[从由][^，,。；%]{0,15}$", before))


def qualifies(text: str, q: Quantity, previous: Quantity | None, following: Quantity | None, left: int) -> bool:
    """Whether the number only says how large the counted things are: 营业收入超10亿元企业 20 家, 5 个百亿元企业."""
    after = text[q.end : q.end + 24]
    counted_before = previous is not None and previous.counts and previous.start >= left
    inside = counted_before and previous is not None and _same_item(text[previous.end : q.start])
    if q.measure == "%":
        return inside and after.startswith(("的", "以上的"))
    if q.tail is not None and _SHARE_OF_SUCH.match(after):
        return True
    if q.counts or q.measure == "个百分点" or not _NOUN_AHEAD.match(after):
        return False
    if inside or (following is not None and following.counts and _same_item(text[q.end : following.start])):
        return True
    return q.tail is not None and q.measure in MONEY and bool(_SIZED.match(after))


def _same_item(between: str) -> bool:
    return len(between) <= 30 and not re.search(r"[，,、。；：]|以及|并", between)
