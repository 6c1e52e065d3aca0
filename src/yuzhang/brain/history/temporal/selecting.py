"""Which entities a query of the past finds: by what they are, when they were, and what they were then. Source: clause 5.7.4.4."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from yuzhang.brain.context.errors import TooComplexQuery, said
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.query import ScopeQ, Selection
from yuzhang.brain.history.model import Known, Limit, Series, TimeProperty, Window
from yuzhang.brain.history.room import History
from yuzhang.brain.history.store.lake import Lake
from yuzhang.brain.history.temporal.evolving import Row, evolutions, past_of, scope_of
from yuzhang.brain.history.temporal.model import SCOPE, Evolution, TemporalQuery
from yuzhang.brain.history.temporal.store import entities, scope_rows, series_in, series_of, some_rows

AT_ONCE = 200
JUDGED_AT_ONCE = 50
"""Entities whose instances are read at once, where they are looked at one by one."""
MOST_JUDGED = 200_000
"""Instances that are read at once for that."""
Span = tuple[Microseconds, Microseconds | None]
"""From when to before when (None: still)."""


@dataclass(slots=True)
class Chosen:
    """An entity that was found: its series of all attributes that count. `spans`: only what was then counts (None: all)."""

    known: Known
    series: list[Series]
    scopes: list[Series] = field(default_factory=list)
    spans: list[Span] | None = None


def chosen(
    history: History,
    lake: Lake,
    tenant: str,
    selections: Sequence[Selection],
    query: TemporalQuery,
    only: Sequence[str] | None = None,
    within: Limit | None = None,
) -> Iterator[Chosen]:
    """All entities that one of `selections` finds, each once. `only`: none but these, in this order. Raises TooComplexQuery.

    `within`: what is seen; what is not is as if it had never been.
    """
    seen: set[str] = set()
    for one in selections:
        for found in _of_one(history, lake, tenant, one, query, only, within):
            if found.known.id not in seen:
                seen.add(found.known.id)
                yield found


def _of_one(
    history: History,
    lake: Lake,
    tenant: str,
    selection: Selection,
    query: TemporalQuery,
    only: Sequence[str] | None,
    within: Limit | None,
) -> Iterator[Chosen]:
    reader = history.broker.database.reader()
    judged = selection.q is not None or selection.geo is not None
    for some in entities(reader, tenant, selection, JUDGED_AT_ONCE if judged else AT_ONCE, only, within):
        for at in range(0, len(some), JUDGED_AT_ONCE if judged else len(some) or 1):
            part = some[at : at + JUDGED_AT_ONCE] if judged else some
            all_series = series_of(reader, tenant, [one.id for one in part], None, within)
            candidates = _in_window(lake, part, all_series, selection, query)
            if judged:
                candidates = _judged(history, lake, candidates, all_series, selection, query)
            if selection.scope is not None:
                candidates = _in_scope(history, lake, candidates, selection.scope, query.window)
            yield from candidates


def _in_window(
    lake: Lake,
    known: Sequence[Known],
    all_series: dict[str, list[Series]],
    selection: Selection,
    query: TemporalQuery,
) -> list[Chosen]:
    """Those with an instance of an attribute that counts, of a dataset that counts, in the window."""
    found = []
    for one in known:
        there = all_series.get(one.id, [])
        counting = [series for series in there if series.attribute != SCOPE and _counts(series, selection)]
        found.append(Chosen(one, counting, [series for series in there if series.attribute == SCOPE]))
    window = query.window
    if window is None:
        return [one for one in found if one.series or selection.attrs is None]
    likely = [series.number for one in found for series in one.series if _may_lie_in(series, window)]
    numbers = series_in(lake, likely, window)
    return [one for one in found if any(series.number in numbers for series in one.series)]


def _counts(series: Series, selection: Selection) -> bool:
    if selection.attrs is not None and series.attribute not in selection.attrs:
        return False
    return selection.datasets is None or (series.dataset or "@none") in selection.datasets


def _may_lie_in(series: Series, window: Window) -> bool:
    """Whether a series can have a row in the window, by its first and its last one."""
    if window.by is not TimeProperty.OBSERVED:
        return True
    if window.end is not None and series.first_time >= window.end:
        return False
    return window.start is None or series.last_time >= window.start


def _judged(
    history: History,
    lake: Lake,
    candidates: Sequence[Chosen],
    all_series: dict[str, list[Series]],
    selection: Selection,
    query: TemporalQuery,
) -> list[Chosen]:
    """Those whose instances in the window meet the query and the geo-query."""
    names = set(selection.q.attributes() if selection.q is not None else ())
    if selection.geo is not None:
        names.add(selection.geo.geoproperty)
    asked = [one for each in candidates for one in all_series[each.known.id] if one.attribute in names]
    rows = some_rows(lake, asked, TemporalQuery(query.window, query.relation, query.by), MOST_JUDGED + 1)
    if len(rows) > MOST_JUDGED:
        raise TooComplexQuery(
            said(f"More than {MOST_JUDGED} instances would have to be looked at. Narrow the window or the query down.")
        )
    knowns = [one.known for one in candidates]
    found = evolutions(knowns, asked, rows, {}, history.broker.now())
    condition = Selection(q=selection.q, geo=selection.geo, datasets=selection.datasets)
    fitting = {one.id for one in found if condition.matches(one.snapshot())}
    return [one for one in candidates if one.known.id in fitting]


def meets(evolution: Evolution, selection: Selection) -> bool:
    """Whether an entity that was put together meets a selection. Source: clause 5.7.4.4, the steps S5 and S6."""
    return replace(selection, scope=None).matches(evolution.snapshot())


def _in_scope(
    history: History, lake: Lake, candidates: Sequence[Chosen], scope: ScopeQ, window: Window | None
) -> list[Chosen]:
    """Those that had a fitting scope in the window, with the spans of time in which they had it. Source: clauses 4.18, C.5.16."""
    end = window.end if window is not None else None
    of: dict[int, list[Row]] = {}
    numbers = [one.number for each in candidates for one in each.scopes]
    for row in scope_rows(lake, numbers, end):
        of.setdefault(row[0], []).append(row)
    found = []
    for one in candidates:
        rows = [row for series in one.scopes for row in of.get(series.number, [])]
        spans = _spans(rows, scope, history.broker.now())
        if not one.scopes and scope.fit(one.known.scopes):
            # It was made before scopes were kept over time: what it has now holds from its beginning on.
            spans = [(one.known.created, None)]
        if window is not None:
            spans = [span for span in spans if _meet(span, window)]
        if spans:
            found.append(replace(one, spans=spans))
    return found


def _spans(rows: Sequence[Row], scope: ScopeQ, now: Microseconds) -> list[Span]:
    spans: list[Span] = []
    began: Microseconds | None = None
    for row in sorted(rows, key=lambda one: int(one[1])):
        past = past_of(row, "", None, now)
        fits = past is not None and scope.fit(scope_of(past))
        if fits and began is None:
            began = row[1]
        elif not fits and began is not None:
            spans.append((began, row[1]))
            began = None
    if began is not None:
        spans.append((began, None))
    return spans


def _meet(span: Span, window: Window) -> bool:
    start, end = span
    return (window.end is None or start < window.end) and (window.start is None or end is None or end > window.start)
