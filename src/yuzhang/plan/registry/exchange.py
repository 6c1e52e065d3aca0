"""The spreadsheet round trip: export a table, compare an edited one, take it."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.core.tables.sheets import SheetFormat, read_sheet, write_sheet
from yuzhang.plan.registry import store
from yuzhang.plan.registry.actions import at_hand
from yuzhang.plan.registry.entries import packed, unpacked
from yuzhang.plan.registry.errors import ChangedMeanwhile
from yuzhang.plan.registry.model import Comparison, Difference, RegisteredPlan, Review
from yuzhang.plan.registry.tables import commitments, targets

TableName = Literal["targets", "commitments"]
ENTRY_KIND: dict[TableName, str] = {"targets": "indicator", "commitments": "commitment"}


def _columns(table: TableName) -> tuple[str, ...]:
    return targets.COLUMNS if table == "targets" else commitments.COLUMNS


def _table(plan: RegisteredPlan, table: TableName) -> list[list[str]]:
    if table == "targets":
        return targets.target_rows(plan.indicators)
    return commitments.commitment_rows(plan.commitments)


@action("reader")
def export_table(storage: Storage, caller: Party, /, plan: str, table: TableName, format: SheetFormat) -> bytes:
    """The plan's targets or commitments as a spreadsheet that can be edited and imported again."""
    with storage.reading() as connection:
        return write_sheet(_columns(table), _table(at_hand(connection, plan), table), format)


@action("planner")
def compare_table(
    storage: Storage, caller: Party, /, plan: str, table: TableName, content: bytes, filename: str
) -> Comparison:
    """What importing the file would change; nothing is changed. Raises SheetUnreadable, TableRefused, PlanNotFound."""
    with storage.reading() as connection:
        current = at_hand(connection, plan)
    edited = _edited(current, table, content, filename, caller)
    return _comparison(current, edited, table, content)


@action("planner")
def import_table(
    storage: Storage,
    caller: Party,
    /,
    plan: str,
    table: TableName,
    content: bytes,
    filename: str,
    *,
    token: str | None = None,
) -> Comparison:
    """Take an edited table as one revision (which can be undone): rows that are missing go away.

    `token` is that of the comparison which somebody confirmed; ChangedMeanwhile is raised if plan or file are others now.
    """
    with storage.writing() as connection:
        current = at_hand(connection, plan)
        edited = _edited(current, table, content, filename, caller)
        comparison = _comparison(current, edited, table, content)
        if token is not None and token != comparison.token:
            raise ChangedMeanwhile(
                Title("比较之后规划或文件已有变化。", "The plan or the file changed after the comparison."),
                fix=Title("请重新比较差异后再确认。", "Compare again, then confirm."),
            )
        before, after = packed(current), packed(edited)
        kind = ENTRY_KIND[table]
        keys = sorted(
            key for key in before.keys() | after.keys() if key[0] == kind and before.get(key) != after.get(key)
        )
        if keys:
            change = store.Change(caller.id, f"import:{table}", filename)
            store.record(connection, plan, change, [(key, after.get(key)) for key in keys])
        return comparison


def _edited(current: RegisteredPlan, table: TableName, content: bytes, filename: str, caller: Party) -> RegisteredPlan:
    rows = read_sheet(content, filename, _columns(table))
    if table == "targets":
        return replace(current, indicators=targets.indicators_from(rows, filename))
    before = {one.id: one for one in current.commitments}
    now = datetime.now(UTC)
    edited = []
    for one in commitments.commitments_from(rows, current.plan.id, filename):
        known = before.get(one.id)
        if known != one:
            valued = known is not None and known.commitment != one.commitment
            review = Review.CORRECTED if valued and one.review is Review.ACCEPTED else one.review
            one = replace(one, review=review, decided_by=caller.id, decided_at=now)
        edited.append(one)
    return unpacked(packed(replace(current, commitments=tuple(edited))), current.revision)


def _comparison(current: RegisteredPlan, edited: RegisteredPlan, table: TableName, content: bytes) -> Comparison:
    digest = hashlib.sha256(content).hexdigest()[:16]
    before, after = _by_key(_table(current, table), table), _by_key(_table(edited, table), table)
    found = [
        one
        for key in [*before, *(key for key in after if key not in before)]
        for one in _row(key, before, after, table)
    ]
    return Comparison(tuple(found), len(after), f"{current.revision}-{digest}")


def _by_key(rows: Sequence[Sequence[str]], table: TableName) -> dict[str, dict[str, str]]:
    named = [dict(zip(_columns(table), row, strict=True)) for row in rows]
    return {(f"{row['indicator']}/{row['target']}" if table == "targets" else row["id"]): row for row in named}


def _row(
    key: str, before: dict[str, dict[str, str]], after: dict[str, dict[str, str]], table: TableName
) -> list[Difference]:
    old, new = before.get(key), after.get(key)
    if old is None or new is None:
        row = new or old or {}
        written = f"{row['comparator']} {row['low']} {row['unit']}"
        return [Difference(key, _named(row), "", None if old is None else written, None if new is None else written)]
    skipped = {"decided_by", "decided_at"}
    return [
        Difference(key, _named(new), column, old[column], new[column])
        for column in new
        if column not in skipped and old[column] != new[column]
    ]


def _named(row: dict[str, str]) -> str:
    return f"{row['title_zh']} · {row['target_zh']}" if "title_zh" in row else row["subject"]
