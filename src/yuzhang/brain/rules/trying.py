"""A dry run: what a rule would have raised, over history, by the same evaluation as live."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context.presentation import short
from yuzhang.brain.history.flattening import Rows
from yuzhang.brain.history.model import Series, Window
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of, note_series
from yuzhang.brain.rules.errors import TooMuchToTry
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.evaluation.things import Things
from yuzhang.brain.rules.model import Event, Measure, Rule
from yuzhang.brain.rules.room import Rules
from yuzhang.brain.rules.telling import id_of, opened, over
from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import DELETED, OBSERVED, Key

MOST_SERIES = 5_000
MOST_ROWS = 5_000_000
MOST_EVENTS = 10_000
DAY_US = 86_400_000_000
PART_US = DAY_US
MINUTE_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Tried:
    """What a rule would have raised. `days`: how many events each day (its first moment) would have had; `series`: how many series were
    looked at, with how many rows; `cut`: there would have been more events than are told."""

    events: list[Event]
    days: list[tuple[int, int]]
    series: int
    rows: int
    cut: bool


def tried(
    room: Rules, history: History, caller: Party, rule: Rule, start: int, end: int, sees: Callable[[Event], bool]
) -> Tried:
    """What `rule` would have raised from `start` to before `end`, of series and events that the caller may see. Raises TooMuchToTry.

    Windows, rates and durations know what came up to `start` for as long as they reach back.
    """
    things = room.things()
    series = _series(room, history, caller, things, rule)
    note_series(history, caller, room.tenant, series)
    evaluator = Evaluator(
        [replace(rule, enabled=True)], things, boundary=room.boundary, tenant=room.tenant, history=True
    )
    found: dict[str, Event] = {}
    rows, cut = 0, False
    part_us = PART_US // 4 if rule.condition.forecast else PART_US  # no more forecasts at once than are kept
    for part in _parts(room, history, series, start - _reach(rule), end, part_us):
        rows += len(part)
        if rows > MOST_ROWS:
            raise _too_much(Title(f"超过 {MOST_ROWS} 行观测。", f"There are more than {MOST_ROWS} observations."))
        cut = _note(evaluator, things, evaluator.take(part), found, start) or cut
    cut = _note(evaluator, things, evaluator.tick(end), found, start) or cut
    seen = (one for one in found.values() if one.opened_at >= start and sees(one))
    events = sorted(seen, key=lambda one: (one.opened_at, one.id))
    return Tried(events, _days(events, start, end), len(series), rows, cut)


def _reach(rule: Rule) -> int:
    condition = rule.condition
    learning = (condition.days + 1) * DAY_US if condition.measure is Measure.BASELINE else 0
    learning += condition.fresh_us if condition.measure is Measure.FORECAST else 0
    return condition.period_us + condition.for_us + rule.cooldown_us + learning


def _series(room: Rules, history: History, caller: Party, things: Things, rule: Rule) -> list[Series]:
    within = limit_of(history, caller, room.tenant)
    every = history.series_of(room.tenant, types=list(rule.types) or None, within=within)
    names = [one for one in (rule.attribute, rule.condition.forecast) if one]
    own = [one for one in every if short(one.attribute) in names]
    if not own:
        own = history.series_of(room.tenant, attributes=names, within=within)
    if len(own) > MOST_SERIES:
        raise _too_much(Title(f"超过 {MOST_SERIES} 个序列。", f"There are more than {MOST_SERIES} series."))
    known = things.of([one.entity for one in own])
    return [one for one in own if not rule.types or known[one.entity].types.intersection(rule.types)]


def _parts(
    room: Rules, history: History, series: Sequence[Series], start: int, end: int, part_us: int
) -> Iterator[Rows]:
    """The rows in the order of their times, a part of the time after the other."""
    keys = [(room.tenant, Key(one.entity, one.attribute, one.dataset)) for one in series]
    place = {one.number: at for at, one in enumerate(series)}
    numbers = list(place)
    if not numbers:
        return
    first = max(start, min(one.first_time for one in series))
    for at in range(first, end, part_us):
        table = history.rows(numbers, Window(at, min(at + part_us, end)))
        if table.num_rows:
            yield rows_of(table, keys, place)


def rows_of(table: pa.Table, keys: list[tuple[str, Key]], place: dict[int, int]) -> Rows:
    """A table of history as the evaluation takes it."""
    numbers = table["series"].to_numpy()
    known = np.array(sorted(place), np.int64)
    series = np.array([place[one] for one in known.tolist()], np.int32)[np.searchsorted(known, numbers)]
    rest = table["rest"].to_pylist() if table["rest"].null_count < table.num_rows else None
    deleted = np.asarray(table["deleted"].to_numpy(zero_copy_only=False), bool)
    return Rows(
        keys,
        series,
        _microseconds(table["time"]),
        np.asarray(table["value"].cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64),
        rest,
        np.where(deleted, DELETED, OBSERVED).astype(np.uint8),
        _microseconds(table["modified"]),
        np.full(table.num_rows, -1, np.int64),
    )


def _microseconds(column: pa.ChunkedArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()).to_numpy(zero_copy_only=False), np.int64)


def _note(evaluator: Evaluator, things: Things, changes: Sequence[Change], found: dict[str, Event], start: int) -> bool:
    """Keep what changes say; whether something had to be left out."""
    known = things.of([evaluator.slots.keys[one.slot][2] for one in changes])
    cut = False
    for one in changes:
        id_ = id_of(evaluator, one)
        if one.open:
            if len(found) >= MOST_EVENTS:
                cut = True
                continue
            found[id_] = opened(evaluator, one, known[evaluator.slots.keys[one.slot][2]])
        elif id_ in found:
            found[id_] = over(found[id_], evaluator.ruled.rules[0], one)
    return cut


def _days(events: Sequence[Event], start: int, end: int) -> list[tuple[int, int]]:
    first = start - start % DAY_US
    counts = dict.fromkeys(range(first, end, DAY_US), 0)
    for one in events:
        counts[one.opened_at - one.opened_at % DAY_US] += 1
    return list(counts.items())


def _too_much(detail: Title) -> TooMuchToTry:
    return TooMuchToTry(detail, where="/from", fix=Title("请缩短时间段。", "Choose a shorter time."))
