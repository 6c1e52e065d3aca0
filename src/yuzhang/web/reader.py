"""Who reads a page: their language, and numbers and dates as they write them."""

import re
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from babel.dates import format_date, format_datetime
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from fastapi import Request
from markupsafe import Markup, escape

from yuzhang.core.access import Party
from yuzhang.core.language import LANGUAGES, Language, Title
from yuzhang.core.moments import ZONE
from yuzhang.core.unit_words import spoken, unit_word, with_unit
from yuzhang.web.appearance import own_of

PACKAGE = Path(__file__).parent.parent
COOKIE = "yuzhang_lang"
MOMENT = "yyyy-MM-dd HH:mm 'UTC+8'"
BABEL_LOCALES: dict[Language, str] = {"zh": "zh_CN", "en": "en"}
NO_VALUE = "–"
LARGEST = 1e18
"""From here on a number is written with its exponent."""
CHINESE = re.compile(r"[\u3400-\u9fff]")
ENGLISH = re.compile(r"[a-z]{3}")


@lru_cache
def catalogue() -> dict[tuple[str, str], str]:
    """The Chinese wording of every interface text of all rooms (`locale/zh_CN.po` in each), by its context ("" for sentences) and English wording."""
    found: dict[tuple[str, str], str] = {}
    for path in sorted(PACKAGE.rglob("locale/zh_CN.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale="zh_CN")
        found |= {(one.context or "", str(one.id)): str(one.string) for one in messages if one.id and one.string}
    return found


class Reader:
    """Speaks one language: translates interface texts and writes numbers and dates."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self.other: Language = "en" if language == "zh" else "zh"
        self.tag = "zh-CN" if language == "zh" else "en"

    def translate(self, message: str, /, **values: object) -> str:
        """`message` in the reader's language, with `{name}` places filled from `values`."""
        text = catalogue().get(("", message), message) if self.language == "zh" else message
        return text.format(**values) if values else text

    def word(self, context: str, code: str) -> str:
        """A code of the data ("growth_rate") as a word; `context` says what it is a code of."""
        return catalogue().get((context, code), code) if self.language == "zh" else code.replace("_", " ")

    def title(self, title: Title) -> str:
        """A title of the data in the reader's language."""
        return title.in_language(self.language)

    def tongue(self, text: object) -> str:
        """The language tag of a piece of data, which may be written in the other language only."""
        if CHINESE.search(str(text)):
            return "zh-CN"
        return "en" if ENGLISH.search(str(text)) else self.tag

    def marked(self, text: object) -> Markup:
        """A piece of data, marked with its language where that is not the page's."""
        tongue = self.tongue(text)
        return escape(text) if tongue == self.tag else Markup('<span lang="{}">{}</span>').format(tongue, text)

    def number(self, value: float | None, digits: int = 2) -> str:
        """A number with at most `digits` decimals and thousands marks; a dash for None."""
        if value is None:
            return NO_VALUE
        if abs(value) >= LARGEST:
            return f"{value:g}"
        return str(format_decimal(value, format="#,##0." + "#" * digits, locale=BABEL_LOCALES[self.language]))

    def signed(self, value: float | None, digits: int = 2) -> str:
        """A number with its sign; a dash for None."""
        return NO_VALUE if value is None else ("+" if value > 0 else "") + self.number(value, digits)

    def unit(self, unit: str | None) -> str:
        """A unit of the data as the reader writes it."""
        return unit_word(unit or "", self.language)

    def amount(self, value: float | None, unit: str | None, digits: int = 2) -> str:
        """A number with its unit; a dash for None."""
        return NO_VALUE if value is None else with_unit(self.number(value, digits), unit or "", self.language)

    def sentence(self, title: Title, unit: str | None = None) -> str:
        """A sentence of the data with the unit in it as the reader writes it."""
        return self.spoken(self.title(title), unit)

    def spoken(self, text: str, unit: str | None) -> str:
        """A text with the unit in it as the reader writes it."""
        return spoken(text, unit, self.language)

    def date(self, value: date | None) -> str:
        """A day as the reader writes it; a dash for None."""
        return NO_VALUE if value is None else str(format_date(value, "long", locale=BABEL_LOCALES[self.language]))

    def moment(self, value: datetime | None) -> str:
        """A time as the reader writes it, by the clock of the city; a dash for None. A time without a zone is in UTC."""
        if value is None:
            return NO_VALUE
        return str(format_datetime(value, MOMENT, tzinfo=ZONE, locale=BABEL_LOCALES[self.language]))


READERS: dict[Language, Reader] = {language: Reader(language) for language in LANGUAGES}


def reader_of(request: Request) -> Reader:
    """The reader of a request: `?lang=`, else the cookie, else what the party prefers, else the browser's first language, else Chinese."""
    for wanted in (request.query_params.get("lang"), request.cookies.get(COOKIE), _preferred(request)):
        if wanted in READERS:
            return READERS[wanted]
    accepted = request.headers.get("accept-language", "").lower()
    return READERS["en" if accepted.startswith("en") else "zh"]


def _preferred(request: Request) -> Language | None:
    """What the party of the request prefers, where it is known already who it is: an error may come before that."""
    caller = getattr(request.state, "caller", None)
    if not isinstance(caller, Party):
        return None
    appearance = own_of(request, caller).appearance
    return appearance.language if appearance else None
