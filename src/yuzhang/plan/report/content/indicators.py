"""All main indicators in one table, and the course of those that have figures."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from yuzhang.plan.evaluation.model import Assessment, Evaluation, IndicatorAssessment, Point, Status
from yuzhang.plan.evaluation.titles import BINDING_TITLES
from yuzhang.plan.registry.model import Method
from yuzhang.plan.report.content.blocks import (
    Block,
    Cell,
    Chart,
    Column,
    Course,
    Heading,
    Labels,
    Paragraph,
    Row,
    Table,
)
from yuzhang.plan.report.content.wording import Words, latest


def indicators_part(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The section "Main indicators"."""
    yield Heading(1, words.say("indicators.heading"))
    yield Heading(2, words.say("indicators.all"))
    yield Table(words.say("indicators.table"), _columns(evaluation, words), tuple(_rows(evaluation, words)))
    yield Paragraph(words.say("indicators.note"), note=True)
    yield Heading(2, words.say("indicators.courses"))
    shown = [one for one in evaluation.indicators if any(latest(found) for found in one.targets)]
    if not shown:
        yield Paragraph(words.say("indicators.courses_none", known=words.day(evaluation.known)))
    for one in shown:
        yield from _course(one, words)


def target_name(one: IndicatorAssessment, found: Assessment, words: Words) -> str:
    """An indicator's name, with that of its target where it has several."""
    name = words.title(one.indicator.title)
    return name if len(one.targets) == 1 else words.say("word.of", name=name, part=words.title(found.target.title))


def status_cell(status: Status, words: Words) -> Cell:
    """A status as a cell."""
    return Cell(words.status(status), tone=status)


def unit_word(unit: str, words: Words) -> str:
    """A unit for a column of units."""
    return words.unit(unit) or "–"


def _columns(evaluation: Evaluation, words: Words) -> tuple[Column, ...]:
    plan = evaluation.plan

    def title(name: str, **values: object) -> str:
        return words.say(f"indicators.{name}", **values)

    return (
        Column(title("number"), 5.5, "center"),
        Column(title("name"), 22),
        Column(title("binding"), 8.5, "center"),
        Column(title("unit"), 10, "center"),
        Column(title("base", year=plan.base_year), 11, "right"),
        Column(title("target", year=plan.last_year), 12, "right"),
        Column(title("latest"), 11.5, "right"),
        Column(title("gap"), 9, "right"),
        Column(title("status"), 10.5, "center"),
    )


def _rows(evaluation: Evaluation, words: Words) -> Iterator[Row]:
    for category, members in groupby(evaluation.indicators, key=lambda one: words.title(one.indicator.category)):
        yield Row((Cell(category),), group=True)
        for one in members:
            for at, found in enumerate(one.targets):
                yield _row(one, found, words, first=at == 0)
            if not one.targets:
                yield _without_target(one, words)


def _row(one: IndicatorAssessment, found: Assessment, words: Words, *, first: bool) -> Row:
    target = found.target
    # An average over the plan's years starts from nothing: its base is not a number of the plan.
    no_base = "undefined" if target.method in (Method.AVERAGE_GROWTH, Method.CUMULATIVE) else "not_stated"
    base = words.say(f"word.{no_base}") if target.base is None else words.number(target.base)
    no_gap = "no_data" if found.status is Status.NO_DATA else "undefined"
    gap = words.say(f"word.{no_gap}") if found.gap is None else words.signed(found.gap)
    return Row(
        (
            Cell(str(one.indicator.number) if first else ""),
            Cell(target_name(one, found, words)),
            Cell(words.title(BINDING_TITLES[one.indicator.binding])),
            Cell(unit_word(target.unit, words)),
            Cell(base),
            Cell(words.promise(target)),
            Cell(words.latest(found)),
            Cell(gap),
            status_cell(found.status, words),
        )
    )


def _without_target(one: IndicatorAssessment, words: Words) -> Row:
    empty = [Cell(words.say("word.no_data")) for _ in range(5)]
    name = Cell(words.title(one.indicator.title))
    binding = Cell(words.title(BINDING_TITLES[one.indicator.binding]))
    return Row((Cell(str(one.indicator.number)), name, binding, *empty, status_cell(one.status, words)))


def _course(one: IndicatorAssessment, words: Words) -> Iterator[Block]:
    binding = words.title(BINDING_TITLES[one.indicator.binding])
    opening, closing = words.say("word.open"), words.say("word.close")
    yield Heading(3, f"{words.title(one.indicator.title)}{opening}{binding}{closing}")
    for found in one.targets:
        if latest(found) is None:
            continue
        name = f"{words.title(found.target.title)}{words.say('word.colon')}" if len(one.targets) > 1 else ""
        reason = words.spoken(words.title(found.reason), found.target.unit)
        status = words.status(found.status)
        said = f"{name}{status[:1].upper()}{status[1:]}{words.say('word.stop')}{'' if words.language == 'zh' else ' '}{reason}"
        yield Paragraph(said + _outlook(found, words))
        yield _chart(target_name(one, found, words), found, words)


def _outlook(found: Assessment, words: Words) -> str:
    if found.forecast is None or not found.forecast.points:
        return ""
    last, unit = found.forecast.points[-1], found.target.unit
    said = words.say(
        "indicators.forecast",
        year=last.year,
        value=words.quantity(words.number(last.value), unit),
        level=f"{found.forecast.level:.0%}",
        low=words.number(last.low),
        high=words.number(last.high),
    )
    return said if words.language == "zh" else f" {said}"


def _chart(name: str, found: Assessment, words: Words) -> Chart:
    target = found.target
    level = f"{found.forecast.level:.0%}" if found.forecast else ""
    labels = Labels(
        unit=unit_word(target.unit, words),
        path=words.say("indicators.path_label"),
        measured=words.say("indicators.measured_label"),
        forecast=words.say("indicators.forecast_label"),
        interval=words.say("indicators.interval_label", level=level),
        goal=words.say("indicators.goal_label"),
    )
    points = tuple(Point(one.year, one.value) for one in found.measured)
    drawing = Course(labels, found.path, points, found.forecast, target.base_year, target.due)
    figures = _said(points, words)
    alt = words.say("indicators.course_alt", name=name, first=target.base_year, due=target.due, figures=figures)
    return Chart(words.say("indicators.course", name=name), alt, drawing)


def _said(points: Sequence[Point], words: Words) -> str:
    return words.listed([f"{words.year(point.year)} {words.number(point.value)}" for point in points])
