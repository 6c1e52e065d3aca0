"""Rows of text to figures: every cell is judged, every problem is kept, nothing is guessed."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from difflib import get_close_matches
from functools import lru_cache
from hashlib import sha256
from typing import ParamSpec, TypeVar
from urllib.parse import urlsplit

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.tables.numbers import number_in
from yuzhang.core.units import convert
from yuzhang.plan.figures.errors import SHOWN, Problem
from yuzhang.plan.figures.model import Figure, Period, Series
from yuzhang.plan.figures.sheets import Row, Sheet

P = ParamSpec("P")
R = TypeVar("R")
VINTAGE = re.compile(r"[12][0-9]{3}(-[0-9]{2}-[0-9]{2})?")
# Not text: control characters, and halves of surrogate pairs, which no file can hold.
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
CELL_LIMIT = 4_000
REQUIRED = ("indicator", "period", "region", "value", "unit", "vintage", "source_title", "confidence")
# What figures are told apart by: a sign that nobody sees would make two of one.
KEYS = ("indicator", "region", "unit", "period", "vintage")
CONFIDENCES = ("high", "medium", "low")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that holds a figure; `standard` is its value in the unit of its series."""

    row: int
    figure: Figure
    standard: float


class _Refused(Exception):  # never leaves this file
    def __init__(self, column: str, zh: str, en: str) -> None:
        self.column = column
        self.detail = Title(zh, en)


def known_from(vintage: str) -> date:
    """The day from which a vintage counts as known: itself, or the last day of a year, but not after today, since it is
    known now. ValueError if it is neither a day nor a year.

    >>> known_from("2025")
    datetime.date(2025, 12, 31)
    """
    if not VINTAGE.fullmatch(vintage):
        raise ValueError(vintage)
    return date.fromisoformat(vintage) if len(vintage) > 4 else min(date(int(vintage), 12, 31), date.today())


_period = lru_cache(4096)(Period.parse)


