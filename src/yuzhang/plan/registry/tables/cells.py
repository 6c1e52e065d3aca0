"""Cells of the registry's tables: text to values and back, with errors that name row and column."""

import re
from enum import StrEnum
from typing import TypeVar

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.tables.numbers import number_in, number_text
from yuzhang.core.tables.sheets import Row
from yuzhang.plan.registry.errors import TableRefused

Choice = TypeVar("Choice", bound=StrEnum)


LARGEST = 1e15
"""No promise has a larger number."""
IDENTIFIER = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


def identifier(name: str, where: str, column: str) -> str:
    """`name` if it may stand in an address. Raises TableRefused otherwise."""
    if not IDENTIFIER.fullmatch(name):
        raise refuse(
            where,
            column,
            Title(
                f"“{name}”应为小写字母、数字和连字符，最多 60 个。",
                f"“{name}” must be small letters, digits and hyphens, at most 60.",
            ),
        )
    return name


def refuse(where: str, column: str, detail: Title) -> InputRefused:
    """The error for one cell."""
    return TableRefused(
        Title(f"“{column}”列：{detail.zh}", f"Column “{column}”: {detail.en}"),
        where=where,
        fix=Title("请改正后重新导入；未作任何更改。", "Correct it and import again; nothing was changed."),
    )


def cell_of(value: float | None) -> str:
    """A number as it stands in a table: whole numbers without a point, nothing for None.

    >>> cell_of(8200.0), cell_of(7.5), cell_of(None)
    ('8200', '7.5', '')
    """
    return "" if value is None else number_text(value)


def required(row: Row, column: str, where: str) -> str:
    """The cell's text. Raises TableRefused if it is empty."""
    if not row.cells[column]:
        raise refuse(where, column, Title("不能为空。", "It may not be empty."))
    return row.cells[column]


def number(row: Row, column: str, where: str) -> float | None:
    """The cell's number, None if it is empty. Raises TableRefused if it is no finite number."""
    written = row.cells[column]
    if not written:
        return None
    try:
        value = number_in(written)
    except ValueError as err:
        raise refuse(where, column, Title(f"“{written}”不是数字。", f"“{written}” is no number.")) from err
    if abs(value) > LARGEST:
        raise refuse(where, column, Title(f"“{written}”过大。", f"“{written}” is too large."))
    return value


def whole(row: Row, column: str, where: str, low: int, high: int) -> int:
    """The cell's whole number from `low` to `high`. Raises TableRefused otherwise."""
    value = number(row, column, where)
    if value is None or not value.is_integer() or not low <= value <= high:
        raise refuse(
            where, column, Title(f"应为 {low} 至 {high} 的整数。", f"A whole number from {low} to {high} is wanted.")
        )
    return int(value)


def choice(row: Row, column: str, where: str, words: type[Choice]) -> Choice:
    """The cell's word. Raises TableRefused naming the words allowed."""
    try:
        return words(row.cells[column])
    except ValueError as err:
        allowed = ", ".join(words)
        raise refuse(
            where,
            column,
            Title(f"“{row.cells[column]}”不在可选值内：{allowed}。", f"“{row.cells[column]}” is none of: {allowed}."),
        ) from err


def flag(row: Row, column: str, where: str) -> bool:
    """Whether the cell says yes; empty and "no" are no. Raises TableRefused for anything else."""
    written = row.cells[column].lower()
    if written in {"yes", "true", "1", "是"}:
        return True
    if written in {"", "no", "false", "0", "否"}:
        return False
    raise refuse(where, column, Title("应为 yes 或留空。", "It must be yes or empty."))
