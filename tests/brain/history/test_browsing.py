"""History over HTTP and on its page: found, drawn, listed, downloaded, as it was before, and refused to strangers."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.ipc as ipc  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as parquet  # type: ignore[import-untyped]
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.app import create_app
from yuzhang.brain.history.downloading import Slice, slices
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key

PUMP, GAUGE = "urn:ngsi-ld:PumpStation:1", "urn:ngsi-ld:RainGauge:1"
START = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
MINUTE = 60_000_000
ENTITIES: list[dict[str, Any]] = [
    {
        "id": PUMP,
        "type": "PumpStation",
        "name": {"type": "LanguageProperty", "languageMap": {"zh": "样例泵站", "en": "Sample Pump"}},
        "level": {"type": "Property", "value": 0, "unitCode": "MTR", "observedAt": "2026-01-01T00:00:00Z"},
        "status": {"type": "Property", "value": "open", "observedAt": "2026-01-01T00:00:00Z"},
    },
    {"id": GAUGE, "type": "RainGauge", "rainfall": {"type": "Property", "value": 5, "unitCode": "MMT"}},
]


@contextmanager
def asked(app: FastAPI, host: str = "127.0.0.1") -> Iterator[TestClient]:
    """A browser on the same machine."""
    with TestClient(app, f"http://{host}", client=(host, 50000), raise_server_exceptions=False) as made:
        yield made


def observe(app: FastAPI, key: Key, rows: list[tuple[int, float]]) -> None:
    """Bring numbers as a source does, and wait until they are in history."""
    columns = Columns(
        np.zeros(len(rows), np.int32), np.array([one[0] for one in rows]), np.array([one[1] for one in rows])
    )
    app.state.intake.observe_now(OPERATOR, "", [key], columns, {key.entity: key.entity.split(":")[2]})
    app.state.history.settle()


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    """An application over nothing."""
    return create_app(Settings(tmp_path / "data", trust="machine"))


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser that sees made-up entities: a pump station with 200 levels, one a minute, 0 to 199; a rain gauge."""
    with asked(app) as made:
        made.post("/ngsi-ld/v1/entityOperations/create", json=ENTITIES).raise_for_status()
        observe(app, Key(PUMP, "level"), [(START + MINUTE * n, float(n)) for n in range(1, 200)])
        yield made


def number(client: TestClient, **about: str) -> int:
    """The number of the one series that is like that."""
    (found,) = client.get("/api/history/series", params=about).json()["series"]
    return int(found["number"])


def test_series_are_found_by_name_type_and_attribute_in_parts(client: TestClient) -> None:
    every = client.get("/api/history/series").json()["series"]
    assert {"level", "status", "rainfall"} <= {one["attribute"] for one in every}
    assert number(client, q="样例", attribute="level") == number(client, attribute="level")
    assert number(client, q="RAINF") == number(client, type="RainGauge", attribute="rainfall")
    assert client.get("/api/history/series", params={"q": "100%_"}).json() == {"series": []}
    walked, after = [], 0
    while True:
        part = client.get("/api/history/series", params={"limit": 2, "after": after}).json()
        walked += part["series"]
        if "next" not in part:
            break
        after = part["next"]
    assert walked == every
    (level,) = (one for one in every if one["attribute"] == "level")
    assert (level["unit"], level["first_time"]) == ("m", "2026-01-01T00:00:00.000Z")
    assert (level["last_value"], level["last_time"]) == (199.0, "2026-01-01T03:19:00.000Z")


def test_points_keep_the_extremes_of_a_window(client: TestClient) -> None:
    series = number(client, attribute="level")
    answer = client.get(
        "/api/history/points", params={"series": series, "from": "2026-01-01", "to": "2026-01-01T01:40Z", "width": 5}
    ).json()
    (found,) = answer["series"]
    assert len(found["points"]) <= 20
    assert (found["count"], found["lowest"]["value"], found["highest"]["value"]) == (100, 0, 99)
    assert found["points"][0] == [START / 1000, 0]


@pytest.mark.parametrize(
    ("asking", "code"),
    [
        ({"series": "x"}, "unfit-series"),
        ({"series": "1,2,3,4,5,6,7,8,9"}, "unfit-series"),
        ({"series": "999"}, "no-such-series"),
        ({"series": "1", "from": "yesterday"}, "unfit-window"),
        ({"series": "1", "from": "2026-01-02", "to": "2026-01-01"}, "unfit-window"),
    ],
)
def test_what_cannot_be_drawn_is_refused_with_what_to_do(client: TestClient, asking: dict[str, str], code: str) -> None:
    problem = client.get("/api/history/points", params=asking)
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["code"] == code
    assert problem.json()["fix"]
    shown = client.get("/history", params=asking, headers={"accept": "text/html"})
    assert shown.status_code == problem.status_code
    assert "重新开始" in shown.text


