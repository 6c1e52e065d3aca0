"""What a consumer of context finds of the past. Clauses 5.7.3, 5.7.4, 4.11, 4.5.5 to 4.5.9, 6.3.10."""

from typing import Any

import pytest

from brain.history.temporal.conftest import WELL, Past, day, levels
from yuzhang.brain.history.temporal import gathering

DAY: dict[str, Any] = {"timerel": "between", "timeAt": day("00:00"), "endTimeAt": day("23:59")}
OTHER = "urn:ngsi-ld:Well:2"


def level(past: Past, **params: Any) -> list[Any]:
    """The values of the level."""
    return [one["value"] for one in past.get(**params)["level"]]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({}, [1, 2, 3, 4]),
        ({"timerel": "before", "timeAt": day("12:00")}, [1, 2]),
        ({"timerel": "after", "timeAt": day("12:00")}, [3, 4]),
        ({"timerel": "between", "timeAt": day("11:00"), "endTimeAt": day("13:00")}, [2, 3]),
        ({"lastN": 2}, [3, 4]),
        ({"timerel": "before", "timeAt": day("13:00"), "lastN": 1}, [3]),
    ],
)
def test_instances_of_a_time_and_the_last_ones_of_it(past: Past, params: dict[str, Any], found: list[int]) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 2), ("12:00", 3), ("13:00", 4)))
    assert level(past, **params) == found


def test_entity_without_any_instance_in_the_time_is_not_found(past: Past) -> None:
    past.tell(levels(("10:00", 1)))
    past.get(status=404, timerel="after", timeAt=day("11:00"))
    assert past.ids(type="Well", timeAt=day("11:00")) == []
    assert past.ids(type="Well", timeAt=day("10:00")) == [WELL]


def test_what_is_written_to_the_present_is_found_at_once_by_the_time_of_writing(past: Past) -> None:
    entity = {"id": WELL, "type": "Well", "level": {"type": "Property", "value": 1}}
    assert past.client.post("entities", json=entity).status_code == 201
    assert past.client.patch(f"entities/{WELL}/attrs/level", json={"value": 2}).status_code == 204
    found = past.get(timerel="after", timeAt=day("00:00"), timeproperty="modifiedAt", options="temporalValues")
    assert [value for value, _ in found["level"]["values"]] == [1, 2]
    past.get(status=404, timerel="after", timeAt=day("00:00"))


def test_scope_that_changes_in_the_present_is_a_property_over_time(past: Past) -> None:
    assert past.client.post("entities", json={"id": WELL, "type": "Well", "scope": "/Old"}).status_code == 201
    assert past.client.patch(f"entities/{WELL}", json={"scope": "/New"}).status_code == 204
    first, second = past.get(options="sysAttrs")["scope"]
    assert (first["type"], first["value"], second["value"]) == ("Property", "/Old", "/New")
    assert second["observedAt"] == second["modifiedAt"]
    assert "instanceId" not in second


def test_members_are_picked_and_omitted_and_nothing_left_is_not_found(past: Past) -> None:
    past.tell(levels(("10:00", 1), depth=[{"type": "Property", "value": 7, "observedAt": day("10:00")}]))
    assert set(past.get(pick="level")) == {"level"}
    assert set(past.get(omit="level,type")) == {"id", "depth"}
    assert set(past.get(attrs="depth")) == {"id", "type", "depth"}
    past.get(status=404, pick="other")
    past.get(status=404, omit="id,type,level,depth")
    past.get(status=404, attrs="other")
    past.get(status=400, pick="feeds{name}")
    past.get(status=400, pick="level", omit="level")


def test_datasets_are_apart_and_can_be_chosen(past: Past) -> None:
    past.tell(
        {
            "id": WELL,
            "type": "Well",
            "level": [
                {"type": "Property", "value": 1, "observedAt": day("10:00")},
                {"type": "Property", "value": 2, "observedAt": day("11:00"), "datasetId": "urn:d:1"},
            ],
        }
    )
    assert past.get(format="temporalValues")["level"] == [
        {"type": "Property", "values": [[1, day("10:00")]]},
        {"type": "Property", "datasetId": "urn:d:1", "values": [[2, day("11:00")]]},
    ]
    assert level(past, datasetId="urn:d:1") == [2]
    assert level(past, datasetId="@none") == [1]
    assert past.ids(type="Well", attrs="level", datasetId="urn:d:2") == []
    assert level(past, lastN=1) == [2]


