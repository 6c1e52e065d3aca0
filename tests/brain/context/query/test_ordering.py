"""The order of an answer. Clause 4.23."""

from typing import Any

import pytest

from yuzhang.brain.context.errors import BadRequestData, TooComplexQuery
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import parse_order
from yuzhang.brain.context.query.ordering import MAX_KEYS


def entity(name: str, created: int = 0, **values: Any) -> Entity:
    attributes = {key: {"type": "Property", "value": value} for key, value in values.items()}
    return Entity({"id": f"urn:{name}", "type": "X", **attributes}, created, created)


def order(entities: list[Entity], text: str, **more: Any) -> str:
    return "".join(one.id[-1] for one in parse_order(text, CORE, **more).sorted(entities))


def test_kinds_come_one_after_the_other_null_and_what_is_missing_last() -> None:
    values: dict[str, Any] = {
        **{"b": {"x": None}, "c": {"x": "2026-01-01T00:00:00Z"}, "d": {"x": "2026-01-01"}, "e": {"x": "12:00:00Z"}},
        **{"f": {"x": True}, "g": {"x": [1, None]}, "h": {"x": {"y": 1}}, "i": {"x": "text"}, "j": {"x": 5}},
    }
    entities = [entity("a"), *(entity(name, v=value) for name, value in values.items())]
    assert order(entities, "v[x]") == "jihgfedcba"
    assert order(entities, "v[x];desc") == "cdefghijba"


def test_of_texts_in_several_languages_the_first_counts() -> None:
    names = {"a": {"en": "Z", "fr": "A"}, "b": {"en": "Y"}, "c": {"fr": ["B", "C"]}}
    entities = [
        Entity({"id": f"urn:{key}", "type": "X", "v": {"type": "LanguageProperty", "languageMap": texts}}, 0, 0)
        for key, texts in names.items()
    ]
    assert order(entities, "v") == "cba"
    assert order(entities, "v[fr];desc") == "cab"


def test_several_keys_count_one_after_the_other_and_ids_at_last() -> None:
    entities = [entity("a", v=1, w="x"), entity("b", v=1, w="y"), entity("c", v=0), entity("d", v=1, w="y")]
    assert order(entities, "v;desc,w;desc") == "bdac"
    assert order(entities, "type,v;asc,id;desc") == "cdba"


def test_parts_sub_attributes_and_times_are_followed() -> None:
    entities = [entity("a", 5, v={"city": "B"}), entity("b", 4, v={"city": "A"})]
    assert order(entities, "v[city]") == "ba"
    assert order(entities, "createdAt") == "ba"
    assert order(entities, "v.createdAt;desc") == "ab"


def test_moments_are_ordered_as_moments() -> None:
    entities = [entity("a", v="2026-01-01T10:00:00Z"), entity("b", v="2026-01-01T17:00:00+08:00")]
    assert order(entities, "v") == "ba"


def test_distance_orders_by_metres_on_the_ground() -> None:
    def place(name: str, *position: float) -> Entity:
        value = {"type": "Point", "coordinates": list(position)}
        return Entity({"id": f"urn:{name}", "type": "X", "location": {"type": "GeoProperty", "value": value}}, 0, 0)

    # At 60 degrees north a degree of longitude is half as long as one of latitude.
    entities = [place("a", 10, 60.8), place("b", 11, 60), entity("c")]
    assert order(entities, "location;dist-asc", order_from="[10,60]") == "bac"
    assert order(entities, "location;dist-desc", order_from=[10, 60], order_geometry="Point") == "abc"
    line = {"order_from": [[9, 61], [10, 60.81]], "order_geometry": "LineString"}
    assert order(entities, "location;dist-asc", **line) == "abc"


def test_what_is_no_place_comes_behind_all_places_by_its_value() -> None:
    value = {"type": "Point", "coordinates": [10, 60]}
    entities = [
        Entity({"id": "urn:a", "type": "X", "v": {"type": "GeoProperty", "value": value}}, 0, 0),
        *(entity("b", v="text"), entity("c", v=5), entity("d")),
    ]
    assert order(entities, "v;dist-asc", order_from=[0, 0]) == "acbd"
    assert order(entities, "v;dist-desc", order_from=[0, 0]) == "acbd"


def test_very_long_texts_are_ordered_by_their_beginning() -> None:
    entities = [entity("a", v="b" * 10**6), entity("b", v="á" + "x" * 10**6), entity("c", v="a" + "x" * 10**6)]
    assert order(entities, "v") == "cba"


@pytest.mark.parametrize(
    ("collation", "values", "expected"),
    [
        (None, ["b", "á", "A", "Z"], ["A", "á", "b", "Z"]),
        ("und", ["b", "á", "A", "Z"], ["A", "á", "b", "Z"]),
        ("en", ["a", "A", "-", "1"], ["-", "1", "a", "A"]),
        ("de", ["Ärger", "Adler", "Azur"], ["Adler", "Ärger", "Azur"]),
        ("de-u-co-phonebk", ["Ärger", "Adler", "Azur"], ["Adler", "Ärger", "Azur"]),
        ("de-u-co-phonebk", ["Öl", "Of", "Od"], ["Od", "Öl", "Of"]),
        ("zh", ["重", "北", "安", "A"], ["A", "安", "北", "重"]),
        ("zh-Hans-CN", ["张", "王", "李"], ["李", "王", "张"]),
        ("zh", ["，", "城", "2", "b", "㐀", "Å"], ["，", "2", "Å", "b", "城", "㐀"]),
        ("und-u-ks-identic", ["B", "b", "A", "a"], ["a", "A", "b", "B"]),
        ("und-u-ks-level1", ["é2", "E1", "e3"], ["E1", "é2", "e3"]),
        ("de-u-co-phonebk-ks-level2", ["Öl", "OEM", "oel"], ["oel", "Öl", "OEM"]),
    ],
)
def test_texts_are_ordered_by_the_collation(collation: str | None, values: list[str], expected: list[str]) -> None:
    entities = [Entity({"id": f"urn:{v}", "type": "X", "v": {"type": "Property", "value": v}}, 0, 0) for v in values]
    found = parse_order("v", CORE, collation=collation).sorted(entities)
    assert [one.body["v"]["value"] for one in found] == expected


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("", {}),
        ("v;up", {}),
        ("v;", {}),
        (",v", {}),
        ("v{w}", {}),
        ("v[", {}),
        ("location;dist-asc", {}),
        ("location;dist-asc", {"order_from": "8,40"}),
        ("location;dist-asc", {"order_from": [8, 40], "order_geometry": "Circle"}),
        ("location;dist-asc", {"order_geometry": "Point"}),
        ("v", {"order_geometry": 5}),
        ("v", {"collation": "!!nope"}),
        ("v", {"collation": "not a bcp47 tag!!"}),
        ("v", {"collation": "sv"}),
        ("v", {"collation": "de-u-co-emoji"}),
        ("v", {"collation": "en-u-kn-true"}),
        ("v", {"collation": "en-u-ks"}),
        ("v", {"collation": "en-u-ks-level9"}),
    ],
)
def test_order_that_cannot_be_kept_is_refused(text: str, more: dict[str, Any]) -> None:
    with pytest.raises(BadRequestData):
        parse_order(text, CORE, **more)


def test_order_of_too_many_keys_is_refused() -> None:
    with pytest.raises(TooComplexQuery):
        parse_order(",".join(["v"] * (MAX_KEYS + 1)), CORE)
