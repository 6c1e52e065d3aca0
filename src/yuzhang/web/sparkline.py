"""A line chart the size of a word, as SVG made on the server, so that a table of thirty needs no script."""

from collections.abc import Sequence

from markupsafe import Markup

WIDTH, HEIGHT, MARGIN = 96, 24, 3


def sparkline(path: Sequence[tuple[int, float]], measured: Sequence[tuple[int, float]], title: str) -> Markup:
    """SVG with the promised path (dashed) and the measured values (line and dots); `title` is read to who cannot see it."""
    points = [*path, *measured]
    if not points:
        return Markup("")
    years = [year for year, _ in points]
    values = [value for _, value in points]
    first, low = min(years), min(values)
    wide, high = max(max(years) - first, 1), max(max(values) - low, 1e-9)

    def place(point: tuple[int, float]) -> str:
        x = MARGIN + (point[0] - first) / wide * (WIDTH - 2 * MARGIN)
        y = HEIGHT - MARGIN - (point[1] - low) / high * (HEIGHT - 2 * MARGIN)
        return f"{x:.1f},{y:.1f}"

    def circle(point: tuple[int, float]) -> Markup:
        x, y = place(point).split(",")
        return Markup('<circle cx="{}" cy="{}" r="2"/>').format(x, y)

    return Markup(
        '<svg class="sparkline" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" aria-label="{title}">'
        '<polyline class="promised" points="{path}"/><polyline class="measured" points="{measured}"/>{dots}</svg>'
    ).format(
        w=WIDTH,
        h=HEIGHT,
        title=title,
        path=" ".join(map(place, path)),
        measured=" ".join(map(place, measured)),
        dots=Markup("").join(map(circle, measured)),
    )
