"""What is said to a context source, what is made of its answers, and what happens if it fails. Clauses 4.3.6 and 6.3.17."""

from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from brain.context.federation.sources import API, PUMP, Source, pump, register
from yuzhang.brain.context.federation import asking
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import DEFAULT_VOCABULARY


def test_source_is_told_who_asks_and_what_was_agreed(api: TestClient, source: Source) -> None:
    register(
        api,
        tenant="waterworks",
        contextSourceInfo=[
            {"key": "Authorization", "value": "Bearer of-the-county"},
            {"key": "X-Case", "value": "urn:ngsi-ld:request"},
            {"key": "Via", "value": "1.1 nobody"},
            {"key": "jsonldContext", "value": CORE.link},
        ],
        localOnly=True,
    )
    source.will("GET", f"/entities/{PUMP}", 200, pump(power=1))
    assert api.get(f"entities/{PUMP}", headers={"X-Case": "A7", "Via": "1.1 region"}).json()["power"]["value"] == 1
    method, target, headers, _ = source.asked[0]
    assert (method, target) == ("GET", f"{API}/entities/{PUMP}?options=sysAttrs&local=true")
    assert headers["authorization"] == "Bearer of-the-county"
    assert headers["x-case"] == "A7"
    assert headers["ngsild-tenant"] == "waterworks"
    assert headers["via"].startswith("1.1 region, 1.1 yuzhang-")


def test_query_asks_no_wider_than_it_was_asked_and_than_the_source_is_registered_for(
    api: TestClient, source: Source
) -> None:
    register(api, information=[{"entities": [{"type": "Pump", "id": PUMP}], "propertyNames": ["power", "flow"]}])
    api.get("entities", params={"type": "Pump,Gate", "attrs": "flow,colour", "q": "flow>3", "limit": 5})
    target = httpx.URL(source.asked[0][1])
    assert dict(target.params) == {
        "type": "Pump,Gate",
        "id": PUMP,
        "attrs": "flow",
        "q": "flow>3",
        "options": "sysAttrs",
        "limit": "6",
    }
    api.get("entities", params={"type": "Gate"})
    assert len(source.asked) == 1


def test_source_that_answers_more_than_it_is_registered_for_is_heard_for_that_only(
    api: TestClient, source: Source
) -> None:
    register(api, information=[{"entities": [{"type": "Pump", "id": PUMP}], "propertyNames": ["power"]}])
    stranger = pump("urn:ngsi-ld:Pump:2", power=1)
    source.will("GET", "/entities", 200, [pump(power=1, owner="somebody else"), stranger])
    found = api.get("entities", params={"type": "Pump"}).json()
    assert [one["id"] for one in found] == [PUMP]
    assert "owner" not in found[0]


@pytest.mark.parametrize(
    ("status", "answer", "code"),
    [
        (403, {"title": "no"}, "299"),
        (500, None, "299"),
        (200, b"<html>", "111"),
        (200, {"no": "entity"}, "111"),
        (0, None, "199"),
        (404, None, None),
        (200, [], None),
    ],
)
def test_part_that_is_missing_is_told_by_a_warning(
    api: TestClient, source: Source, status: int, answer: Any, code: str | None
) -> None:
    assert api.post("entities", json=pump("urn:ngsi-ld:Pump:here", power=1)).status_code == 201
    register(api)
    source.will("GET", "/entities", status, answer)
    found = api.get("entities", params={"type": "Pump"})
    assert [one["id"] for one in found.json()] == ["urn:ngsi-ld:Pump:here"]
    assert found.headers.get("ngsild-warning", "").split(" ")[0] == (code or "")


