"""Many devices at once out of a table (CSV or Excel): every row is checked, and the table is taken whole or not at all."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.tables.sheets import Row, read_sheet
from yuzhang.foundation.registry.actions import secret_text
from yuzhang.foundation.registry.checking import Wrong, completed, faults_among, faults_of, placed
from yuzhang.foundation.registry.errors import UnfitSheet
from yuzhang.foundation.registry.model import EXPECTED_S, Device, NewCredential
from yuzhang.foundation.registry.room import Registry, hash_of
from yuzhang.foundation.registry.store import devices as store

NEEDED = ("id", "kind")
COLUMNS = (
    "id", "kind", "name", "model", "entity", "lon", "lat", "unit", "region", "gateway", "firmware", "status", "writes", "simulated",
    "expected_s",
)  # fmt: skip
TRUE, FALSE = frozenset({"true", "yes", "1", "是"}), frozenset({"", "false", "no", "0", "否"})
MOST_TOLD = 200
SAMPLE = (
    "id,kind,name,model,lon,lat,unit,gateway,expected_s\r\n"
    "pump-01,PumpStation,第一泵站,PS-200,115.8921,28.6765,,,60\r\n"
)


@dataclass(frozen=True, slots=True)
class RowFault:
    """A fault of one cell: the row as a spreadsheet counts (the heading is 1), the column, what is wrong, and what to write instead."""

    row: int
    column: str
    wrong: Title
    instead: Title

    def said(self, language: str) -> str:
        """One line."""
        zh = language == "zh"
        place = f"第 {self.row} 行 {self.column}" if zh else f"row {self.row} {self.column}"
        return f"{place} — {self.wrong.zh if zh else self.wrong.en} — {self.instead.zh if zh else self.instead.en}"


@dataclass(frozen=True, slots=True)
class Preview:
    """What a table would bring: the devices, and all faults, for which none of them would be taken."""

    devices: tuple[Device, ...]
    faults: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class Taken:
    """What a table brought: how many devices, and their secrets if they were given some."""

    added: int
    credentials: tuple[NewCredential, ...]


@action("operator", reads=True)
def preview(registry: Registry, caller: Party, /, content: bytes, filename: str) -> Preview:
    """What a table would bring; nothing is kept. Raises SheetUnreadable."""
    rows, devices, faults = _read(content, filename)
    devices = placed(registry, devices)
    with registry.storage.reading() as connection:
        faults += _among(registry, connection, rows, devices)
    return Preview(tuple(devices), tuple(sorted(faults, key=lambda one: one.row)))


@action("operator")
def take(
    registry: Registry, caller: Party, /, content: bytes, filename: str, *, with_credentials: bool = False
) -> Taken:
    """Take all devices of a table in. Raises SheetUnreadable, UnfitSheet with all faults; then nothing was kept."""
    rows, devices, faults = _read(content, filename)
    _refuse(faults)
    devices = placed(registry, devices)
    secrets: tuple[NewCredential, ...] = ()
    with registry.changing() as changing:
        _refuse(_among(registry, changing.connection, rows, devices))
        store.add(changing.connection, devices, registry.now(), caller.id)
        if with_credentials:
            secrets = tuple(NewCredential(one.id, secret_text()) for one in devices)
            hashes = {one.device: hash_of(one.secret) for one in secrets}
            store.put_secrets(changing.connection, hashes, registry.now(), caller.id)
        changing.devices += devices
    return Taken(len(devices), secrets)


def _read(content: bytes, filename: str) -> tuple[list[Row], list[Device], list[RowFault]]:
    rows = read_sheet(content, filename, NEEDED)
    faults: list[RowFault] = []
    unknown = [] if not rows else [name for name in rows[0].cells if name not in COLUMNS]
    faults += [
        RowFault(1, name, Title("没有这一列", "there is no such column"), Title(*[", ".join(COLUMNS)] * 2))
        for name in unknown
    ]
    devices = []
    for row in rows:
        wrong: list[Wrong] = []
        made = completed(_device(row, wrong))
        told = {one.column for one in wrong}
        wrong += [one for one in faults_of(made) if one.column not in told]
        faults += [RowFault(row.number, one.column, one.wrong, one.instead) for one in wrong]
        devices.append(made)
    return rows, devices, faults


def _device(row: Row, wrong: list[Wrong]) -> Device:
    cells = row.cells
    texts = {name: cells.get(name, "") for name in ("name", "model", "entity", "unit", "region", "gateway", "firmware")}
    simulated = cells.get("simulated", "").lower()
    if simulated not in TRUE | FALSE:
        wrong.append(Wrong("simulated", Title("应为是或否", "yes or no is wanted"), Title("是", "yes")))
    return Device(
        cells["id"],
        kind=cells["kind"],
        lon=_number(cells, "lon", wrong),
        lat=_number(cells, "lat", wrong),
        status=cells.get("status") or "active",  # type: ignore[arg-type]  # checked with all else
        writes=tuple(cells.get("writes", "").replace(";", " ").split()),
        simulated=simulated in TRUE,
        expected_s=_number(cells, "expected_s", wrong) or EXPECTED_S,
        **texts,
    )


def _number(cells: dict[str, str], name: str, wrong: list[Wrong]) -> float | None:
    text = cells.get(name, "")
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        wrong.append(Wrong(name, Title(f"“{text[:40]}”不是数", f"{text[:40]} is no number"), Title("115.89", "115.89")))
        return None
    return number


def _among(registry: Registry, connection: Connection, rows: list[Row], devices: list[Device]) -> Iterator[RowFault]:
    for at, one in faults_among(registry, connection, devices):
        yield RowFault(rows[at].number, one.column, one.wrong, one.instead)


def _refuse(found: Iterator[RowFault] | list[RowFault]) -> None:
    faults = sorted(found, key=lambda one: one.row)
    if faults:
        more = len(faults) - MOST_TOLD
        zh = "\n".join(one.said("zh") for one in faults[:MOST_TOLD]) + (f"\n另有 {more} 处" if more > 0 else "")
        en = "\n".join(one.said("en") for one in faults[:MOST_TOLD]) + (f"\nand {more} more" if more > 0 else "")
        raise UnfitSheet(
            Title(f"{len(faults)} 处错误，未登记任何设备：\n{zh}", f"{len(faults)} faults; no device was taken:\n{en}"),
            where=f"row {faults[0].row}, {faults[0].column}",
            fix=Title("请改正后重新导入整份表格。", "Mend them and import the whole table again."),
        )
