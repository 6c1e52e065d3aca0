"""History as several parties see it: the temporal API, browsing, downloads, SensorThings and SQL hold back the same."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient
from starlette.applications import Starlette
from starlette.routing import Route

from brain.context.classification.conftest import ENTITIES, PARTIES, ROWS, City, PartyGate
from brain.context.classification.ruled import Ruled, by_attributes
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.actions import classify_all
from yuzhang.brain.history import browsing
from yuzhang.brain.history.downloading import Format
from yuzhang.brain.history.errors import NoSuchSeries
from yuzhang.brain.history.model import ALWAYS
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings import actions as sensorthings
from yuzhang.brain.history.sql import actions as sql
from yuzhang.brain.history.sql.errors import UnfitQuery
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.brain.history.temporal.api import routes
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.errors import NotAllowed
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Key, NewEntity, observations

ALL_TIMES = "timerel=after&timeAt=0001-01-01T00:00:00Z&timeproperty=modifiedAt"
ATTRIBUTES = {"ann": {"name", "lives"}, "li": {"name", "lives", "district", "level"}}


@pytest.fixture
def past(storage: Storage) -> Iterator[tuple[City, History]]:
    """What some people, stations and a tunnel were; the station urn:s:2 lies in another district than li works in."""
    broker = Broker(storage)
    history = History(broker, storage)
    guard = Ruled(by_attributes)

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        await broker.start()
        await history.start()
        await classify_all(broker, OPERATOR, "", ROWS)
        yield
        await history.stop()
        await broker.stop()

    ways = [Route("/{rest:path}", context_api(broker, PartyGate(guard, PARTIES), routes(history)))]
    with TestClient(Starlette(routes=ways, lifespan=life), base_url="http://127.0.0.1/ngsi-ld/v1") as client:
        city = City(client, broker, guard)
        city.send("", "POST", "/entityOperations/create", 201, ENTITIES)
        history.settle()
        yield city, history


def party(name: str, city: City) -> Party:
    return replace(PARTIES[name], guard=city.guard)


def test_temporal_api_knows_only_what_is_seen(past: tuple[City, History]) -> None:
    city, _ = past
    path = f"/temporal/entities?type=Person,Station,Tunnel&{ALL_TIMES}"
    assert city.ids("ann", path) == ["urn:p:1", "urn:p:2"]
    assert city.ids("li", path) == ["urn:p:1", "urn:p:2", "urn:s:1", "urn:s:3"]
    assert city.ids("ann", f"{path}&q=income>1") == []
    assert city.ids("", f"{path}&q=income>1") == ["urn:p:1", "urn:p:2"]
    assert set(city.get("ann", "/temporal/entities/urn:p:1")) == {"id", "type", "name"}
    city.get("ann", "/temporal/entities/urn:t:1", 404)
    city.send("ann", "DELETE", "/temporal/entities/urn:t:1", 404)
    city.send("ann", "POST", "/temporal/entities/urn:p:1/attrs", 403, {"income": {"type": "Property", "value": 1}})
    city.send("ann", "DELETE", "/temporal/entities/urn:p:1/attrs/income?deleteAll=true", 404)


def test_past_of_a_new_tenant_is_told_by_who_may_change_what_is_told(past: tuple[City, History]) -> None:
    city, _ = past
    account = {"id": "urn:x:1", "type": "Lamp", "on": [{"type": "Property", "value": 1}]}
    for who, status in (("ann", 403), ("wu", 201)):
        headers = {"x-party": who, "ngsild-tenant": "new"}
        assert city.client.post("/temporal/entities", headers=headers, json=account).status_code == status


def test_entity_that_is_gone_is_seen_by_who_sees_its_type_everywhere(past: tuple[City, History]) -> None:
    city, history = past
    city.send("", "DELETE", "/entities/urn:s:1", 204)
    history.settle()
    path = f"/temporal/entities?type=Station&{ALL_TIMES}"
    assert city.ids("li", path) == ["urn:s:3"]
    assert city.ids("", path) == ["urn:s:1", "urn:s:2", "urn:s:3"]


def test_browsing_counts_and_files_hold_only_series_that_are_seen(past: tuple[City, History]) -> None:
    city, history = past
    for name, expected in ATTRIBUTES.items():
        who = party(name, city)
        found = browsing.search(history, who, "")
        assert {one.attribute for one in found} == expected
        assert {one.entity for one in found} <= {"urn:p:1", "urn:p:2", "urn:s:1", "urn:s:3"}
        assert set(browsing.choices(history, who, "")[1]) == expected
        newest = [row for part in browsing.newest(history, who, "") for row in part["attribute"].to_pylist()]
        assert set(newest) == expected
    ann = party("ann", city)
    hidden = browsing.search(history, OPERATOR, "", attribute="income")[0]
    with pytest.raises(NoSuchSeries):
        browsing.chosen(history, ann, "", str(hidden.number))
    series = browsing.matching(history, ann, "", attribute="income")
    with pytest.raises(NoSuchSeries):
        browsing.download(history, ann, "", series, ALWAYS, Format.CSV)


def test_sensorthings_has_no_things_streams_or_observations_beyond_that(past: tuple[City, History]) -> None:
    city, history = past

    def read(name: str, path: str, **options: str) -> list[str]:
        given = [("$count", "true"), *((f"${key}", value) for key, value in options.items())]
        who = party(name, city) if name else OPERATOR
        found = sensorthings.read(history, who, "", path, given, "http://a/v1.1", "en")
        assert isinstance(found, dict)
        assert found["@iot.count"] == len(found["value"])
        return [str(one["@iot.id"]) for one in found["value"]]

    assert read("ann", "Things") == ["urn:p:1", "urn:p:2"]
    assert set(read("li", "ObservedProperties")) == ATTRIBUTES["li"]
    assert len(read("ann", "Datastreams")) == 3
    assert len(read("ann", "Observations")) == 3
    assert len(read("", "Observations")) == sum(len(one) - 2 for one in ENTITIES)
    assert read("ann", "Datastreams", filter="ObservedProperty/name eq 'income'") == []


def test_personal_data_of_the_past_is_remembered_when_it_is_read(past: tuple[City, History]) -> None:
    city, history = past
    bea = party("bea", city)
    assert "phone" in city.get("bea", "/temporal/entities/urn:p:1")
    browsing.courses(history, bea, "", browsing.search(history, bea, "", attribute="phone"), ALWAYS, 10)
    noted = [subject for who, _, _, subject, personal in city.guard.noted if personal and who == "bea"]
    assert noted == ["entity=urn:p:1"] * 3


@pytest.fixture
def asking(past: tuple[City, History], tmp_path: Path) -> Iterator[tuple[Workers, City]]:
    """Workers over that history."""
    city, history = past
    made = Workers(Settings(history.storage.folder), VIEWS)
    made.history = history
    yield made, city
    made.close()


def rows(workers: Workers, who: Party, query: str) -> list[list[object]]:
    import msgspec

    found: list[list[object]] = msgspec.json.decode(sql.ask(workers, who, query, []).content)["rows"]
    return found


def test_sql_has_the_rows_of_series_that_are_seen_whoever_asked_before(asking: tuple[Workers, City]) -> None:
    workers, city = asking
    everything = rows(workers, OPERATOR, "SELECT DISTINCT attribute FROM observations ORDER BY 1")
    for _ in range(2):
        for table in ("observations", "series"):
            query = f"SELECT DISTINCT attribute FROM {table} ORDER BY 1"  # a table of ours
            for name, expected in ATTRIBUTES.items():
                assert rows(workers, party(name, city), query) == [[one] for one in sorted(expected)]
            assert rows(workers, OPERATOR, query) == everything
    stations = "SELECT DISTINCT entity FROM series WHERE type = 'Station' ORDER BY 1"
    assert rows(workers, party("li", city), stations) == [["urn:s:1"], ["urn:s:3"]]


def test_error_of_a_query_says_nothing_of_rows_that_are_not_seen(asking: tuple[Workers, City]) -> None:
    workers, city = asking
    query = "SELECT count(*) FROM observations WHERE attribute = 'phone' AND CAST(text || 'x' AS INTEGER) > 0"
    with pytest.raises(UnfitQuery) as told:
        rows(workers, OPERATOR, query)
    assert "138x" in told.value.detail.en
    assert rows(workers, party("ann", city), query) == [[0]]


def test_without_history_nobody_is_answered_who_may_not_see_all(asking: tuple[Workers, City]) -> None:
    workers, city = asking
    workers.history = None
    with pytest.raises(NotAllowed):
        rows(workers, party("li", city), "SELECT 1")


def test_numbers_of_sources_are_held_back_alike(past: tuple[City, History]) -> None:
    city, history = past
    columns = Columns(np.zeros(3, np.int32), np.arange(3) * 60_000_000, np.arange(3.0))
    keys, fresh = [Key("urn:t:7", "flow")], [NewEntity("urn:t:7", "Tunnel")]
    city.broker.accept_now(observations("", city.broker.now(), keys, columns, fresh))
    history.settle()
    assert browsing.search(history, party("li", city), "", entity="urn:t:7") == []
    assert len(browsing.search(history, OPERATOR, "", entity="urn:t:7")) == 1
