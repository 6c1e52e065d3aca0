"""Observations that a device or a gateway brings over the SensorThings API."""

from typing import Any

import pytest

from brain.history.sensorthings.conftest import BUS, CAMERA, STATION, Sensed

ROOT = "/sensorthings/v1.1"


def test_many_observations_come_as_data_arrays_and_the_present_knows_the_newest_with_its_unit(changing: Sensed) -> None:
    temperature, speed = changing.series(STATION, "temperature"), changing.series(BUS, "speed")
    arrays = [
        {
            "Datastream": {"@iot.id": temperature},
            "components": ["phenomenonTime", "result", "FeatureOfInterest/id"],
            "dataArray@iot.count": 2,
            "dataArray": [["2026-01-02T00:00:00Z", 5, STATION], ["2026-01-02T09:00:00+08:00", 6.5, STATION]],
        },
        {"Datastream": {"@iot.id": str(speed)}, "components": ["result"], "dataArray": [[50]]},
    ]
    answer = changing.client.post(f"{ROOT}/CreateObservations", json=arrays)
    assert answer.status_code == 201, answer.text
    assert len(answer.json()) == 3
    changing.history.settle()
    found = [changing.client.get(address).json() for address in answer.json()]
    assert [one["result"] for one in found] == [5, 6.5, 50]
    assert found[1]["phenomenonTime"] == "2026-01-02T01:00:00.000Z"
    assert changing.get(f"Datastreams({temperature})")["unitOfMeasurement"]["symbol"] == "°C"
    changing.client.post(f"{ROOT}/CreateObservations", json=arrays[:1])  # the same again
    changing.history.settle()
    assert changing.client.get(f"{ROOT}/Datastreams({temperature})/Observations/$count").text == "12"


def test_a_row_that_cannot_be_read_is_an_error_and_the_others_are_kept(changing: Sensed) -> None:
    number = changing.series(STATION, "temperature")
    rows: list[list[Any]] = [
        ["2026-02-01T00:00:00Z", 1],
        ["yesterday", 2],
        ["2026-02-01T00:00:00Z/2026-02-02T00:00:00Z", 3],
        ["2026-02-01T01:00:00Z", None],
        ["2026-02-01T02:00:00Z"],
        ["2026-02-01T03:00:00Z", 4],
    ]
    array = {"Datastream": {"@iot.id": number}, "components": ["phenomenonTime", "result"], "dataArray": rows}
    answer = changing.client.post(f"{ROOT}/CreateObservations", json=[array])
    assert answer.status_code == 201
    assert [one if one == "error" else "kept" for one in answer.json()] == ["kept", *["error"] * 4, "kept"]
    array["dataArray"] = rows[1:3]
    answer = changing.client.post(f"{ROOT}/CreateObservations", json=[array], headers={"accept-language": "en"})
    assert answer.status_code == 400
    assert "intervals are not kept" in answer.json()["detail"]


def test_one_observation_is_posted_to_its_datastream_or_says_it(changing: Sensed) -> None:
    number = changing.series(STATION, "status")
    one = {"phenomenonTime": "2026-01-03T00:00:00Z", "resultTime": "2026-01-03T00:00:01Z", "result": "closed"}
    answer = changing.client.post(f"{ROOT}/Datastreams({number})/Observations", json=one)
    assert answer.status_code == 201, answer.text
    said = {
        **one,
        "Datastream": {"@iot.id": number},
        "phenomenonTime": "2026-01-03T01:00:00Z",
        "parameters": {"by": "hand"},
    }
    other = changing.client.post(f"{ROOT}/Observations", json=said)
    assert other.status_code == 201, other.text
    changing.history.settle()
    assert changing.client.get(answer.headers["location"]).json()["result"] == "closed"
    assert changing.client.get(other.headers["location"]).json()["parameters"] == {"by": "hand"}


def test_a_place_comes_as_an_observation_of_the_location(changing: Sensed) -> None:
    number = changing.series(BUS, "location")
    point = {"type": "Point", "coordinates": [13.0, 53.0]}
    answer = changing.client.post(
        f"{ROOT}/Datastreams({number})/Observations", json={"phenomenonTime": "2026-01-04T00:00:00Z", "result": point}
    )
    assert answer.status_code == 201, answer.text
    changing.history.settle()
    assert changing.get(f"Things('{BUS}')/Locations")["value"][0]["location"] == point
    refused = changing.client.post(f"{ROOT}/Datastreams({number})/Observations", json={"result": 5})
    assert refused.status_code == 400


BROKEN: list[tuple[str, Any, int, str]] = [
    ("CreateObservations", {"a": 1}, 400, "cannot be read"),
    ("CreateObservations", [], 400, "no Observations"),
    (
        "CreateObservations",
        [{"Datastream": {"@iot.id": 999}, "components": ["result"], "dataArray": [[1]]}],
        404,
        "Datastreams(999)",
    ),
    (
        "CreateObservations",
        [{"Datastream": {"@iot.id": 3}, "components": ["phenomenonTime"], "dataArray": [["x"]]}],
        400,
        "no result",
    ),
    (
        "CreateObservations",
        [{"Datastream": {"@iot.id": 3}, "components": ["result", "colour"], "dataArray": [[1, 2]]}],
        400,
        "no colour",
    ),
    (
        "CreateObservations",
        [{"Datastream": {"@iot.id": 3}, "components": ["result", "validTime"], "dataArray": [[1, 2]]}],
        501,
        "validTime",
    ),
    ("Observations", {"result": 5}, 400, "cannot be read"),
    ("Observations", {"Datastream": {"@iot.id": 3}}, 400, "no result"),
    ("Datastreams(999)/Observations", {"result": 5}, 404, "999"),
    ("Datastreams(3)/Observations", {"result": 5, "FeatureOfInterest": {"@iot.id": "urn:x"}}, 400, "observes"),
    ("Datastreams(3)/Observations", {"result": 5, "parameters": {"value": 1}}, 400, "Parameters"),
    ("Things", {"name": "x", "description": "y"}, 501, "NGSI-LD"),
    ("Datastreams(3)", {"name": "x"}, 501, "NGSI-LD"),
]


@pytest.mark.parametrize(("path", "content", "status", "words"), BROKEN, ids=lambda one: str(one)[:40])
def test_what_cannot_be_taken_is_refused_with_what_to_do_and_nothing_is_kept(
    sensed: Sensed, path: str, content: Any, status: int, words: str
) -> None:
    before = sensed.client.get(f"{ROOT}/Observations/$count").text
    answer = sensed.client.post(f"{ROOT}/{path}", json=content, headers={"accept-language": "en"})
    problem = answer.json()
    assert (answer.status_code, problem["status"]) == (status, status)
    assert words in problem["detail"] + problem.get("fix", "")
    sensed.history.settle()
    assert sensed.client.get(f"{ROOT}/Observations/$count").text == before


@pytest.mark.parametrize("method", ["PATCH", "PUT", "DELETE"])
def test_other_writes_say_that_ngsi_ld_is_the_way(sensed: Sensed, method: str) -> None:
    answer = sensed.client.request(method, f"{ROOT}/Things('{CAMERA}')", headers={"accept-language": "en"})
    assert answer.status_code == 501
    assert "/ngsi-ld/v1/entities" in answer.json()["fix"]
