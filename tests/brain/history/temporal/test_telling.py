"""What a producer of context can tell of the past, correct and take back. Clauses 5.6.11 to 5.6.16."""

from typing import Any

import pytest

from brain.history.temporal.conftest import WELL, Past, asked_from, build, day, levels
from yuzhang.core.storage import Storage

ATTRIBUTE = f"temporal/entities/{WELL}/attrs/level"


def values(past: Past, **params: Any) -> list[Any]:
    """The pairs of the level."""
    found: list[Any] = past.get(**{"format": "temporalValues"} | params)["level"]["values"]
    return found


def test_past_that_is_told_is_found_at_once_and_the_present_knows_nothing_of_it(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 2.5)))
    found = past.get()
    assert [(one["value"], one["observedAt"]) for one in found["level"]] == [(1, day("10:00")), (2.5, day("11:00"))]
    assert found["id"] == WELL
    assert found["type"] == "Well"
    assert past.client.get(f"entities/{WELL}").status_code == 404


def test_second_telling_adds_instances_and_types_and_says_204(past: Past) -> None:
    past.tell(levels(("10:00", 1)))
    past.tell({**levels(("11:00", 2)), "type": ["Well", "Monument"]}, status=204)
    assert past.get()["type"] == ["Well", "Monument"]
    assert values(past) == [[1, day("10:00")], [2, day("11:00")]]


def test_answer_of_a_creation_says_where_it_is_and_has_no_body(past: Past) -> None:
    answer = past.client.post("temporal/entities", json=levels(("10:00", 1)))
    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["location"] == f"/ngsi-ld/v1/temporal/entities/{WELL}"


def test_instances_without_a_time_all_stay_in_their_order(past: Past) -> None:
    past.tell({"id": WELL, "type": "Well", "level": [{"type": "Property", "value": one} for one in (3, 1, 2)]})
    found = past.get()["level"]
    assert [one["value"] for one in found] == [3, 1, 2]
    assert len({one["instanceId"] for one in found}) == 3
    assert "observedAt" not in found[0]


def test_pairs_of_value_and_time_are_taken_as_they_are_given_out(past: Past) -> None:
    told = {
        "id": WELL,
        "type": "Well",
        "level": {"type": "Property", "values": [[1, day("10:00")], [2, day("11:00")]]},
        "says": {"type": "LanguageProperty", "languageMaps": [[{"languageMap": {"en": "yes"}}, day("10:00")]]},
        "feeds": {"type": "Relationship", "objects": [["urn:x:a", day("10:00")]]},
    }
    past.tell(told)
    found = past.get(format="temporalValues")
    assert found == told


def test_attributes_are_added_to_an_entity_that_history_knows_and_to_no_other(past: Past) -> None:
    extra = {"level": [{"type": "Property", "value": 9, "observedAt": day("12:00")}]}
    missing = past.client.post(f"temporal/entities/{WELL}/attrs", json=extra)
    assert missing.status_code == 404
    assert missing.json()["type"].endswith("ResourceNotFound")
    past.tell(levels(("10:00", 1)))
    assert past.client.post(f"temporal/entities/{WELL}/attrs", json=extra).status_code == 204
    assert values(past) == [[1, day("10:00")], [9, day("12:00")]]


def test_wrong_value_is_corrected_and_keeps_its_name_and_the_time_it_was_made(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 99)))
    wrong = past.get(options="sysAttrs")["level"][1]
    right = {"level": [{"type": "Property", "value": 2, "observedAt": day("11:00")}]}
    assert past.client.patch(f"{ATTRIBUTE}/{wrong['instanceId']}", json=right).status_code == 204
    found = past.get(options="sysAttrs")["level"]
    assert [one["value"] for one in found] == [1, 2]
    assert (found[1]["instanceId"], found[1]["createdAt"]) == (wrong["instanceId"], wrong["createdAt"])
    assert found[1]["modifiedAt"] > wrong["modifiedAt"]


def test_instance_that_moves_in_time_is_found_and_deleted_by_the_name_it_had(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 2)))
    name = past.get()["level"][0]["instanceId"]
    moved = [{"type": "Property", "value": 1, "observedAt": day("12:00")}]
    assert past.client.patch(f"{ATTRIBUTE}/{name}", json=moved).status_code == 204
    assert values(past) == [[2, day("11:00")], [1, day("12:00")]]
    assert past.get()["level"][1]["instanceId"] == name
    again = {"type": "Property", "value": 5, "observedAt": day("12:30")}
    assert past.client.patch(f"{ATTRIBUTE}/{name}", json=again).status_code == 204
    assert past.client.delete(f"{ATTRIBUTE}/{name}").status_code == 204
    assert values(past) == [[2, day("11:00")]]
    assert past.client.delete(f"{ATTRIBUTE}/{name}").status_code == 404


def test_datasets_of_an_attribute_are_deleted_one_by_one_or_all_together(past: Past) -> None:
    both = [
        {"type": "Property", "value": 1, "observedAt": day("10:00")},
        {"type": "Property", "value": 2, "observedAt": day("10:00"), "datasetId": "urn:d:1"},
    ]
    past.tell({"id": WELL, "type": "Well", "level": both})
    assert past.client.delete(ATTRIBUTE, params={"datasetId": "urn:d:2"}).status_code == 404
    assert past.client.delete(ATTRIBUTE).status_code == 204
    assert [one["value"] for one in past.get()["level"]] == [2]
    past.tell({"id": WELL, "type": "Well", "level": both}, status=204)
    assert past.client.delete(ATTRIBUTE, params={"deleteAll": "true"}).status_code == 204
    assert past.get() == {"id": WELL, "type": "Well"}
    assert past.client.delete(ATTRIBUTE, params={"deleteAll": "true"}).status_code == 404


