"""What a client learns of a city over the SensorThings API."""

from typing import Any

import pytest

from brain.history.sensorthings.conftest import BUS, CAMERA, DAY, HOUR, STATION, Sensed
from yuzhang.foundation.log.model import Key

REFUSED: list[tuple[str, int, str]] = [
    ("Things?$filter=naem eq 'x'", 400, "has no naem"),
    ("Things?$filter=name eq", 400, "not finished"),
    ("Things?$select=floor", 400, "has no floor"),
    ("Things?$expand=Sensors", 400, "no link Sensors"),
    ("Things?$expand=Datastreams($top=x)", 400, "whole number"),
    ("Things?$top=-1", 400, "whole number"),
    ("Things?$count=maybe", 400, "true or false"),
    ("Things?$foo=1", 400, "no query option"),
    ("Things?$resultFormat=dataArray", 400, "for Observations"),
    ("Observations?$resultFormat=csv", 400, "one of"),
    ("Things?$skiptoken=x", 400, "none of ours"),
    ("Observations?$skiptoken=x", 400, "none of ours"),
    ("Things?$top=1&$top=2", 400, "twice"),
    ("Things?$filter=Datastreams/Observations/result gt 5", 501, "Observations"),
    ("Observations?$filter=result gt Datastream/id", 501, "at once"),
    ("Observations?$filter=st_within(result, geography'POINT(1 1)')", 501, "Spatial"),
    ("HistoricalLocations?$filter=Locations/name eq 'x'", 501, "Locations"),
    ("Datastreams?$expand=Observations($resultFormat=dataArray)", 501, "dataArray"),
    ("Things?$filter=Datastreams eq 5", 400, "an entity"),
    ("Streets", 404, "no Streets"),
    ("Things('urn:x')", 404, "urn:x"),
    ("Things/name", 404, "Things/name"),
    ("Things(", 400, "cannot be read"),
    (f"Things('{BUS}')/Datastreams(1)", 404, "Datastreams"),
    (f"Things('{BUS}')?$filter=name eq 'x'", 400, "collections"),
    ("/".join(["Things"] * 20), 400, "cannot be read"),
]


@pytest.mark.parametrize(("path", "status", "words"), REFUSED, ids=lambda one: str(one)[:50])
def test_a_request_that_cannot_be_answered_is_refused_with_words_that_help(
    sensed: Sensed, path: str, status: int, words: str
) -> None:
    answer = sensed.client.get(f"/sensorthings/v1.1/{path}", headers={"accept-language": "en"})
    problem = answer.json()
    assert answer.status_code == status
    assert words in problem["detail"] + problem.get("fix", "")
    assert problem["where"]
    assert sensed.client.get(f"/sensorthings/v1.1/{path}").json()["detail"] != problem["detail"]


def test_a_unit_a_sensor_and_the_readings_of_a_day_are_found_from_the_station_on(sensed: Sensed) -> None:
    (stream,) = sensed.get(
        f"Things('{STATION}')/Datastreams",
        filter="ObservedProperty/name eq 'temperature'",
        expand="Sensor,Observations",
    )["value"]
    assert stream["unitOfMeasurement"]["symbol"] == "°C"
    assert stream["observationType"].endswith("OM_Measurement")
    assert stream["phenomenonTime"] == "2026-01-01T00:00:00.000Z/2026-01-01T09:00:00.000Z"
    assert stream["Sensor"]["@iot.id"] == CAMERA
    assert [one["result"] for one in stream["Observations"]] == list(range(20, 30))
    (text,) = sensed.get("Datastreams", filter="ObservedProperty/name eq 'status'")["value"]
    assert text["observationType"].endswith("OM_Observation")
    assert text["unitOfMeasurement"] == {"name": None, "symbol": None, "definition": None}


def test_names_are_in_the_readers_language_where_the_entity_has_both(sensed: Sensed) -> None:
    path = f"/sensorthings/v1.1/Things('{STATION}')/name/$value"
    assert sensed.client.get(path).text == "一号站"
    assert sensed.client.get(path, headers={"accept-language": "en"}).text == "Station One"


