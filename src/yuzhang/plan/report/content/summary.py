"""The summary: how many promises have which status, binding ones first, and what that rests on."""

from collections.abc import Iterator

from yuzhang.plan.evaluation.headline import Headline, Tally, headline
from yuzhang.plan.evaluation.model import Evaluation, Status
from yuzhang.plan.evaluation.titles import KIND_TITLES
from yuzhang.plan.report.content.blocks import Block, Cell, Chart, Column, Heading, Paragraph, Row, StatusBars, Table
from yuzhang.plan.report.content.evidence import figures_used
from yuzhang.plan.report.content.wording import Words


def summary_part(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The section "Summary"."""
    found = headline(evaluation)
    yield Heading(1, words.say("summary.heading"))
    yield Heading(2, words.say("summary.conclusion"))
    yield Paragraph(
        words.say(
            "summary.basis",
            known=words.day(evaluation.known),
            plan=words.title(evaluation.plan.title),
            year=evaluation.year,
            kind=words.title(KIND_TITLES[evaluation.kind]),
            indicators=len(evaluation.indicators),
            binding=found.binding.total,
            expected=found.expected.total,
            commitments=found.commitments.total,
        )
    )
    yield from _sentences(found, words)
    yield _table(found, words)
    yield _chart(found, words)
    yield from _evidence(evaluation, found, words)


def groups(found: Headline, words: Words) -> tuple[tuple[str, Tally], ...]:
    """The three kinds of promises with their counts, binding first."""
    tallies = {"binding": found.binding, "expected": found.expected, "commitments": found.commitments}
    return tuple((words.say(f"summary.{name}"), tally) for name, tally in tallies.items())


def parts(tally: Tally, words: Words) -> str:
    """The counts that are not zero, in words."""
    said = [
        words.say("word.count_of", name=words.status(status), count=count) for status, count in tally.counts if count
    ]
    return words.listed(said)


def _sentences(found: Headline, words: Words) -> Iterator[Paragraph]:
    """Binding indicators that were missed are named before anything else is counted."""
    for key, titles in (("failed", found.failed), ("endangered", found.endangered)):
        if titles:
            yield Paragraph(words.say(f"summary.{key}", names=words.listed([words.title(title) for title in titles])))
    for group, tally in groups(found, words):
        if tally.total:
            said = words.say("summary.tally", group=group, total=tally.total, parts=parts(tally, words))
            yield Paragraph(said)
        else:
            yield Paragraph(words.say("summary.none", group=group))


def _table(found: Headline, words: Words) -> Table:
    share = 74 / len(Status)
    columns = (
        Column(words.say("summary.group"), 18),
        *(Column(words.status(status), share, "center") for status in Status),
        Column(words.say("summary.total"), 8, "center"),
    )
    rows = tuple(
        Row((Cell(group), *(Cell(str(count)) for _, count in tally.counts), Cell(str(tally.total))))
        for group, tally in groups(found, words)
    )
    return Table(words.say("summary.table"), columns, rows)


def _chart(found: Headline, words: Words) -> Chart:
    bars = groups(found, words)
    said = [f"{group}{words.say('word.colon')}{parts(tally, words)}" for group, tally in bars if tally.total]
    return Chart(
        words.say("summary.chart"),
        "; ".join(said) or words.say("word.no_data"),
        StatusBars(
            tuple((group, tuple(count for _, count in tally.counts)) for group, tally in bars if tally.total),
            tuple((status, words.status(status)) for status in Status),
        ),
    )


def _evidence(evaluation: Evaluation, found: Headline, words: Words) -> Iterator[Block]:
    yield Heading(2, words.say("summary.evidence"))
    both = (found.binding, found.expected)
    yield Paragraph(
        words.say(
            "summary.with_figures",
            total=sum(tally.total for tally in both),
            judged=sum(tally.judged for tally in both),
            no_data=sum(tally.of(Status.NO_DATA) for tally in both),
            open=sum(tally.of(Status.NOT_ASSESSABLE) for tally in both),
        )
    )
    if found.earlier:
        yield Paragraph(words.say("summary.earlier", count=found.earlier, year=evaluation.year))
    figures = figures_used(evaluation)
    if not figures:
        yield Paragraph(words.say("summary.unused", known=words.day(evaluation.known)))
        return
    sources = len({figure.source_url or figure.source_title for figure in figures})
    yield Paragraph(words.say("summary.used", figures=len(figures), sources=sources))
