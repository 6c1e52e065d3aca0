"""Times that are still to come: one of them, from a clock that is wrong, does not keep a source from what is there now."""

import json
import re
import sqlite3
from urllib.parse import unquote

import pytest

from foundation.sources.connectors.conftest import AT, Clock, filed, ran, wish
from foundation.sources.connectors.site import Site
from foundation.sources.connectors.test_polling import EIGHT, HOUR, ONE, PUMPS, RAIN, rain
from yuzhang.brain.history.room import History
from yuzhang.core.access import OPERATOR
from yuzhang.foundation.sources.connectors import actions, store
from yuzhang.foundation.sources.connectors.clock import moment_of
from yuzhang.foundation.sources.connectors.kinds.fetching import Place
from yuzhang.foundation.sources.connectors.room import Sources

LATER = "2026-01-01T00:30:00Z"
COMING = "2099-01-01T00:00:00Z"


def asked_since(address: str, words: str) -> str:
    """The time from which on somebody asks, after these words; the beginning of time if there is none."""
    found = re.search(rf"{words}([^&]+)", unquote(address))
    return found[1] if found else ""


def test_one_observation_of_the_year_2099_does_not_end_the_polling_of_a_service_of_sensorthings(
    sources: Sources, elsewhere: Site, history: History, clock: Clock
) -> None:
    there = {"2026-01-01T00:00:00Z": 1.0, COMING: 9.0}

    def answered(address: str) -> bytes:
        stream = {"Thing": {"@iot.id": 5}, "ObservedProperty": {"name": "level"}}
        since = asked_since(address, "phenomenonTime ge ")
        some = [
            {"phenomenonTime": at, "result": value, "Datastream": stream} for at, value in there.items() if at >= since
        ]
        return json.dumps({"value": some}).encode()

    elsewhere.pages["/v1.1/Observations"] = answered
    mapping = {"type": "Lake", "entity": "thing", "time": "time", "attribute": "property", "value": "result"}
    actions.add(sources, OPERATOR, "lakes", wish("sensorthings", {"url": f"{elsewhere.address}/v1.1"}, mapping))
    ran(sources, "lakes")
    there[LATER] = 2.0
    clock.now += HOUR
    ran(sources, "lakes")

    assert [value for *_, value in filed(history)] == [1.0, 2.0, 9.0]
    assert "ge%202026-01-01T00:00:00Z" in elsewhere.asked[-1][0]


def test_one_row_of_the_year_2099_does_not_end_the_polling_of_an_interface_that_is_asked_since_when(
    sources: Sources, elsewhere: Site, history: History, clock: Clock
) -> None:
    there = {"2026-01-01T00:00:00Z": 1.0, COMING: 9.0}

    def answered(address: str) -> bytes:
        since = asked_since(address, "since=")
        return rain(*((1, at, value) for at, value in there.items() if at >= since))

    elsewhere.pages["/rain"] = answered
    wanted = wish("rest", {"url": f"{elsewhere.address}/rain?since={{since}}"}, {**RAIN, "rows": "data"})
    actions.add(sources, OPERATOR, "rain", wanted)
    ran(sources, "rain")
    there[LATER] = 2.0
    clock.now += HOUR
    ran(sources, "rain")

    assert [value for *_, value in filed(history)] == [1.0, 2.0, 9.0]


def test_a_source_that_waits_for_the_year_2099_since_before_goes_on(
    sources: Sources, elsewhere: Site, history: History
) -> None:
    elsewhere.pages["/rain"] = lambda address: rain((1, EIGHT, 1) if "2099" not in address else (1, COMING, 9))
    wanted = wish("rest", {"url": f"{elsewhere.address}/rain?since={{since}}"}, {**RAIN, "rows": "data"})
    actions.add(sources, OPERATOR, "rain", wanted)
    with sources.storage.writing() as connection:
        store.note(connection, "rain", cursor=Place(last_us=moment_of(COMING)).cursor)

    ran(sources, "rain")

    assert filed(history) == [(ONE, "rainfall", AT, 1.0)]


@pytest.mark.parametrize("timed", [True, False], ids=["with its time", "by arrival"])
def test_one_row_of_the_year_2099_does_not_end_the_polling_of_a_database(
    sources: Sources, history: History, clock: Clock, timed: bool
) -> None:
    database = sources.reach.folder / "pumps.db"

    def put(at: str, amps: float) -> None:
        with sqlite3.connect(database) as made:
            made.execute("INSERT INTO readings VALUES (?, 'p-1', ?)", (at, amps))
        made.close()

    with sqlite3.connect(database) as made:
        made.execute("CREATE TABLE readings (at TEXT, pump TEXT, amps REAL)")
    made.close()
    put("2026-01-01 00:00:00", 1.0)
    put("2099-01-01 00:00:00", 9.0)
    asked = "SELECT * FROM readings WHERE at > :since ORDER BY at"
    query = {"url": "sqlite:///pumps.db", "query": asked, "column": "at", "start": "2000-01-01"}
    actions.add(sources, OPERATOR, "pumps", wish("sql", query, {**PUMPS, "time": "at"} if timed else PUMPS))
    ran(sources, "pumps")
    put("2026-01-01 00:30:00", 2.0)
    clock.now += HOUR
    ran(sources, "pumps")
    ran(sources, "pumps")

    # A row without a time of its own would be there anew with each run: it waits until its place has come.
    assert [value for *_, value in filed(history)] == ([1.0, 2.0, 9.0] if timed else [1.0, 2.0])
