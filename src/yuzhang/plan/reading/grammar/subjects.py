"""What a quantity measures: the noun phrase before or after it, freed of verbs and adverbs; and how the verb binds it."""

import re
from dataclasses import dataclass

from yuzhang.plan.model import Comparator
from yuzhang.plan.reading.grammar import wording

LONGEST = 60
LONGEST_WORD = 12
_OPENINGS = "、，,：:和与及或并且；;。的了"
_COMPARED = re.compile(
    r"(?:比|较|与)(?:上年|上一年|20\d\d年|“?十[一二三四]五”?|基期|全国|全省)(?:末|底|时期|平均水平)?(?:相比|翻)?$|(?:在)?20\d\d年(?:的)?基础上?$"
)
_SHARE_OF = re.compile(r"(占[^占，。；]{2,24}?)的?$")
_BOUND = re.compile(r"至少|不少于|不低于|约|近")
_BOUNDS = {
    "至少": Comparator.AT_LEAST, "不少于": Comparator.AT_LEAST, "不低于": Comparator.AT_LEAST, "约": Comparator.ABOUT,
    "近": Comparator.ABOUT,
}  # fmt: skip
_PER_YEAR = re.compile(r"每(?P<n>[两二三四五\d]?)年度?|年均|年平均|逐年")
_PER_BASE = re.compile(
    r"(?:(?P<even>[百千万]人)均)|(?:平均)?每(?!年)(?:(?P<rate>(?:天|日|周|月|学期)(?!津|常|末|均|度)|[\d一两三五.~至-]*(?:百|千|万|十万|百万|平方)[元亩]?(?:人口|公里|常住人口|名[^，。0-9]{0,8}?(?=拥有|配备|床|中|就业)|人|户(?:居民|家庭)?|张|件)?)|"
    r"(?P<base>(?:[\d一两三五十百千万亿.~至到-]*(?:万元|亿元|万人|千人|百人|百户|万户|平方公里|公里|万|千|百|十)?)?"
    r"(?:个|座|所|条|家|名|位|户)?.{0,16}?))"
    r"(?(rate)|(?=边缘|保留|至少|均|都|有|拥有|建|设[立置有]|配|布局|发明|执业|注册|全科|医|床|养老|公共|常住|老年|培|选|推|新|引|开|打造|完成|实现|重点|创|认定|扶持|举办|千|\d|$))"
)


@dataclass(frozen=True, slots=True)
class Approach:
    """The words before a number, read from the number backwards: what is left of them is `rest`."""

    rest: str
    comparator: Comparator | None
    reached: bool
    acted: bool
    weak: bool
    yearly: bool
    grows: bool
    falls: bool


def approach(words: str, acts: bool = True) -> Approach:
    """The verb and adverbs that lead up to a number, taken off the end of `words`.

    `acts` is False where no noun follows the number: then a verb of an act that stands beside it ends the noun before it
    (小区改造 2000 个), and only a verb that reaches is taken off.
    """
    rest = words.rstrip("（(“")
    comparator: Comparator | None = None
    reached = acted = weak = grows = falls = False
    for _ in range(8):
        strong = _last(wording.STRONG_AT_END, rest) if acts else None
        if found := _last(wording.REACH_AT_END, rest):
            if strong and strong.start() < found.start():
                acted, rest = True, rest[: strong.start()]
                continue
            word = found.group()
            if not acts and word in NOMINAL and not reached and len(rest) > len(word):
                break
            grows = grows or wording.REACHES[word] is Comparator.GROWS_BY
            falls = falls or bool(wording.FALLS.search(word))
            comparator = _stronger(comparator, wording.REACHES[word])
            reached = True
            acted = acted or word in ACTING
            rest = rest[: found.start()]
        elif found := _COMPARED.search(rest) or _last(wording.ADVERB_AT_END, rest):
            rest = rest[: found.start()]
        elif not reached and strong:
            acted, rest = True, rest[: strong.start()]
        elif not reached and not acted and acts and (found := _last(wording.WEAK_AT_END, rest)):
            weak, rest = True, rest[: found.start()]
        else:
            break
    taken = words[len(rest) :]
    yearly = bool(wording.YEARLY.search(taken))
    if comparator in (None, Comparator.EXACT, Comparator.GROWS_BY) and (bound := _BOUND.search(taken)):
        comparator = _BOUNDS[bound.group()]
    if not reached and (share := _SHARE_OF.search(rest)):
        reached, rest = True, rest[: share.end(1)]
    return Approach(rest, comparator, reached, acted, weak, yearly, grows, falls)


