"""What became of each chapter of the plan: its indicators, its commitments that have data, and how many have none."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from yuzhang.plan.evaluation.headline import Tally
from yuzhang.plan.evaluation.model import CommitmentAssessment, Evaluation, IndicatorAssessment, Status
from yuzhang.plan.evaluation.titles import BINDING_TITLES
from yuzhang.plan.report.content.blocks import Block, Cell, Column, Heading, Paragraph, Row, Table
from yuzhang.plan.report.content.indicators import status_cell, target_name
from yuzhang.plan.report.content.numbering import chinese
from yuzhang.plan.report.content.summary import parts
from yuzhang.plan.report.content.wording import Words


@dataclass(frozen=True, slots=True)
class Chapter:
    """What stands in one chapter; number None for what stands in no chapter."""

    number: int | None
    indicators: tuple[IndicatorAssessment, ...]
    commitments: tuple[CommitmentAssessment, ...]


def chapters_part(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The section "Chapter by chapter"; chapters without indicator or commitment are left out."""
    yield Heading(1, words.say("chapters.heading"))
    yield Paragraph(words.say("chapters.intro"))
    for chapter in by_chapter(evaluation):
        yield from _chapter(chapter, evaluation, words)


def by_chapter(evaluation: Evaluation) -> tuple[Chapter, ...]:
    """The chapters in their order, those items that stand in none last."""
    numbers: set[int | None] = {number for one in evaluation.indicators for number in one.indicator.chapters}
    numbers |= {one.commitment.commitment.place.chapter for one in evaluation.commitments}
    numbers |= {None} if any(not one.indicator.chapters for one in evaluation.indicators) else set()
    return tuple(
        Chapter(
            number,
            tuple(one for one in evaluation.indicators if number in (one.indicator.chapters or (None,))),
            tuple(one for one in evaluation.commitments if one.commitment.commitment.place.chapter == number),
        )
        for number in sorted(numbers, key=lambda number: (number is None, number or 0))
    )


def chapter_name(number: int | None, evaluation: Evaluation, words: Words) -> str:
    """A chapter's number and title; the number alone where the plan's chapters were not registered."""
    if number is None:
        return words.say("chapters.elsewhere")
    shown = chinese(number) if words.language == "zh" else str(number)
    title = next((words.title(one.title) for one in evaluation.plan.chapters if one.number == number), "")
    only = words.say("chapters.chapter_only", number=shown)
    if title.startswith(only):
        return title
    return words.say("chapters.chapter", number=shown, title=title) if title else only


def _chapter(chapter: Chapter, evaluation: Evaluation, words: Words) -> Iterator[Block]:
    name = chapter_name(chapter.number, evaluation, words)
    yield Heading(2, name, "plain")
    counted = Counter([one.status for one in chapter.indicators])
    counted += Counter(one.assessment.status for one in chapter.commitments)
    tally = Tally(tuple((status, counted[status]) for status in Status))
    without = sum(one.assessment.status is Status.NO_DATA for one in chapter.commitments)
    said = [
        words.say("chapters.counts", indicators=len(chapter.indicators), commitments=len(chapter.commitments)),
        words.say("chapters.statuses", parts=parts(tally, words)),
    ]
    if without:
        said.append(words.say("chapters.without", count=without))
    yield Paragraph(("" if words.language == "zh" else " ").join(said))
    rows = (*_indicator_rows(chapter, words), *_commitment_rows(chapter, words))
    if rows:
        yield Table(words.say("chapters.table", chapter=_short(chapter.number, words)), _columns(words), rows)


def _short(number: int | None, words: Words) -> str:
    if number is None:
        return words.say("chapters.elsewhere")
    return words.say("chapters.chapter_only", number=chinese(number) if words.language == "zh" else number)


def _columns(words: Words) -> tuple[Column, ...]:
    return (
        Column(words.say("chapters.item"), 36),
        Column(words.say("chapters.sort"), 13, "center"),
        Column(words.say("chapters.target"), 22, "right"),
        Column(words.say("chapters.latest"), 15, "right"),
        Column(words.say("indicators.status"), 14, "center"),
    )


def _indicator_rows(chapter: Chapter, words: Words) -> Iterator[Row]:
    for one in chapter.indicators:
        sort = words.say("chapters.indicator_row", binding=words.title(BINDING_TITLES[one.indicator.binding]))
        for found in one.targets:
            yield Row(
                (
                    Cell(target_name(one, found, words)),
                    Cell(sort),
                    Cell(words.promise(found.target, unit=True)),
                    Cell(words.latest(found)),
                    status_cell(found.status, words),
                )
            )


def _commitment_rows(chapter: Chapter, words: Words) -> Iterator[Row]:
    for one in chapter.commitments:
        found = one.assessment
        if found.status is not Status.NO_DATA:
            yield Row(
                (
                    Cell(words.title(found.target.title)),
                    Cell(words.say("chapters.commitment_row")),
                    Cell(words.promise(found.target, unit=True)),
                    Cell(words.latest(found)),
                    status_cell(found.status, words),
                )
            )
