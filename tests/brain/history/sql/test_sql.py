"""Officers ask with SQL: what they get, in which form, what is cut, and who is refused."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.ipc as ipc  # type: ignore[import-untyped]  # it brings no types
import pyarrow.parquet as parquet  # type: ignore[import-untyped]
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from yuzhang.app import create_app
from yuzhang.cli import app as commands
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key

PUMP = "urn:ngsi-ld:PumpStation:1"
START = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""
MINUTE = 60_000_000


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """An application over nothing."""
    return create_app(Settings(tmp_path_factory.mktemp("sql") / "data", trust="machine"))


@pytest.fixture(scope="module")
def client(app: FastAPI) -> Iterator[TestClient]:
    """A browser that sees a pump station with 200 levels, one a minute, of the default tenant, and a level of another tenant."""
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False) as made:
        entity = {
            "id": PUMP,
            "type": "PumpStation",
            "status": {"type": "Property", "value": "open", "observedAt": "2026-01-01T00:00:00Z"},
            "flow": {"type": "Property", "value": 3, "unitCode": "MTQ", "observedAt": "2026-01-01T00:00:00Z"},
        }
        made.post("/ngsi-ld/v1/entities", json=entity).raise_for_status()
        for tenant, rows in (("", 200), ("harbour", 1)):
            columns = Columns(np.zeros(rows, np.int32), START + MINUTE * np.arange(rows), np.arange(rows, dtype=float))
            app.state.intake.observe_now(OPERATOR, tenant, [Key(PUMP, "level")], columns, {PUMP: "PumpStation"})
        app.state.history.settle()
        yield made


def asked(client: TestClient, query: str, **more: Any) -> Any:
    """The answer to a query as JSON."""
    answer = client.post("/api/sql", json={"query": query, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_observations_are_found_with_the_names_of_their_series_units_and_texts(client: TestClient) -> None:
    found = asked(
        client,
        "SELECT entity, type, attribute, value, text, unit FROM observations WHERE attribute <> 'level' ORDER BY 3",
    )
    assert found["rows"] == [
        [PUMP, "PumpStation", "flow", 3.0, None, "MTQ"],
        [PUMP, "PumpStation", "status", None, "open", None],
    ]
    assert found["snapshot"] > 0
    assert not found["cut"]


def test_other_tenants_are_not_seen(client: TestClient) -> None:
    for table in ("observations", "series"):
        assert asked(client, f"SELECT count(*) FROM {table} WHERE attribute = 'level'")["rows"] == [
            [200 if table == "observations" else 1]
        ]


def test_newest_value_of_each_series_is_there_without_looking_for_it(client: TestClient) -> None:
    found = asked(client, "SELECT value, last_time FROM series WHERE attribute = 'level'")
    assert found["rows"] == [[199.0, "2026-01-01T03:19:00"]]


def test_parameters_are_bound_by_place_and_by_name_and_are_never_read_as_sql(client: TestClient) -> None:
    assert asked(client, "SELECT count(*) FROM series WHERE attribute = ?", parameters=["level' OR '1'='1"])[
        "rows"
    ] == [[0]]
    named = asked(client, "SELECT count(*) FROM observations WHERE value > $low", parameters={"low": 197})
    assert named["rows"] == [[2]]


def test_with_unions_windows_lambdas_and_subqueries_are_understood(client: TestClient) -> None:
    query = """WITH RECURSIVE n AS (SELECT 1 AS x UNION ALL SELECT x + 1 FROM n WHERE x < 5),
    hourly AS (SELECT time_bucket(INTERVAL 1 HOUR, time) AS hour, avg(value) AS mean FROM observations WHERE attribute = 'level' GROUP BY 1)
    SELECT hour, mean, lag(mean) OVER (ORDER BY hour), list_transform([1, 2], lambda v: v + 1), (SELECT max(x) FROM n)
    FROM hourly h WHERE EXISTS (SELECT 1 FROM series s WHERE s.last_time > h.hour) UNION ALL VALUES (NULL, 1, 2, [3], 4) ORDER BY 1"""
    assert len(asked(client, query)["rows"]) == 5


def test_answer_that_was_cut_says_so(client: TestClient) -> None:
    found = asked(client, "SELECT time FROM observations WHERE attribute = 'level'", rows=5)
    assert len(found["rows"]) == 5
    assert found["cut"]
    exact = client.post("/api/sql", json={"query": "SELECT 1 FROM range(5)", "rows": 5, "format": "csv"})
    assert exact.headers["yuzhang-cut"] == "false"


def test_same_rows_come_as_csv_arrow_and_parquet_with_their_snapshot(client: TestClient) -> None:
    query = "SELECT time, value FROM observations WHERE attribute = 'level' ORDER BY time"
    answers = {
        form: client.post("/api/sql", json={"query": query, "format": form}) for form in ("csv", "arrow", "parquet")
    }
    rows = list(csv.reader(io.StringIO(answers["csv"].text)))
    assert (rows[0], len(rows)) == (["time", "value"], 201)
    stream = ipc.open_stream(answers["arrow"].content).read_all()
    assert answers["arrow"].headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert stream.schema.metadata[b"yuzhang-snapshot"].decode() == answers["arrow"].headers["yuzhang-snapshot"]
    assert (
        stream["value"].to_pylist() == parquet.read_table(io.BytesIO(answers["parquet"].content))["value"].to_pylist()
    )


def test_mistake_is_told_with_its_line_and_column(client: TestClient) -> None:
    answer = client.post(
        "/api/sql", json={"query": "SELECT entity,\n  colour FROM series"}, headers={"accept-language": "en"}
    )
    assert (answer.status_code, answer.json()["code"], answer.json()["where"]) == (422, "unfit-query", "query:2:3")
    assert "colour" in answer.json()["detail"]


def test_stranger_is_refused(client: TestClient, app: FastAPI) -> None:
    outside = TestClient(app, "http://10.0.0.5", client=("10.0.0.9", 50000), raise_server_exceptions=False)
    assert outside.post("/api/sql", json={"query": "SELECT 1"}).status_code == 401
    assert outside.get("/api/sql/tables").status_code == 401
    assert outside.get("/sql").status_code == 401
    assert outside.post("/sql", data={"query": "SELECT 1"}).status_code == 401


def test_page_shows_tables_rows_part_by_part_and_mistakes_in_both_languages(client: TestClient) -> None:
    client.headers["accept"] = "text/html"
    assert "每一个观测值" in client.get("/sql", headers={"accept-language": "zh"}).text
    english = {"accept-language": "en"}
    assert "date_trunc" in client.get("/sql?example=1", headers=english).text
    form = {"query": "SELECT value AS v FROM observations WHERE attribute = 'level' ORDER BY 1", "page": "2"}
    second = client.post("/sql", data=form, headers=english).text
    assert "Part 2 of 2" in second
    assert "<td>199.0</td>" in second
    wrong = client.post("/sql", data={"query": "SELECT * FROM sqlite_master"}, headers=english)
    assert wrong.status_code == 422
    assert "query:1:15" in wrong.text
    assert client.post("/sql/download", data={"query": "SELECT 7 AS x", "format": "csv"}).text.split() == ["x", "7"]
    del client.headers["accept"]


def test_the_terminal_asks_the_same_beside_the_running_server(client: TestClient, app: FastAPI) -> None:
    folder = str(app.state.storage.folder)
    run = CliRunner().invoke(
        commands,
        [
            "sql",
            "SELECT count(*) AS n FROM observations WHERE value > ?::DOUBLE",
            "--parameter",
            "197",
            "--format",
            "csv",
            "--data",
            folder,
        ],
    )
    assert run.exit_code == 0, run.output
    assert run.stdout.split() == ["n", "2"]
    listed = CliRunner().invoke(commands, ["sql", "--data", folder])
    assert "observations" in listed.stdout


def test_plan_figures_can_be_asked_once_there_are_some(city_folder: Path) -> None:
    app = create_app(Settings(city_folder, trust="machine"))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        found = asked(client, "SELECT count(*) > 0, count(DISTINCT series) > 0 FROM figures WHERE value IS NOT NULL")
    assert found["rows"] == [[True, True]]
