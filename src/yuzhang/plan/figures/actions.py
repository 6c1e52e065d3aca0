"""What can be done with figures: define their series, import, pull, undo, ask "as known on", export."""

from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path, PurePath

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused
from yuzhang.core.lake import newest_snapshot
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.core.tables.sheets import SheetFormat
from yuzhang.core.units import convert
from yuzhang.plan.figures import store
from yuzhang.plan.figures.checking import Check
from yuzhang.plan.figures.definitions import check_names, read_series
from yuzhang.plan.figures.duplicates import Settlement, Stored, settle
from yuzhang.plan.figures.errors import FiguresRefused, SeriesRefused, UndoRefused, UnknownImport
from yuzhang.plan.figures.model import Figure, ImportRecord, ImportResult, Series, Snapshot
from yuzhang.plan.figures.pull import pull
from yuzhang.plan.figures.sheets import Sheet, read_sheet, write_sheet


@action("planner")
def define_series(storage: Storage, caller: Party, /, path: Path) -> int:
    """Define the series of a `series.toml`, or define them anew; the number of series in the file.

    Series that are not in the file stay. Raises: SeriesRefused if the file is wrong, or if figures that are stored do not
    fit a new definition; FiguresBusy. Nothing is written then.
    """
    defined = read_series(path)
    with storage.lake() as lake:
        known = {one.name: one for one in store.series(lake)} if store.exists(lake) else {}
    if all(known.get(one.name) == one for one in defined):
        return len(defined)
    with store.writing(storage) as lake:
        known = {one.name: one for one in store.series(lake)}
        changed = [one for one in defined if known.get(one.name) != one]
        check_names({**known, **{one.name: one for one in defined}}.values(), path.name)
        by_name = {one.name: one for one in changed}
        for stored in store.valid_of(lake, list(by_name)):
            _check_fit(stored, by_name[stored.figure.series], path.name)
        store.insert_series(lake, changed, caller.id, datetime.now(UTC))
    return len(defined)


def _check_fit(stored: Stored, series: Series, where: str) -> None:
    figure = stored.figure
    said = f"{figure.period} {figure.region} {figure.value:.12g} {figure.unit}"
    try:
        fits = series.low <= convert(figure.value, figure.unit, series.unit) <= series.high
    except InputRefused:
        fits = False
    if not fits or series.region not in (None, figure.region):
        raise SeriesRefused(
            Title(
                f"已有数据不符合“{series.name}”的新定义：{said}（第 {stored.import_id} 次导入）。",
                f"A stored figure does not fit the new “{series.name}”: {said} (import {stored.import_id}).",
            ),
            where=where,
            fix=Title("请改正定义，或先撤销那次导入。", "Correct the definition, or undo that import first."),
        )


@action("planner")
def import_figures(
    storage: Storage, caller: Party, /, content: bytes, filename: str, *, dry_run: bool = False, replace: bool = False
) -> ImportResult:
    """Take in a file of figures (CSV, xlsx or JSON array), whole or not at all; with `dry_run` say what would happen.

    Figures that are stored already are skipped. With `replace` the file's rows stand for their series, period, region and
    vintage: what is stored for these and is not in the file is withdrawn.
    Raises: SheetUnreadable, SheetTooLarge, FiguresRefused (all bad rows named), FiguresBusy. Nothing is written then.
    """
    name = "".join(letter for letter in PurePath(filename).name if letter.isprintable())[:200] or "-"
    return _take(storage, caller, content, name, dry_run, replace)


@action("planner")
def pull_figures(
    storage: Storage,
    caller: Party,
    /,
    url: str,
    *,
    dry_run: bool = False,
    replace: bool = False,
    header_variable: str | None = None,
) -> ImportResult:
    """Take in what a web address answers (CSV, xlsx, or a JSON array of objects with the same keys), as `import_figures`.

    `header_variable` names an environment variable YUZHANG_PULL_… holding one header ("Authorization: Bearer …").
    Raises: SourceRefused, SourceAway (try again), and what `import_figures` raises.
    """
    content, name = pull(url, header_variable)
    return _take(storage, caller, content, name, dry_run, replace)


def _take(storage: Storage, caller: Party, content: bytes, filename: str, dry_run: bool, replace: bool) -> ImportResult:
    sheet = read_sheet(content, filename)
    with storage.lake() as lake:
        # Refusals, dry runs and files that are known already need no lock.
        seen = newest_snapshot(lake)
        settled = _settle(lake, sheet, filename, replace)
        if dry_run or not (settled.added or settled.withdrawn):
            return _result(None, filename, sheet, settled, dry_run)
    with store.writing(storage) as lake:
        if newest_snapshot(lake) != seen:  # another import came between
            settled = _settle(lake, sheet, filename, replace)
            if not (settled.added or settled.withdrawn):
                return _result(None, filename, sheet, settled, dry_run)
        import_id = store.next_import(lake)
        if settled.added:
            store.insert_figures(lake, import_id, settled.added)
        if settled.withdrawn:
            store.insert_withdrawals(lake, import_id, settled.withdrawn)
        record = ImportRecord(
            id=import_id,
            by=caller.id,
            at=datetime.now(UTC),
            filename=filename,
            sha256=sha256(content).hexdigest(),
            rows=len(sheet.rows),
            added=len(settled.added),
            withdrawn=len(settled.withdrawn),
            undoes=None,
            undone=False,
        )
        store.insert_import(lake, record)
    return _result(import_id, filename, sheet, settled, dry_run)


