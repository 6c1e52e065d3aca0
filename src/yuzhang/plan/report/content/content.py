"""The whole report of an evaluation, in one language."""

from collections.abc import Iterator

from yuzhang.core.language import Language, Title
from yuzhang.plan.evaluation.model import Evaluation
from yuzhang.plan.evaluation.titles import KIND_TITLES
from yuzhang.plan.report.content.annexes import commitments_annex, computation_annex, methods_annex, sources_annex
from yuzhang.plan.report.content.blocks import Block, Report
from yuzhang.plan.report.content.chapters import chapters_part
from yuzhang.plan.report.content.indicators import indicators_part
from yuzhang.plan.report.content.lagging import lagging_part
from yuzhang.plan.report.content.numbering import numbered
from yuzhang.plan.report.content.projects import projects_part
from yuzhang.plan.report.content.summary import summary_part
from yuzhang.plan.report.content.wording import Words


def report_of(evaluation: Evaluation, language: Language) -> Report:
    """The report: the same evaluation gives the same report."""
    words, plan = Words(language), evaluation.plan
    kind = words.title(KIND_TITLES[evaluation.kind])
    return Report(
        language=language,
        title=words.title(plan.title),
        subtitle=words.say("cover.title", kind=kind),
        facts=(
            (words.say("cover.region"), words.title(Title(plan.region, plan.region))),
            (words.say("cover.period"), f"{plan.first_year}–{plan.last_year}"),
            (words.say("cover.kind"), kind),
            (words.say("cover.year"), words.year(evaluation.year)),
            (words.say("cover.known"), words.day(evaluation.known)),
            (words.say("cover.revision"), str(evaluation.revision)),
            (words.say("cover.snapshot"), str(evaluation.snapshot)),
        ),
        contents=words.say("cover.contents"),
        date=evaluation.known.isoformat(),
        blocks=numbered(_blocks(evaluation, words), language),
    )


def _blocks(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    yield from summary_part(evaluation, words)
    yield from indicators_part(evaluation, words)
    yield from chapters_part(evaluation, words)
    yield from lagging_part(evaluation, words)
    yield from projects_part(evaluation, words)
    yield from sources_annex(evaluation, words)
    yield from commitments_annex(evaluation, words)
    yield from methods_annex(evaluation, words)
    yield from computation_annex(evaluation, words)
