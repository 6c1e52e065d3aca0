"""The past of entities that other brokers have, too. Clauses 4.5.5, 5.6.11.4 to 5.6.16.4, 5.7.3.4, 5.7.4.4."""

from typing import Any

from brain.context.federation.sources import API, Source, register
from brain.history.temporal.conftest import WELL, Past, day, levels

DAY: dict[str, Any] = {"timerel": "between", "timeAt": day("00:00"), "endTimeAt": day("23:59")}
PATH = f"/temporal/entities/{WELL}"
READING, WRITING = (
    ["retrieveTemporal", "queryTemporal"],
    ["upsertTemporal", "appendAttrsTemporal", "deleteAttrsTemporal"],
)
WELLS = [{"entities": [{"type": "Well"}]}]


def registered(past: Past, **members: Any) -> None:
    """A county's broker that has the past of wells."""
    register(past.client, **{"information": WELLS, "operations": READING} | members)


def pairs(entity: dict[str, Any], name: str = "level") -> list[Any]:
    """Values and times of an attribute."""
    return [[one["value"], one["observedAt"]] for one in entity[name]]


def modified(time: str, value: int, at: str) -> dict[str, Any]:
    """An instance with the time of its last change."""
    return {"type": "Property", "value": value, "observedAt": day(time), "createdAt": at, "modifiedAt": at}


def test_past_of_one_entity_is_put_together_and_of_one_moment_the_latest_word_counts(
    past: Past, source: Source
) -> None:
    past.tell(levels(("10:00", 1), ("11:00", 2)))
    registered(past)
    late, early = "2099-01-01T00:00:00Z", "2000-01-01T00:00:00Z"
    theirs = [modified("10:00", 9, early), modified("11:00", 8, late), modified("12:00", 3, early)]
    source.will("GET", PATH, 200, {"id": WELL, "type": "Well", "level": theirs})
    assert pairs(past.get(**DAY)) == [[1, day("10:00")], [8, day("11:00")], [3, day("12:00")]]
    (address,) = [one for one in source.addresses() if one.path == API + PATH]
    assert address.params["timerel"] == "between"
    assert address.params["options"] == "sysAttrs"
    assert pairs(past.get(**DAY, lastN=1)) == [[3, day("12:00")]]
    summed = past.get(**DAY, format="aggregatedValues", aggrMethods="sum")
    assert summed["level"]["sum"][0][0] == 12


def test_entity_that_only_others_know_is_found_and_nobody_is_asked_for_what_is_only_here(
    past: Past, source: Source
) -> None:
    registered(past)
    source.will("GET", PATH, 200, levels(("10:00", 5)))
    assert pairs(past.get(**DAY)) == [[5, day("10:00")]]
    asked = len(source.asked)
    past.get(status=404, **DAY, local="true")
    assert len(source.asked) == asked


def test_auxiliary_source_fills_moments_and_adds_no_entity(past: Past, source: Source) -> None:
    past.tell(levels(("10:00", 1)))
    registered(past, mode="auxiliary", operations=["retrieveOps"])
    source.will("GET", PATH, 200, levels(("10:00", 7), ("11:00", 2)))
    # An auxiliary source can offer the past in no registration that the standard allows (clause 5.9.2.4).
    assert pairs(past.get(**DAY)) == [[1, day("10:00")]]


def test_query_finds_entities_everywhere_and_goes_on_without_who_is_away(past: Past, source: Source) -> None:
    past.tell(levels(("10:00", 1)))
    registered(past)
    there = levels(("10:00", 2), entity="urn:ngsi-ld:Well:9")
    source.will("GET", "/temporal/entities", 200, [there, levels(("11:00", 4))])
    asked = DAY | {"type": "Well", "q": "level>0", "count": "true"}
    answer = past.client.get("temporal/entities", params=asked)
    assert [one["id"] for one in answer.json()] == [WELL, "urn:ngsi-ld:Well:9"]
    assert pairs(answer.json()[0]) == [[1, day("10:00")], [4, day("11:00")]]
    assert answer.headers["ngsild-results-count"] == "2"
    (address,) = source.addresses()
    assert (address.params["q"], address.params["type"], address.params["timeAt"]) == ("level>0", "Well", day("00:00"))
    source.will("GET", "/temporal/entities", 0)
    answer = past.client.get("temporal/entities", params=asked)
    assert [one["id"] for one in answer.json()] == [WELL]
    assert answer.headers["ngsild-warning"].startswith("199")
    past.get("temporal/entities", 400, **DAY, type="Well", orderBy="id")


def test_split_entity_is_judged_as_a_whole(past: Past, source: Source) -> None:
    past.tell(levels(("10:00", 1)))
    registered(past)
    depth = [{"type": "Property", "value": 7, "observedAt": day("10:00")}]
    source.will("GET", "/temporal/entities", 200, [{"id": WELL, "type": "Well", "depth": depth}])
    found = past.ids(**DAY, type="Well", q="level==1;depth==7", splitEntities="true")
    assert found == [WELL]
    assert "q" not in source.addresses()[0].params
    assert past.ids(**DAY, type="Well", q="level==1;depth==8", splitEntities="true") == []


def test_source_of_another_time_is_not_asked(past: Past, source: Source) -> None:
    registered(past, observationInterval={"startAt": "2020-01-01T00:00:00Z", "endAt": "2021-01-01T00:00:00Z"})
    past.get(status=404, **DAY)
    assert source.asked == []
    source.will(
        "GET",
        PATH,
        200,
        {**levels(), "level": [modified("10:00", 1, day("10:00")) | {"observedAt": "2020-03-01T10:00:00Z"}]},
    )
    found = past.get(timerel="before", timeAt="2020-12-01T00:00:00Z")
    assert pairs(found) == [[1, "2020-03-01T10:00:00Z"]]


def test_what_somebody_holds_alone_is_told_to_them_and_the_rest_stays_here(past: Past, source: Source) -> None:
    information = [{"entities": [{"type": "Well", "id": WELL}], "propertyNames": ["level"]}]
    registered(past, mode="exclusive", information=information, operations=[*READING, *WRITING])
    source.will("POST", "/temporal/entities", 201)
    depth = [{"type": "Property", "value": 7, "observedAt": day("10:00")}]
    past.tell(levels(("10:00", 1), depth=depth))
    ((method, target, _, body),) = source.asked
    assert (method, target) == ("POST", f"{API}/temporal/entities")
    assert (set(body), body["level"][0]["value"]) == ({"id", "type", "level"}, 1)
    assert set(past.get(local="true")) == {"id", "type", "depth"}
    source.will("DELETE", f"{PATH}/attrs/level", 204)
    assert past.client.delete(f"temporal/entities/{WELL}/attrs/level").status_code == 204
    assert source.asked[-1][:2] == ("DELETE", f"{API}{PATH}/attrs/level")


def test_holder_that_takes_no_past_is_a_conflict(past: Past, source: Source) -> None:
    registered(past, mode="redirect")
    refused = past.client.post("temporal/entities", json=levels(("10:00", 1)))
    assert refused.status_code == 409
    assert source.asked == []
    past.get(status=404, **DAY, local="true")


def test_answer_that_is_no_past_is_left_out_with_a_warning(past: Past, source: Source) -> None:
    past.tell(levels(("10:00", 1)))
    registered(past)
    source.will("GET", PATH, 200, {"id": WELL})
    answer = past.client.get(f"temporal/entities/{WELL}", params=DAY)
    assert pairs(answer.json()) == [[1, day("10:00")]]
    assert answer.headers["ngsild-warning"].startswith("111")