def test_newest_value_of_every_series_comes_as_json_csv_and_arrow(client: TestClient) -> None:
    found = {one["attribute"]: one for one in client.get("/api/history/last").json()["values"]}
    assert found["level"]["value"] == 199
    assert found["level"]["time"] == "2026-01-01T03:19:00.000000Z"
    assert found["status"]["value"] == "open"
    assert found["rainfall"]["value"] == 5
    only = client.get("/api/history/last", params={"type": "RainGauge", "attribute": "rainfall", "format": "csv"})
    (row,) = csv.DictReader(io.StringIO(only.content.decode("utf-8-sig")))
    assert (row["entity"], row["value"]) == (GAUGE, "5")
    arrow = ipc.open_stream(client.get("/api/history/last", params={"format": "arrow"}).content).read_all()
    assert len(arrow) == len(client.get("/api/history/last").json()["values"])
    assert client.get("/api/history/last", params={"type": "Nothing"}).json() == {"values": []}


def test_rows_of_a_window_come_in_every_format_with_names_and_the_snapshot(client: TestClient) -> None:
    asking = {"entity": PUMP, "attribute": "level", "from": "2026-01-01T00:10Z", "to": "2026-01-01T00:20Z"}
    got = {
        form: client.get("/api/history/rows", params=asking | {"format": form})
        for form in ("csv", "ndjson", "arrow", "parquet")
    }
    snapshot = got["csv"].headers["yuzhang-snapshot"]
    assert f"1-level-20260101-20260101-snapshot-{snapshot}.csv" in got["csv"].headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(got["csv"].content.decode("utf-8-sig"))))
    assert [float(one["value"]) for one in lines] == list(range(10, 20))
    assert lines[0]["entity"] == PUMP
    assert [json.loads(one)["value"] for one in got["ndjson"].text.splitlines()] == list(range(10, 20))
    for table in (
        ipc.open_stream(got["arrow"].content).read_all(),
        parquet.read_table(io.BytesIO(got["parquet"].content)),
    ):
        assert table["value"].to_pylist() == list(range(10, 20))
        assert table.schema.metadata[b"yuzhang.snapshot"].decode() == snapshot


def test_rows_can_be_read_again_as_they_were_before_more_came(app: FastAPI, client: TestClient) -> None:
    asking: dict[str, Any] = {"attribute": "level", "format": "ndjson"}
    before = client.get("/api/history/rows", params=asking)
    observe(app, Key(PUMP, "level"), [(START + MINUTE * n, 5.0) for n in range(200, 210)])
    assert len(client.get("/api/history/rows", params=asking).text.splitlines()) == 210
    again = client.get("/api/history/rows", params=asking | {"snapshot": before.headers["yuzhang-snapshot"]})
    assert again.text == before.text
    known = [one["number"] for one in client.get("/api/history/snapshots").json()["snapshots"]]
    assert int(before.headers["yuzhang-snapshot"]) in known
    assert client.get("/api/history/rows", params=asking | {"snapshot": 99999}).json()["code"] == "no-such-snapshot"


def test_download_of_nothing_in_particular_or_of_nothing_known_says_what_to_name(client: TestClient) -> None:
    assert client.get("/api/history/rows").json()["code"] == "unfit-series"
    assert client.get("/api/history/rows", params={"attribute": "nothing"}).json()["code"] == "no-such-series"
    empty = client.get("/api/history/rows", params={"attribute": "level", "from": "2030-01-01"})
    assert empty.status_code == 200
    assert len(empty.text.splitlines()) == 1


def test_large_downloads_are_cut_between_series_and_between_months_of_one() -> None:
    counts = [
        (1, "2026-01-01", 3),
        (2, "2026-01-01", 2),
        (3, "2026-01-01", 4),
        (3, "2026-02-01", 4),
        (3, "2026-03-01", 1),
        (4, "2026-01-01", 1),
    ]
    assert slices(counts, 5) == [
        Slice(1, 2),
        Slice(3, 3, end="2026-02-01"),
        Slice(3, 3, start="2026-02-01"),
        Slice(4, 4),
    ]
    assert slices([]) == []


def test_page_shows_a_series_in_words_and_leads_there_from_the_entity(client: TestClient) -> None:
    entity = client.get("/entity", params={"id": PUMP}).text
    assert "attribute=level" in entity
    shown = client.get("/history", params={"entity": PUMP, "attribute": "level"}).text
    assert "样例泵站" in shown
    assert "199" in shown
    english = client.get(
        "/history", params={"series": number(client, attribute="level"), "span": "day", "lang": "en"}
    ).text
    assert "Sample Pump" in english
    assert "200 rows in this window" in english
    words = client.get("/history", params={"series": number(client, attribute="status"), "lang": "en"}).text
    assert "These are no numbers" in words
    assert ">open<" in words


def test_page_of_an_empty_city_says_what_to_do(app: FastAPI) -> None:
    with asked(app) as client:
        assert "还没有观测" in client.get("/history").text


def test_stranger_sees_nothing_of_the_past(app: FastAPI) -> None:
    with asked(app, "10.0.0.5") as stranger:
        for address in ("series", "points?series=1", "last", "rows?attribute=level", "snapshots"):
            assert stranger.get(f"/api/history/{address}").status_code == 401, address
        assert stranger.get("/history").status_code == 401
