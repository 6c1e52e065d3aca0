"""Where a text fits a question, marked; and the piece of a long text that shows it."""

from markupsafe import Markup, escape

from yuzhang.entrance.portal.search.words import PIECES, Part, plain, sounds_at, spoken

AROUND = 40
LONGEST = 160


def spans(text: str, asked: list[Part], sounds: bool = False) -> list[tuple[int, int]]:
    """The pieces of `text` that fit a part, from first to before last, in order and apart. `sounds`: also those that sound like it."""
    flat = plain(text)
    if len(flat) != len(text):  # a character that is written otherwise; nothing is marked then
        return []
    found: list[tuple[int, int]] = []
    for one in asked:
        if one.chinese:
            at = flat.find(one.text)
            while at >= 0:
                found.append((at, at + len(one.text)))
                at = flat.find(one.text, at + len(one.text))
            continue
        for piece in PIECES.finditer(flat):
            if piece[2] and piece[2].startswith(one.text):
                found.append((piece.start(), piece.start() + len(one.text)))
            elif piece[1] and sounds:
                spoken_so = spoken(piece[1])
                for at in range(len(spoken_so)):
                    if over := sounds_at(spoken_so[at:], one.text):
                        found.append((piece.start() + at, piece.start() + at + over))
                        break
    return _apart(found)


def _apart(found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(found):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def marked(text: str, asked: list[Part], sounds: bool = False) -> Markup:
    """The text with what fits marked.

    >>> marked("地区生产总值", [Part("生产", True)])
    Markup('地区<mark>生产</mark>总值')
    """
    made, at = Markup(""), 0
    for start, end in spans(text, asked, sounds):
        made += escape(text[at:start]) + Markup("<mark>{}</mark>").format(text[start:end])
        at = end
    return made + escape(text[at:])


def excerpt(text: str, asked: list[Part]) -> Markup:
    """The piece of a text around the first place that fits, marked; its beginning if none does."""
    flat = " ".join(text.split())
    first = next(iter(spans(flat, asked)), (0, 0))[0]
    start = max(0, first - AROUND) if first > AROUND else 0
    piece = flat[start : start + LONGEST]
    shown = marked(piece, asked)
    return Markup("{}{}{}").format("…" if start else "", shown, "…" if start + LONGEST < len(flat) else "")
