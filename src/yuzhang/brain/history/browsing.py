"""What can be done with the past: series looked for, drawn, listed and downloaded, the newest value of each, the lake's snapshots."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import duckdb
import msgspec
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.brain.context import actions as present
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.moments import EPOCH
from yuzhang.brain.context.query import Selection
from yuzhang.brain.history import charting
from yuzhang.brain.history.charting import MAX_SERIES, SECOND_US, Course
from yuzhang.brain.history.downloading import Download, Format
from yuzhang.brain.history.errors import NoSuchSeries, NoSuchSnapshot, UnfitSeries, UnfitWindow
from yuzhang.brain.history.model import ALWAYS, Series, Window
from yuzhang.brain.history.room import History
from yuzhang.brain.history.seeing import limit_of, note_read, note_series
from yuzhang.brain.history.store import searching
from yuzhang.brain.history.store.lake import source
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Microseconds

MAX_NAMED = 200
MAX_LOOKED_THROUGH = 20_000
"""Entities of the present whose texts are looked through for a name."""
SNAPSHOTS = "SELECT snapshot_id, epoch_us(snapshot_time) FROM lake.snapshots() ORDER BY snapshot_id DESC LIMIT ?"
MICROSECOND = timedelta(microseconds=1)


class Row(msgspec.Struct, frozen=True):
    """A row of a table of history. `value` is None if it is no number; then `rest` says what it is, as JSON."""

    series: int
    time: Microseconds
    value: float | None
    rest: str | None
    deleted: bool


class Listed(msgspec.Struct, frozen=True):
    """A part of the rows of a window, the newest first, and how many there are in all."""

    rows: list[Row]
    total: int


class Snapshot(msgspec.Struct, frozen=True):
    """A state that the lake had, and when."""

    number: int
    time: Microseconds


def moment_of(text: str, where: str) -> Microseconds | None:
    """A day or a time as people and programs write them, in UTC if it says nothing else; None for an empty text. Raises UnfitWindow.

    >>> moment_of("2026-01-02", "/from"), moment_of("2026-01-02T08:00+08:00", "/from")
    (1767312000000000, 1767312000000000)
    """
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.strip().replace(" ", "+") if "T" in text else text.strip())
    except ValueError as err:
        raise UnfitWindow(
            Title(f"“{text[:40]}”不是日期或时间。", f"“{text[:40]}” is neither a day nor a time."),
            where=where,
            fix=Title("请写成 2026-01-02 或 2026-01-02T03:04:05Z。", "Write 2026-01-02 or 2026-01-02T03:04:05Z."),
        ) from err
    return ((found if found.tzinfo else found.replace(tzinfo=UTC)) - EPOCH) // MICROSECOND


def window_of(start: str, end: str) -> Window:
    """From `start` to before `end`, each empty for no bound; a row without observedAt counts by the time it came. Raises UnfitWindow."""
    found = Window(moment_of(start, "/from"), moment_of(end, "/to"))
    if found.start is not None and found.end is not None and found.end <= found.start:
        raise UnfitWindow(
            Title("结束时间不晚于开始时间。", "It does not end after it begins."),
            where="/to",
            fix=Title("请把结束时间改到开始时间之后。", "Choose an end that is later than the beginning."),
        )
    return found


def numbers_of(text: str, most: int | None = MAX_SERIES) -> list[int]:
    """Numbers of series as addresses have them: "3,17". Raises UnfitSeries.

    >>> numbers_of("3,17,3")
    [3, 17]
    """
    parts = [one for one in text.split(",") if one]
    if not all(one.isascii() and one.isdigit() and len(one) < 16 for one in parts):
        raise UnfitSeries(
            Title(f"“{text[:40]}”不是序列编号。", f"“{text[:40]}” are not numbers of series."),
            where="/series",
            fix=Title("请写成 3,17；编号见 /api/history/series。", "Write 3,17; /api/history/series has the numbers."),
        )
    found = list(dict.fromkeys(int(one) for one in parts))
    if most is not None and len(found) > most:
        raise UnfitSeries(
            Title(f"一次最多比较 {most} 个序列。", f"At most {most} series can be compared at once."),
            where="/series",
            fix=Title("请去掉一些。", "Take some of them away."),
        )
    return found


@action("reader")
def search(
    history: History,
    caller: Party,
    /,
    tenant: str,
    *,
    entity: str = "",
    attribute: str = "",
    type_name: str = "",
    text: str = "",
    after: int = 0,
    limit: int = 50,
) -> list[Series]:
    """Series by their numbers, those after the number `after`: of an entity, an attribute, a type; `text` stands in the entity's id,
    in the attribute, or in anything that the present says of the entity, as its name."""
    text = text.strip()
    found = searching.search(
        history.broker.database.reader(),
        tenant,
        entity=entity,
        attribute=attribute,
        type_name=type_name,
        part=text,
        named=_named(history, caller, tenant, text) if text and ":" not in text else (),
        after=after,
        limit=limit,
        within=limit_of(history, caller, tenant),
    )
    note_series(history, caller, tenant, found)
    return found


def _named(history: History, caller: Party, tenant: str, text: str) -> list[str]:
    """Ids of entities of the present that hold the text."""
    needle = text.lower()
    found = islice(
        present.every(history.broker, caller, present.planned(history.broker, caller, tenant, Selection())),
        MAX_LOOKED_THROUGH,
    )
    return [
        one["id"]
        for one in islice((stored.open().body for stored in found if needle in stored.body.decode().lower()), MAX_NAMED)
    ]


@action("reader")
def choices(history: History, caller: Party, /, tenant: str) -> tuple[list[str], list[str]]:
    """The types of entities and the attributes that have a history."""
    reader, within = history.broker.database.reader(), limit_of(history, caller, tenant)
    return searching.types(reader, tenant, within), searching.attributes(reader, tenant, within)


@action("reader")
def chosen(history: History, caller: Party, /, tenant: str, text: str, most: int | None = MAX_SERIES) -> list[Series]:
    """The series with the numbers that `text` has, in this order, `most` at most. Raises UnfitSeries, NoSuchSeries."""
    numbers = numbers_of(text, most)
    within = limit_of(history, caller, tenant)
    some = history.series_of(tenant, numbers=numbers, within=within) if numbers else []
    found = {one.number: one for one in some}
    for number in numbers:
        if number not in found:
            raise NoSuchSeries(
                Title(f"没有编号为 {number} 的序列。", f"There is no series {number}."),
                where="/series",
                fix=Title("请在“历史”页重新查找。", "Look for it again on the page “History”."),
            )
    return [found[number] for number in numbers]


@action("reader")
def things(history: History, caller: Party, /, tenant: str, series: Sequence[Series]) -> dict[str, Entity]:
    """The entities of the series as they are in the present, by id: it knows their names and units. Those that are gone are not there."""
    found = present.retrieve_all(history.broker, caller, tenant, list({one.entity for one in series}))
    return {id_: one.open() for id_, one in found.items()}


@action("reader")
def matching(
    history: History,
    caller: Party,
    /,
    tenant: str,
    text: str = "",
    entity: str = "",
    attribute: str = "",
    type_name: str = "",
) -> list[Series]:
    """All series that are like all that is said of them. `text` has numbers.

    Raises: UnfitSeries if nothing is said, NoSuchSeries of unknown numbers.
    """
    numbers = [one.number for one in chosen(history, caller, tenant, text, None)]
    if not (numbers or entity or attribute or type_name):
        raise UnfitSeries(
            Title("没有说明要哪些序列。", "Nothing says which series are wanted."),
            where="/series",
            fix=Title("请给出 series、entity、attribute 或 type。", "Name series, entity, attribute or type."),
        )
    return history.series_of(
        tenant,
        numbers=numbers or None,
        entities=[entity] if entity else None,
        attributes=[attribute] if attribute else None,
        types=[type_name] if type_name else None,
        within=limit_of(history, caller, tenant),
    )


@action("reader")
def courses(
    history: History, caller: Party, /, tenant: str, series: Sequence[Series], window: Window, width: int
) -> dict[int, Course]:
    """How the numbers of `series` ran in the window, drawn `width` pixels wide. Without bounds it is all there is of them."""
    start, end = bounds(series, window)
    note_series(history, caller, tenant, series)
    with history.lake() as lake:
        return charting.courses(lake, [one.number for one in series if one.tenant == tenant], start, end, width)


def bounds(series: Sequence[Series], window: Window = ALWAYS) -> tuple[Microseconds, Microseconds]:
    """The window's own bounds, or where it has none, the whole seconds around what there is of the series."""
    start, end = window.start, window.end
    if start is None:
        start = min((one.first_time for one in series), default=0) // SECOND_US * SECOND_US
    if end is None:
        end = max((one.last_time for one in series), default=0) // SECOND_US * SECOND_US + SECOND_US
    return start, max(end, start + 1)