def test_a_series_that_no_device_is_said_to_observe_says_so(sensed: Sensed) -> None:
    number = sensed.series(BUS, "speed")
    sensor = sensed.client.get(
        f"/sensorthings/v1.1/Datastreams({number})/Sensor", headers={"accept-language": "en"}
    ).json()
    assert sensor["@iot.id"] == f"{BUS}#unknown-procedure"
    assert sensed.client.get(sensor["@iot.selfLink"], headers={"accept-language": "en"}).json() == sensor
    assert sensed.ids(f"Sensors('{BUS}%23unknown-procedure')/Datastreams") == [
        sensed.series(BUS, "location"),
        number,
    ]
    assert "Unknown procedure" in sensor["description"]
    assert sensed.ids(f"Sensors('{CAMERA}')/Datastreams") == [sensed.series(STATION, "temperature")]
    assert set(sensed.ids("Sensors")) == {CAMERA, *(f"{one}#unknown-procedure" for one in (STATION, BUS, CAMERA))}


def test_readings_are_filtered_ordered_and_counted_by_value_and_time(sensed: Sensed) -> None:
    path = f"Datastreams({sensed.series(STATION, 'temperature')})/Observations"
    assert sensed.values(path, "result", filter="result gt 22 and result le 25") == [23, 24, 25]
    assert sensed.values(path, "result", filter="phenomenonTime ge 2026-01-01T08:00:00Z") == [28, 29]
    assert sensed.values(path, "result", filter="hour(phenomenonTime) mod 4 eq 0") == [20, 24, 28]
    assert sensed.values(path, "result", orderby="phenomenonTime desc", top=2) == [29, 28]
    assert sensed.values(path, "result", orderby="result desc", top=2, skip=1) == [28, 27]
    assert sensed.values(path, "result", filter="resultTime lt 2026-01-01T00:00:00Z") == []
    found = sensed.get(path, filter="not (result lt 27)", count="true", top=1)
    assert (found["@iot.count"], len(found["value"])) == (3, 1)
    assert found["@iot.nextLink"]


def test_pages_go_on_where_they_ended_even_if_readings_come_in_between(changing: Sensed) -> None:
    path = f"/sensorthings/v1.1/Datastreams({changing.series(STATION, 'temperature')})/Observations"
    for order, expected in (("", list(range(20, 30))), ("&$orderby=phenomenonTime desc", list(range(29, 19, -1)))):
        page = changing.client.get(f"{path}?$top=4{order}").json()
        found = [one["result"] for one in page["value"]]
        changing.observe(Key(STATION, "temperature"), [(DAY + HOUR * (20 if order else -5), 99.0)])
        while "@iot.nextLink" in page:
            page = changing.client.get(page["@iot.nextLink"]).json()
            found += [one["result"] for one in page["value"]]
        assert [one for one in found if one != 99] == expected


def test_all_observations_are_found_by_what_their_datastream_and_place_are(sensed: Sensed) -> None:
    assert sensed.values(
        "Observations", "result", filter="Datastream/ObservedProperty/name eq 'speed' and result gt 31"
    ) == [32, 33]
    assert sensed.values("Observations", "result", filter=f"Datastream/Thing/id eq '{BUS}' and result eq 30") == [30]
    near = "st_within(FeatureOfInterest/feature, geography'POLYGON((11 51,13 51,13 53,11 53,11 51))')"
    assert sensed.values("Observations", "result", filter=f"{near} and result gt 0") == [30, 31, 32, 33]
    assert sensed.values("Observations", "result", filter=f"not ({near}) and result gt 28") == [29]
    assert sensed.values("Observations", "result", orderby="result desc", filter="result gt 0", top=2) == [33, 32]
    assert sensed.values(f"FeaturesOfInterest('{BUS}')/Observations", "result", filter="result gt 32") == [33]
    newest = sensed.get("Observations", orderby="phenomenonTime desc", top=1)["value"][0]
    assert newest["phenomenonTime"] == max(sensed.values("Observations", "phenomenonTime"))


