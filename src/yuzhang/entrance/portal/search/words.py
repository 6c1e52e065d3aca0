"""How texts and questions are cut: runs of Chinese characters, words of other letters, and the pinyin of titles.

A question's parts must all be found in a document. A Chinese run is found where it stands in the title or text. A word is found where a
word of the title or text begins with it, or where it is how a piece of the title is spoken: in full ("chongqing"), or its initials ("cq").
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

HAN = r"\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
PIECES = re.compile(f"([{HAN}]+)|([^\\W_{HAN}]+)")
LONGEST_SPOKEN = 8
"""Characters of a title from each place on whose pinyin is kept."""
MOST_SPELLINGS = 96
"""Ways to speak these, where several characters have several readings."""
BREAK = "§"
MOST_PARTS, LONGEST_PART = 8, 40


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question: a Chinese run, or a word of other letters."""

    text: str
    chinese: bool


def plain(text: str) -> str:
    """A text without the differences that nobody types: width, case.

    >>> plain("ＧＤＰ")
    'gdp'
    """
    return unicodedata.normalize("NFKC", text).casefold()


def parts(text: str) -> list[Part]:
    """The parts of a question, each once.

    >>> [one.text for one in parts("重庆 GDP, gdp")]
    ['重庆', 'gdp']
    """
    found = (Part((one[1] or one[2])[:LONGEST_PART], one[1] is not None) for one in PIECES.finditer(plain(text)))
    return list(dict.fromkeys(found))[:MOST_PARTS]


def grams(text: str) -> str:
    """The pairs of neighbouring characters of a text's Chinese runs, with a break between runs.

    >>> grams("重庆市，江西")
    '重庆 庆市 § 江西'
    """
    runs = (one[1] for one in PIECES.finditer(plain(text)) if one[1])
    return f" {BREAK} ".join(" ".join(pairs(run)) for run in runs if len(run) > 1)


def pairs(run: str) -> list[str]:
    """The pairs of neighbouring characters.

    >>> pairs("重庆市")
    ['重庆', '庆市']
    """
    return [run[at : at + 2] for at in range(len(run) - 1)]


def singles(text: str) -> str:
    """The Chinese characters of a text, each once."""
    return " ".join(dict.fromkeys(character for one in PIECES.finditer(plain(text)) if one[1] for character in one[1]))


def letters(text: str) -> str:
    """The words of other letters of a text, each once."""
    return " ".join(dict.fromkeys(one[2] for one in PIECES.finditer(plain(text)) if one[2]))


@lru_cache(maxsize=20_000)
def readings(character: str) -> tuple[str, ...]:
    """All ways to speak a character, without tones.

    >>> readings("重")
    ('zhong', 'chong', 'tong')
    """
    # Imported here and below: its dictionaries take half a second, for which a server that starts need not wait.
    from pypinyin import Style, pinyin

    found = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore")
    return tuple(dict.fromkeys(one.replace("ü", "v") for one in found[0])) if found else ()


def spoken(run: str) -> list[tuple[str, ...]]:
    """How each character of a run may be spoken; first as it is in this run, if a dictionary of words knows."""
    from pypinyin import Style, lazy_pinyin

    known = lazy_pinyin(run, style=Style.NORMAL)
    usual = known if len(known) == len(run) else list(run)
    found = []
    for character, one in zip(run, usual, strict=True):
        every = readings(character)
        found.append(tuple(dict.fromkeys([one.replace("ü", "v"), *every])) if every else (character,))
    return found


def spellings(title: str) -> str:
    """What a title's pieces sound like, from each character on: in full, and by initials."""
    found: dict[str, None] = {}
    for one in PIECES.finditer(plain(title)):
        if one[1]:
            sounds = spoken(one[1])
            for at in range(len(sounds)):
                found |= dict.fromkeys(_from(sounds[at : at + LONGEST_SPOKEN]))
    return " ".join(found)


def _from(sounds: list[tuple[str, ...]]) -> Iterator[str]:
    initials = [tuple(dict.fromkeys(one[0] for one in each)) for each in sounds]
    for each in (sounds, initials):
        yield from ("".join(one) for one in islice(product(*each), MOST_SPELLINGS))


def sounds_at(sounds: list[tuple[str, ...]], word: str) -> int:
    """How many characters from the first on `word` is spoken over, the last one perhaps in part; 0 if it is none of their sounds."""
    for initial in (False, True):
        if found := _over(tuple(sounds), word, initial):
            return found
    return 0


def _over(sounds: tuple[tuple[str, ...], ...], word: str, initial: bool) -> int:
    if not sounds:
        return 0
    for one in sounds[0]:
        sound = one[0] if initial else one
        if sound.startswith(word):
            return 1
        if word.startswith(sound) and (more := _over(sounds[1:], word[len(sound) :], initial)):
            return more + 1
    return 0