@action("reader")
def rows(
    history: History, caller: Party, /, tenant: str, series: Sequence[Series], window: Window, offset: int, limit: int
) -> Listed:
    """Rows of `series` in the window, the newest first."""
    note_series(history, caller, tenant, series)
    numbers = ", ".join(str(one.number) for one in series if one.tenant == tenant) or "NULL"
    start, end = bounds(series, window)
    within = f"FROM observations WHERE series IN ({numbers}) AND time >= make_timestamp(?) AND time < make_timestamp(?)"
    with history.lake() as lake:
        total = lake.execute(f"SELECT count(*) {within}", [start, end]).fetchone()  # whole numbers
        found = lake.execute(
            f"SELECT series, epoch_us(time), value, rest, deleted {within} ORDER BY time DESC, series LIMIT ? OFFSET ?",
            [start, end, limit, offset],
        ).fetchall()
    return Listed([Row(*row) for row in found], total[0] if total else 0)


@action("reader")
def newest(
    history: History, caller: Party, /, tenant: str, *, attribute: str = "", type_name: str = ""
) -> Iterator[pa.Table]:
    """The newest value of every series, some series at a time, as `store.searching.NEWEST`: kept, so that no row is looked for."""
    within = limit_of(history, caller, tenant)
    reader = history.broker.database.reader
    parts = searching.newest(reader, tenant, attribute=attribute, type_name=type_name, within=within)
    return parts if history.broker.sights.of(caller, tenant) is None else _noted(history, caller, tenant, parts)