def test_a_data_array_has_a_table_for_each_datastream(sensed: Sensed) -> None:
    found = sensed.get("Observations", resultFormat="dataArray", filter="result gt 28", count="true")
    assert found["@iot.count"] == 5
    temperature, speed = found["value"]
    number = sensed.series(STATION, "temperature")
    assert temperature == {
        "Datastream@iot.navigationLink": f"http://127.0.0.1/sensorthings/v1.1/Datastreams({number})",
        "components": ["id", "phenomenonTime", "resultTime", "result"],
        "dataArray@iot.count": 1,
        "dataArray": [[f"{number}-{DAY + 9 * HOUR}", "2026-01-01T09:00:00.000Z", temperature["dataArray"][0][2], 29]],
    }
    assert speed["dataArray@iot.count"] == 4
    small = sensed.get("Observations", resultFormat="dataArray", filter="result gt 32", select="result,phenomenonTime")
    assert small["value"][0]["components"] == ["result", "phenomenonTime"]
    assert small["value"][0]["dataArray"] == [[33, "2026-01-01T03:00:00.000Z"]]


def test_the_newest_reading_of_every_datastream_comes_in_one_request(sensed: Sensed) -> None:
    found = sensed.get(
        "Things",
        expand="Datastreams($select=id;$filter=unitOfMeasurement/symbol ne null;"
        "$expand=Observations($orderby=phenomenonTime desc;$top=1;$select=result))",
        select="id",
    )
    results = {
        one["@iot.id"]: [[row["result"] for row in stream["Observations"]] for stream in one["Datastreams"]]
        for one in found["value"]
    }
    assert results == {STATION: [[29]], BUS: [[33]], CAMERA: []}


def test_observations_are_expanded_with_options_of_their_own(sensed: Sensed) -> None:
    (one,) = sensed.get(
        "Datastreams",
        filter="ObservedProperty/name eq 'temperature'",
        expand="Observations($filter=result gt 21;$top=2;$skip=1;$count=true;$orderby=result desc;$select=result),Thing($select=name)",
    )["value"]
    assert one["Observations"] == [{"result": 28}, {"result": 27}]
    assert one["Observations@iot.count"] == 8
    assert one["Thing"] == {"name": "一号站"}
    following = sensed.client.get(one["Observations@iot.nextLink"]).json()
    assert [row["result"] for row in following["value"]] == [26, 25]
    beyond = sensed.get("Datastreams", expand="Observations($skip=99;$count=true)", filter=f"id eq {one['@iot.id']}")
    assert beyond["value"][0]["Observations@iot.count"] == 10
    assert beyond["value"][0]["Observations"] == []


def test_a_bus_is_where_it_is_and_was_where_it_was(sensed: Sensed) -> None:
    (now,) = sensed.get(f"Things('{BUS}')/Locations")["value"]
    assert now["location"] == {"type": "Point", "coordinates": [12.0, 52.0]}
    past = sensed.get(f"Things('{BUS}')/HistoricalLocations", expand="Locations,Thing")["value"]
    assert [one["time"] for one in past] == ["2026-01-01T00:00:00.000Z", "2026-01-01T05:00:00.000Z"]
    assert [one["Locations"][0]["location"]["coordinates"] for one in past] == [[11.0, 51.0], [12.0, 52.0]]
    assert {one["Thing"]["@iot.id"] for one in past} == {BUS}
    older = past[0]["Locations"][0]
    assert sensed.client.get(older["@iot.selfLink"]).json()["location"] == older["location"]
    assert sensed.client.get(older["Things@iot.navigationLink"]).json()["value"] == []
    assert sensed.ids("Locations", filter="geo.distance(location, geography'POINT(12 52)') lt 0.1") == [now["@iot.id"]]
    far = "geo.distance(location, geography'POINT(12 52)') lt 500"
    assert (
        len(sensed.ids("Locations", filter=f"not ({far} and id eq 'x')"))
        == len(sensed.ids("Locations", filter=far))
        == 2
    )
    assert sensed.ids("FeaturesOfInterest", filter="geo.intersects(geography'POINT(12 52)', feature)") == [BUS]
    assert sensed.ids("Locations", filter="st_within(location, geography'POINT EMPTY')") == []
    assert sensed.ids("Things", filter="st_intersects(Locations/location, geography'POINT(12 52)')") == [BUS]
    assert sensed.ids("HistoricalLocations", filter=f"Thing/id eq '{BUS}' and time gt 2026-01-01T01:00:00Z") == [
        past[1]["@iot.id"]
    ]


