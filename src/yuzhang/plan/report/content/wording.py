"""The words of a report in one language: its texts, numbers, units and dates."""

import re
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path

import msgspec
from babel.dates import format_date

from yuzhang.core.language import Language, Title
from yuzhang.core.unit_words import spoken, unit_word, with_unit
from yuzhang.plan.evaluation.model import Assessment, Status
from yuzhang.plan.evaluation.titles import STATUS_TITLES
from yuzhang.plan.model import Comparator
from yuzhang.plan.registry.model import Method, Target

TEXTS = Path(__file__).with_name("texts.toml")
# XML, and so Word, cannot hold these; they come from broken files and say nothing.
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
SIGNS = {
    Comparator.AT_LEAST: "at_least",
    Comparator.AT_MOST: "at_most",
    Comparator.ABOVE: "above",
    Comparator.BELOW: "below",
    Comparator.ABOUT: "about",
    Comparator.GROWS_BY: "grows",
    Comparator.TIMES: "times",
}


@lru_cache
def texts() -> dict[str, dict[str, Title]]:
    """Every text by its section and key."""
    return msgspec.convert(tomllib.loads(TEXTS.read_text(encoding="utf-8")), dict[str, dict[str, Title]])


def plain(text: str) -> str:
    """Text of the data without characters that no document can hold.

    >>> plain("a\\x00b")
    'ab'
    """
    return UNPRINTABLE.sub("", text)


class Words:
    """Speaks one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def say(self, key: str, /, **values: object) -> str:
        """The text of `section.key` with its `{name}` places filled."""
        section, _, name = key.partition(".")
        return self.title(texts()[section][name]).format(**values)

    def title(self, title: Title) -> str:
        """A title of the data in this language, in Chinese where it has no English."""
        return plain(title.in_language(self.language) or title.zh)

    def status(self, status: Status) -> str:
        """How a status is called."""
        return self.title(STATUS_TITLES[status])

    def confidence(self, confidence: str) -> str:
        """How sure a figure is said to be; as it is written where there is no word for it."""
        word = texts()["confidence"].get(confidence)
        return self.title(word) if word else plain(confidence) or "–"

    def listed(self, parts: list[str]) -> str:
        """Parts of a sentence, one after the other."""
        return self.say("word.comma").join(parts)

    def number(self, value: float | None) -> str:
        """A number with thousands marks and two decimals at most, more for small ones; "no data" for None.

        >>> Words("zh").number(5745.512), Words("zh").number(0.0274), Words("zh").number(-90.0), Words("en").number(None)
        ('5,745.51', '0.0274', '−90', 'no data')
        """
        if value is None:
            return self.say("word.no_data")
        digits = 2 if abs(value) >= 0.1 else 4
        return _trimmed(f"{value:,.{digits}f}")

    def exact(self, value: float) -> str:
        """A published figure with all its decimals.

        >>> Words("zh").exact(1234.5678), Words("zh").exact(30.0)
        ('1,234.5678', '30')
        """
        return _trimmed(f"{value:,.10f}")

    def signed(self, value: float) -> str:
        """A number with its sign."""
        return f"+{self.number(value)}" if value > 0 else self.number(value)

    def unit(self, unit: str) -> str:
        """A unit in this language."""
        return unit_word(plain(unit), self.language)

    def quantity(self, number: str, unit: str) -> str:
        """A number, already written, with its unit."""
        return with_unit(number, plain(unit), self.language)

    def spoken(self, text: str, unit: str | None) -> str:
        """A sentence of the evaluation with its units in words."""
        return spoken(plain(text), unit, self.language)

    def day(self, day: date) -> str:
        """A date as this language writes it."""
        return str(format_date(day, "long", locale="zh_CN" if self.language == "zh" else "en"))

    def year(self, year: int) -> str:
        """A year."""
        return self.say("word.year", year=year)

    def latest(self, assessment: Assessment) -> str:
        """The latest number that can be stated, with its year; "no data" without one."""
        found = latest(assessment)
        return self.say("word.no_data") if found is None else f"{self.number(found[1])}\n({found[0]})"

    def promise(self, target: Target, unit: bool = False) -> str:
        """What a target asks for, with its unit where asked for: "不低于90%", "2.2左右", "由省下达"."""
        if target.method is Method.ASSIGNED:
            return self.say("promise.assigned")
        edges = [self.number(edge) for edge in (target.low, target.high) if edge is not None]
        if not edges:
            return self._unnumbered(target)
        if target.method is Method.QUALITATIVE and target.unit == "%" and target.low == 100:
            return self.say("promise.full")
        number = "–".join(edges)
        value = self.quantity(number, target.unit) if unit or target.comparator is Comparator.TIMES else number
        if target.comparator is Comparator.TIMES:
            value = number
        return self._bounded(target, value)

    def _bounded(self, target: Target, value: str) -> str:
        if target.method is Method.STABLE:
            return self.say("promise.stable_at", value=value)
        sign = {Method.AT_LEAST: "at_least", Method.AT_MOST: "at_most"}.get(target.method) or SIGNS.get(
            target.comparator
        )
        written = self.say(f"promise.{sign}", value=value) if sign else value
        return self.say("promise.total", value=written) if target.method is Method.CUMULATIVE else written

    def _unnumbered(self, target: Target) -> str:
        return self.say("promise.stable") if target.method is Method.STABLE else self.title(target.title)


def latest(assessment: Assessment) -> tuple[int, float] | None:
    """The year and value that were judged, else the last measured ones after the base year; None without any."""
    if assessment.actual is not None and assessment.year is not None:
        return assessment.year, assessment.actual
    after = [one for one in assessment.measured if one.year > assessment.target.base_year]
    return (after[-1].year, after[-1].value) if after else None


def _trimmed(number: str) -> str:
    shown = number.rstrip("0").rstrip(".") if "." in number else number
    return "0" if shown in ("-0", "") else shown.replace("-", "−")
