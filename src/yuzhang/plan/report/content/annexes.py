"""The annexes: every figure with its source, every commitment, every method, every computation."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from yuzhang.plan.evaluation.computation.forecast import COVERAGE, FEWEST
from yuzhang.plan.evaluation.computation.status import BEHIND_SHARE, NEARLY_SHARE, PACE_FACTOR
from yuzhang.plan.evaluation.model import Assessment, Evaluation, Status
from yuzhang.plan.evaluation.titles import METHOD_TITLES
from yuzhang.plan.figures.model import Figure
from yuzhang.plan.registry.model import Method
from yuzhang.plan.report.content.blocks import Block, Cell, Column, Heading, Paragraph, Row, Table
from yuzhang.plan.report.content.evidence import assessments, figures_used
from yuzhang.plan.report.content.indicators import status_cell, target_name
from yuzhang.plan.report.content.wording import Words, latest, plain


def sources_annex(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """Each figure used: series, period, value, vintage, source."""
    yield Heading(1, words.say("sources.heading"), "annex")
    figures = figures_used(evaluation)
    if not figures:
        yield Paragraph(words.say("sources.none"))
        return
    yield Paragraph(words.say("sources.intro", known=words.day(evaluation.known)))
    columns = (
        Column(words.say("sources.number"), 6, "center"),
        Column(words.say("sources.series"), 18),
        Column(words.say("sources.period"), 9, "center"),
        Column(words.say("sources.value"), 14, "right"),
        Column(words.say("sources.vintage"), 11, "center"),
        Column(words.say("sources.confidence"), 11, "center"),
        Column(words.say("sources.source"), 31),
    )
    rows = tuple(_figure(number, figure, words) for number, figure in enumerate(figures, start=1))
    yield Table(words.say("sources.table"), columns, rows)


def web_address(address: str) -> str | None:
    """The address if a reader can safely open it in a browser: http or https, nothing that runs."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    return plain(address) if parts.scheme in ("http", "https") and parts.netloc else None


def _figure(number: int, figure: Figure, words: Words) -> Row:
    link = web_address(figure.source_url)
    source = plain(figure.source_title) or words.say("word.no_data")
    if link is None and figure.source_url:
        source = f"{source}\n{plain(figure.source_url)}"
    value = words.quantity(words.exact(figure.value), figure.unit)
    confidence = words.confidence(figure.confidence)
    said = (str(number), plain(figure.series), str(figure.period), value, plain(figure.vintage), confidence)
    return Row((*map(Cell, said), Cell(source, link=link)))


def commitments_annex(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """Every commitment that a person has taken as one."""
    yield Heading(1, words.say("commitments.heading"), "annex")
    if not evaluation.commitments:
        yield Paragraph(words.say("commitments.none"))
        return
    yield Paragraph(words.say("commitments.intro", count=len(evaluation.commitments)))
    columns = (
        Column(words.say("commitments.number"), 7, "center"),
        Column(words.say("commitments.chapter"), 6, "center"),
        Column(words.say("commitments.subject"), 35),
        Column(words.say("chapters.target"), 20, "right"),
        Column(words.say("chapters.due"), 8, "center"),
        Column(words.say("chapters.latest"), 12, "right"),
        Column(words.say("indicators.status"), 12, "center"),
    )
    ordered = sorted(evaluation.commitments, key=lambda one: one.commitment.commitment.start)
    rows = tuple(
        _commitment(number, one.assessment, one.commitment.commitment.place.chapter, words)
        for number, one in enumerate(ordered, start=1)
    )
    yield Table(words.say("commitments.table"), columns, rows)


def _commitment(number: int, found: Assessment, chapter: int | None, words: Words) -> Row:
    target = found.target
    said = (str(number), "–" if chapter is None else str(chapter), words.title(target.title))
    promised = words.promise(target, unit=True)
    cells = (promised, str(target.due), words.latest(found))
    return Row((*map(Cell, said), *map(Cell, cells), status_cell(found.status, words)))


def methods_annex(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The formula of each method that was used, the rule of each status, how forecasts are made."""
    yield Heading(1, words.say("methods.heading"), "annex")
    yield Paragraph(
        words.say(
            "methods.identity",
            revision=evaluation.revision,
            snapshot=evaluation.snapshot,
            year=evaluation.year,
            known=words.day(evaluation.known),
        )
    )
    yield Paragraph(words.say("methods.symbols"))
    used = {assessment.target.method for assessment in assessments(evaluation)}
    columns = (
        Column(words.say("methods.name"), 22),
        Column(words.say("methods.formula"), 38),
        Column(words.say("methods.meaning"), 40),
    )
    yield Table(words.say("methods.table"), columns, tuple(_method(one, words) for one in Method if one in used))
    rules = (Column(words.say("methods.status"), 18, "center"), Column(words.say("methods.rule"), 82))
    limits = {"nearly": f"{NEARLY_SHARE:.0%}", "behind": f"{BEHIND_SHARE:.0%}", "pace": f"{PACE_FACTOR:g}"}
    rows = tuple(Row((status_cell(one, words), Cell(words.say(f"rule.{one.value}", **limits)))) for one in Status)
    yield Table(words.say("methods.rules"), rules, rows)
    yield Paragraph(words.say("methods.forecast", level=f"{COVERAGE:.0%}", fewest=FEWEST))


def _method(method: Method, words: Words) -> Row:
    name = words.title(METHOD_TITLES[method])
    return Row(tuple(map(Cell, (name, words.say(f"method.{method.value}"), words.say(f"method.{method.value}_means")))))


def computation_annex(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The computation of each indicator that has figures, step by step."""
    yield Heading(1, words.say("computation.heading"), "annex")
    shown = [(one, found) for one in evaluation.indicators for found in one.targets if latest(found)]
    if not shown:
        yield Paragraph(words.say("computation.none"))
        return
    yield Paragraph(words.say("computation.intro"))
    columns = (
        Column(words.say("computation.step"), 25),
        Column(words.say("computation.formula"), 25),
        Column(words.say("computation.numbers"), 30),
        Column(words.say("computation.result"), 20),
    )
    for one, found in shown:
        yield Table(target_name(one, found, words), columns, tuple(_steps(found, words)))


def _steps(found: Assessment, words: Words) -> Iterator[Row]:
    for step in found.steps:
        method = found.target.method
        formula = words.title(METHOD_TITLES[method]) if step.formula == method.value else step.formula
        said = (words.title(step.title), formula, step.numbers, step.result)
        yield Row(tuple(Cell(words.spoken(text, found.target.unit)) for text in said))