def test_ids_may_stand_in_quotes_or_not(sensed: Sensed) -> None:
    number = sensed.series(BUS, "speed")
    for path in (f"Datastreams({number})", f"Datastreams('{number}')"):
        assert sensed.get(path)["@iot.id"] == number
    for path in (f"Things('{BUS}')", f"Things({BUS})", f"Things({BUS.replace(':', '%3A')})"):
        assert sensed.get(path)["@iot.id"] == BUS


def test_an_iri_with_slashes_names_an_observed_property(changing: Sensed) -> None:
    name = "https://smartdatamodels.org/dataModel.Environment/pm25"
    changing.observe(Key(STATION, name), [(DAY, 12.0)])
    (found,) = changing.get("ObservedProperties", filter="name eq 'pm25'")["value"]
    assert found["@iot.id"] == found["definition"] == name
    assert changing.client.get(found["@iot.selfLink"]).json() == found
    assert len(changing.client.get(found["Datastreams@iot.navigationLink"]).json()["value"]) == 1


def test_a_thing_that_is_gone_is_known_with_its_readings_and_says_when_it_went(changing: Sensed) -> None:
    assert changing.client.delete(f"/ngsi-ld/v1/entities/{BUS}").status_code == 204
    changing.history.settle()
    found = changing.get(f"Things('{BUS}')")
    assert found["properties"]["deletedAt"]
    assert changing.values(
        f"Datastreams({changing.series(BUS, 'speed')})/Observations", "result", filter="result gt 0"
    ) == [30, 31, 32, 33]
    assert changing.get(f"Things('{BUS}')/Locations")["value"] == []


def test_another_tenant_sees_nothing_of_it(sensed: Sensed) -> None:
    for kind in ("Things", "Datastreams", "Observations", "HistoricalLocations", "Sensors", "ObservedProperties"):
        answer = sensed.client.get(f"/sensorthings/v1.1/{kind}?$count=true", headers={"NGSILD-Tenant": "other"})
        assert answer.json() == {"@iot.count": 0, "value": []}
    number = sensed.series(BUS, "speed")
    answer = sensed.client.get(f"/sensorthings/v1.1/Datastreams({number})", headers={"NGSILD-Tenant": "other"})
    assert answer.status_code == 404


def test_a_data_model_says_what_is_observed(changing: Sensed, tmp_path: Any) -> None:
    import json

    from yuzhang.brain.context.smart_models.actions import import_file
    from yuzhang.core.access import OPERATOR

    text = "Property. How fast it goes, in kilometres per hour"
    schema = {
        "$id": "https://x.example/schema.json",
        "title": "Vehicle",
        "type": "object",
        "properties": {"type": {"const": "Vehicle"}, "speed": {"type": "number", "description": text}},
    }
    (tmp_path / "schema.json").write_text(json.dumps(schema))
    assert changing.client.portal is not None
    changing.client.portal.call(import_file, changing.history.broker, OPERATOR, tmp_path / "schema.json")
    found = changing.get("ObservedProperties('speed')")
    assert "How fast it goes" in found["description"]


def test_a_stranger_is_refused_everywhere(sensed: Sensed) -> None:
    headers = {"host": "city.example"}
    for path in ("", "/Things", "/Observations", "/Things('x')/Datastreams"):
        answer = sensed.client.get(f"/sensorthings/v1.1{path}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
    for path in ("/CreateObservations", "/Observations", "/Datastreams(1)/Observations", "/Things"):
        answer = sensed.client.post(f"/sensorthings/v1.1{path}", content=b"nothing of use", headers=headers)
        assert answer.status_code == 403, path


def test_nothing_is_there_at_first(empty: Sensed) -> None:
    for kind in ("Things", "Locations", "Datastreams", "Observations", "Sensors", "ObservedProperties"):
        assert empty.get(kind, count="true") == {"@iot.count": 0, "value": []}