def _noted(history: History, caller: Party, tenant: str, parts: Iterator[pa.Table]) -> Iterator[pa.Table]:
    for part in parts:
        pairs = zip(part["entity"].to_pylist(), part["attribute"].to_pylist(), strict=True)
        note_read(history, caller, tenant, pairs)
        yield part


@action("reader")
def snapshots(history: History, caller: Party, /, limit: int) -> list[Snapshot]:
    """The states of the lake that can still be read, the newest first."""
    with history.lake() as lake:
        return [Snapshot(*row) for row in lake.execute(SNAPSHOTS, [limit]).fetchall()]


@action("reader")
def download(
    history: History,
    caller: Party,
    /,
    tenant: str,
    series: Sequence[Series],
    window: Window,
    form: Format,
    snapshot: int | None = None,
) -> Download:
    """The rows of `series` in the window, as a file. Raises NoSuchSnapshot, NoSuchSeries if there is none at all."""
    own = [one for one in series if one.tenant == tenant]
    if not own:
        raise NoSuchSeries(
            Title("没有符合条件的序列。", "No series is like that."),
            where="/series",
            fix=Title("请检查实体、属性和类型的名称。", "Check the names of the entity, the attribute and the type."),
        )
    start, end = bounds(own, window)
    note_series(history, caller, tenant, own)
    if snapshot is not None:
        _check(history, snapshot)
    return Download(history, own, Window(start, end, by=window.by), snapshot, form)


def _check(history: History, snapshot: int) -> None:
    with history.lake() as lake:
        try:
            lake.execute(f"SELECT 1 FROM {source(snapshot)} LIMIT 0")  # noqa: S608  # a whole number
        except duckdb.Error as err:
            raise NoSuchSnapshot(
                Title(f"没有快照 {snapshot}，或已过期。", f"There is no snapshot {snapshot}, or it has expired."),
                where="/snapshot",
                fix=Title("请从 /api/history/snapshots 中选择。", "Choose one of /api/history/snapshots."),
            ) from err
