"""Sources that are polled, each from a real server, file or database of its kind."""

import io
import json
import os
import re
import sqlite3
from datetime import datetime
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from fastapi.testclient import TestClient
from google.transit import gtfs_realtime_pb2 as gtfs
from openpyxl import Workbook

from foundation.sources.connectors.conftest import AT, Clock, filed, present, ran, wish
from foundation.sources.connectors.site import Site
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.core.leading import FileLead
from yuzhang.foundation.sources.connectors import actions, polling
from yuzhang.foundation.sources.connectors.errors import RefusedAddress, SourceAway, UnfitSource
from yuzhang.foundation.sources.connectors.kinds import folder as folder_kind
from yuzhang.foundation.sources.connectors.kinds import sensorthings, sql
from yuzhang.foundation.sources.connectors.reaching import Reach
from yuzhang.foundation.sources.connectors.room import LOCKS, Sources
from yuzhang.foundation.sources.dead import DeadLetters
from yuzhang.foundation.sources.dead import actions as letters

STATION = {"entity": "station", "type": "RainGauge", "time": "at", "zone": "Asia/Shanghai"}
RAIN = {**STATION, "attributes": "mm = rainfall MMT"}
HOUR = 3_600_000_000
EIGHT = "2026-01-01 08:00"
ONE = "urn:ngsi-ld:RainGauge:1"


def rain(*rows: tuple[object, str, object]) -> bytes:
    """What a service of rain gauges answers."""
    return json.dumps({"data": [{"station": one, "at": at, "mm": mm} for one, at, mm in rows]}).encode()


def test_json_is_polled_once_while_it_does_not_change_and_a_bad_row_is_a_dead_letter(
    sources: Sources, dead: DeadLetters, elsewhere: Site, history: History
) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5), (2, EIGHT, "broken"), (3, EIGHT, None))
    elsewhere.headers["ETag"] = '"a"'
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}))

    first, second = ran(sources, "rain"), ran(sources, "rain")

    assert (first.run.last_taken, first.run.refused, second.run.last_taken) == (1, 1, 0)
    assert filed(history) == [(ONE, "rainfall", AT, 2.5)]
    assert elsewhere.asked[1][1]["if-none-match"] == '"a"'
    [letter] = letters.letters(dead, OPERATOR, "rain")
    assert "broken" in letter.detail.en
    assert letters.letter(dead, OPERATOR, letter.number).shown == '{"station":2,"at":"2026-01-01 08:00","mm":"broken"}'


def test_a_key_goes_along_page_after_page_but_to_no_other_host(sources: Sources, elsewhere: Site) -> None:
    def page(address: str) -> bytes:
        following = None if "page=2" in address else "/rain?page=2"
        told = json.loads(rain((1, EIGHT if following else "2026-01-01 09:00", 1)))
        return json.dumps({**told, "next": following or "http://192.0.2.1/rain"}).encode()

    elsewhere.pages["/rain"] = page
    settings = {"url": f"{elsewhere.address}/rain", "next": "next", "user": "X-Api-Key", "secret": "open-sesame"}
    shown = actions.add(sources, OPERATOR, "rain", wish("rest", settings, {**RAIN, "rows": "data"}))

    assert ran(sources, "rain").run.last_taken == 2
    assert [headers["x-api-key"] for _, headers in elsewhere.asked] == ["open-sesame"] * 2
    assert shown.secrets == {"secret"}
    assert "open-sesame" not in repr(actions.sources(sources, OPERATOR))
    with sources.storage.reading() as connection:
        assert "open-sesame" not in repr(connection.exec_driver_sql("SELECT * FROM source").all())


def test_a_csv_table_in_chinese_with_units_and_factors_becomes_observations(
    sources: Sources, elsewhere: Site, history: History, client: TestClient
) -> None:
    elsewhere.pages["/level.csv"] = (
        "站点;时间;水位(cm);备注\n东湖;2026/01/01 08:00;1250;正常\n西湖;2026/01/01 08:00;--;\n".encode("gb18030")
    )
    mapping = {
        "entity": "站点", "type": "WaterLevel", "time": "时间", "zone": "Asia/Shanghai",
        "attributes": "水位(cm) = level MTR *0.01\n备注 = note",
    }  # fmt: skip
    settings = {"url": f"{elsewhere.address}/level.csv", "delimiter": ";", "encoding": "gb18030"}
    actions.add(sources, OPERATOR, "levels", wish("csv", settings, mapping))

    assert ran(sources, "levels").run.last_taken == 2

    assert (("urn:ngsi-ld:WaterLevel:东湖", "level", AT, 12.5)) in filed(history)
    told = present(client, "urn:ngsi-ld:WaterLevel:东湖", "note", "正常")
    assert told["level"]["unitCode"] == "MTR"


