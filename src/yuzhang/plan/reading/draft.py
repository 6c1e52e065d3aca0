"""A plan's text read into a draft: outline, indicator tables, commitments, projects. Pure: the same text, the same draft."""

import re
from collections import Counter
from dataclasses import replace
from hashlib import sha256

from yuzhang.core.language import Title
from yuzhang.plan.reading.commitments import commitments_of
from yuzhang.plan.reading.errors import TextEmpty
from yuzhang.plan.reading.grammar.passages import passages_of
from yuzhang.plan.reading.grammar.sentences import Period
from yuzhang.plan.reading.lines import lines_of
from yuzhang.plan.reading.model import Draft
from yuzhang.plan.reading.numerals import read_number
from yuzhang.plan.reading.outline import Places, body_of, outline_of
from yuzhang.plan.reading.projects import package_commitment, packages_of, projects_of
from yuzhang.plan.reading.tables import rows_of

FIRST_OF_THE_FIRST = 1951  # The n-th plan began in 1951 + 5n, from the seventh on without a gap.
_ORDINAL = re.compile(r"第([十一二三四五六七八九]{2,3})个\s?五年规划")
_SHORT_NAME = re.compile(r"“(十[一二三四五六七八九])五”(?!以来)")
_YEARS = re.compile(r"[（(]?(20\d\d)\s?年?\s?[-—–~至]+\s?(20\d\d)\s?年[）)]?")
_DUE = re.compile(r"到\s?(20\d\d)\s?年")
_DEFAULT = Period(2021, 2025)


def read_plan(text: str) -> Draft:
    """The draft of a plan's text; linear in its length (100,000 characters in about a second).

    Raises: TextEmpty if there is no word in it.
    """
    if not text.strip():
        raise TextEmpty(Title("文本为空。", "The text is empty."), fix=Title("请检查文件。", "Check the file."))
    period = period_of(text)
    lines = body_of(list(lines_of(text)))
    nodes = outline_of(lines, len(text))
    places = Places(nodes, lines)
    packages = tuple(packages_of(lines, nodes, places))
    passages = [*passages_of(text, lines, nodes)]
    estimates = [
        replace(package_commitment(p, period.last), quote=text[p.start : p.end])
        for p in packages
        if p.investment is not None
    ]
    prose = commitments_of(text, passages, nodes, places, period)
    return Draft(
        text=text,
        text_sha256=sha256(text.encode("utf-8", "surrogatepass")).hexdigest(),
        first_year=period.first,
        last_year=period.last,
        outline=nodes,
        rows=tuple(rows_of(lines, nodes)),
        commitments=tuple(sorted([*prose, *estimates], key=lambda c: (c.start, c.end))),
        packages=packages,
        projects=tuple(projects_of(text, lines, nodes, places)),
    )


def period_of(text: str) -> Period:
    """The five years of the plan: from its name, else from the years most often named as due, else 2021–2025."""
    for found in _ORDINAL.finditer(text[:200_000]):
        number = read_number(found.group(1))
        if number is not None and 7 <= number <= 30:
            first = FIRST_OF_THE_FIRST + 5 * int(number)
            return Period(first, first + 4)
    names = Counter(_SHORT_NAME.findall(text))
    if names:
        name, times = names.most_common(1)[0]
        number = read_number(name)
        if number is not None and times >= 2:
            first = FIRST_OF_THE_FIRST + 5 * int(number)
            return Period(first, first + 4)
    spans = _YEARS.search(text[:5000])
    if spans and int(spans.group(2)) - int(spans.group(1)) == 4:
        return Period(int(spans.group(1)), int(spans.group(2)))
    years = Counter(int(year) for year in _DUE.findall(text) if int(year) % 5 == 0 and int(year) < 2035)
    if years:
        last = years.most_common(1)[0][0]
        return Period(last - 4, last)
    return _DEFAULT
