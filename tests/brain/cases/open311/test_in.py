"""Other programs report by GeoReport v2 and follow what they reported; the public sees how things stand, and nobody's words."""

import pytest
from fastapi.testclient import TestClient
from lxml import etree as Xml  # noqa: N812  # it stands for the format here

from brain.cases.open311.conftest import KEY
from brain.cases.stories import CITIZEN, DUTY, Clock, Event, do, happen, photo, reported
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR

V2 = "/open311/v2"
FORM = {
    "api_key": KEY, "service_code": "waterlogging", "lat": "28.0001", "long": "115.00012", "description": "Li Ming's cellar is wet",
    "address_string": "Lake Road 5", "first_name": "Ming", "last_name": "Li", "phone": "13800000000",
}  # fmt: skip


def test_program_reads_the_services_reports_and_follows_it_until_it_is_closed(client: TestClient, cases: Cases) -> None:
    services = client.get(f"{V2}/services.json").json()
    assert {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} == set(services[0])
    assert [one["service_code"] for one in services] == ["waterlogging", "pothole"] or len(services) == 2
    definition = client.get(f"{V2}/services/waterlogging.json").json()
    assert definition["attributes"][0]["values"][3]["key"] == "4"
    made = client.post(f"{V2}/requests.json", data=FORM | {"attribute[severity]": "4"})
    assert made.status_code == 201
    number = made.json()[0]["service_request_id"]
    case = actions.case(cases, OPERATOR, number).case
    assert (case.source, case.severity, case.reporter) == ("system", 4, "app-1")
    assert actions.reporter(cases, OPERATOR, number).contact == "13800000000"
    own = client.get(f"{V2}/requests/{number}.json", params={"api_key": KEY}).json()[0]
    assert (own["status"], own["description"], own["lat"]) == ("open", FORM["description"], 28.0001)
    do(cases, DUTY, case, "rejected", note="another city's")
    closed = client.get(f"{V2}/requests.json?status=closed").json()
    assert [(one["service_request_id"], one["status"]) for one in closed] == [(number, "closed")]


def test_public_sees_no_words_no_address_and_a_rough_place(client: TestClient) -> None:
    number = client.post(f"{V2}/requests.json", data=FORM).json()[0]["service_request_id"]
    for address in (
        f"{V2}/requests/{number}.json",
        f"{V2}/requests.json",
        f"{V2}/requests.xml",
        f"{V2}/requests/{number}.xml",
    ):
        text = client.get(address).text
        assert number in text
        assert not [
            word for word in ("Li", "13800000000", "Lake Road", "28.0001", "115.00012", "app-1") if word in text
        ]


def test_what_is_inner_or_simulated_or_a_rules_is_not_public(client: TestClient, cases: Cases) -> None:
    happen(cases, Event("e1"), Event("e2", simulated=True))
    shown = reported(cases)
    assert [one["service_request_id"] for one in client.get(f"{V2}/requests.json").json()] == [shown.number]
    hidden = actions.search(cases, OPERATOR).cases[-1]
    assert client.get(f"{V2}/requests/{hidden.number}.json").status_code == 404


def test_xml_has_the_elements_of_the_specification(client: TestClient, cases: Cases) -> None:
    reported(cases)
    answer = client.get(f"{V2}/requests.xml")
    assert answer.headers["content-type"].startswith("text/xml")
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    root = Xml.fromstring(answer.content)
    assert root.tag == "service_requests"
    assert {"service_request_id", "status", "requested_datetime", "lat", "long"} <= {one.tag for one in root[0]}
    assert Xml.fromstring(client.get(f"{V2}/services.xml").content)[0].tag == "service"
    defined = Xml.fromstring(client.get(f"{V2}/services/pothole.xml").content)
    assert defined.findtext("attributes/attribute/variable") == "true"
    assert defined.findtext("attributes/attribute/values/value/key") == "1"
    assert Xml.fromstring(client.get(f"{V2}/discovery.xml").content).findtext("endpoints/endpoint/type") == "production"


@pytest.mark.parametrize(
    ("change", "status", "word"),
    [
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "false"}, 403, "api_key"),
        ({"service_code": "nothing"}, 404, "service_code"),
        ({"lat": "", "address_string": ""}, 400, "lat"),
        ({"lat": "north"}, 400, "lat"),
        ({"attribute[severity]": "9"}, 400, "severity"),
    ],
)
def test_what_cannot_be_taken_is_told_as_the_specification_says(
    client: TestClient, cases: Cases, change: dict[str, str], status: int, word: str
) -> None:
    answer = client.post(f"{V2}/requests.json", data=FORM | change)
    assert answer.status_code == status
    assert answer.json()[0]["code"] == status
    assert word in answer.json()[0]["description"]
    assert Xml.fromstring(client.post(f"{V2}/requests.xml", data=FORM | change).content)[0].findtext("code") == str(
        status
    )
    assert actions.search(cases, OPERATOR).cases == ()


def test_same_request_twice_is_one_and_photos_come_along(client: TestClient, cases: Cases) -> None:
    files = {"media": ("a.jpg", photo().content)}
    numbers = {
        client.post(f"{V2}/requests.json", data=FORM | {"attribute[external]": "A-7"}, files=files).json()[0][
            "service_request_id"
        ]
        for _ in range(2)
    }
    assert len(numbers) == 1
    assert len(actions.case(cases, OPERATOR, numbers.pop()).attachments) == 1


def test_list_is_limited_to_days_pages_and_the_own_jurisdiction(
    client: TestClient, cases: Cases, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = reported(cases)
    clock.later(days=100)
    new, newer = reported(cases), reported(cases)

    def get(query: str) -> list[str]:
        return [one["service_request_id"] for one in client.get(f"{V2}/requests.json?{query}").json()]

    assert get("") == [newer.number, new.number]
    assert get("page=2&page_size=1") == [new.number]
    assert get("start_date=2020-01-01T00:00:00Z&end_date=2026-12-01T00:00:00Z") == [old.number]
    assert get(f"service_request_id={old.number},{new.number}") == [new.number, old.number]
    assert get("service_code=pothole") == []
    assert client.get(f"{V2}/requests.json?start_date=yesterday").status_code == 400
    monkeypatch.setenv("YUZHANG_OPEN311_JURISDICTION", "city.example")
    assert client.get(f"{V2}/services.json?jurisdiction_id=city.example").status_code == 200
    assert client.get(f"{V2}/services.json?jurisdiction_id=other.example").status_code == 404


def test_citizen_who_signed_in_reports_without_a_key_and_sees_their_own_words(client: TestClient) -> None:
    here = {"x-citizen": "yes"}
    form = {name: value for name, value in FORM.items() if name != "api_key"}
    number = client.post(f"{V2}/requests.json", data=form, headers=here).json()[0]["service_request_id"]
    assert client.get(f"{V2}/requests/{number}.json", headers=here).json()[0]["description"] == FORM["description"]
    assert client.get(f"{V2}/requests/{number}.json").json()[0]["description"] is None
    assert CITIZEN.id not in client.get(f"{V2}/requests/{number}.json", headers=here).text
