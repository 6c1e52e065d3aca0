"""Figures that the city computes itself: the SELECT of a pack's indicator, asked of what was observed, becomes a figure like a published
one, with its query and the lake's snapshot as its source. What is simulated is not even shown to the query.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.history.sql.model import Answer, Format, Question
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.packs import found, own_folders
from yuzhang.core.packs.indicators import Indicator, read_indicators
from yuzhang.core.simulated import INSIDE
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import figure_history, import_figures, series_defined
from yuzhang.plan.figures.errors import FiguresRefused, Problem
from yuzhang.plan.figures.model import ImportResult
from yuzhang.plan.figures.sheets import COLUMNS

MOST_PERIODS = 1_000
SERIES_AT_ONCE = 1_000_000
SOURCE = "由城市观测计算 / computed from the city's observations"


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What computing needs: where figures are kept, who answers queries, and the packs that say what to ask."""

    storage: Storage
    workers: Workers
    folders: Sequence[Path] = ()


def own_packs(storage: Storage) -> tuple[Path, ...]:
    """The folders of the city's own packs, beside those that we bring."""
    return own_folders(storage.folder)


@dataclass(frozen=True, slots=True)
class Computed:
    """An indicator of a pack, and what became of it. `periods`: for how many there is a value; `result`: None if nothing was new."""

    pack: str
    indicator: Indicator
    periods: int
    result: ImportResult | None


@action("planner")
def compute_figures(
    reckoning: Reckoning, caller: Party, /, region: str, *, pack: str = "", dry_run: bool = False
) -> list[Computed]:
    """Compute the indicators of all packs, or of one, for a region; each is taken in where its value is another than before.

    Raises: FiguresRefused for a series that is not defined, a value that is not plausible, or more periods than are taken in at once,
    naming the pack; what asking raises.
    """
    packs, _ = found(tuple(reckoning.folders))
    known = {name for one in series_defined(reckoning.storage, caller) for name in (one.name, *one.aliases)}
    real = _real(reckoning.workers)
    return [
        _computed(reckoning, caller, one.id, indicator, region, real, dry_run=dry_run)
        for one in packs
        if pack in ("", one.id)
        for indicator in read_indicators(one)[0]
        if indicator.series in known
    ]


def _real(workers: Workers) -> bytes:
    """The numbers of all series that are of no simulated entity."""
    found, last, more = [np.empty(0, np.int32)], -1, True
    while more:
        query = f"SELECT series FROM series WHERE series > {last} AND NOT contains(entity, '{INSIDE}') ORDER BY series"  # noqa: S608  # ours
        answer = _ask(workers, query, SERIES_AT_ONCE, None)
        numbers = _table(answer)["series"].to_numpy().astype(np.int32)
        found.append(numbers)
        more = answer.cut and len(numbers) > 0
        last = int(numbers[-1]) if len(numbers) else last
    return np.concatenate(found).tobytes()


def _computed(
    reckoning: Reckoning, caller: Party, pack: str, indicator: Indicator, region: str, real: bytes, *, dry_run: bool
) -> Computed:
    answer = _ask(reckoning.workers, indicator.query, MOST_PERIODS, real)
    if answer.cut:
        raise _too_many(pack, indicator)
    table = _table(answer)
    before = {
        str(one.period): one.value
        for one in figure_history(reckoning.storage, caller, region, indicator.series)
        if one.source_title.startswith(SOURCE)
    }
    rows = [
        {"period": str(period), "value": repr(float(value))}
        for period, value in zip(table["period"].to_pylist(), table["value"].to_pylist(), strict=True)
        if value is not None and before.get(str(period)) != float(value)
    ]
    if not rows:
        return Computed(pack, indicator, table.num_rows, None)
    told = {
        "indicator": indicator.series,
        "region": region,
        "unit": indicator.unit,
        "vintage": date.today().isoformat(),
        "source_title": f"{SOURCE}: {pack}, {indicator.source}",
        "quote": f"snapshot {answer.snapshot}: {' '.join(indicator.query.split())}"[:3_900],
        "confidence": "high",
    }
    content = _csv([{**told, **row} for row in rows])
    try:
        result = import_figures(reckoning.storage, caller, content, f"{pack.replace('/', '-')}.csv", dry_run=dry_run)
    except FiguresRefused as error:
        error.where = f"{pack}: {indicator.series}"
        error.fix = Title(
            "请核对应用包的 indicators.sql 与数据系列的单位、范围。",
            "Compare the pack's indicators.sql with the unit and the range of the series.",
        )
        raise
    return Computed(pack, indicator, table.num_rows, result)


def _too_many(pack: str, indicator: Indicator) -> FiguresRefused:
    more = Title(f"查询结果超过 {MOST_PERIODS} 期", f"the query has more than {MOST_PERIODS} periods")
    error = FiguresRefused((Problem(MOST_PERIODS + 1, "period", more),), f"{pack}: {indicator.series}")
    error.fix = Title(
        "请在应用包的 indicators.sql 中按更长的时期汇总，或只取所需的时期。",
        "Let the pack's indicators.sql sum up over longer periods, or ask only for those that are needed.",
    )
    return error


def _ask(workers: Workers, query: str, rows: int, series: bytes | None) -> Answer:
    views = [one.name for one in workers.views]
    return workers.ask(Question(query, form=Format.ARROW, rows=rows, views=views, series=series))


def _table(answer: Answer) -> pa.Table:
    with pa.ipc.open_stream(answer.content) as stream:
        return stream.read_all()


def _csv(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()
