"""Titles in the two languages of the system, and the codes of those languages."""

from dataclasses import dataclass
from typing import Literal

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Title:
    """One name or sentence in Chinese and English; data, not interface text (that is in `web/locale`)."""

    zh: str
    en: str

    def in_language(self, language: Language) -> str:
        """The wording for a reader of `language`."""
        return self.zh if language == "zh" else self.en
