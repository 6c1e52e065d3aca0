"""Prometheus reads how the server goes; nobody else does, and nothing in it tells of anybody."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.tables import SESSION
from yuzhang.operation import store
from yuzhang.operation.metrics.parts import Asked, Parts

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "operation.md"
TOKEN = "a-token-of-the-scraper"  # noqa: S105  # of this test
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(text: str) -> Samples:
    """All samples, by name and labels."""
    found = text_string_to_metric_families(text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in found for one in family.samples}


def requests(found: Samples) -> dict[tuple[str, str, str], float]:
    """How many requests there were, by method, route and status."""
    return {
        (labels["method"], labels["route"], labels["status"]): value
        for (name, pairs), value in found.items()
        if name == "yuzhang_http_request_seconds_count"
        for labels in [dict(pairs)]
    }


def test_requests_are_counted_by_route_and_no_path_or_id_is_in_the_metrics(client: TestClient) -> None:
    for path in (
        "/plan/marker-1",
        "/plan/marker-2",
        "/ngsi-ld/v1/entities/urn:marker:3",
        "/marker-4",
        "/static/style.css",
    ):
        client.get(path)
    client.request("MARKER5", "/plan/x")
    text = client.get("/metrics").text
    counted = requests(samples(text))
    assert counted["GET", "/plan/{plan}", "404"] == 2
    assert counted["GET", "/ngsi-ld/v1/entities/{entity}", "404"] == 1
    assert counted["GET", "unknown", "404"] == 1
    assert counted["GET", "/static", "200"] == 1
    assert [key for key in counted if key[0] == "OTHER"]
    assert "marker" not in text.lower()


def test_buckets_of_a_histogram_grow_up_to_its_count(client: TestClient) -> None:
    client.get("/health")
    found = samples(client.get("/metrics").text)
    route = [(dict(pairs), value) for (name, pairs), value in found.items() if name.endswith("seconds_bucket")]
    buckets = sorted((float(labels["le"]), value) for labels, value in route if labels["route"] == "/health")
    assert [value for _, value in buckets] == sorted(value for _, value in buckets)
    assert buckets[-1] == (float("inf"), 1.0)


def test_two_applications_of_one_process_count_apart(tmp_path: Path) -> None:
    made = [create_app(Settings(tmp_path / name, trust="machine")) for name in ("a", "b")]
    with TestClient(made[0], base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as one:
        one.get("/nowhere")
        with TestClient(made[1], base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as other:
            assert ("GET", "unknown", "404") in requests(samples(one.get("/metrics").text))
            assert ("GET", "unknown", "404") not in requests(samples(other.get("/metrics").text))


def test_observations_under_way_are_seen_as_positions_and_files(client: TestClient, app: FastAPI) -> None:
    entity = {"id": "urn:x:1", "type": "X", "a": {"type": "Property", "value": 1}}
    assert client.post("/ngsi-ld/v1/entities", json=entity).status_code == 201
    app.state.history.settle()
    found = samples(client.get("/metrics").text)
    assert found["yuzhang_log_head_position", ()] >= 1
    assert found["yuzhang_log_reader_lag", (("reader", "history"),)] == 0
    assert found["yuzhang_lake_files", ()] >= 1
    assert found["yuzhang_lake_bytes", ()] > 0
    assert found["yuzhang_database_bytes", (("file", "state.db"),)] > 0
    assert not [key for key, value in found.items() if key[0] == "yuzhang_part_unreadable" and value]


def test_part_that_is_away_is_named_and_the_others_are_there(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> tuple[int, int]:
        raise OSError("disk")

    monkeypatch.setattr(store, "lake_files", away)
    found = samples(client.get("/metrics").text)
    assert found["yuzhang_part_unreadable", (("part", "lake"),)] == 1
    assert ("yuzhang_log_head_position", ()) in found


def test_what_the_entrance_counts_is_shown(app: FastAPI) -> None:
    class Deciding:
        allowed, refused = 5, 2

    asked = Asked(Deciding, lambda: 3, lambda: 4)
    shown = {
        sample.name + str(sorted(sample.labels.values())): sample.value
        for metric in Parts(app.state.storage, app.state.history, asked)._entrance()
        for sample in metric.samples
    }
    assert shown == {
        "yuzhang_decisions_total['allowed']": 5,
        "yuzhang_decisions_total['refused']": 2,
        "yuzhang_audit_waiting[]": 3,
        "yuzhang_sessions_active[]": 4,
    }
    app.state.operation.stop()
    app.state.storage.close()


def test_stranger_from_elsewhere_is_refused_and_learns_nothing(stranger: TestClient) -> None:
    answer = stranger.get("/metrics")
    assert answer.status_code == 403
    assert answer.json()["code"] == "metrics-refused"
    assert "yuzhang_" not in answer.text


@pytest.fixture
def nobody(tmp_path: Path) -> Iterator[TestClient]:
    """A program on this machine that has not signed in."""
    app = create_app(Settings(tmp_path / "data"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as made:
        yield made


def test_scraper_on_this_machine_needs_no_token_but_who_comes_through_a_proxy_on_it_does(nobody: TestClient) -> None:
    assert nobody.get("/metrics").status_code == 200
    for name in ("x-forwarded-for", "forwarded", "via", "x-real-ip"):
        assert nobody.get("/metrics", headers={name: "for=203.0.113.7"}).status_code == 403
    assert nobody.get("/metrics", headers={"host": "brain.example.cn"}).status_code == 403


def test_token_opens_the_metrics_from_anywhere_and_nothing_else_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUZHANG_METRICS_TOKEN", TOKEN)
    app = create_app(Settings(tmp_path / "data"))
    with TestClient(app, base_url="https://brain.example.cn", client=("203.0.113.7", 1)) as scraper:
        assert scraper.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
        for wrong in (f"Bearer {TOKEN}x", f"Bearer {TOKEN[:-1]}", TOKEN, "Bearer ", "Bearer é", ""):
            assert scraper.get("/metrics", headers={b"authorization": wrong.encode()}).status_code == 403
        assert scraper.get("/api/plans", headers={"authorization": f"Bearer {TOKEN}"}).status_code in (401, 403)
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as here:
        assert here.get("/metrics").status_code == 403


def test_reference_lists_exactly_the_metrics_that_there_are(client: TestClient, app: FastAPI) -> None:
    class Deciding:
        allowed = refused = 0

    app.state.operation._parts.asked = Asked(Deciding, lambda: 0, lambda: 0)
    app.state.operation._mqtt = None
    text = client.get("/metrics").text
    there = set(re.findall(r"^# TYPE (yuzhang_\w+)", text, re.MULTILINE))
    written = set(re.findall(r"^\| `(yuzhang_\w+)`", REFERENCE.read_text(encoding="utf-8"), re.MULTILINE))
    assert {name for name in written if not name.startswith("yuzhang_mqtt_")} == there
    mqtt = {
        "running",
        "waiting",
        "accepted_rows_total",
        "refused_messages_total",
        "dropped_messages_total",
        "restarts_total",
    }
    assert {name for name in written if name.startswith("yuzhang_mqtt_")} == {f"yuzhang_mqtt_{one}" for one in mqtt}


def test_sessions_are_counted_while_they_last(app: FastAPI) -> None:
    now = 1_000_000
    kept = {"proofs": [], "factors": 1, "created_at": now, "proved_at": now, "party": "p"}
    rows = [
        ("a", now + 9, now, None),
        ("ended", now + 9, now, now),
        ("expired", now, now, None),
        ("idle", now + 9, now - 99, None),
    ]
    with app.state.storage.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for name, expires, seen, ended in rows:
            told = {
                "id": name,
                "token_hash": name.encode(),
                "expires_at": expires,
                "seen_at": seen,
                "idle_s": 50,
                "ended_at": ended,
            }
            connection.execute(SESSION.insert().values(**kept, **told))
        assert store.active_sessions(connection, now) == 1
        connection.execute(SESSION.delete())
    app.state.operation.stop()
    app.state.storage.close()
