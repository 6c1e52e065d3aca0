"""Columns of a table as arrays: names as numbers of words, times as microseconds, values as numbers and what is none.

The work is done on whole columns. Rows are looked at one by one only where something of a column is not as usual.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
import pyarrow.compute as pc  # type: ignore[import-untyped]
from numpy.typing import NDArray

from yuzhang.core.language import Title
from yuzhang.foundation.sources.formats.faults import Faults, unreadable

MOMENT = pa.timestamp("us", "UTC")
TIME_UNITS_US = {"time": None, "time_us": 1, "time_ms": 1000}
"""The columns that carry the time, and how many microseconds their whole numbers count; `time` is RFC 3339."""
NANOSECONDS = 0
STAMP_UNITS_US = {"s": 1_000_000, "ms": 1000, "us": 1, "ns": NANOSECONDS}
RFC_3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")
NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
WHOLE = re.compile(r"[+-]?\d{1,400}")
NOTHING = re.compile(r"(?i)[+-]?(nan|inf|infinity)|null|n/a|na|none")
LARGEST_EXACT = 2**53
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NO_TIME = Title("没有时间", "it has no time")
NO_VALUE = Title("没有值", "it has no value")
NO_NAME = Title("是空的", "it is empty")
MISSING = object()


@dataclass(frozen=True, slots=True)
class Labels:
    """A column of names: for each row the number of its word, -1 if there is none."""

    codes: NDArray[np.int64]
    words: list[str]


@dataclass(slots=True)
class Values:
    """A column of values: numbers, NaN where there is none; `other` holds what is no plain number, by row."""

    numbers: NDArray[np.float64]
    missing: NDArray[np.bool_]
    other: dict[int, Any] = field(default_factory=dict)


def labels(column: Any, name: str) -> Labels:
    """A column of texts. Raises UnreadableObservations if it holds anything else."""
    column = _decoded(column)
    kind = column.type
    if pa.types.is_null(kind):
        return Labels(np.full(len(column), -1), [])
    if not pa.types.is_dictionary(kind):
        if not _is_text(kind):
            raise _wrong_kind(name, kind)
        column = column.dictionary_encode()
    elif not _is_text(kind.value_type):
        raise _wrong_kind(name, kind.value_type)
    whole = one_piece(column.unify_dictionaries())
    words: list[str] = []
    number_of: dict[str, int] = {}
    new = np.empty(len(whole.dictionary) + 1, np.int64)
    new[-1] = -1
    for at, word in enumerate(whole.dictionary.to_pylist()):
        word = (word or "").strip()
        if word and word not in number_of:
            number_of[word] = len(words)
            words.append(word)
        new[at] = number_of.get(word, -1)
    codes = pc.fill_null(whole.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    return Labels(new[codes], words)


def times(column: Any, name: str, faults: Faults) -> NDArray[np.int64]:
    """A column of times in microseconds; what is none of it is a fault of its row."""
    scale = TIME_UNITS_US[name]
    column = _decoded(column)
    kind = column.type
    if pa.types.is_dictionary(kind):
        some = _choice(column)
        return times(some.values, name, faults.among(some.first))[some.codes]
    if pa.types.is_timestamp(kind):
        # The count is UTC whatever the zone, whose name may be anything.
        found, scale = column.cast(pa.int64()), STAMP_UNITS_US[kind.unit]
    elif _is_text(kind):
        found = _moments(column, name, faults) if scale is None else _counted(column, name, faults)
    elif pa.types.is_integer(kind) and scale is not None:
        try:
            found = column.cast(pa.int64())
        except pa.ArrowInvalid:
            raise unreadable("时间超出范围。", "A time is out of range.", name) from None
    else:
        raise unreadable(
            f"列 {name} 的类型是 {kind}。",
            f"The column {name} is of type {kind}.",
            name,
            Title(
                "时间用 RFC 3339 文本或时间戳（列 time），或整数毫秒、微秒（列 time_ms、time_us）。",
                "Give RFC 3339 texts or timestamps (column time), or whole milliseconds or microseconds (time_ms, time_us).",
            ),
        )
    faults.add_all(np.flatnonzero(found.is_null().to_numpy(zero_copy_only=False)), name, NO_TIME)
    whole: NDArray[np.int64] = pc.fill_null(found, 0).to_numpy()
    if scale == NANOSECONDS:
        return whole // 1000
    if scale is not None and scale != 1:
        limit = (2**63 - 1) // scale
        faults.add_all(
            np.flatnonzero((whole > limit) | (whole < -limit)), name, Title("超出范围", "it is out of range")
        )
        whole = np.clip(whole, -limit, limit) * scale
    return whole


def _moments(column: Any, name: str, faults: Faults) -> Any:
    """Texts of RFC 3339, the usual ones at once."""
    try:
        return pc.cast(column, MOMENT).cast(pa.int64())
    except pa.ArrowInvalid:
        return _each(column, name, faults, moment)


def _counted(column: Any, name: str, faults: Faults) -> Any:
    try:
        return pc.cast(column, pa.int64())
    except pa.ArrowInvalid:
        return _each(column, name, faults, _count)


def _each(column: Any, name: str, faults: Faults, read: Callable[[str], int]) -> Any:
    found: list[int | None] = []
    for row, text in enumerate(column.to_pylist()):
        text = (text or "").strip()
        try:
            found.append(read(text) if text else None)
        except ValueError as error:
            faults.add(row, name, Title(f"“{text[:60]}”不是时间", f"“{text[:60]}” is no time: {error}"))
            found.append(0)
    return pa.chunked_array([pa.array(found, pa.int64())])


def _count(text: str) -> int:
    if not WHOLE.fullmatch(text) or abs(int(text)) >= 2**63:
        raise ValueError("give a whole number")
    return int(text)


def moment(text: str) -> int:
    """Microseconds of a time in RFC 3339. Raises ValueError, saying what is missing.

    >>> moment("1970-01-01T08:00:00.5+08:00")
    500000
    """
    match = RFC_3339.fullmatch(text)
    if match is None:
        raise ValueError("write it with its zone, as 2026-01-01T08:00:00+08:00")
    day, clock, fraction, zone = match.groups()
    leap = clock.endswith(":60")
    if leap:  # the last second of a minute takes a leap second in
        clock = f"{clock[:-2]}59"
    there = datetime.fromisoformat(f"{day}T{clock}{'+00:00' if zone in 'Zz' else zone}")
    return (there - EPOCH) // timedelta(microseconds=1) + (
        999_999 if leap else int((fraction or "0")[:6].ljust(6, "0"))
    )


def values(column: Any, name: str, faults: Faults) -> Values:
    """A column of values of any kind. Texts that are numbers count as numbers, `true` and `false`, and JSON in {} or [], as that."""
    column = _decoded(column)
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _chosen(column, name, faults)
    missing = column.is_null().to_numpy(zero_copy_only=False)
    nothing = np.full(len(column), np.nan)
    if pa.types.is_null(kind):
        return Values(nothing, missing)
    if pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        numbers = _floats(column)
        faults.add_all(np.flatnonzero(np.isinf(numbers)), name, Title("是无穷大", "it is infinite"))
        return Values(numbers, missing | np.isnan(numbers))
    if pa.types.is_integer(kind):
        return _integers(column, missing)
    if _is_text(kind):
        return _texts(column, missing, name, faults)
    if pa.types.is_boolean(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_struct(kind):
        found = objects(column.to_pylist(), name, faults)
        return Values(found.numbers, missing, found.other)
    raise unreadable(
        f"列 {name} 的类型是 {kind}，不能作值。",
        f"The column {name} is of type {kind}, which is no value.",
        name,
        Title("请改为数、文本或布尔值。", "Make it numbers, texts or booleans."),
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A dictionary column: the values that are used (the last one is null), which row has which, and the first row of each."""

    values: Any
    codes: NDArray[np.int64]
    first: NDArray[np.int64]


