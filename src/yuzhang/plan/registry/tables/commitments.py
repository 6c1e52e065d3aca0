"""Commitments with their reviews as a table: what a reviewer edits in a spreadsheet, and what a city's folder ships.

The table holds places, numbers and subjects, never the plan's sentences: `start` and `end` point into the text.
"""

from collections.abc import Iterable
from datetime import datetime

from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import Row
from yuzhang.plan.model import Commitment, CommitmentKind, Comparator, Place
from yuzhang.plan.registry.model import Method, Review, ReviewedCommitment
from yuzhang.plan.registry.tables.cells import cell_of, choice, number, refuse, required, whole

PLACES = ("part", "chapter", "section", "box", "item")
COLUMNS = (
    "id", "review", *PLACES, "start", "end", "subject", "subject_en", "comparator", "low", "high", "unit", "per",
    "baseline", "due", "kind", "confidence", "note", "series", "method", "decided_by", "decided_at",
)  # fmt: skip
MAX_NUMBER = 1_000_000_000


def commitment_rows(commitments: Iterable[ReviewedCommitment]) -> list[list[str]]:
    """The rows of the table, in the order given."""
    return [
        [
            one.id, one.review.value, *(str(getattr(found.place, name) or "") for name in PLACES), str(found.start),
            str(found.end), found.subject, one.title_en, found.comparator.value, cell_of(found.low), cell_of(found.high),
            found.unit or "", found.per or "", cell_of(found.baseline), str(found.due), found.kind.value,
            cell_of(found.confidence), found.note or "", one.series or "", one.method.value if one.method else "",
            one.decided_by or "", one.decided_at.isoformat() if one.decided_at else "",
        ]
        for one in commitments
        for found in (one.commitment,)
    ]  # fmt: skip


def commitments_from(rows: Iterable[Row], plan: str, filename: str) -> tuple[ReviewedCommitment, ...]:
    """The commitments that the rows write. Raises TableRefused naming the row and the column."""
    made: dict[str, ReviewedCommitment] = {}
    for row in rows:
        where = f"{filename}:{row.number}"
        one = _reviewed(row, plan, where)
        if one.id in made:
            raise refuse(where, "id", Title(f"编号 {one.id} 重复。", f"The id {one.id} stands twice."))
        made[one.id] = one
    return tuple(made.values())


def _reviewed(row: Row, plan: str, where: str) -> ReviewedCommitment:
    return ReviewedCommitment(
        id=required(row, "id", where),
        plan=plan,
        commitment=_commitment(row, where),
        review=choice(row, "review", where, Review),
        series=row.cells["series"] or None,
        method=choice(row, "method", where, Method) if row.cells["method"] else None,
        title_en=row.cells["subject_en"],
        decided_by=row.cells["decided_by"] or None,
        decided_at=_moment(row, where),
    )


def _commitment(row: Row, where: str) -> Commitment:
    low, high = number(row, "low", where), number(row, "high", where)
    if low is None:
        raise refuse(where, "low", Title("不能为空。", "It may not be empty."))
    if high is not None and high < low:
        raise refuse(where, "high", Title("上限小于下限。", "The upper bound is below the lower one."))
    start, end = whole(row, "start", where, 0, MAX_NUMBER), whole(row, "end", where, 0, MAX_NUMBER)
    if end < start:
        raise refuse(where, "end", Title("终点在起点之前。", "It ends before it starts."))
    confidence = number(row, "confidence", where)
    if confidence is not None and not 0 <= confidence <= 1:
        raise refuse(where, "confidence", Title("应在 0 与 1 之间。", "It must lie between 0 and 1."))
    return Commitment(
        quote="",
        start=start,
        end=end,
        place=Place(**{name: whole(row, name, where, 0, 10_000) if row.cells[name] else None for name in PLACES}),
        subject=required(row, "subject", where),
        comparator=choice(row, "comparator", where, Comparator),
        low=low,
        high=high,
        unit=row.cells["unit"] or None,
        per=row.cells["per"] or None,
        baseline=number(row, "baseline", where),
        due=whole(row, "due", where, 1949, 2100),
        kind=choice(row, "kind", where, CommitmentKind),
        confidence=1.0 if confidence is None else confidence,
        note=row.cells["note"] or None,
    )


def _moment(row: Row, where: str) -> datetime | None:
    written = row.cells["decided_at"]
    try:
        return datetime.fromisoformat(written) if written else None
    except ValueError as err:
        raise refuse(where, "decided_at", Title(f"“{written}”不是时间。", f"“{written}” is no time.")) from err
