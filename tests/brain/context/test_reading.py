"""What a payload may be: each kind of attribute in its forms, and what is refused with its place."""

from typing import Any

import pytest

from yuzhang.brain.context.errors import BadRequestData, InvalidRequest
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.reading import MAX_ATTRIBUTES, read_attribute, read_entity, read_fragment

POINT = {"type": "Point", "coordinates": [115.9, 28.7]}
NULL = "urn:ngsi-ld:null"


def read(**attributes: Any) -> dict[str, Any]:
    """An entity with these attributes."""
    return read_entity({"id": "urn:ngsi-ld:Well:1", "type": "Well"} | attributes, CORE)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (3, {"type": "Property", "value": 3}),
        ({"value": 3, "unitCode": "MTR"}, {"type": "Property", "value": 3, "unitCode": "MTR"}),
        ({"value": POINT}, {"type": "GeoProperty", "value": POINT}),
        (POINT, {"type": "GeoProperty", "value": POINT}),
        ({"object": "urn:x:2"}, {"type": "Relationship", "object": "urn:x:2"}),
        ({"languageMap": {"en": "Bridge"}}, {"type": "LanguageProperty", "languageMap": {"en": "Bridge"}}),
        ({"vocab": "open"}, {"type": "VocabProperty", "vocab": "open"}),
        ({"json": {"@id": None}}, {"type": "JsonProperty", "json": {"@id": None}}),
        ({"valueList": [1, [2]]}, {"type": "ListProperty", "valueList": [1, [2]]}),
        ({"objectList": ["urn:x:2"]}, {"type": "ListRelationship", "objectList": [{"object": "urn:x:2"}]}),
        ({"value": 1, "depth": 2}, {"type": "Property", "value": 1, "depth": {"type": "Property", "value": 2}}),
        ({"type": "Property", "value": 1, "createdAt": "x"}, {"type": "Property", "value": 1}),
        ({"value": 1, "datasetId": "@none"}, {"type": "Property", "value": 1}),
    ],
)
def test_every_kind_of_attribute_is_kept_normalized_also_when_it_comes_concise(given: Any, kept: Any) -> None:
    assert read(level=given)["level"] == kept


@pytest.mark.parametrize(
    ("given", "where"),
    [
        (None, "/level"),
        (NULL, "/level"),
        ({"type": "Property"}, "/level/value"),
        ({"type": "Property", "value": None}, "/level/value"),
        ({"type": "Property", "value": {"a": [None]}}, "/level/value"),
        ({"type": "Property", "value": 1, "object": "urn:x:2"}, "/level/object"),
        ({"type": "Property", "value": 1, "observedAt": "yesterday"}, "/level/observedAt"),
        ({"type": "Property", "value": 1, "datasetId": "no uri"}, "/level/datasetId"),
        ({"type": "Property", "value": 1, "entityIdSealed": "urn:x:1"}, "/level/entityIdSealed"),
        ({"type": "Property", "value": 1, "expiresAt": "2026-13-45T00:00:00Z"}, "/level/expiresAt"),
        ({"type": "Relationship", "object": "no uri"}, "/level/object"),
        ({"type": "Relationship", "object": "urn:x:2", "unitCode": "MTR"}, "/level/unitCode"),
        ({"type": "LanguageProperty", "languageMap": {"not a tag": "x"}}, "/level/languageMap"),
        ({"type": "JsonProperty", "json": "text"}, "/level/json"),
        ({"type": "ListProperty", "valueList": 3}, "/level/valueList"),
        ({"type": "Curve", "value": 3}, "/level/type"),
        ({"value": 1, "object": "urn:x:2"}, "/level"),
        ([{"value": 1, "datasetId": "urn:d:1"}, {"value": 2, "datasetId": "urn:d:1"}], "/level"),
    ],
)
def test_an_attribute_that_is_wrong_is_refused_with_its_place(given: Any, where: str) -> None:
    with pytest.raises(BadRequestData) as error:
        read(level=given)
    assert error.value.where == where


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [200, 0]},
        {"type": "Point", "coordinates": [0, "1"]},
        {"type": "Point", "coordinates": [True, 0]},
        {"type": "Point"},
        {"type": "LineString", "coordinates": [[0, 0]]},
        {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1]]]},
        {"type": "Polygon", "coordinates": []},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_a_geometry_that_is_none_is_refused(geometry: Any) -> None:
    with pytest.raises(BadRequestData):
        read(location={"type": "GeoProperty", "value": geometry})