def _choice(column: Any) -> Choice:
    whole = one_piece(column.unify_dictionaries())
    there = pc.fill_null(whole.indices.cast(pa.int64()), -1).to_numpy(zero_copy_only=False)
    used, first, codes = np.unique(there, return_index=True, return_inverse=True)
    taken = whole.dictionary.take(pa.array(used, pa.int64(), mask=used < 0))
    return Choice(taken, codes, first)


def _chosen(column: Any, name: str, faults: Faults) -> Values:
    """Each value is looked at once, however many rows have it: a row may not cost what its value weighs."""
    some = _choice(column)
    found = values(some.values, name, faults.among(some.first))
    other: dict[int, Any] = {}
    if found.other:
        rows = np.flatnonzero(np.isin(some.codes, list(found.other)))
        other = {row: found.other[code] for row, code in zip(rows.tolist(), some.codes[rows].tolist(), strict=True)}
    return Values(found.numbers[some.codes], found.missing[some.codes], other)


def one_piece(column: Any) -> Any:
    """A chunked array as one array."""
    whole = column.combine_chunks()
    return pa.concat_arrays(whole.chunks) if isinstance(whole, pa.ChunkedArray) else whole


def objects(found: Iterable[Any], name: str, faults: Faults) -> Values:
    """Values as JSON has them; MISSING and None are none."""
    listed = list(found)
    numbers = np.full(len(listed), np.nan)
    missing = np.zeros(len(listed), bool)
    other: dict[int, Any] = {}
    for row, one in enumerate(listed):
        if one is None or one is MISSING:
            missing[row] = True
        elif isinstance(one, float) or (type(one) is int and abs(one) < LARGEST_EXACT):
            numbers[row] = one
        else:
            other[row] = one
    faults.add_all(np.flatnonzero(np.isinf(numbers)), name, Title("是无穷大", "it is infinite"))
    return Values(numbers, missing, other)


