"""How sure it is that a number is promised, and why not if it is not."""

import re
from collections.abc import Iterator

from yuzhang.plan.reading.grammar import wording
from yuzhang.plan.reading.grammar.quantities import TIMES
from yuzhang.plan.reading.grammar.setting import CIRCLE, Said, Setting
from yuzhang.plan.reading.grammar.subjects import opening_stripped

SURE, CERTAIN_ACT, LIKELY, PROBABLE, POSSIBLE, DOUBTFUL, UNLIKELY = 0.95, 0.9, 0.8, 0.7, 0.6, 0.4, 0.2
SMALL_COUNT = 10
NO_VERB = "没有承诺的动词"
_MEASURED = re.compile(
    r"(?:率|额|值|比|比重|比例|量|收入|总数|长度|程度|水平|规模|强度|年限|寿命|面积|里程|增速|增幅|消费|数|能力|密度|浓度|指数|投资)$"
)
# 7 个贫困县全部摘帽; 累计使用外资 300 亿美元
_WHOLLY = re.compile(r"..(?:全部|如期)")
_SUMMED = re.compile(r"累计|合计")
_FREED = re.compile(r"盘活|收储|处置|消化|整理|供应|出让|复垦")
_FAR = re.compile(r"(?:距|距离|相距)[^，。；]{0,12}$")
_SIZE = re.compile(r"(?:[年日]产|库容|装机|时速|日处理)$")


def confidence_of(setting: Setting, said: Said) -> tuple[float, str | None]:
    """0 to 1, below 0.5 doubtful, with the reason for doubt; 0 for what is past."""
    q = setting.quantity
    if setting.sentence.is_past(q.start):
        return 0.0, None
    value, note = _by_verb(setting, said)
    if q.chinese and q.counts and q.low < SMALL_COUNT and not setting.read.reached:
        value -= 0.1
    for reason, cap in _doubts(setting):
        if cap <= value:
            value, note = cap, reason
    return round(value, 2), note or ("小数目的概称" if value < POSSIBLE - 0.1 else None)


def _by_verb(setting: Setting, said: Said) -> tuple[float, str | None]:
    q, read, text = setting.quantity, setting.read, setting.text
    promised = setting.sentence.is_promised()
    if read.reached:
        return SURE, None
    if setting.begin == q.start and said.confidence:
        return said.confidence, None
    if read.acted:
        return CERTAIN_ACT, None
    if read.weak:
        half = bool(wording.HALF_AT_START.search(text[max(0, q.start - 8) : q.start])) and not q.chinese
        if half:
            return (PROBABLE if promised else POSSIBLE), None
        return DOUBTFUL, "只是推进或支持的对象"
    words = text[setting.begin : q.start]
    opened = opening_stripped(words)
    acts = wording.ACT_INSIDE.search(words) is not None
    if acts or wording.ACT_AT_START.match(opened):
        said.acted = True
        half = wording.HALF_AT_START.match(opened) is not None
        if wording.WEAK_AT_START.match(opened) and not half and not acts:
            return DOUBTFUL, "只是推进或支持的对象"
        return (POSSIBLE if half and not promised else LIKELY), None
    if setting.continues and said.confidence:
        return said.confidence, None
    if _WHOLLY.search(setting.noun) or _SUMMED.match(words):
        return LIKELY, None
    return _without_verb(setting, promised, said)


def _without_verb(setting: Setting, promised: bool, said: Said) -> tuple[float, str | None]:
    q = setting.quantity
    if q.measure in TIMES or setting.per or (q.measure == "%" and len(setting.noun) > 3):
        return POSSIBLE, None
    if not setting.noun and _MEASURED.search(setting.named) and not q.counts:
        return POSSIBLE, None
    if said.acted or promised:
        return (POSSIBLE if setting.noun else LIKELY), None
    return DOUBTFUL, NO_VERB


def _doubts(setting: Setting) -> Iterator[tuple[str, float]]:
    """Reasons for doubt, each with the highest confidence it leaves."""
    q, read, noun, text = setting.quantity, setting.read, setting.noun, setting.text
    after = text[q.end : q.end + 12]
    if noun and _SIZE.search(read.rest):
        yield "规模的说明", DOUBTFUL
    if wording.FORECAST.search(text[max(0, q.start - 12) : q.start]):
        yield "预测，不是承诺", UNLIKELY
    if _FAR.search(text[max(0, q.start - 16) : q.start]):
        yield "距离，不是承诺", UNLIKELY
    if after.startswith("级"):
        yield "级别，不是承诺的数量", DOUBTFUL
    if not noun and wording.PLANNED.search(read.rest) and not _FREED.search(read.rest):
        yield "规划面积、长度或投资估算", DOUBTFUL
    if setting.sentence.inside_brackets(q.start) and not (read.reached or read.acted):
        yield "括号中的说明", DOUBTFUL
    if setting.subject is None:
        yield "没有主语", DOUBTFUL
    if q.counts:
        yield from _doubts_of_counts(setting, after)
    elif q.measure in TIMES:
        yield from _doubts_of_times(setting, after)


def _doubts_of_counts(setting: Setting, after: str) -> Iterator[tuple[str, float]]:
    q, read, noun = setting.quantity, setting.read, setting.noun
    goes_on = not read.reached or not re.match(r"[，,。；、]|$", after)
    if q.chinese and q.low <= SMALL_COUNT and goes_on and not wording.CONCRETE.search(noun or setting.named):
        yield "小数目的概称", DOUBTFUL
    if noun and wording.LISTED_NOUN.search(noun) and (q.chinese or noun.endswith("：")):
        yield "列举的数目", DOUBTFUL
    if wording.INHABITED.search(read.rest) and not read.acted:
        yield "已有事物的数目", DOUBTFUL


def _doubts_of_times(setting: Setting, after: str) -> Iterator[tuple[str, float]]:
    q, read = setting.quantity, setting.read
    if q.measure in ("周岁", "岁") and not re.search(r"寿命|年龄", setting.named):
        yield "年龄", UNLIKELY
    reaches = read.reached or setting.noun or CIRCLE.match(after) or re.search(r"[内市]$", read.rest)
    if q.measure != "年" and not reaches:
        yield "时长", UNLIKELY
