"""What was asked with a key on each day, as SVG made on the server."""

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

from yuzhang.entrance.api.model import Usage

DAYS, BAR, HEIGHT = 30, 4, 28


def bars(usage: Sequence[Usage], today: date, title: str) -> Markup:
    """A bar a day for the last 30, refused requests on top; `title` is read to who cannot see it."""
    days = {(today - one.day).days: one for one in usage}
    most = max((one.requests + one.refused for one in usage), default=0) or 1
    drawn = []
    for ago, one in sorted(days.items(), reverse=True):
        if 0 <= ago < DAYS:
            x, asked, refused = (DAYS - 1 - ago) * BAR, _tall(one.requests, most), _tall(one.refused, most)
            bar = Markup('<rect class="{}" x="{}" y="{:.1f}" width="{}" height="{:.1f}"/>')
            drawn.append(bar.format("all", x, HEIGHT - asked, BAR - 1, asked))
            drawn.append(bar.format("refused", x, HEIGHT - asked - refused, BAR - 1, refused))
    return Markup(
        '<svg class="bars" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{t}">{b}</svg>'
    ).format(w=DAYS * BAR, h=HEIGHT, t=title, b=Markup("").join(drawn))


def _tall(value: int, most: int) -> float:
    return value / most * HEIGHT