def test_a_sheet_of_a_workbook_is_read_below_its_heading(sources: Sources, history: History) -> None:
    book = Workbook()
    sheet = book.create_sheet("流量")
    sheet.append(["some title"])
    sheet.append(["id", "at", "flow"])
    sheet.append([7, datetime(2026, 1, 1, 8, 0), 3.25])
    content = io.BytesIO()
    book.save(content)
    (sources.reach.folder / "flows.xlsx").write_bytes(content.getvalue())
    mapping = {"entity": "id", "type": "Flow", "time": "at", "zone": "Asia/Shanghai", "attributes": "flow = flow"}
    settings = {"url": "flows.xlsx", "sheet": "流量", "heading_row": "2"}
    actions.add(sources, OPERATOR, "flows", wish("excel", settings, mapping))

    assert ran(sources, "flows").run.last_taken == 1
    assert ran(sources, "flows").run.last_taken == 0
    assert filed(history) == [("urn:ngsi-ld:Flow:7", "flow", AT, 3.25)]


@pytest.fixture
def database(sources: Sources) -> Path:
    """A department's database."""
    path = sources.reach.folder / "pumps.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE log (id INTEGER PRIMARY KEY, pump TEXT, amps REAL)")
        made.executemany("INSERT INTO log (pump, amps) VALUES (?, ?)", [("p-1", 4.0), ("p-2", 5.0)])
    made.close()
    return path


PUMPS = {"entity": "pump", "type": "Pump", "attributes": "amps = current AMP"}
QUERY = {"url": "sqlite:///pumps.db", "query": "SELECT * FROM log WHERE id > :since ORDER BY id", "column": "id"}


def test_a_database_is_asked_for_what_is_new_only(
    sources: Sources, database: Path, clock: Clock, history: History
) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("sql", QUERY, PUMPS))
    assert ran(sources, "pumps").run.cursor == "2"
    with sqlite3.connect(database) as made:
        made.execute("INSERT INTO log (pump, amps) VALUES ('p-1', 4.5)")
    made.close()
    clock.now += HOUR

    assert ran(sources, "pumps").run.last_taken == 1
    assert [value for *_, value in filed(history)] == [4.0, 4.5, 5.0]


