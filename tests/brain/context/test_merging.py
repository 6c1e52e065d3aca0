"""Each operation as a pure step: against a plain oracle of the merge patch, and in times and touches."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.brain.context import merging
from yuzhang.brain.context.ending import next_end, pruned
from yuzhang.brain.context.errors import BadRequestData, ResourceNotFound
from yuzhang.brain.context.model import NULL, Entity

KEYS = st.sampled_from(["a", "b", "c"])
VALUES = st.recursive(st.integers(0, 3), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8)
PATCHES = st.recursive(
    st.integers(0, 3) | st.just(NULL), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)


def entity(**attributes: Any) -> Entity:
    """A well, made at moment 1."""
    return Entity({"id": "urn:x:1", "type": "Well"} | attributes, 1, 1)


def prop(value: Any, **members: Any) -> dict[str, Any]:
    """A property."""
    return {"type": "Property", "value": value} | members


def patched(there: Any, patch: Any) -> Any:
    """RFC 7396 as it stands there, with the NGSI-LD Null for null."""
    if not isinstance(patch, dict):
        return patch
    result = there if isinstance(there, dict) else {}
    return {
        name: patched(result.get(name), patch[name]) if name in patch else result[name]
        for name in [*result, *(one for one in patch if one not in result)]
        if patch.get(name) != NULL
    }


@given(VALUES, PATCHES.filter(lambda one: one != NULL))
def test_a_merged_value_is_what_the_rfc_says(there: Any, patch: Any) -> None:
    found = merging.merge_patched(entity(level=prop(there)), 2, {"level": prop(patch)}).entity
    assert found.body["level"] == prop(patched(there, patch))


@given(st.dictionaries(KEYS, VALUES, max_size=3), st.dictionaries(KEYS, VALUES | st.just(NULL), max_size=3))
def test_an_entity_is_merged_attribute_by_attribute(there: dict[str, Any], patch: dict[str, Any]) -> None:
    before = entity(**{name: prop(value) for name, value in there.items()})
    merged = merging.merge_patched(before, 2, {name: prop(value) for name, value in patch.items()})
    left = patched({}, {name: value for name, value in there.items() if name not in patch}) | {
        name: patched(there.get(name), value) for name, value in patch.items() if value != NULL
    }
    assert {name: merged.entity.body[name]["value"] for name in merged.entity.attributes()} == left
    assert merged.touched == {
        name: "deleted" if patch[name] == NULL else "updated" if name in there else "created"
        for name in patch
        if name in there or patch[name] != NULL
    }
    assert before.body == entity(**{name: prop(value) for name, value in there.items()}).body


@pytest.mark.parametrize("overwrite", [True, False])
def test_appending_replaces_or_leaves_what_is_there(overwrite: bool) -> None:
    fragment = {"level": prop(2), "depth": prop(3), "scope": "/b"}
    merged = merging.appended(entity(level=prop(1), scope="/a"), 5, fragment, overwrite=overwrite)
    assert merged.entity.body["level"] == prop(2 if overwrite else 1)
    assert merged.entity.body["depth"] == prop(3)
    assert merged.entity.body["scope"] == ("/b" if overwrite else ["/a", "/b"])
    assert [one.attribute for one in merged.refused] == ([] if overwrite else ["level"])
    assert merged.entity.attribute_times("depth") == (5, 5)
    assert merged.entity.attribute_times("level") == ((1, 5) if overwrite else (1, 1))


def test_types_are_added_and_never_taken_away() -> None:
    found = merging.appended(entity(), 2, {"type": ["Pump", "Well"]}, overwrite=True).entity
    assert found.types == ["Well", "Pump"]


def test_updating_adds_an_instance_of_another_dataset_but_no_scope() -> None:
    fragment = {"level": prop(2, datasetId="urn:d:1"), "scope": "/b"}
    merged = merging.updated(entity(level=prop(1)), 2, fragment)
    assert merged.entity.body["level"] == [prop(1), prop(2, datasetId="urn:d:1")]
    assert [one.attribute for one in merged.refused] == ["scope"]


def test_an_instance_is_deleted_alone_or_with_all_others() -> None:
    there = entity(level=[prop(1), prop(2, datasetId="urn:d:1")])
    assert merging.attribute_deleted(there, 2, "level").entity.body["level"] == prop(2, datasetId="urn:d:1")
    assert "level" not in merging.attribute_deleted(there, 2, "level", everything=True).entity.body
    with pytest.raises(ResourceNotFound):
        merging.attribute_deleted(there, 2, "level", dataset="urn:d:2")


def test_a_partial_update_keeps_the_members_it_does_not_name() -> None:
    there = entity(level=prop(1, unitCode="MTR", observedAt="2026-01-01T00:00:00Z"))
    found = merging.attribute_patched(there, 2, "level", {"value": 2, "observedAt": NULL}).entity
    assert found.body["level"] == prop(2, unitCode="MTR")
    with pytest.raises(BadRequestData):
        merging.attribute_patched(there, 2, "level", {"type": "Relationship", "object": "urn:x:2"})


def test_a_text_goes_into_the_language_it_is_said_to_be_in_and_the_time_moves_with_it() -> None:
    name = {"type": "LanguageProperty", "languageMap": {"en": "Bridge"}, "observedAt": "2026-01-01T00:00:00Z"}
    found = merging.merge_patched(
        entity(name=name), 2, {"name": prop("Pont")}, lang="fr", observed="2026-02-02T00:00:00Z"
    ).entity
    assert found.body["name"]["languageMap"] == {"en": "Bridge", "fr": "Pont"}
    assert found.body["name"]["observedAt"] == "2026-02-02T00:00:00Z"


def test_replacing_keeps_the_time_of_creation_and_says_what_went() -> None:
    merged = merging.replaced(entity(level=prop(1), depth=prop(1)), 9, {"id": "urn:x:1", "level": prop(2)})
    assert merged.touched == {"level": "updated", "depth": "deleted"}
    assert (merged.entity.created, merged.entity.types) == (1, ["Well"])


def test_what_ends_is_cut_out_at_its_time_and_nothing_else() -> None:
    second = {"expiresAt": "1970-01-01T00:00:01Z"}
    body = entity(level=[prop(1), prop(2, datasetId="urn:d:1", **second)], depth=prop(1, sub=prop(2, **second))).body
    assert next_end(body) == 1_000_000
    assert pruned(body, 999_999) is body
    assert pruned(body, 1_000_000) == entity(level=prop(1), depth=prop(1)).body