def _integers(column: Any, missing: NDArray[np.bool_]) -> Values:
    whole = pc.fill_null(column, 0).to_numpy()
    numbers = whole.astype(np.float64)
    large = np.flatnonzero(np.abs(numbers) >= LARGEST_EXACT)
    other = {int(row): int(whole[row]) for row in large}
    numbers[large] = np.nan
    numbers[missing] = np.nan
    return Values(numbers, missing, other)


def _floats(column: Any) -> NDArray[np.float64]:
    found: NDArray[np.float64] = pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy()
    return found


def _texts(column: Any, missing: NDArray[np.bool_], name: str, faults: Faults) -> Values:
    numbers: NDArray[np.float64] | None = None
    try:
        numbers = _floats(column)
    except pa.ArrowInvalid:
        column = pc.utf8_trim_whitespace(column)
    if numbers is not None and not (np.isnan(numbers) & ~missing).any() and not np.isinf(numbers).any():
        odd = np.flatnonzero(np.abs(numbers) >= LARGEST_EXACT)
    else:
        plain = pc.match_substring_regex(column, NUMBER)
        numbers = _floats(pc.if_else(plain, column, None))
        odd = np.flatnonzero(~(np.abs(numbers) < LARGEST_EXACT) & ~missing)
    other: dict[int, Any] = {}
    missing = missing.copy()
    if len(odd):
        numbers = numbers.copy()
    for row, text in zip(odd.tolist(), column.take(pa.array(odd)).to_pylist(), strict=True):
        try:
            one = text_value(text, float(numbers[row]))
        except ValueError as error:
            faults.add(row, name, Title(f"“{text[:60]}”不是值", f"“{text[:60]}” is no value: {error}"))
            continue
        if one is MISSING:
            missing[row] = True
        elif not isinstance(one, float):
            other[row] = one
            numbers[row] = np.nan
    return Values(numbers, missing, other)


def text_value(text: str, number: float) -> Any:
    """What a text stands for that is no plain number; `number` is it as a float, NaN if it is none. Raises ValueError."""
    if not text or NOTHING.fullmatch(text):
        return MISSING
    if WHOLE.fullmatch(text):
        return int(text)
    if number == number:
        if np.isinf(number):
            raise ValueError("it is too large")
        return number
    if text in {"true", "false"}:
        return text == "true"
    if text[0] in "{[":
        try:
            return msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError("it begins as JSON and is none") from error
    return text


def _decoded(column: Any) -> Any:
    """The column without the kinds of arrays that not all computations know."""
    column = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    kind = column.type
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        return column.cast(pa.large_string())
    return column


def _is_text(kind: Any) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _wrong_kind(name: str, kind: Any) -> Exception:
    return unreadable(
        f"列 {name} 的类型是 {kind}，应为文本。",
        f"The column {name} is of type {kind}; it shall be text.",
        name,
    )