class Check:
    """The check of one file's rows against the series that are defined; `problems` fills as rows are read."""

    def __init__(self, series: Iterable[Series]) -> None:
        self.names = {name: one for one in series for name in (one.name, *one.aliases)}
        self.problems: list[Problem] = []

    def candidates(self, sheet: Sheet) -> list[Candidate]:
        """The rows without a problem."""
        found = []
        for row in sheet.rows:
            if row.width != sheet.width:
                zh = f"这一行有 {row.width} 格，表头有 {sheet.width} 列：各列可能错位。"
                en = f"the row has {row.width} cells, the heading {sheet.width}: its columns are shifted."
                self.problems.append(Problem(row.number, "-", Title(zh, en)))
            elif candidate := self._candidate(row):
                found.append(candidate)
        return found

    def _candidate(self, row: Row) -> Candidate | None:
        before = len(self.problems)
        # A cell that is refused as text is empty to what follows: nothing more need be said of it.
        cells = {column: self._try(row, _checked_text, column, cell) or "" for column, cell in row.cells.items()}
        series = self._try(row, self._series, cells["indicator"], cells["region"])
        period = self._try(row, _read_period, cells["period"])
        value = self._try(row, _read_value, cells["value"])
        known = self._try(row, _read_vintage, cells["vintage"], period)
        self._try(row, _check_source, cells["source_url"], cells["confidence"])
        standard = None
        if series is not None and value is not None:
            standard = self._try(row, _plausible, value, cells["unit"], series)
        if len(self.problems) > before or not (series and period and known) or value is None or standard is None:
            return None
        figure = Figure(
            id="",
            series=series.name,
            period=period,
            region=cells["region"],
            value=value,
            unit=cells["unit"],
            vintage=cells["vintage"],
            known_from=known,
            source_title=cells["source_title"],
            source_url=cells["source_url"],
            quote=cells["quote"],
            confidence=cells["confidence"],
        )
        return Candidate(row.number, replace(figure, id=_identity(figure)), standard)

    def _try(self, row: Row, read: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R | None:
        """What `read` gives; None, and a problem more, where it refuses."""
        try:
            return read(*args, **kwargs)
        except _Refused as err:
            self.problems.append(Problem(row.number, err.column, err.detail))
            return None

    def _series(self, name: str, region: str) -> Series | None:
        if not name:
            return None  # said already: the cell is empty
        series = self.names.get(name)
        if series is None:
            raise self._unknown(name)
        if region and series.region not in (None, region):
            raise _Refused(
                "region",
                f"“{name}”只收 {series.region} 的数据。",
                f"“{name}” takes figures of {series.region} only.",
            )
        return series

    def _unknown(self, name: str) -> _Refused:
        shown = name[:60]
        # Only the first problems are shown, and near names are slow to find.
        near = get_close_matches(shown, self.names, 3, 0.4) if len(self.problems) < SHOWN else []
        zh, en = "、".join(near), ", ".join(near)
        return _Refused(
            "indicator",
            f"没有定义指标“{shown}”。"
            + (f"相近的有：{zh}。" if near else "")
            + "请改正名称，或在 series.toml 中定义它。",
            f"no series “{shown}” is defined."
            + (f" Near to it: {en}." if near else "")
            + " Correct the name, or define it in series.toml.",
        )


def _checked_text(column: str, cell: str) -> str:
    if not cell and column in REQUIRED:
        raise _Refused(column, "空缺。", "it is empty.")
    if len(cell) > CELL_LIMIT:
        raise _Refused(column, f"超过 {CELL_LIMIT} 字。", f"it is longer than {CELL_LIMIT} characters.")
    if UNPRINTABLE.search(cell):
        raise _Refused(column, "含有控制字符。", "it holds control characters.")
    invisible = next((sign for sign in cell if unicodedata.category(sign) == "Cf"), "") if column in KEYS else ""
    if invisible:
        raise _Refused(
            column,
            f"含有看不见的字符 U+{ord(invisible):04X}，请重新输入这一格。",
            f"it holds an invisible character, U+{ord(invisible):04X}: type the cell anew.",
        )
    return cell


def _read_period(cell: str) -> Period | None:
    if not cell:
        return None
    try:
        return _period(cell)
    except ValueError as err:
        raise _Refused(
            "period",
            f"“{cell[:40]}”不是时期：请写 2023、2023Q2、2023-07 或 2021/2025。",
            f"“{cell[:40]}” is no period: write 2023, 2023Q2, 2023-07 or 2021/2025.",
        ) from err


def _read_value(cell: str) -> float | None:
    if not cell:
        return None
    try:
        return number_in(cell)
    except ValueError as err:
        raise _Refused(
            "value",
            f"“{cell[:40]}”不是数字：只写数字，不带单位和千位分隔符。",
            f"“{cell[:40]}” is no number: write the number alone, without unit or thousands separator.",
        ) from err


def _read_vintage(cell: str, period: Period | None) -> date | None:
    if not cell:
        return None
    try:
        known = known_from(cell)
    except ValueError as err:
        raise _Refused(
            "vintage",
            f"“{cell[:40]}”不是发布时间：请写 2023-01-17 或 2023。",
            f"“{cell[:40]}” is no date of publication: write 2023-01-17 or 2023.",
        ) from err
    today = date.today()
    if known > today or int(cell[:4]) > today.year:
        raise _Refused(
            "vintage",
            f"{cell} 晚于今天（{today}）：发布时间不能在将来。",
            f"{cell} is later than today ({today}): a figure cannot have been published yet.",
        )
    if period is not None and known < period.first:
        raise _Refused("vintage", f"{cell} 早于时期 {period}。", f"{cell} is before the period {period}.")
    return known


def _check_source(url: str, confidence: str) -> None:
    # The address becomes a link on a page: anything but http and https could run there.
    try:
        parts = urlsplit(url)
    except ValueError as err:
        raise _Refused("source_url", "不是网址。", "it is no address.") from err
    if url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise _Refused(
            "source_url", "应以 http:// 或 https:// 开头，或留空。", "it must begin with http(s)://, or be empty."
        )
    if confidence and confidence not in CONFIDENCES:
        names = "、".join(CONFIDENCES)
        raise _Refused("confidence", f"应为 {names} 之一。", "it must be high, medium or low.")


def _plausible(value: float, unit: str, series: Series) -> float | None:
    """The value in the series' unit, if it lies in the series' range."""
    if not unit:
        return None
    try:
        standard = convert(value, unit, series.unit)
    except InputRefused as err:
        fix = err.fix or Title("", "")
        raise _Refused(
            "unit",
            f"“{series.name}”的单位是 {series.unit}：{err.detail.zh}{fix.zh}",
            f"“{series.name}” is in {series.unit}: {err.detail.en} {fix.en}",
        ) from err
    if not series.low <= standard <= series.high:
        low, high = f"{series.low:g}", f"{series.high:g}"
        raise _Refused(
            "value",
            f"{value:.12g} {unit} 超出“{series.name}”的合理范围 {low} 至 {high} {series.unit}；"
            "请核对数值和单位，数值无误时放宽 series.toml 中的范围。",
            f"{value:.12g} {unit} is out of the plausible range of “{series.name}”, {low} to {high} {series.unit}: "
            "check value and unit; if it is right, widen the range in series.toml.",
        )
    return standard


def _identity(figure: Figure) -> str:
    """A name for the figure that is the same wherever the same figure is imported."""
    parts = (
        *(figure.series, str(figure.period), figure.region, repr(figure.value), figure.unit, figure.vintage),
        *(figure.source_title, figure.source_url, figure.quote, figure.confidence),
    )
    return sha256("\x1f".join(parts).encode()).hexdigest()[:16]