def test_rows_of_one_moment_are_not_left_behind_where_a_run_ends(
    sources: Sources, database: Path, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "MOST_ROWS", 3)
    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE readings (at INTEGER, pump TEXT, amps REAL)")
        rows = [(number // 4, f"p-{number}", number) for number in range(10)]  # four of each moment
        made.executemany("INSERT INTO readings VALUES (?, ?, ?)", rows)
    made.close()
    query = {
        **QUERY, "query": "SELECT * FROM readings WHERE at > :since ORDER BY at", "column": "at", "start": "-1",
    }  # fmt: skip
    actions.add(sources, OPERATOR, "pumps", wish("sql", query, PUMPS))

    assert [ran(sources, "pumps").run.last_taken for _ in range(4)] == [4, 4, 2, 0]
    assert len(filed(history)) == 10


def test_killed_between_delivery_and_cursor_nothing_is_doubled(
    sources: Sources, database: Path, clock: Clock, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    actions.add(sources, OPERATOR, "pumps", wish("sql", QUERY, PUMPS))

    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as killed:
        killed.setattr(polling, "_done", kill)
        with pytest.raises(KeyboardInterrupt):
            ran(sources, "pumps")
    assert len(filed(history)) == 2
    clock.now += HOUR  # the server is started again, an hour later

    assert ran(sources, "pumps").run.taken == 2
    assert [at for *_, at, _ in filed(history)] == [AT, AT]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("DELETE FROM log", "one SELECT"),
        ("SELECT 1; DROP TABLE log", "one SELECT"),
        ("WITH x AS (SELECT 1) DELETE FROM log", "attempt to write"),
    ],
)
def test_a_query_that_would_write_is_refused(sources: Sources, database: Path, query: str, said: str) -> None:
    wanted = wish("sql", {"url": QUERY["url"], "query": query}, PUMPS)
    if said == "one SELECT":
        with pytest.raises(UnfitSource, match=said):
            actions.add(sources, OPERATOR, "pumps", wanted)
    else:  # only the database knows
        actions.add(sources, OPERATOR, "pumps", wanted)
        assert said in ran(sources, "pumps").run.said.en
    with sqlite3.connect(database) as made:
        assert made.execute("SELECT count(*) FROM log").fetchone() == (2,)
    made.close()


def test_another_service_of_sensorthings_is_followed_page_by_page(
    sources: Sources, elsewhere: Site, history: History, clock: Clock
) -> None:
    clock.now += 2 * HOUR

    def observation(number: int, at: str) -> dict[str, object]:
        stream = {
            "name": "Level of the east lake", "unitOfMeasurement": {"symbol": "m"},
            "Thing": {"@iot.id": 5, "name": "East lake"}, "ObservedProperty": {"name": "Water level"},
        }  # fmt: skip
        return {"@iot.id": number, "phenomenonTime": at, "result": float(number), "Datastream": stream}

    def answered(address: str) -> bytes:
        if "%24skip" in address:
            return json.dumps({"value": [observation(2, "2026-01-01T01:00:00Z/2026-01-01T01:05:00Z")]}).encode()
        link = f"{elsewhere.address}/v1.1/Observations?%24skip=1"
        first = {"value": [observation(1, "2026-01-01T00:00:00Z")], "@iot.nextLink": link}
        return json.dumps({"value": []} if "ge%20" in address else first).encode()

    elsewhere.pages["/v1.1/Observations"] = answered
    mapping = {"type": "Lake", "entity": "thing", "time": "time", "attribute": "property", "value": "result"}
    actions.add(sources, OPERATOR, "lakes", wish("sensorthings", {"url": f"{elsewhere.address}/v1.1"}, mapping))

    assert ran(sources, "lakes").run.last_taken == 2
    assert ran(sources, "lakes").run.last_taken == 0
    assert "phenomenonTime%20ge%202026-01-01T01:00:00Z" in elsewhere.asked[-1][0]
    lake = "urn:ngsi-ld:Lake:5"
    assert filed(history) == [(lake, "Water_level", AT, 1.0), (lake, "Water_level", AT + HOUR, 2.0)]


def test_more_observations_of_one_moment_than_a_run_reads_are_read_on_in_the_next(
    sources: Sources, elsewhere: Site, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sensorthings, "MOST_PAGES", 1)

    def answered(address: str) -> bytes:
        found = re.search(r"%24skip=(\d)", address)
        page = int(found[1]) if found else 0
        stream = {"Thing": {"@iot.id": page}, "ObservedProperty": {"name": "level"}}
        told: dict[str, object] = {
            "value": [{"phenomenonTime": "2026-01-01T00:00:00Z", "result": float(page), "Datastream": stream}]
        }
        if page < 2:
            told["@iot.nextLink"] = f"{elsewhere.address}/v1.1/Observations?%24skip={page + 1}"
        return json.dumps(told).encode()

    elsewhere.pages["/v1.1/Observations"] = answered
    mapping = {"type": "Lake", "entity": "thing", "time": "time", "attribute": "property", "value": "result"}
    wanted = wish("sensorthings", {"url": f"{elsewhere.address}/v1.1", "overlap_s": "60"}, mapping)
    actions.add(sources, OPERATOR, "lakes", wanted)

    for _ in range(3):
        ran(sources, "lakes")
    assert [value for *_, value in filed(history)] == [0.0, 1.0, 2.0]
    ran(sources, "lakes")
    assert "phenomenonTime" in elsewhere.asked[-1][0]


def feed() -> bytes:
    """A feed of GTFS Realtime with one vehicle and one trip."""
    made = gtfs.FeedMessage()
    made.header.gtfs_realtime_version = "2.0"
    made.header.timestamp = AT // 1_000_000
    bus = made.entity.add(id="1").vehicle
    bus.vehicle.id = "bus-7"
    bus.trip.trip_id = "t-1"
    bus.position.latitude, bus.position.longitude, bus.position.speed = 28.68, 115.86, 8.5
    bus.current_status = gtfs.VehiclePosition.STOPPED_AT
    trip = made.entity.add(id="2").trip_update
    trip.trip.trip_id = "t-1"
    trip.stop_time_update.add().arrival.delay = 120
    return bytes(made.SerializeToString())


def test_vehicles_of_gtfs_realtime_have_a_place_and_trips_a_delay(
    sources: Sources, elsewhere: Site, history: History, client: TestClient
) -> None:
    elsewhere.pages["/gtfs"] = feed()
    url = f"{elsewhere.address}/gtfs"
    place = {"entity": "id", "time": "time", "longitude": "longitude", "latitude": "latitude"}
    vehicles = {**place, "type": "Vehicle", "attributes": "speed = speed MTS\nstatus = serviceStatus"}
    trips = {"entity": "id", "time": "time", "type": "Trip", "attributes": "delay = delay SEC"}
    actions.add(sources, OPERATOR, "buses", wish("gtfs-rt", {"url": url}, vehicles))
    actions.add(sources, OPERATOR, "trips", wish("gtfs-rt", {"url": url, "reads": "trips"}, trips))

    assert (ran(sources, "buses").run.last_taken, ran(sources, "trips").run.last_taken) == (3, 1)

    assert filed(history) == [
        ("urn:ngsi-ld:Trip:t-1", "delay", AT, 120.0),
        ("urn:ngsi-ld:Vehicle:bus-7", "speed", AT, 8.5),
    ]
    bus = present(client, "urn:ngsi-ld:Vehicle:bus-7", "serviceStatus")
    assert bus["location"]["type"] == "GeoProperty"
    assert bus["location"]["value"]["coordinates"] == [115.86, 28.68]
    assert bus["serviceStatus"]["value"] == "STOPPED_AT"


def test_files_that_a_department_puts_into_a_folder_are_taken_once_and_moved(
    sources: Sources, dead: DeadLetters, history: History
) -> None:
    folder = sources.reach.folder / "rain"
    folder.mkdir()
    (folder / "a.csv").write_text("station,at,mm\n1,2026-01-01 08:00,2.5\n")
    (folder / "b.json").write_text('{"data": [broken')
    for number, one in enumerate(sorted(folder.iterdir())):
        os.utime(one, (1_000_000 + number, 1_000_000 + number))
    (folder / "c.csv.part").write_text("station,at")
    actions.add(sources, OPERATOR, "rain", wish("folder", {"folder": "rain"}, RAIN))

    for _ in range(3):
        shown = ran(sources, "rain")

    assert filed(history) == [(ONE, "rainfall", AT, 2.5)]
    assert ((folder / "done" / "a.csv").exists(), (folder / "refused" / "b.json").exists()) == (True, True)
    assert (shown.run.taken, shown.run.refused) == (1, 1)
    assert [one.place for one in letters.letters(dead, OPERATOR, "rain")] == ["body b.json"]


def test_a_corrected_file_that_comes_while_the_one_before_it_is_taken_is_not_put_away_unread(
    sources: Sources, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = sources.reach.folder / "rain"
    folder.mkdir()

    def put(mm: float, at: int) -> None:
        (folder / "a.csv.part").write_text(f"station,at,mm\n1,2026-01-01 08:00,{mm}\n")
        os.utime(folder / "a.csv.part", (at, at))
        (folder / "a.csv.part").rename(folder / "a.csv")

    put(2.5, 1_000_000)
    actions.add(sources, OPERATOR, "rain", wish("folder", {"folder": "rain"}, RAIN))
    real = sources.door.acceptor.observe_now

    def meanwhile(*given: object) -> int:
        put(3.5, 2_000_000)
        return real(*given)  # type: ignore[arg-type]  # passed on as it came

    with monkeypatch.context() as while_it_is_taken:
        while_it_is_taken.setattr(sources.door.acceptor, "observe_now", meanwhile)
        ran(sources, "rain")
    assert (folder / "a.csv").exists()
    ran(sources, "rain")

    assert (folder / "done" / "a.csv").read_text().endswith("3.5\n")
    assert 3.5 in [value for *_, value in filed(history)]


def test_a_file_that_is_too_large_is_refused_with_its_reason_and_does_not_lie_there_unread(
    sources: Sources, dead: DeadLetters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder_kind, "MOST_BYTES", 20)
    folder = sources.reach.folder / "rain"
    folder.mkdir()
    (folder / "a.csv").write_text("station,at,mm\n1,2026-01-01 08:00,2.5\n")
    os.utime(folder / "a.csv", (1_000_000, 1_000_000))
    actions.add(sources, OPERATOR, "rain", wish("folder", {"folder": "rain"}, RAIN))

    assert "larger than 20 bytes" in ran(sources, "rain").run.said.en
    assert (folder / "refused" / "a.csv").exists()
    assert [one.place for one in letters.letters(dead, OPERATOR, "rain")] == ["body a.csv"]


def test_a_source_in_an_inner_network_or_a_foreign_folder_is_refused_unless_it_is_allowed(
    sources: Sources, elsewhere: Site, tmp_path: Path
) -> None:
    reach = Reach(sources.reach.folder)
    with pytest.raises(RefusedAddress, match="inner network"):
        reach.get(elsewhere.address)
    with pytest.raises(RefusedAddress):
        reach.get("file:///etc/passwd")
    (sources.reach.folder / "link").symlink_to("/etc")
    for own in ("../state.db", str(sources.storage.folder / "secret.key"), "/etc/passwd", "link/passwd", "."):
        for allowed in (reach, sources.reach):
            with pytest.raises(RefusedAddress, match="is to lie in"):
                allowed.path(own)
    assert elsewhere.asked == []


def test_a_source_that_is_away_is_asked_less_and_less_often_and_begins_again_when_it_is_back(
    sources: Sources, elsewhere: Site, clock: Clock
) -> None:
    actions.add(
        sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}, 60)
    )
    waits = []
    for _ in range(3):
        shown = ran(sources, "rain")
        waits.append((shown.run.next_at - clock.now) / 60e6)

    assert shown.state == "failing"
    assert "HTTP 404" in shown.run.said.en
    assert [round(one / 2**n) for n, one in enumerate(waits, 1)] == [1, 1, 1]
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5))
    assert ran(sources, "rain").state == "running"