def test_language_is_chosen_in_both_forms(past: Past) -> None:
    says = {"type": "LanguageProperty", "languageMap": {"en": "full", "zh": "满"}, "observedAt": day("10:00")}
    past.tell({"id": WELL, "type": "Well", "says": says})
    assert past.get(lang="zh")["says"][0]["value"] == "满"
    assert past.get(lang="zh", format="temporalValues")["says"]["values"] == [["满", day("10:00")]]


def test_conditions_hold_of_what_was_in_the_time_and_of_nothing_else(past: Past) -> None:
    where = {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [115.9, 28.7]}}
    past.tell(levels(("10:00", 30), ("20:00", 90), location=[where | {"observedAt": day("10:00")}]))
    past.tell(levels(("10:00", 10), ("20:00", 95), entity=OTHER, location=[where | {"observedAt": day("20:00")}]))
    morning = DAY | {"endTimeAt": day("12:00"), "type": "Well"}
    near = {"georel": "near;maxDistance==100", "geometry": "Point", "coordinates": "[115.9,28.7]"}
    assert past.ids(**morning, q="level>25") == [WELL]
    assert past.ids(**morning, q="level>80") == []
    assert past.ids(**DAY, type="Well", q="level>80") == [WELL, OTHER]
    assert past.ids(**morning, **near) == [WELL]
    assert past.ids(**DAY, type="Well", **near) == [WELL, OTHER]
    assert past.ids(**morning, q="level>5", **near) == [WELL]


def test_scope_counts_while_it_was_valid_and_only_what_was_then_is_shown(past: Past) -> None:
    scope = [
        {"type": "Property", "value": one, "observedAt": day(at)} for one, at in (("/A", "08:00"), ("/B", "12:00"))
    ]
    past.tell(levels(("10:00", 1), ("14:00", 2), scope=scope))
    window = DAY | {"timeAt": day("09:00"), "type": "Well"}
    for asked, values in (("/A", [1]), ("/B", [2]), ("/#", [1, 2])):
        (found,) = past.get("temporal/entities", **window, scopeQ=asked)
        assert [one["value"] for one in found["level"]] == values, asked
    assert past.ids(**window, scopeQ="/C") == []
    assert past.ids(**DAY | {"endTimeAt": day("11:00"), "type": "Well"}, scopeQ="/B") == []


def test_pages_counts_and_orders_are_of_the_entities_that_are_found(past: Past) -> None:
    names = [f"urn:ngsi-ld:Well:{one}" for one in (3, 1, 2)]
    for name in names:
        past.tell(levels(("10:00", 1), entity=name))
    past.tell(levels(("10:00", 0), entity="urn:ngsi-ld:Well:0"))
    asked = DAY | {"type": "Well", "q": "level==1"}
    first = past.client.get("temporal/entities", params=asked | {"limit": 2, "count": "true"})
    assert [one["id"] for one in first.json()] == names[:2]
    assert first.headers["ngsild-results-count"] == "3"
    assert 'rel="next"' in first.headers["link"]
    assert past.ids(**asked, limit=2, offset=2) == names[2:]
    assert past.ids(**asked, orderBy="id;desc") == sorted(names, reverse=True)
    past.get("temporal/entities", 400, **asked, orderBy="level")
    assert past.ids(**DAY, type="Well", idPattern="[12]$") == names[1:]
    assert past.ids(**DAY, type="Well", id=f"{names[2]},urn:x:none") == [names[2]]


def test_query_in_a_payload_finds_what_the_same_one_in_an_address_does(past: Past) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 2)))
    past.tell({"id": OTHER, "type": "Pump", "level": [{"type": "Property", "value": 3, "observedAt": day("10:00")}]})
    query = {
        "type": "Query",
        "entities": [{"type": "Pump"}, {"type": "Well", "idPattern": "1$"}],
        "q": "level>0",
        "temporalQ": DAY | {"lastN": 1},
    }
    answer = past.client.post("temporal/entityOperations/query", json=query, params={"options": "temporalValues"})
    assert answer.status_code == 200, answer.text
    assert {one["id"]: one["level"]["values"] for one in answer.json()} == {
        OTHER: [[3, day("10:00")]],
        WELL: [[2, day("11:00")]],
    }


