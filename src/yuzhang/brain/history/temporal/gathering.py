"""What of the entities that were found is in the answer: their instances, or their sums. Clauses 5.7.3.4, 5.7.4.4, 6.3.10."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from yuzhang.brain.context.errors import TooManyResults, said
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.rendering import Representation, is_shown
from yuzhang.brain.history.model import Series, TimeProperty
from yuzhang.brain.history.room import History
from yuzhang.brain.history.store.lake import Lake
from yuzhang.brain.history.temporal.aggregating import Summed, summed_by_columns, summed_one_by_one
from yuzhang.brain.history.temporal.asking import Wish
from yuzhang.brain.history.temporal.evolving import Row, evolutions, past_of
from yuzhang.brain.history.temporal.model import SCOPE, Evolution, Past, TemporalQuery
from yuzhang.brain.history.temporal.selecting import Chosen
from yuzhang.brain.history.temporal.store import kinds_before, scope_rows, some_rows

MOST_INSTANCES = 50_000
"""Instances in one answer; what is left over is another part of it (clause 6.3.10)."""
MOST_SUMMED = 1_000_000
"""Instances that are summed up one by one for one answer."""
Sums = dict[str, list[tuple[str, Summed]]]
"""Of an entity: by attribute, the datasets with their sums."""


@dataclass(frozen=True, slots=True)
class Cut:
    """The stretch of time that an answer holds, if there is more: its oldest and its newest moment. Source: clause 6.3.10."""

    oldest: Microseconds
    newest: Microseconds


@dataclass(slots=True)
class Gathered:
    """Entities of an answer; `sums` stand beside each of them if values are aggregated. `cut`: only this stretch is in it."""

    entities: list[Evolution]
    sums: list[Sums] = field(default_factory=list)
    cut: Cut | None = None


def gathered(history: History, lake: Lake, some: Sequence[Chosen], wish: Wish, most: int | None = None) -> Gathered:
    """The entities with the instances that are asked for, at most `most`; the same stretch of time of all of them."""
    query, now = wish.query, history.broker.now()
    most = MOST_INSTANCES if most is None else most
    series = [series for one in some for series in one.series if wanted(series, wish.how)]
    rows = some_rows(lake, series, query, most + 1, backwards=query.last_n is not None)
    rows, cut = _cut(rows, most)
    ended = sorted({row[0] for row in rows if row[6]})
    found = evolutions([one.known for one in some], series, rows, kinds_before(lake, ended), now)
    of_scopes = [series for one in some for series in one.scopes if wanted(series, wish.how)]
    scopes = scope_rows(lake, [one.number for one in of_scopes], query.window.end if query.window else None)
    for evolution, one in zip(found, some, strict=True):
        if one.spans is not None:
            _keep_spans(evolution, one)
        own = {series.number for series in one.scopes}
        if past := _scopes_then([row for row in scopes if row[0] in own], query, now):
            evolution.attributes[SCOPE] = past
    return Gathered(found, cut=cut)


def wanted(series: Series, how: Representation) -> bool:
    """Whether a series is shown."""
    if not is_shown(series.attribute, how):
        return False
    return how.dataset is None or series.attribute == SCOPE or (series.dataset or "@none") in how.dataset


def _cut(rows: list[Row], most: int) -> tuple[list[Row], Cut | None]:
    """Rows in the order of their keys, without those from the first moment on that is not whole; and the stretch that they are of."""
    if len(rows) <= most:
        return rows, None
    edge = rows[most][-1]
    kept = [row for row in rows if row[-1] != edge] or rows
    return kept, Cut(min(kept[0][-1], kept[-1][-1]), max(kept[0][-1], kept[-1][-1]))


def _keep_spans(evolution: Evolution, one: Chosen) -> None:
    """Only what was while the scope was. Source: clause C.5.16.3."""
    for name, past in list(evolution.attributes.items()):
        kept = [
            each
            for each in past
            if any(start <= each.time and (end is None or each.time < end) for start, end in one.spans or ())
        ]
        if kept:
            evolution.attributes[name] = kept
        else:
            del evolution.attributes[name]


def _scopes_then(rows: Sequence[Row], query: TemporalQuery, now: Microseconds) -> list[Past]:
    """The instances of the scope in the window, and the one that was valid at its beginning. Source: clauses 4.5.6 and C.5.16."""
    found = [past for row in rows if (past := past_of(row, "", None, now)) is not None]
    if query.by is TimeProperty.DELETED:
        found = [one for one in found if one.deleted]
    start = query.window.start if query.window is not None else None
    if start is None:
        return found
    before = [one for one in found if one.time <= start]
    return before[-1:] + [one for one in found if one.time > start]


def summed(history: History, lake: Lake, some: Sequence[Chosen], wish: Wish) -> Gathered:
    """The entities with the sums of what is asked for. Raises TooManyResults."""
    series = [series for one in some for series in one.series if wanted(series, wish.how)]
    if any(one.spans is not None for one in some):
        return summed_up(_all(history, lake, some, wish), wish.query)
    sums, plain = summed_by_columns(lake, series, wish.query)
    found = evolutions([one.known for one in some], (), (), {}, history.broker.now())
    by_entity: dict[str, Sums] = {one.id: {} for one in found}
    if not plain:
        # Their periods begin with the first instance of the entity, whatever attribute that is of.
        lacking = {number: one for number, one in sums.items() if not one.plain}
        sums = {number: one for number, one in sums.items() if one.plain} | _apart(history, lake, some, wish, lacking)
    for one in series:
        if one.number in sums:
            by_entity[one.entity].setdefault(one.attribute, []).append((one.dataset, sums[one.number]))
    return Gathered(found, [by_entity[one.id] for one in found])


def _apart(
    history: History, lake: Lake, some: Sequence[Chosen], wish: Wish, lacking: dict[int, Summed]
) -> dict[int, Summed]:
    """The sums of the series `lacking`, which hold more than numbers."""
    found: dict[int, Summed] = {}
    # `lastN` counts the moments of an attribute: all datasets of such a one are gathered.
    names = {(one.entity, one.attribute) for each in some for one in each.series if one.number in lacking}
    apart = [Chosen(each.known, [one for one in each.series if (one.entity, one.attribute) in names]) for each in some]
    for one, evolution in zip(apart, _all(history, lake, apart, wish), strict=True):
        numbers = {(series.attribute, series.dataset): series.number for series in one.series}
        for name, past in evolution.attributes.items():
            for dataset, of_one in by_dataset(past).items():
                number = numbers[name, dataset]
                if number in lacking:
                    found[number] = summed_one_by_one(of_one, wish.query, *lacking[number].whole)
    return found


def _all(history: History, lake: Lake, some: Sequence[Chosen], wish: Wish) -> list[Evolution]:
    found = gathered(history, lake, some, wish, MOST_SUMMED)
    if found.cut is not None:
        raise TooManyResults(
            said(f"More than {MOST_SUMMED} instances that are no plain numbers would have to be summed up."),
            fix=said("Take a shorter time or fewer entities."),
        )
    for one in found.entities:
        one.attributes.pop(SCOPE, None)
    return found.entities


def summed_up(entities: Sequence[Evolution], query: TemporalQuery) -> Gathered:
    """The sums of entities whose instances are at hand."""
    sums: list[Sums] = []
    for one in entities:
        keys = [past.key for some in one.attributes.values() for past in some if not past.deleted] or [0]
        start = query.window.start if query.window is not None else None
        origin = min(keys) if start is None else start
        sums.append(
            {
                name: [
                    (dataset, summed_one_by_one(some, query, origin, max(keys)))
                    for dataset, some in by_dataset(past).items()
                ]
                for name, past in one.attributes.items()
            }
        )
    return Gathered(list(entities), sums)


def by_dataset(past: Sequence[Past]) -> dict[str, list[Past]]:
    """Instances of an attribute, those of each dataset by themselves."""
    found: dict[str, list[Past]] = {}
    for one in past:
        found.setdefault(one.dataset, []).append(one)
    return found
