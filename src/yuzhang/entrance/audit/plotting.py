"""Records a day as bars: SVG made on the server, so that the page needs no script."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from markupsafe import Markup

from yuzhang.entrance.audit.actions import DAYS
from yuzhang.entrance.audit.model import Day
from yuzhang.web.reader import Reader

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 736, 170, 0, 20, 16
STEP = WIDTH / DAYS
LABELS = 4


def bars(found: Sequence[Day], reader: Reader, today: date | None = None) -> Markup:
    """A bar a day of the last 92 days, its part of refusals and failures marked. The table below it says the same in words."""
    end = today or datetime.now(UTC).date()
    by_day = {date.fromisoformat(one.day): one for one in found}
    most = max((one.records for one in found), default=0)
    parts = []
    for place in range(DAYS):
        day = end - timedelta(days=DAYS - 1 - place)
        one = by_day.get(day)
        x = LEFT + place * STEP
        if one is not None:
            title = reader.translate("{day}: {records} records, {refused} of them refused or failed").format(
                day=day.isoformat(), records=reader.number(one.records), refused=reader.number(one.refused)
            )
            parts.append(_bar(x, one.records, most, "all", title))
            parts.append(_bar(x, one.refused, most, "refused", title))
        if place % (DAYS // LABELS) == 0:
            parts.append(Markup('<text x="{:.1f}" y="{}">{}</text>').format(x, HEIGHT - 4, day.isoformat()))
    label = reader.translate("Records a day; the table below says the same in words.")
    return Markup(
        '<svg class="bars" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{label}">'
        '<line x1="0" x2="{w}" y1="{base}" y2="{base}"/><text x="0" y="11">{most}</text>{parts}</svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT,
        base=HEIGHT - BOTTOM,
        label=label,
        most=reader.number(most) if most else "",
        parts=Markup("").join(parts),
    )


def _bar(x: float, value: int, most: int, kind: str, title: str) -> Markup:
    if not value:
        return Markup("")
    height = max(1.0, value / most * (HEIGHT - BOTTOM - TOP))
    return Markup(
        '<rect class="{kind}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"><title>{title}</title></rect>'
    ).format(kind=kind, x=x, y=HEIGHT - BOTTOM - height, width=STEP - 1, height=height, title=title)