def _settle(lake: store.Lake, sheet: Sheet, filename: str, replace: bool) -> Settlement:
    """What taking the file in means now. Raises: FiguresRefused."""
    known = store.exists(lake)
    check = Check(store.series(lake) if known else ())
    candidates = check.candidates(sheet)
    names = {one.figure.series for one in candidates}
    settled = settle(candidates, store.valid_of(lake, sorted(names)) if known else [], replace)
    problems = sorted((*check.problems, *settled.problems), key=lambda one: one.row)
    if problems:
        raise FiguresRefused(tuple(problems), filename)
    return settled


def _result(import_id: int | None, filename: str, sheet: Sheet, settled: Settlement, dry_run: bool) -> ImportResult:
    return ImportResult(
        import_id=import_id,
        filename=filename,
        rows=len(sheet.rows),
        added=len(settled.added),
        known=settled.known,
        withdrawn=len(settled.withdrawn),
        differences=settled.differences,
        dry_run=dry_run,
    )


@action("planner")
def undo_import(storage: Storage, caller: Party, /, import_id: int) -> ImportRecord:
    """Withdraw what an import brought, and bring back what it replaced; the record of the undo.

    Raises: UnknownImport; UndoRefused if it is undone already, is an undo itself, or a later import built on it; FiguresBusy.
    """
    with store.writing(storage) as lake:
        found = next((one for one in store.imports(lake) if one.id == import_id), None)
        if found is None:
            raise UnknownImport(Title(f"没有第 {import_id} 次导入。", f"There is no import {import_id}."))
        if found.undone or found.undoes is not None:
            raise UndoRefused(
                Title(f"第 {import_id} 次导入已撤销，或本身是撤销。", f"Import {import_id} is undone, or is an undo."),
                fix=Title("请重新导入文件。", "Import the file again."),
            )
        if (later := store.hindering(lake, import_id)) is not None:
            raise UndoRefused(
                Title(f"第 {later} 次导入又替换了这些数据。", f"Import {later} replaced these figures again."),
                fix=Title(f"请先撤销第 {later} 次导入。", f"Undo import {later} first."),
            )
        record = ImportRecord(
            id=store.next_import(lake),
            by=caller.id,
            at=datetime.now(UTC),
            filename=found.filename,
            sha256=found.sha256,
            rows=found.rows,
            added=0,
            withdrawn=found.added,
            undoes=import_id,
            undone=False,
        )
        store.insert_import(lake, record)
    return record


@action("reader")
def figures_known(
    storage: Storage, caller: Party, /, region: str, *, as_of: date | None = None, snapshot: int | None = None
) -> Snapshot:
    """The figures of a region as known on a date: the latest vintage of each series and period.

    Without `as_of` all that is stored is known, and the answer's `as_of` is today, or the last vintage's day where that
    is later (a vintage that states only this year). `snapshot` reads the lake again as it was then.
    Raises: UnknownSnapshot.
    """
    with storage.lake() as lake:
        number = newest_snapshot(lake) if snapshot is None else snapshot
        figures = store.latest(lake, region, as_of, number)
    newest = max((one.known_from for one in figures), default=date.min)
    return Snapshot(id=number, region=region, as_of=as_of or max(newest, date.today()), figures=figures)


@action("reader")
def figure_history(storage: Storage, caller: Party, /, region: str, series: str) -> tuple[Figure, ...]:
    """All vintages of a series in a region, by period, the oldest vintage first; what was withdrawn is left out."""
    with storage.lake() as lake:
        return store.valid_in(lake, region, series) if store.exists(lake) else ()


@action("reader")
def series_defined(storage: Storage, caller: Party, /) -> tuple[Series, ...]:
    """All series that are defined, by name."""
    with storage.lake() as lake:
        return store.series(lake) if store.exists(lake) else ()


@action("reader")
def imports(storage: Storage, caller: Party, /) -> tuple[ImportRecord, ...]:
    """All imports and undos, the newest first."""
    with storage.lake() as lake:
        return store.imports(lake) if store.exists(lake) else ()


@action("reader")
def export_figures(storage: Storage, caller: Party, /, region: str, *, format: SheetFormat = "csv") -> bytes:
    """All valid figures of a region, every vintage, as a file that imports again with no change."""
    with storage.lake() as lake:
        figures = store.valid_in(lake, region, None) if store.exists(lake) else ()
    rows: list[dict[str, str | float]] = [
        {
            "indicator": one.series,
            "period": str(one.period),
            "region": one.region,
            "value": one.value,
            "unit": one.unit,
            "vintage": one.vintage,
            "source_title": one.source_title,
            "source_url": one.source_url,
            "quote": one.quote,
            "confidence": one.confidence,
        }
        for one in figures
    ]
    return write_sheet(rows, format)
