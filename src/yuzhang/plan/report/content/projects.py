"""The plan's packages of projects with their estimates of investment."""

from collections.abc import Iterator

from yuzhang.plan.evaluation.model import Evaluation
from yuzhang.plan.report.content.blocks import Block, Cell, Column, Heading, Paragraph, Row, Table
from yuzhang.plan.report.content.wording import Words


def projects_part(evaluation: Evaluation, words: Words) -> Iterator[Block]:
    """The section "Major projects"; nothing where the plan registers no package."""
    packages = [one for one in evaluation.projects if one.package is None]
    if not packages:
        return
    total = sum(one.investment or 0.0 for one in packages)
    known = words.day(evaluation.known)
    yield Heading(1, words.say("projects.heading"))
    yield Paragraph(words.say("projects.intro", count=len(packages), total=words.number(total), known=known))
    columns = (
        Column(words.say("projects.number"), 10, "center"),
        Column(words.say("projects.name"), 46),
        Column(words.say("projects.investment"), 24, "right"),
        Column(words.say("projects.progress"), 20, "center"),
    )
    no_data = Cell(words.say("word.no_data"))
    rows = [
        Row((Cell(str(one.number)), Cell(words.title(one.title)), Cell(words.number(one.investment)), no_data))
        for one in packages
    ]
    rows.append(Row((Cell(""), Cell(words.say("summary.total")), Cell(words.number(total)), no_data)))
    yield Table(words.say("projects.table"), columns, tuple(rows))