@pytest.mark.parametrize(
    ("params", "kind"),
    [
        ({"type": "Well"}, "BadRequestData"),
        ({**DAY}, "BadRequestData"),
        ({**DAY, "attrs": "createdAt"}, "BadRequestData"),
        ({**DAY, "type": "Well", "id": "no uri"}, "BadRequestData"),
        ({**DAY, "type": "Well", "q": 'feeds{name}=="x"'}, "BadRequestData"),
        ({**DAY, "type": "Well", "timerel": "during"}, "BadRequestData"),
        ({**DAY, "type": "Well", "endTimeAt": ""}, "BadRequestData"),
        ({**DAY, "type": "Well", "timeAt": "noon"}, "BadRequestData"),
        ({**DAY, "type": "Well", "timeproperty": "expiresAt"}, "BadRequestData"),
        ({**DAY, "type": "Well", "lastN": "0"}, "BadRequestData"),
        ({**DAY, "type": "Well", "format": "concise"}, "InvalidRequest"),
        ({**DAY, "type": "Well", "options": "temporalValues,aggregatedValues"}, "InvalidRequest"),
        ({**DAY, "type": "Well", "join": "inline"}, "InvalidRequest"),
    ],
)
def test_query_that_says_too_little_or_what_nobody_can_answer_is_refused(
    past: Past, params: dict[str, Any], kind: str
) -> None:
    answer = past.client.get("temporal/entities", params=params)
    assert answer.status_code == 400, answer.text
    assert answer.json()["type"].endswith(kind), answer.text


def test_past_is_not_given_as_geojson_nor_from_a_snapshot(past: Past) -> None:
    past.tell(levels(("10:00", 1)))
    address = f"temporal/entities/{WELL}"
    assert past.client.get(address, headers={"Accept": "application/geo+json"}).status_code == 406
    assert past.client.get(address, headers={"NGSILD-Snapshot": "urn:x:none"}).status_code == 404
    with_context = past.client.get(address, headers={"Accept": "application/ld+json"}).json()
    assert "@context" in with_context


def test_long_answer_comes_in_parts_that_put_together_are_all_of_it(
    past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "MOST_INSTANCES", 4)
    past.tell(levels(*((f"10:0{one}", one) for one in range(9))))
    seen: list[int] = []
    start = day("10:00")
    while True:
        part = past.client.get(f"temporal/entities/{WELL}", params={"timerel": "after", "timeAt": start})
        seen += [one["value"] for one in part.json()["level"] if one["value"] not in seen]
        if part.status_code == 200:
            break
        assert part.status_code == 206
        unit, _, rest = part.headers["content-range"].partition(" ")
        assert (unit, rest[:20], rest[41:]) == ("DateTime", start, "/*")
        start = rest[21:41]
    assert seen == list(range(9))
    last = past.client.get(f"temporal/entities/{WELL}", params=DAY | {"lastN": 7})
    assert [one["value"] for one in last.json()["level"]] == [5, 6, 7, 8]
    assert last.headers["content-range"] == f"DateTime {day('23:59')}-{day('10:05')}/7"


def test_entity_map_keeps_to_the_entities_that_it_was_made_of(past: Past) -> None:
    past.tell(levels(("10:00", 1)))
    past.tell(levels(("10:00", 1), entity=OTHER))
    asked = DAY | {"type": "Well"}
    made = past.client.get("temporal/entities", params=asked | {"id": OTHER, "entityMap": "true"})
    assert made.status_code == 201
    named = {"NGSILD-EntityMap": made.headers["ngsild-entitymap"]}
    assert [one["id"] for one in past.client.get("temporal/entities", params=asked, headers=named).json()] == [OTHER]
    alone = past.client.get("temporal/entityMaps", params=asked)
    assert alone.status_code == 201
    assert alone.json()["entityMap"] == {WELL: ["@none"], OTHER: ["@none"]}
    past.get("temporal/entityMaps", 400, type="Well")


def test_instance_whose_storage_has_ended_is_gone(past: Past) -> None:
    over = {"type": "Property", "value": 1, "observedAt": day("10:00"), "expiresAt": "2026-03-02T00:00:00Z"}
    past.tell({"id": WELL, "type": "Well", "level": [over, {**over, "value": 2, "observedAt": day("11:00")}]})
    assert past.get() == {"id": WELL, "type": "Well"}
    assert past.get(format="aggregatedValues", aggrMethods="sum") == {"id": WELL, "type": "Well"}
