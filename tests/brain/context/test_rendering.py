"""Entities as they are answered, without a broker."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuzhang.brain.context.errors import BadRequestData
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.jsonld.terms import Definition
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.moments import microseconds, stamp
from yuzhang.brain.context.older import older_version
from yuzhang.brain.context.projection import parse_projection
from yuzhang.brain.context.reading import read_entity
from yuzhang.brain.context.rendering import Representation, encode, render, render_geojson, rendered_bytes

CITY = Terms.of({"level": Definition("https://city.example/level"), "Well": Definition("https://city.example/Well")})
WELL = {
    "id": "urn:x:1",
    "type": "Well",
    "scope": "/North",
    "level": [
        {"type": "Property", "value": 3, "observedAt": "2026-01-01T00:00:00Z"},
        {
            "type": "Property",
            "value": 4,
            "datasetId": "urn:d:deep",
            "by": {"type": "Relationship", "object": "urn:p:1"},
        },
    ],
    "name": {"type": "LanguageProperty", "languageMap": {"en": "North well", "zh": "北井"}},
    "use": {"type": "VocabProperty", "vocab": "drinking"},
    "plan": {"type": "JsonProperty", "json": {"a": [1]}},
    "row": {"type": "ListProperty", "valueList": [1, 2]},
    "in": {"type": "Relationship", "object": "urn:c:1"},
    "near": {"type": "ListRelationship", "objectList": [{"object": "urn:x:2"}, {"object": "urn:x:3"}]},
    "location": {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [115.9, 28.7]}},
}


def entity(body: dict[str, Any] = WELL, **times: tuple[int, int]) -> Entity:
    return Entity(body, 1_000_000, 2_000_000, times)


def test_plain_entity_is_shown_as_it_is_kept() -> None:
    assert render(entity(), CORE) == WELL


def test_simplified_keeps_only_values() -> None:
    shown = render(entity(), CORE, Representation("simplified"))
    assert shown == {
        "id": "urn:x:1",
        "type": "Well",
        "scope": "/North",
        "level": {"dataset": {"@none": 3, "urn:d:deep": 4}},
        "name": {"languageMap": {"en": "North well", "zh": "北井"}},
        "use": {"vocab": "drinking"},
        "plan": {"json": {"a": [1]}},
        "row": [1, 2],
        "in": "urn:c:1",
        "near": ["urn:x:2", "urn:x:3"],
        "location": {"type": "Point", "coordinates": [115.9, 28.7]},
    }


def test_concise_drops_types_and_lone_values_stand_for_themselves() -> None:
    shown = render(entity(), CORE, Representation("concise"))
    assert shown["level"] == [
        {"value": 3, "observedAt": "2026-01-01T00:00:00Z"},
        {"value": 4, "datasetId": "urn:d:deep", "by": {"object": "urn:p:1"}},
    ]
    assert shown["location"] == {"type": "Point", "coordinates": [115.9, 28.7]}
    assert shown["in"] == {"object": "urn:c:1"}


def test_concise_keeps_an_object_in_its_member_so_that_it_is_no_attribute() -> None:
    body = {"id": "urn:x:1", "type": "T", "a": {"type": "Property", "value": {"object": "urn:y"}}}
    assert render(entity(body), CORE, Representation("concise"))["a"] == {"value": {"object": "urn:y"}}


POINT = {"type": "Point", "coordinates": [1, 2]}
SHAPES: list[dict[str, Any]] = [
    *({"type": "Property", "value": value} for value in (3, "x", [1, 2], POINT, {"value": 1}, {"object": "urn:x:1"})),
    *({"type": "Property", "value": value} for value in ([POINT], [{"type": "Property", "value": 1}], {"type": "x"})),
    {"type": "Property", "value": 5, "unitCode": "MTR", "observedAt": "2026-01-01T00:00:00Z"},
    {"type": "GeoProperty", "value": POINT},
    {"type": "Relationship", "object": ["urn:x:1", "urn:x:2"], "objectType": "Well"},
    {"type": "ListRelationship", "objectList": [{"object": "urn:x:1"}]},
    {"type": "ListProperty", "valueList": [1, [2]]},
    {"type": "LanguageProperty", "languageMap": {"en": ["a", "b"]}},
    {"type": "VocabProperty", "vocab": ["drinking", "old"]},
    {"type": "JsonProperty", "json": {"type": "Property", "value": None}},
]
shapes = st.sampled_from(SHAPES)
with_parts = st.builds(lambda one, parts: one | parts, shapes, st.dictionaries(st.sampled_from("pq"), shapes))
several = st.lists(with_parts, min_size=2, max_size=3).map(
    lambda found: [found[0], *(one | {"datasetId": f"urn:d:{number}"} for number, one in enumerate(found[1:]))]
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from("abc"), with_parts | several, max_size=3))
def test_what_was_shown_concise_is_read_as_what_it_was(attributes: dict[str, Any]) -> None:
    body = {"id": "urn:x:1", "type": "Well", **attributes}
    shown = render(entity(body), CORE, Representation("concise"))
    assert read_entity(shown, CORE) == body
    assert render(entity(body), CORE) == body


def test_system_attributes_are_shown_only_when_asked_for() -> None:
    body = WELL | {"expiresAt": "2100-01-01T00:00:00Z"}
    assert "expiresAt" not in render(entity(body), CORE)
    shown = render(entity(body, name=(3_000_000, 4_000_000)), CORE, Representation(sysattrs=True))
    assert (shown["expiresAt"], shown["createdAt"]) == ("2100-01-01T00:00:00Z", "1970-01-01T00:00:01.000Z")
    assert shown["name"]["modifiedAt"] == "1970-01-01T00:00:04.000Z"
    assert shown["use"]["modifiedAt"] == "1970-01-01T00:00:01.000Z"


def test_names_become_the_terms_of_the_reader() -> None:
    body = {"id": "urn:x:1", "type": "https://city.example/Well"}
    body |= {"https://city.example/level": {"type": "Property", "value": 1}}  # type: ignore[dict-item]  # a body
    assert render(entity(body), CITY) == {"id": "urn:x:1", "type": "Well", "level": {"type": "Property", "value": 1}}


@pytest.mark.parametrize(
    ("lang", "text"), [("zh", "北井"), ("en-GB;q=0.4, zh-CN;q=0.9", "北井"), ("pt", "North well"), ("ZH", "北井")]
)
def test_language_filter_makes_one_text_of_many(lang: str, text: str) -> None:
    shown = render(entity(), CORE, Representation(lang=lang))
    assert (shown["name"]["type"], shown["name"]["value"]) == ("Property", text)
    assert render(entity(), CORE, Representation("simplified", lang=lang))["name"] == text


def test_dataset_filter_leaves_other_instances_out() -> None:
    shown = render(entity(), CORE, Representation(dataset=("urn:d:deep",)))
    assert shown.keys() == {"id", "type", "scope", "level"}
    assert shown["level"]["value"] == 4
    assert render(entity(), CORE, Representation(dataset=("@none",)))["level"]["value"] == 3


def test_pick_omit_and_attrs_choose_members() -> None:
    assert render(entity(), CORE, Representation(pick=("id", "use"))).keys() == {"id", "use"}
    assert render(entity(), CORE, Representation(attrs=("use",))).keys() == {"id", "type", "scope", "use"}
    omitted = render(entity(), CORE, Representation(omit=("type", "in{name}")))
    assert omitted.keys() == WELL.keys() - {"type"}


def test_geojson_takes_the_geometry_out_and_has_null_without_one() -> None:
    feature = render_geojson(entity(), CORE, Representation(geojson=True))
    assert (feature["id"], feature["type"]) == ("urn:x:1", "Feature")
    assert feature["geometry"] == {"type": "Point", "coordinates": [115.9, 28.7]}
    assert feature["properties"]["type"] == "Well"
    elsewhere = Representation(geojson=True, geometry_property="use")
    assert render_geojson(entity(), CORE, elsewhere)["geometry"] is None


def test_kept_bytes_go_out_unopened_unless_they_hold_an_end() -> None:
    body = encode(WELL)
    assert rendered_bytes(body, None, CORE) is body
    ending = encode(WELL | {"level": {"type": "Property", "value": 1, "expiresAt": "2100-01-01T00:00:00Z"}})
    assert b"expiresAt" not in rendered_bytes(ending, None, CORE)
    assert rendered_bytes(body, None, CITY) == encode(render(entity(), CITY))


def test_reader_of_an_older_version_gets_properties() -> None:
    shown, changed = older_version(encode(WELL), (1, 5))
    assert changed
    assert shown["use"] == {"type": "Property", "value": "drinking"}
    assert shown["name"]["type"] == "LanguageProperty"
    assert older_version(encode(WELL), (1, 9)) == (encode(WELL), False)


@pytest.mark.parametrize("text", ["a,,b", "a;b", "a{", "a{}", "a{{b}", "a{,b}", "", ",a", "a}", "a{b}}", "a b"])
def test_broken_projection_is_refused(text: str) -> None:
    with pytest.raises(BadRequestData, match="list of members"):
        parse_projection(text, CORE, "?pick")


def test_time_is_read_and_written_to_the_microsecond() -> None:
    assert stamp(microseconds("2026-11-25T16:30:00.123456Z")) == "2026-11-25T16:30:00.123456Z"
    assert stamp(microseconds("2026-11-25T16:30:00Z")) == "2026-11-25T16:30:00.000Z"
    for text in ("2026-11-25", "2026-11-25T16:30:00+08:00", "2026-02-30T00:00:00Z", "now"):
        with pytest.raises(BadRequestData):
            microseconds(text)
