"""Registrations as clients keep and find them. Clauses 6.8, 6.9 and 6.33."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from brain.context.conftest import Run
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.registrations.actions import discover, register, remove, retrieve, update
from yuzhang.brain.context.registrations.matching import Request
from yuzhang.brain.context.registrations.model import RegistrationChange
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import STRANGER
from yuzhang.core.errors import NotAllowed

COUNTY = "urn:ngsi-ld:ContextSourceRegistration:county"


def county(**members: Any) -> dict[str, Any]:
    return {
        "id": COUNTY,
        "type": "ContextSourceRegistration",
        "information": [{"entities": [{"type": "Pump"}]}],
        "endpoint": "http://county.example",
    } | members


def test_registration_is_kept_changed_found_and_removed(api: TestClient) -> None:
    made = api.post("csourceRegistrations", json=county())
    assert made.status_code == 201
    assert made.headers["location"] == f"/ngsi-ld/v1/csourceRegistrations/{COUNTY}"
    assert api.post("csourceRegistrations", json=county()).status_code == 409
    assert api.patch(f"csourceRegistrations/{COUNTY}", json={"endpoint": "http://new.example"}).status_code == 204
    assert api.get(f"csourceRegistrations/{COUNTY}").json()["endpoint"] == "http://new.example"
    assert [one["id"] for one in api.get("csourceRegistrations", params={"type": "Pump"}).json()] == [COUNTY]
    assert api.get("csourceRegistrations", params={"type": "Gate"}).json() == []
    assert api.delete(f"csourceRegistrations/{COUNTY}").status_code == 204
    assert api.get(f"csourceRegistrations/{COUNTY}").status_code == 404


def test_registrations_survive_a_restart_under_the_same_name_of_the_broker(
    api: TestClient, broker: Broker, run: Run
) -> None:
    api.post("csourceRegistrations", json=county())
    name = api.get("info/sourceIdentity").json()["contextSourceAlias"]
    broker.registrations.tenants = {}
    broker.registrations.alias = ""
    run(broker.registrations.start)
    assert api.get(f"csourceRegistrations/{COUNTY}").status_code == 200
    assert api.get("info/sourceIdentity").json()["contextSourceAlias"] == name


def test_tenants_do_not_see_each_others_registrations(api: TestClient) -> None:
    api.post("csourceRegistrations", json=county(), headers={"NGSILD-Tenant": "water"})
    assert api.get(f"csourceRegistrations/{COUNTY}").status_code == 404
    assert api.get(f"csourceRegistrations/{COUNTY}", headers={"NGSILD-Tenant": "water"}).status_code == 200
    assert api.get(f"csourceRegistrations/{COUNTY}", headers={"NGSILD-Tenant": "parks"}).status_code == 404


def test_list_of_registrations_comes_in_pages(api: TestClient) -> None:
    for number in range(5):
        api.post("csourceRegistrations", json=county(id=f"urn:ngsi-ld:R:{number}"))
    page = api.get("csourceRegistrations", params={"type": "Pump", "limit": 2, "offset": 2, "count": "true"})
    assert [one["id"] for one in page.json()] == ["urn:ngsi-ld:R:2", "urn:ngsi-ld:R:3"]
    assert page.headers["ngsild-results-count"] == "5"
    assert 'offset=0&count=true>;rel="prev"' in page.headers["link"]
    assert 'offset=4&count=true>;rel="next"' in page.headers["link"]


def test_query_that_seeks_nothing_is_refused(api: TestClient) -> None:
    assert api.get("csourceRegistrations").status_code == 400


def test_proxy_over_what_is_kept_here_is_a_conflict_and_nothing_is_stored(api: TestClient) -> None:
    pump = {"id": "urn:ngsi-ld:Pump:1", "type": "Pump", "power": {"type": "Property", "value": 1}}
    assert api.post("entities", json=pump).status_code == 201
    refused = api.post("csourceRegistrations", json=county(mode="redirect"))
    assert refused.status_code == 409
    assert refused.json()["type"].endswith("/Conflict")
    information = [{"entities": [{"type": "Pump", "id": pump["id"]}], "propertyNames": ["power"]}]
    assert api.post("csourceRegistrations", json=county(mode="exclusive", information=information)).status_code == 409
    information[0]["propertyNames"] = ["flow"]
    assert api.post("csourceRegistrations", json=county(mode="exclusive", information=information)).status_code == 201


def test_expired_registration_is_gone_and_its_name_is_free(api: TestClient, broker: Broker) -> None:
    api.post("csourceRegistrations", json=county(expiresAt="2099-01-01T00:00:00Z"))
    broker.now = lambda: 4_100_000_000_000_000  # type: ignore[method-assign]  # the year 2099 is over
    assert api.get(f"csourceRegistrations/{COUNTY}").status_code == 404
    assert api.post("csourceRegistrations", json=county()).status_code == 201


def test_listener_is_told_inside_the_transaction_and_can_stop_it(api: TestClient, broker: Broker) -> None:
    told: list[RegistrationChange] = []

    def listen(transaction: Transaction, change: RegistrationChange) -> None:
        told.append(change)
        if change.after is None:
            raise ValueError("the listener cannot follow")

    broker.registrations.on_registration_change(listen)
    api.post("csourceRegistrations", json=county())
    assert told[0].before is None
    assert told[0].registration.id == COUNTY
    assert api.delete(f"csourceRegistrations/{COUNTY}").status_code == 500
    assert api.get(f"csourceRegistrations/{COUNTY}").status_code == 200


def test_stranger_may_not_register_change_remove_or_look(broker: Broker) -> None:
    for refused in (
        lambda: register(broker, STRANGER, "", county(), None),
        lambda: update(broker, STRANGER, "", COUNTY, {}, frozenset()),
        lambda: remove(broker, STRANGER, "", COUNTY),
        lambda: retrieve(broker, STRANGER, "", COUNTY),
        lambda: discover(broker, STRANGER, "", Request()),
    ):
        with pytest.raises(NotAllowed):
            refused()
