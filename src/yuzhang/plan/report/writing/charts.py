"""Charts as SVG (PDF, HTML) and PNG (Word); the same drawing gives the same bytes."""

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import MaxNLocator

from yuzhang.plan.evaluation.model import Point, Status
from yuzhang.plan.report.content.blocks import Course, StatusBars
from yuzhang.plan.report.writing.fonts import SANS, Fonts

ChartFormat = Literal["svg", "png"]
WIDTH_INCHES = 6.1
DOTS_PER_INCH = 200
NARROWEST = 0.02
"""The share of a bar below which its count has no room; the table beside the chart has it."""
TONES: dict[Status, str] = {
    Status.KEPT: "#1a7f4b",
    Status.ON_TRACK: "#2f8f9d",
    Status.NEARLY: "#8a7a00",
    Status.BEHIND: "#b35c00",
    Status.OFF_TRACK: "#a8321f",
    Status.MISSED: "#b3142b",
    Status.NO_DATA: "#6b6b6b",
    Status.NOT_ASSESSABLE: "#8c8c8c",
}
"""Dark enough to be read as text on white (contrast of 3 at least); never the only sign, the word stands beside."""
INK, GREY, PATH, FIGURES = "#222222", "#666666", "#8c8c8c", "#1f4e8c"
# matplotlib keeps its settings for the whole process: one chart at a time.
LOCK = threading.Lock()


def draw(drawing: StatusBars | Course, fonts: Fonts, format: ChartFormat) -> bytes:
    """The chart as a picture, about 155 mm wide."""
    with _settings(fonts):
        figure = _bars(drawing) if isinstance(drawing, StatusBars) else _course(drawing)
        for text in figure.findobj(Text):
            # Units and names come from the data: a dollar sign in them is no formula.
            text.set_parse_math(False)
        buffer = io.BytesIO()
        metadata = {"Date": None, "Creator": None} if format == "svg" else {"Software": None}
        figure.savefig(buffer, format=format, dpi=DOTS_PER_INCH, metadata=metadata)
    return buffer.getvalue()


@contextmanager
def _settings(fonts: Fonts) -> Iterator[None]:
    with LOCK:
        if not any(entry.name == SANS for entry in fontManager.ttflist):
            for path in fonts.sans:
                fontManager.addfont(path)
        with rc_context(
            {
                "font.family": [SANS, "DejaVu Sans"],
                "font.size": 8.5,
                "svg.hashsalt": "yuzhang",
                "axes.edgecolor": GREY,
                "axes.linewidth": 0.6,
                "xtick.color": INK,
                "ytick.color": INK,
                "figure.constrained_layout.use": True,
            }
        ):
            yield


def _bars(drawing: StatusBars) -> Figure:
    """Each group as one bar of 100 %, its counts written in their part; the legend names only what occurs."""
    figure = Figure(figsize=(WIDTH_INCHES, 0.75 + 0.42 * max(len(drawing.groups), 1)))
    axes = figure.subplots()
    shown: set[Status] = set()
    for row, (_, counts) in enumerate(drawing.groups):
        total, left = sum(counts) or 1, 0.0
        for (status, name), count in zip(drawing.names, counts, strict=True):
            if not count:
                continue
            share = count / total
            label = None if status in shown else name
            axes.barh(row, share, left=left, height=0.62, color=TONES[status], edgecolor="white", label=label)
            shown.add(status)
            if share >= NARROWEST:
                axes.text(left + share / 2, row, str(count), ha="center", va="center", color="white", fontsize=8.5)
            left += share
    axes.set_yticks(range(len(drawing.groups)), [name for name, _ in drawing.groups])
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.xaxis.set_visible(False)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    if shown:
        figure.legend(
            loc="outside lower center", ncols=min(len(shown), 8), frameon=False, handlelength=1, columnspacing=1.2
        )
    return figure


def _course(drawing: Course) -> Figure:
    """Path, figures and forecast over the years; the figures carry their values."""
    figure = Figure(figsize=(WIDTH_INCHES, 1.8))
    axes, labels = figure.subplots(), drawing.labels
    if drawing.path:
        years, values = _columns(drawing.path)
        axes.plot(years, values, color=PATH, linestyle="--", linewidth=1.3, label=labels.path)
        last = drawing.path[-1]
        axes.plot([last.year], [last.value], "D", color="white", markeredgecolor=INK, markersize=6, label=labels.goal)
        _write(axes, last, INK, above=not drawing.measured or last.value >= drawing.measured[-1].value)
    if drawing.measured:
        years, values = _columns(drawing.measured)
        axes.plot(years, values, "o-", color=FIGURES, linewidth=1.6, markersize=4.5, label=labels.measured)
        for point in drawing.measured:
            if not drawing.path or (point.year, point.value) != (drawing.path[-1].year, drawing.path[-1].value):
                _write(axes, point, FIGURES, above=_above(point, drawing))
    if drawing.forecast is not None and drawing.forecast.points:
        _forecast(axes, drawing)
    _frame(axes, drawing)
    figure.legend(loc="outside lower center", ncols=5, frameon=False)
    return figure


def _forecast(axes: Axes, drawing: Course) -> None:
    forecast = drawing.forecast
    assert forecast is not None  # noqa: S101  # the caller looked
    # The band opens at the last figure, which is certain.
    start = [(point.year, point.value, point.value, point.value) for point in drawing.measured[-1:]]
    ahead = [(point.year, point.value, point.low, point.high) for point in forecast.points]
    years, middle, low, high = zip(*start, *ahead, strict=True)
    axes.fill_between(years, low, high, color=FIGURES, alpha=0.15, linewidth=0, label=drawing.labels.interval)
    axes.plot(years, middle, color=FIGURES, linestyle=":", linewidth=1.5, label=drawing.labels.forecast)


def _frame(axes: Axes, drawing: Course) -> None:
    years = [drawing.first_year, drawing.due, *(point.year for point in drawing.measured)]
    axes.set_xlim(min(years) - 0.35, max(years) + 0.5)
    axes.set_xticks(range(min(years), max(years) + 1, max(1, (max(years) - min(years)) // 10)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:,.10g}".replace("-", "−"))
    axes.margins(y=0.35)
    axes.grid(axis="y", color="#dddddd", linewidth=0.5)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(drawing.labels.unit, loc="left", fontsize=8.5, color=GREY)


def _columns(points: tuple[Point, ...]) -> tuple[list[int], list[float]]:
    return [point.year for point in points], [point.value for point in points]


def _above(point: Point, drawing: Course) -> bool:
    """A figure's label stands on the side away from the path."""
    asked = next((one.value for one in drawing.path if one.year == point.year), point.value)
    return point.value >= asked


def _write(axes: Axes, point: Point, color: str, *, above: bool) -> None:
    digits = 2 if abs(point.value) >= 0.1 else 4
    number = f"{point.value:,.{digits}f}"
    number = (number.rstrip("0").rstrip(".") if "." in number else number).replace("-", "−")
    axes.annotate(
        number,
        (point.year, point.value),
        xytext=(0, 6 if above else -6),
        textcoords="offset points",
        ha="center",
        va="bottom" if above else "top",
        fontsize=7.5,
        color=color,
    )
