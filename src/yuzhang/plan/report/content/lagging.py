"""What lags, was nearly kept or was missed: the reason that the figures give, and the pace still needed."""

from collections.abc import Iterator
from dataclasses import dataclass

from yuzhang.plan.evaluation.model import Assessment, Evaluation, Status
from yuzhang.plan.evaluation.titles import BINDING_TITLES
from yuzhang.plan.model import Binding
from yuzhang.plan.report.content.blocks import Block, Cell, Column, Heading, Paragraph, Row, Table
from yuzhang.plan.report.content.indicators import status_cell, target_name
from yuzhang.plan.report.content.wording import Words

LAGGING = (Status.MISSED, Status.OFF_TRACK, Status.BEHIND, Status.NEARLY)
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Item:
    """An indicator's target or a commitment that lags; `rank` orders binding, expected, commitments."""

    rank: int
    name: str
    sort: str
    found: Assessment


def lagging_part(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The section "What lags, and why"."""
    yield Heading(1, words.say("lagging.heading"))
    items = sorted(_items(evaluation, words), key=lambda item: (item.rank, LAGGING.index(item.found.status)))
    if not items:
        yield Paragraph(words.say("lagging.none"))
        return
    yield Paragraph(words.say("lagging.intro", count=len(items)))
    columns = (
        Column(words.say("lagging.item"), 21),
        Column(words.say("lagging.status"), 12, "center"),
        Column(words.say("lagging.standing"), 19),
        Column(words.say("lagging.reason"), 33),
        Column(words.say("lagging.needed"), 15),
    )
    yield Table(words.say("lagging.table"), columns, tuple(_row(item, words) for item in items))
    yield Paragraph(words.say("lagging.note"), note=True)


def _items(evaluation: Evaluation, words: Words) -> Iterator[Item]:
    for one in evaluation.indicators:
        binding = one.indicator.binding
        for found in one.targets:
            if found.status in LAGGING:
                rank = 0 if binding is Binding.BINDING else 1
                yield Item(rank, target_name(one, found, words), words.title(BINDING_TITLES[binding]), found)
    for commitment in evaluation.commitments:
        found = commitment.assessment
        if found.status in LAGGING:
            yield Item(2, words.title(found.target.title), words.say("word.commitments"), found)


def _row(item: Item, words: Words) -> Row:
    found, unit = item.found, item.found.target.unit
    standing = []
    if found.actual is not None and found.year is not None:
        value = words.quantity(words.number(found.actual), unit)
        standing.append(words.say("lagging.latest", value=value, year=found.year))
    if found.expected is not None:
        standing.append(words.say("lagging.asked", value=words.quantity(words.number(found.expected), unit)))
    name = f"{item.name}{words.say('word.open')}{item.sort}{words.say('word.close')}"
    return Row(
        (
            Cell(name),
            status_cell(found.status, words),
            Cell("\n".join(standing)),
            Cell(words.spoken(words.title(found.reason), unit)),
            Cell(_needed(found, words)),
        )
    )


def _needed(found: Assessment, words: Words) -> str:
    if found.needed is not None:
        value = words.quantity(words.number(found.needed), found.needed_unit or "")
        return words.say("word.every_year", value=value)
    over = found.year is not None and found.year >= found.target.due
    return words.say("lagging.over") if over else words.say("word.undefined")