def test_answer_that_is_too_large_is_not_held(api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MAX_REPLY_BYTES", 100)
    register(api)
    source.will("GET", "/entities", 200, [pump(name="x" * 100)])
    found = api.get("entities", params={"type": "Pump"})
    assert found.json() == []
    assert found.headers["ngsild-warning"].startswith("111 ")


def test_answers_that_are_too_large_together_are_not_held(
    api: TestClient, source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "MAX_BYTES_TOGETHER", 150)
    for name in ("a", "b"):
        register(api, id=f"urn:ngsi-ld:R:{name}")
    source.will("GET", "/entities", 200, [pump(name="x" * 20)])
    found = api.get("entities", params={"type": "Pump"})
    assert [one["id"] for one in found.json()] == [PUMP]
    assert found.headers["ngsild-warning"].startswith("111 ")


def test_source_at_an_inner_address_is_not_gone_to(api: TestClient) -> None:
    register(api, endpoint="http://127.0.0.1:9")
    found = api.get("entities", params={"type": "Pump"})
    assert found.json() == []
    assert "lies on this machine" in found.headers["ngsild-warning"]


def test_source_that_failed_is_left_in_peace_as_long_as_it_asked_for(api: TestClient, source: Source) -> None:
    register(api, management={"cooldown": 60_000})
    source.will("GET", "/entities", 0)
    for _ in range(3):
        assert api.get("entities", params={"type": "Pump"}).headers["ngsild-warning"].startswith("199 ")
    assert len(source.asked) == 1


def test_write_that_goes_well_in_parts_says_so(api: TestClient, source: Source) -> None:
    register(api, operations=["redirectionOps"])
    source.will(
        "POST", "/entities", 409, {"type": "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists", "title": "there"}
    )
    made = api.post("entities", json=pump(power=1))
    assert made.status_code == 207
    assert made.json()["success"] == [PUMP]
    (error,) = made.json()["errors"]
    assert error["registrationId"] == "urn:ngsi-ld:ContextSourceRegistration:county"
    assert error["error"]["status"] == 409
    assert api.get(f"entities/{PUMP}", params={"local": "true"}).status_code == 200


def test_write_that_only_one_source_holds_has_the_answer_of_that_source(api: TestClient, source: Source) -> None:
    register(api, operations=["redirectionOps"], mode="redirect")
    source.will("DELETE", f"/entities/{PUMP}", 404, {"type": "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"})
    gone = api.delete(f"entities/{PUMP}")
    assert gone.status_code == 404
    assert gone.json()["type"].endswith("/ResourceNotFound")
    source.will("DELETE", f"/entities/{PUMP}", 0)
    assert api.delete(f"entities/{PUMP}").status_code == 504
    source.will("DELETE", f"/entities/{PUMP}", 204)
    assert api.delete(f"entities/{PUMP}").status_code == 204


def test_malformed_entity_is_refused_before_anybody_is_asked(api: TestClient, source: Source) -> None:
    register(api, operations=["redirectionOps"])
    assert api.post("entities", json={"id": "no uri", "type": "Pump"}).status_code == 400
    assert source.asked == []


def test_attributes_are_sent_to_who_holds_them_and_the_others_stay(api: TestClient, source: Source) -> None:
    information = [{"entities": [{"type": "Pump", "id": PUMP}], "propertyNames": ["flow"]}]
    register(api, operations=["redirectionOps"], mode="exclusive", information=information)
    source.will("POST", "/entities", 201)
    source.will("PATCH", f"/entities/{PUMP}/attrs", 204)
    assert api.post("entities", json=pump(flow=1, power=2)).status_code == 201
    assert source.asked[0][3] == pump(flow=1)
    assert set(api.get(f"entities/{PUMP}", params={"local": "true"}).json()) == {"id", "type", "power"}
    values = {"flow": {"type": "Property", "value": 5}, "colour": {"type": "Property", "value": "urn:ngsi-ld:null"}}
    changed = api.patch(f"entities/{PUMP}/attrs", json=values)
    assert changed.status_code == 207
    assert changed.json()["updated"] == [f"{DEFAULT_VOCABULARY}flow"]
    assert [one["attributeName"] for one in changed.json()["notUpdated"]] == [f"{DEFAULT_VOCABULARY}colour"]


def test_batch_reaches_each_source_in_one_request(api: TestClient, source: Source) -> None:
    register(
        api,
        operations=["createBatch"],
        information=[{"entities": [{"type": "Pump", "idPattern": "far"}]}],
        mode="redirect",
    )
    source.will("POST", "/entityOperations/create", 201, ["urn:ngsi-ld:Pump:far1", "urn:ngsi-ld:Pump:far2"])
    ids = ["urn:ngsi-ld:Pump:near", "urn:ngsi-ld:Pump:far1", "urn:ngsi-ld:Pump:far2"]
    made = api.post("entityOperations/create", json=[pump(one, power=1) for one in ids])
    assert made.status_code == 201
    assert set(made.json()) == set(ids)
    assert [one["id"] for one in source.asked[0][3]] == ids[1:]
    assert len(source.asked) == 1
    broken = api.post(
        "entityOperations/create", json=[{"id": "urn:ngsi-ld:Pump:far3"}, pump("urn:ngsi-ld:Pump:near2", power=1)]
    )
    assert broken.status_code == 207
    assert [one["entityId"] for one in broken.json()["errors"]] == ["urn:ngsi-ld:Pump:far3"]
    assert len(source.asked) == 1


def test_request_that_came_round_stays_here_or_is_a_loop(api: TestClient, source: Source) -> None:
    assert api.post("entities", json=pump(power=1)).status_code == 201
    register(api, operations=["redirectionOps"])
    via = {"Via": f"1.1 {api.get('info/sourceIdentity').json()['contextSourceAlias']}"}
    assert api.get(f"entities/{PUMP}", headers=via).status_code == 200
    assert api.delete(f"entities/{PUMP}", headers=via).status_code == 204
    assert source.asked == []
    api.delete("csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:county")
    register(api, operations=["redirectionOps"], mode="redirect")
    assert api.delete(f"entities/{PUMP}", headers=via).status_code == 508
    assert api.get(f"entities/{PUMP}", headers=via).status_code == 508
    assert source.asked == []


def test_source_that_the_request_came_from_is_not_asked_again(api: TestClient, source: Source) -> None:
    register(api, contextSourceAlias="county")
    api.get("entities", params={"type": "Pump"}, headers={"Via": "1.1 county"})
    assert source.asked == []
    api.get("entities", params={"type": "Pump"}, headers={"Via": "1.1 town"})
    assert len(source.asked) == 1


def test_types_and_attributes_of_all_are_listed_together(api: TestClient, source: Source) -> None:
    assert api.post("entities", json=pump(power=1)).status_code == 201
    register(api)
    source.will("GET", "/types", 200, {"id": "urn:x", "type": "EntityTypeList", "typeList": ["Gate", "Pump"]})
    source.will(
        "GET",
        "/types/Gate",
        200,
        {
            "id": CORE.iri("Gate"),
            "type": "EntityTypeInfo",
            "typeName": "Gate",
            "entityCount": 2,
            "attributeDetails": [],
        },
    )
    assert api.get("types").json()["typeList"] == ["Gate", "Pump"]
    assert api.get("types/Gate").json()["entityCount"] == 2
    assert api.get("types/Bridge").status_code == 404
    assert api.get("types", params={"local": "true"}).json()["typeList"] == ["Pump"]


def test_query_that_concerns_nobody_else_is_answered_as_if_nobody_were_registered(
    api: TestClient, source: Source
) -> None:
    gates = [
        {"id": f"urn:ngsi-ld:Gate:{number}", "type": "Gate", "level": {"type": "Property", "value": number}}
        for number in (2, 1)
    ]
    assert api.post("entityOperations/create", json=gates).status_code == 201
    register(api)
    found = api.get("entities", params={"type": "Gate", "orderBy": "level"}).json()
    assert [one["id"] for one in found] == ["urn:ngsi-ld:Gate:1", "urn:ngsi-ld:Gate:2"]
    assert source.asked == []


def test_order_is_for_this_broker_alone(api: TestClient, source: Source) -> None:
    register(api)
    assert api.get("entities", params={"type": "Pump", "orderBy": "power"}).status_code == 400
    assert api.get("entities", params={"type": "Pump", "orderBy": "power", "local": "true"}).status_code == 200


def test_conditions_hold_for_the_whole_if_entities_are_split(api: TestClient, source: Source) -> None:
    assert api.post("entities", json=pump(power=5)).status_code == 201
    register(api)
    source.will("GET", "/entities", 200, [pump(flow=1)])
    asked = {"type": "Pump", "q": "power==5;flow==1"}
    assert len(api.get("entities", params=asked | {"splitEntities": "true"}).json()) == 1
    assert "q=" not in source.asked[0][1]