def test_the_test_button_shows_what_a_source_would_become_and_keeps_nothing(
    sources: Sources, elsewhere: Site, history: History, dead: DeadLetters
) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5), (2, "yesterday", 1))
    wanted = wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"})

    found = actions.try_out(sources, OPERATOR, "rain", wanted)

    assert [(one.entity, one.attribute, one.value, one.unit) for one in found.readings] == [
        (ONE, "rainfall", 2.5, "MMT")
    ]
    assert "“yesterday” is no time" in found.bad[0][1].en
    assert (filed(history), letters.letters(dead, OPERATOR), actions.sources(sources, OPERATOR)) == ([], [], [])
    with pytest.raises(SourceAway):
        actions.try_out(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/x"}, RAIN))


def test_sources_run_at_their_interval_in_the_background_until_they_are_paused(
    sources: Sources, elsewhere: Site, clock: Clock
) -> None:
    came = Event()

    def answered(_address: str) -> bytes:
        came.set()
        return rain((1, EIGHT, len(elsewhere.asked)))

    elsewhere.pages["/rain"] = answered
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}))
    sources.start()
    try:
        assert came.wait(30)
        while not actions.source(sources, OPERATOR, "rain").run.taken:
            sleep(0.02)
        clock.now += HOUR
        came.clear()
        sources.wake()
        assert came.wait(30)
        actions.pause(sources, OPERATOR, "rain")
    finally:
        sources.stop()
    assert actions.source(sources, OPERATOR, "rain").state == "paused"


def test_while_the_log_is_full_a_source_waits_and_loses_nothing(
    sources: Sources, elsewhere: Site, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5))
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}))

    def busy(*_: object) -> int:
        raise TryAgain(Title("忙", "busy"))

    with monkeypatch.context() as full:
        full.setattr(sources.door.acceptor, "observe_now", busy)
        assert ran(sources, "rain").run.code == "try-again"
    assert ran(sources, "rain").run.last_taken == 1
    assert len(filed(history)) == 1


def test_a_source_that_runs_in_another_process_is_not_run_beside_it(sources: Sources, elsewhere: Site) -> None:
    elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5))
    actions.add(sources, OPERATOR, "rain", wish("rest", {"url": f"{elsewhere.address}/rain"}, {**RAIN, "rows": "data"}))
    other = FileLead(sources.storage.folder / LOCKS / "rain")
    assert other.take()
    assert ran(sources, "rain").run.taken == 0
    other.release()
    assert ran(sources, "rain").run.taken == 1