def test_entity_that_is_deleted_from_history_can_be_told_of_anew(past: Past) -> None:
    past.tell(levels(("10:00", 1)))
    assert past.client.delete(f"temporal/entities/{WELL}").status_code == 204
    past.get(status=404)
    assert past.client.delete(f"temporal/entities/{WELL}").status_code == 404
    past.tell(levels(("11:00", 2)))
    assert values(past) == [[2, day("11:00")]]


def test_end_of_an_attribute_is_told_by_a_null_and_found_by_the_time_of_its_deletion(past: Past) -> None:
    null = "urn:ngsi-ld:null"
    ended = [{"type": "Relationship", "object": null, "deletedAt": day("12:00")}]
    past.tell(levels(("10:00", 1), feeds=[{"type": "Relationship", "object": "urn:x:a", "observedAt": day("10:00")}]))
    assert past.client.post(f"temporal/entities/{WELL}/attrs", json={"feeds": ended}).status_code == 204
    window: dict[str, Any] = {
        "timeproperty": "deletedAt",
        "timerel": "between",
        "timeAt": day("12:00"),
        "endTimeAt": day("12:01"),
    }
    (found,) = past.get(**window)["feeds"]
    assert (found["type"], found["object"], found["deletedAt"]) == ("Relationship", null, day("12:00"))


def test_what_ends_in_the_present_ends_in_history_with_the_kind_that_it_had(past: Past) -> None:
    entity = {
        "id": WELL,
        "type": "Well",
        "scope": "/A",
        "says": {"type": "LanguageProperty", "languageMap": {"en": "x"}},
    }
    assert past.client.post("entities", json=entity).status_code == 201
    assert past.client.delete(f"entities/{WELL}/attrs/says").status_code == 204
    assert past.client.delete(f"entities/{WELL}/attrs/scope").status_code == 204
    past.history.settle()
    found = past.get(timeproperty="deletedAt")
    assert found["says"][0]["languageMap"] == {"@none": "urn:ngsi-ld:null"}
    assert found["scope"][0]["value"] == "urn:ngsi-ld:null"
    assert {"deletedAt"} <= found["says"][0].keys() & found["scope"][0].keys()


@pytest.mark.parametrize(
    ("entity", "kind"),
    [
        ({"id": WELL}, "BadRequestData"),
        ({"type": "Well"}, "BadRequestData"),
        ({}, "InvalidRequest"),
        ({"id": "well", "type": "Well"}, "BadRequestData"),
        (levels(("10:00", None)), "BadRequestData"),
        ({"id": WELL, "type": "Well", "expiresAt": "urn:ngsi-ld:null"}, "BadRequestData"),
        (
            {"id": WELL, "type": "Well", "level": [{"type": "Property", "value": 1, "observedAt": "noon"}]},
            "BadRequestData",
        ),
        (
            {"id": WELL, "type": "Well", "level": [{"type": "Property", "value": 1, "observedAt": "urn:ngsi-ld:null"}]},
            "BadRequestData",
        ),
        ({"id": WELL, "type": "Well", "level": {"type": "Property", "values": [[1]]}}, "BadRequestData"),
        (
            {"id": WELL, "type": "Well", "scope": [{"type": "Property", "value": "/A", "unitCode": "x"}]},
            "BadRequestData",
        ),
    ],
)
def test_what_cannot_be_told_is_refused_and_nothing_is_kept(past: Past, entity: dict[str, Any], kind: str) -> None:
    answer = past.client.post("temporal/entities", json=entity)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"].endswith(kind), answer.text
    assert past.ids(local="true") == []


def test_names_in_an_address_that_are_none_are_refused(past: Past) -> None:
    for address in (
        "temporal/entities/well",
        "temporal/entities/well/attrs/level",
        f"{ATTRIBUTE}/instance",
        f"temporal/entities/{WELL}/attrs/in(valid",
    ):
        assert past.client.delete(address).status_code == 400, address
    assert past.client.patch(f"{ATTRIBUTE}/instance", json={"value": 1}).status_code == 400


def test_history_of_one_tenant_is_not_that_of_another_and_a_tenant_nobody_knows_has_none(past: Past) -> None:
    made = past.client.post("temporal/entities", json=levels(("10:00", 1)), headers={"NGSILD-Tenant": "north"})
    assert made.status_code == 201
    past.get(status=404)
    north = past.client.get(f"temporal/entities/{WELL}", headers={"NGSILD-Tenant": "north"})
    assert north.json()["level"][0]["value"] == 1
    nobody = past.client.get(f"temporal/entities/{WELL}", headers={"NGSILD-Tenant": "south"})
    assert nobody.status_code == 404
    assert nobody.json()["type"].endswith("NonexistentTenant")


def test_stranger_can_neither_ask_nor_tell(storage: Storage) -> None:
    app, _ = build(storage)
    with asked_from(app, "203.0.113.7") as stranger:
        assert stranger.get(f"temporal/entities/{WELL}").status_code == 403
        assert stranger.post("temporal/entities", json=levels(("10:00", 1))).status_code == 403
        assert stranger.delete(f"temporal/entities/{WELL}").status_code == 403
    with asked_from(app, "127.0.0.1") as operator:
        assert operator.get(f"temporal/entities/{WELL}").status_code == 404
