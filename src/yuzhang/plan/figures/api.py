"""Figures over HTTP: asked as known on a date, imported whole or not at all."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Response, UploadFile

from yuzhang.core.tables.sheets import MEDIA_TYPES, SheetFormat
from yuzhang.plan.figures import actions
from yuzhang.plan.figures.model import Figure, ImportRecord, ImportResult, Series, Snapshot
from yuzhang.web.asking import Caller, Store

router = APIRouter(prefix="/api/figures", tags=["figures"])
LARGEST = 2**53


@router.get("")
def known(
    storage: Store,
    caller: Caller,
    region: Annotated[str, Query(min_length=1, max_length=100)],
    known: Annotated[date | None, Query(description="as known on this day; today if left out")] = None,
    snapshot: Annotated[int | None, Query(ge=0, le=LARGEST)] = None,
) -> Snapshot:
    """The figures of a region as known on a day: the latest vintage of each series and period."""
    return actions.figures_known(storage, caller, region, as_of=known, snapshot=snapshot)


@router.get("/history")
def history(storage: Store, caller: Caller, region: str, series: str) -> tuple[Figure, ...]:
    """All vintages of one series."""
    return actions.figure_history(storage, caller, region, series)


@router.get("/series")
def series(storage: Store, caller: Caller) -> tuple[Series, ...]:
    """The series that figures may be given for, with unit and plausible range."""
    return actions.series_defined(storage, caller)


@router.get("/imports")
def imports(storage: Store, caller: Caller) -> tuple[ImportRecord, ...]:
    """Every import and undo, the newest first."""
    return actions.imports(storage, caller)


@router.post("/imports")
def import_figures(
    storage: Store, caller: Caller, file: UploadFile, dry_run: bool = False, replace: bool = False
) -> ImportResult:
    """Take in a file (CSV, Excel, JSON); with `dry_run` only say what would happen."""
    content = file.file.read()
    return actions.import_figures(storage, caller, content, file.filename or "-", dry_run=dry_run, replace=replace)


@router.post("/imports/{import_id}/undo")
def undo(storage: Store, caller: Caller, import_id: int) -> ImportRecord:
    """Withdraw what an import brought, and bring back what it replaced."""
    return actions.undo_import(storage, caller, import_id)


@router.get("/export.{format}", response_class=Response)
def export(storage: Store, caller: Caller, region: str, format: SheetFormat) -> Response:
    """All figures of a region, every vintage, as a file that imports again with no change."""
    content = actions.export_figures(storage, caller, region, format=format)
    name = f'attachment; filename="figures.{format}"'
    return Response(content, media_type=MEDIA_TYPES[format], headers={"content-disposition": name})
