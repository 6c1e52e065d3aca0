"""The cards of the city's data: what came in last and whether it is filed; what there is, and what is missing in it."""

from dataclasses import dataclass
from itertools import islice

from yuzhang.brain.context import actions as present
from yuzhang.brain.context.presentation import short
from yuzhang.brain.context.smart_models.actions import models
from yuzhang.brain.history import browsing
from yuzhang.brain.history.model import Series
from yuzhang.brain.history.presentation import Titled, titled
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sql.actions import tables
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed
from yuzhang.core.storage import Storage
from yuzhang.plan.figures.actions import figures_known, imports, series_defined
from yuzhang.plan.figures.model import ImportRecord
from yuzhang.plan.registry.actions import plans
from yuzhang.web.reader import Reader

MOST = 6
MOST_PARTS = 50
"""Parts of the series that are looked through for the newest; a city with more sees the newest of the first of them."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """What was observed last, and how many entries of the log are not filed yet. `some`: there are more series than were looked at."""

    last: list[Titled]
    behind: int
    some: bool
    series: int


@dataclass(frozen=True, slots=True)
class Kept:
    """What there is of a type, and whether a model checks it."""

    type: str
    name: str
    count: int
    model: bool


@dataclass(frozen=True, slots=True)
class Holdings:
    """The city's data in short: types, figures, tables for SQL, and what is missing."""

    types: list[Kept]
    more: int
    series: int
    empty: list[str]
    newest: ImportRecord | None
    tables: int


def incoming(history: History, caller: Party, reader: Reader) -> Incoming:
    """What came in last, in the default tenant. Raises NotAllowed."""
    newest: list[tuple[int, int]] = []
    seen, parts = 0, 0
    for part in islice(browsing.newest(history, caller, ""), MOST_PARTS):
        parts += 1
        seen += part.num_rows
        numbers = part.column("series").to_pylist()
        times = part.column("time").cast("int64").to_pylist()
        newest = sorted([*newest, *zip(times, numbers, strict=True)], reverse=True)[:MOST]
    order = {number: at for at, (_, number) in enumerate(newest)}
    found: list[Series] = []
    if newest:
        asked = ",".join(str(number) for _, number in newest)
        found = sorted(browsing.chosen(history, caller, "", asked, None), key=lambda one: order[one.number])
    things = browsing.things(history, caller, "", found)
    behind = max(0, history.broker.log.head() - history.recorder.place) if history.recorder.place >= 0 else 0
    return Incoming([titled(one, things.get(one.entity), reader) for one in found], behind, parts == MOST_PARTS, seen)


def holdings(storage: Storage, history: History, workers: Workers, caller: Party) -> Holdings:
    """What there is, in the default tenant. Raises NotAllowed."""
    uses = [one for one in present.uses(history.broker, caller, "") if one.attribute is None]
    modelled = {one.type for one in models(history.broker, caller)}
    kept = [Kept(one.type, short(one.type), one.count, one.type in modelled) for one in uses]
    kept.sort(key=lambda one: -one.count)
    series, empty, newest = _figures(storage, caller)
    try:
        offered = len(tables(workers, caller))
    except NotAllowed:
        offered = 0
    return Holdings(kept[:MOST], max(0, len(kept) - MOST), series, empty, newest, offered)


def _figures(storage: Storage, caller: Party) -> tuple[int, list[str], ImportRecord | None]:
    """How many series of figures there are, which of them have no figure in any plan's region, and the newest import."""
    try:
        defined = series_defined(storage, caller)
        regions = {one.region for one in plans(storage, caller)}
        filled = {one.series for region in regions for one in figures_known(storage, caller, region).figures}
        newest = next(iter(imports(storage, caller)), None)
    except NotAllowed:
        return 0, [], None
    return len(defined), [one.name for one in defined if one.name not in filled], newest
