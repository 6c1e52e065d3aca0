"""Definite words that promise a number without writing one: 全覆盖, 翻番, 零的突破, 零填埋, 前三."""

import re
from collections.abc import Iterator
from dataclasses import replace

from yuzhang.plan.model import CommitmentKind, Comparator
from yuzhang.plan.reading.grammar.doubts import DOUBTFUL, LIKELY, POSSIBLE
from yuzhang.plan.reading.grammar.promises import Promise
from yuzhang.plan.reading.grammar.sentences import Sentence
from yuzhang.plan.reading.grammar.subjects import after_last_act, approach, head_stripped
from yuzhang.plan.reading.numerals import read_number

_FULL = re.compile(
    r"(?:基本|全域|全面|城乡|区域|市域|整体|逐步|应保尽保|实现|基本实现)*(?:全覆盖|全域覆盖|全面覆盖|全员覆盖|全普及|全面普及|全部覆盖|全达标|全面达标|全面消除|全贯通|"
    r"(?<=、)全(?:收集|处理|达标|普及|消除|利用|回收|治理|入网|联网|接入|公开|登记|保障|上云|贯通|开放))"
)
_DOUBLING = re.compile(
    r"翻(?:了|上)?(?P<n>[一两二三四])?番|(?:实现|规模|收入|产值|总量|数量|力争|基本)倍增(?!计划|行动|工程|效应|器)|成倍增长|(?P<half>翻倍)"
)
_ZERO = re.compile(
    r"[“\"]?零[”\"]?(?:的)?(?P<what>突破|存量|填埋|增长|排放|事故|死亡|上访|新增|发生|直排|拒绝)|清零|零的[“\"]?突破"
)
_RANK = re.compile(
    r"(?:进入|跻身|位居|位列|居|列|保持|进位|迈入|挺进|稳居|进|力争|冲刺|排名|争进|入围|进到|跨入|挤进|达到)[^，。；]{0,14}?"
    r"(?P<top>前(?P<n>[一二两三四五六七八九十百\d]{1,4})(?P<unit>名|位|强)?(?!\d|%|[年期个])|(?P<strong>[百千\d]{1,4})强(?:县|市|区|城市)?(?!企))"
)
_FIRST = re.compile(
    r"(?:保持|继续保持|稳居|位居|位列|争创)[^，。；]{0,20}?(?P<top>第一位?)(?![批步阶产个次轮期线季届时书大责任])"
)
_CHAINED = re.compile(r"(?:全[\u4e00-\u9fff]{2}、)+$")
_MEASURED = re.compile(r"覆盖|收集|处理|回收|治理|填埋|排放|存量")
_NOUN_USE = re.compile(r"^(?:、(?!全)|[的（])|^(?:体系|网络|机制|工程|行动|计划|目标|式|格局|专项|模式|服务体系)")


def fulness_in(sentence: Sentence) -> Iterator[Promise]:
    """The promises of a sentence that stand in words."""
    text = sentence.text
    for found in _FULL.finditer(text):
        yield from _promise(sentence, found, Comparator.EXACT, 100.0, "%", CommitmentKind.QUALITATIVE_FULL, 0)
    for found in _DOUBLING.finditer(text):
        times = 2.0 ** (read_number(found["n"]) or 1.0) if found["n"] else 2.0
        yield from _promise(sentence, found, Comparator.TIMES, times, None, CommitmentKind.MULTIPLE, 0)
    for found in _ZERO.finditer(text):
        if "突破" in found.group():
            yield from _promise(sentence, found, Comparator.ABOVE, 0.0, None, CommitmentKind.COUNT, 0)
        elif found["what"] == "增长":
            yield from _promise(sentence, found, Comparator.EXACT, 0.0, "%", CommitmentKind.GROWTH_RATE, 0)
        elif found["what"] in ("填埋", "排放"):
            yield from _promise(sentence, found, Comparator.EXACT, 0.0, "%", CommitmentKind.QUALITATIVE_FULL, 0)
        else:
            change = {"存量": 0.0, "发生": -0.2, "事故": -0.2, "死亡": -0.2}.get(found["what"] or "", -0.35)
            yield from _promise(sentence, found, Comparator.EXACT, 0.0, None, CommitmentKind.QUALITATIVE_FULL, change)
    yield from _firsts(sentence)
    for found in _RANK.finditer(text):
        number = read_number(found["n"] or found["strong"])
        if number and number > 1:
            # 500强 and 百强 are names of lists as often as ranks.
            change = -0.2 if found["n"] else -0.35
            yield from _promise(
                sentence, found, Comparator.AT_MOST, number, found["unit"], CommitmentKind.LEVEL, change, "top"
            )


def _firsts(sentence: Sentence) -> Iterator[Promise]:
    """To stay first is a promise for the reviewer to decide: it depends on others."""
    for found in _FIRST.finditer(sentence.text):
        promised = _promise(sentence, found, Comparator.EXACT, 1.0, None, CommitmentKind.LEVEL, 0, "top")
        yield from (replace(one, confidence=DOUBTFUL, note="名次，取决于他人") for one in promised)


def _named(sentence: Sentence, found: re.Match[str], group: str | int) -> bool:
    """Whether the words stand inside a name; quotation marks around nothing else only stress them (“零填埋”)."""
    start, end = found.span(group)
    if not sentence.inside_name(start, end):
        return False
    text = sentence.text
    return not (text[start - 1 : start] in ("“", "") and text[end : end + 1] in ("”", "")) and found.group()[:1] != "“"


def _promise(
    sentence: Sentence, found: re.Match[str], comparator: Comparator, low: float, unit: str | None,
    kind: CommitmentKind, change: float, group: str | int = 0,
) -> Iterator[Promise]:  # fmt: skip
    text = sentence.text
    if _named(sentence, found, group) or sentence.is_past(found.start()):
        return
    start = max((text.rfind(c, 0, found.start()) for c in "，,：:。；"), default=-1) + 1
    start = max(start, found.start() - 80)
    # 全覆盖、全收集、全处理: the first of the chain has named what it is about. “零的突破”: the marks only stress it.
    read = approach(_CHAINED.sub("", text[start : found.start()].rstrip("“")), acts=False)
    subject = head_stripped(read.rest).rstrip("的")
    if len(subject) < 2 and found.start(group) > found.start():
        # 保持经济总量全省第一: what it is about stands inside.
        subject = head_stripped(text[found.start() : found.start(group)])
    if len(subject) < 2 and start and text[start - 1] in "，,":
        # 争取…布局，力争零的突破: the clause before names it.
        earlier = max(text.rfind(c, 0, start - 1) for c in "，,：:。；") + 1
        subject = after_last_act(head_stripped(text[earlier : start - 1]))
        start = earlier
    after = text[found.end() :].lstrip("”")
    note = None
    confidence = LIKELY + change
    if _NOUN_USE.match(after):
        confidence, note = DOUBTFUL, "作定语或名称"
    if len(subject) < 2:
        subject = re.split(r"[，,。；、：]", after)[0][:40]
        confidence = min(confidence, POSSIBLE)
    place = text.find(subject, start) if subject else -1
    span = (sentence.start + place, sentence.start + place + len(subject)) if place >= 0 else None
    begin = sentence.start + (min(place, found.start()) if place >= 0 else found.start())
    end = sentence.start + max(found.end(), place + len(subject) if place > found.start() else 0)
    added = _MEASURED.search(found.group())
    yield Promise(
        begin,
        end,
        span,
        added[0] if added else "",
        comparator,
        low,
        None,
        unit,
        None,
        None,
        kind,
        round(confidence, 2),
        note,
    )