def test_location_is_a_geoproperty_only() -> None:
    for given in ({"type": "Property", "value": 7}, "here"):
        with pytest.raises(BadRequestData):
            read(location=given)
        with pytest.raises(BadRequestData):
            read_attribute(
                [given, given | {"datasetId": "urn:d:1"}] if isinstance(given, dict) else [given], CORE, name="location"
            )


@pytest.mark.parametrize("name", ["id ", "datasetId", "observedAt", "a b", "1st", "", "x" * 1001, "value"])
def test_what_is_no_name_names_no_attribute(name: str) -> None:
    with pytest.raises(BadRequestData):
        read(**{name: 1})


@pytest.mark.parametrize(
    "entity", ["", "well", "urn:x:a b", "urn:x:\u200b1", "urn:x:\u2800", "u" * 10 + ":" + "x" * 2000, 7, None]
)
def test_an_id_is_a_visible_uri(entity: Any) -> None:
    with pytest.raises(BadRequestData) as error:
        read_entity({"id": entity, "type": "Well"}, CORE)
    assert error.value.where == "/id"


@pytest.mark.parametrize("kind", [None, "", "type", "a b", [], ["Well", 1], NULL])
def test_a_type_is_a_name_or_several(kind: Any) -> None:
    with pytest.raises(BadRequestData):
        read_entity({"id": "urn:x:1", "type": kind}, CORE)


def test_types_and_scopes_that_come_twice_are_kept_once() -> None:
    found = read_entity({"id": "urn:x:1", "type": ["A", "B", "A"], "scope": ["/a/b", "/a/b"]}, CORE)
    assert (found["type"], found["scope"]) == (["A", "B"], "/a/b")


def test_what_is_no_object_is_an_invalid_request() -> None:
    some: list[Any] = [[], 3, {}, None]
    for data in some:
        with pytest.raises(InvalidRequest):
            read_entity(data, CORE)


def test_an_entity_has_so_many_attributes_and_no_more() -> None:
    with pytest.raises(BadRequestData):
        read(**{f"a{number}": 1 for number in range(MAX_ATTRIBUTES)})


def test_null_inside_a_value_belongs_to_fragments_that_are_merged() -> None:
    given = {"type": "Property", "value": {"street": NULL}}
    assert read_fragment({"address": given}, CORE, nulls=True, partial=True)["address"] == given
    with pytest.raises(BadRequestData):
        read_fragment({"address": given}, CORE, nulls=True)
    for part in ({"value": {"street": NULL}}, {"datasetId": NULL}):
        with pytest.raises(BadRequestData):
            read_attribute(part, CORE, nulls=True, partial=True)


def test_a_part_of_an_attribute_with_a_member_without_a_name_is_refused() -> None:
    with pytest.raises(BadRequestData):
        read_fragment({"level": {"": 1}}, CORE, nulls=True, partial=True)


def test_simplified_values_become_attributes() -> None:
    found = read_fragment({"level": {"a": 1}, "place": POINT, "name": {"languageMap": {"en": "x"}}}, CORE, simple=True)
    assert [one["type"] for one in found.values()] == ["Property", "GeoProperty", "LanguageProperty"]


def test_the_seal_of_an_entity_is_kept_as_it_came() -> None:
    proof = {"type": "Property", "value": {"type": "Proof"}, "entityIdSealed": "urn:x:1", "entityTypeSealed": "Well"}
    assert read(ngsildproof=proof)["ngsildproof"] == proof
    with pytest.raises(BadRequestData):
        read(ngsildproof={"type": "Property", "value": "a text"})
