"""The state may be in SQLite or in PostgreSQL: a client sees no difference."""

import re
from pathlib import Path

import pytest

from brain.context.postgres import server_or_skip
from brain.history.sensorthings.conftest import BUS, STATION, Sensed, fill, started
from yuzhang.brain.context.broker import BrokerSettings
from yuzhang.core.storage import Storage

ASKED = (
    "Things?$count=true",
    "Things?$filter=name eq '一号站' or properties/type eq 'Vehicle'&$select=id,name&$top=1",
    "Datastreams?$count=true&$expand=Sensor($select=id),ObservedProperty&$orderby=name desc",
    f"Datastreams?$filter=Thing/id eq '{BUS}' and ObservedProperty/name eq 'speed'&$expand=Observations($select=result)",
    "Locations?$filter=st_within(location, geography'POLYGON((9 49,11 49,11 51,9 51,9 49))')",
    "ObservedProperties?$top=2&$skip=1",
    "Sensors?$count=true",
    f"Things('{STATION}')/Datastreams?$select=name,unitOfMeasurement",
    "Observations?$filter=result gt 22&$count=true&$select=result&$orderby=phenomenonTime desc",
    "Observations?$filter=Datastream/ObservedProperty/id eq 'temperature'&$select=result",
)
VOLATILE = ("createdAt", "modifiedAt", "since", "phenomenonTime")


def told(sensed: Sensed, path: str) -> str:
    """An answer without what depends on when it was written."""
    text = sensed.client.get(f"/sensorthings/v1.1/{path}").text
    return re.sub(rf'"({"|".join(VOLATILE)})":"[^"]*"', "", text)


@pytest.mark.services
def test_postgresql_and_sqlite_answer_the_same(sensed: Sensed, tmp_path: Path) -> None:
    server, storage = server_or_skip(), Storage(tmp_path / "data")
    try:
        with started(storage, BrokerSettings(database=server.fresh())) as other:
            fill(other)
            for path in ASKED:
                assert told(other, path) == told(sensed, path), path
            assert other.client.get("/sensorthings/v1.1/Things('a%00b')").status_code == 404
            assert other.client.get("/sensorthings/v1.1/Things?$filter=id eq 'a%00b'").status_code == 400
    finally:
        storage.close()
        server.drop()