# Verbs that also end nouns (人才集聚, 能力提升).
NOMINAL = frozenset(("集聚", "容纳", "提升"))
ACTING = frozenset(
    [
        "新增",
        "净增",
        "增加",
        "实现",
        "完成",
        "有",
        "均有",
        "拥有",
        "集聚",
        "容纳",
        "减少",
        "压减",
        "削减",
        "扩大",
        "保持",
        "占",
        "提升",
        "达",
        "达到",
    ]
)


def _last(pattern: re.Pattern[str], words: str) -> re.Match[str] | None:
    """The word of `pattern` that ends `words`; only where such a word could begin is looked at."""
    return pattern.search(words, max(0, len(words) - LONGEST_WORD))


def _stronger(known: Comparator | None, new: Comparator) -> Comparator:
    """The word nearest the number binds, unless it says only "reach"."""
    if known is None or known is Comparator.EXACT:
        return new
    return known


def head_stripped(words: str, reached: bool = False) -> str:
    """A noun phrase without the verbs and adverbs that open it; before a verb that reaches, few verbs open one."""
    act = _LED if reached else wording.ACT_AT_START
    rest = words.lstrip(_OPENINGS)
    for _ in range(12):
        rest = rest.lstrip(_OPENINGS)
        if dated := _DATED.match(rest):
            rest = rest[dated.end() :]
            continue
        found = wording.ADVERB_AT_START.match(rest) or act.match(rest)
        if found is None or found.end() >= len(rest) or len(rest) - found.end() < 2:
            break
        rest = rest[found.end() :]
    return rest.strip(_OPENINGS)


def opening_stripped(words: str) -> str:
    """The words of a clause without the date and the adverbs that open it; its verbs and its place stay."""
    rest = words.lstrip(_OPENINGS)
    for _ in range(6):
        found = _DATED.match(rest) or _ASIDE.match(rest)
        if found is None:
            break
        rest = rest[found.end() :].lstrip("，,、")
    return rest


_ASIDE = re.compile(
    r"力争|争取|努力|确保|力求|实现(?=.{6})|进一步|基本(?!公共|养老|医疗|农田)|可以?(?!再生)|预计|将(?!军)|其中|并|同时|使得?"
)
_LED = re.compile(
    r"(?:拥有|将(?!军)|推动|推进|促进|确保|保持|带动|引导|力争|使得?|做到|培育发展|打造|实现|完成)(?!率|量|额|度)"
)
_DATED = re.compile(
    r"(?:到|至|在|截至|力争到)?(?:20\d\d|二〇..)年(?:底前|年底|底|末|前|至20\d\d年)?(?:期间)?[，,]?|[“]?十[四五六]五[”]?(?:时期|期间|末)?[，,]?"
)


def after_last_act(words: str) -> str:
    """What stands after the last verb of an act in `words`; all of it if there is none."""
    last = None
    for found in wording.ACT_INSIDE.finditer(words):
        if len(words) - found.end() >= 2:
            last = found
    return words if last is None else words[last.end() :]


def per_of(clause: str) -> tuple[str | None, int, int]:
    """The base of a rate in the words before a number ("每万人口…" → 万人), and where its own words begin and end."""
    years = [*_PER_YEAR.finditer(clause)]
    year = years[-1] if years else None
    base = _PER_BASE.search(clause)
    if base is not None and base["even"]:
        return base["even"], base.start(), base.end()
    if base is not None and base["rate"] and not base["rate"].startswith("百万"):
        end = base.end()
        if clause[end : end + 1] in "或和及" and (
            more := re.match(r"[或和及]每个?(.{2,8}?)(?=设|建|配|拥有)", clause[end:])
        ):
            return f"{base['rate']}{clause[end]}{more[1]}", base.start(), end + more.end()
        return re.sub(r"([万千百十])(?:常住)?人口$", r"\1人", base["rate"]), base.start(), end
    if base is not None and base["base"]:
        name = re.sub(r"^[个座所条家名位]", "", base["base"])
        name = re.sub(r"([或和及])每个?", r"\1", name)
        name = re.sub(r"([万千百十])人口$", r"\1人", name)
        return name, base.start(), base.end()
    if year is not None:
        number = year.groupdict().get("n") or ""
        # 年均 inside a noun (投资年均增速) is part of the subject.
        return f"{number}年", 0, year.end() if year.start() <= 3 and year.group().startswith("每") else 0
    return None, 0, 0


def trimmed_object(words: str) -> str:
    """The noun phrase that follows a number, without its opening particle and closing comma."""
    body = words.strip(_OPENINGS)[:LONGEST]
    opening = body.find("（")
    if opening > 1 and body.count("、", opening) >= 2:
        # Brackets that list what is counted are no part of its name.
        body = body[:opening]
    return body
