"""Balancers learn whether it is alive and ready, and strangers learn nothing else."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title
from yuzhang.operation import readiness


@pytest.fixture
def looked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was found holds for no time."""
    monkeypatch.setattr(readiness, "FRESH_S", -1.0)


def missing(client: TestClient) -> list[str]:
    """The parts that are not ready, as a stranger reads them."""
    answer = client.get("/ready")
    if answer.status_code == 200:
        return []
    assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
    assert answer.headers["retry-after"]
    assert answer.json()["code"] == "not-ready"
    parts: list[str] = answer.json()["parts"]
    return parts


def test_server_that_runs_is_alive_and_ready_and_says_only_that_to_strangers(stranger: TestClient) -> None:
    assert stranger.get("/health").json() == {"status": "ok"}
    assert stranger.get("/ready").json() == {"status": "ready"}


def test_server_that_is_asked_to_end_is_alive_but_not_ready(client: TestClient, app: FastAPI) -> None:
    app.state.operation.readiness.drain()
    assert missing(client) == ["draining"]
    assert client.get("/health").status_code == 200


def raising(*_: Any) -> None:
    """What a part that is away does."""
    raise TryAgain(Title("内部详情", "postgresql://secret-host/ is away"))


@pytest.mark.usefixtures("looked_anew")
def test_part_that_is_away_is_named_without_its_internals_and_is_ready_again_when_it_is_back(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert missing(client) == []
    looks = app.state.operation.readiness._parts
    for name in ("state", "present", "lake", "log"):
        with monkeypatch.context() as away:
            away.setitem(looks, name, raising)
            assert missing(client) == [name]
            assert "secret-host" not in client.get("/ready").text
        assert missing(client) == []


@pytest.mark.usefixtures("looked_anew")
def test_tables_of_another_version_are_not_ready(client: TestClient, app: FastAPI) -> None:
    with app.state.storage.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    assert missing(client) == ["tables"]


@pytest.mark.usefixtures("looked_anew")
def test_full_disk_is_not_ready_before_writes_fail(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 10**9 - 10, 10))
    assert missing(client) == ["disk"]


@pytest.mark.usefixtures("looked_anew")
def test_recorder_that_makes_no_step_is_not_ready_and_one_that_is_only_behind_is(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = app.state.broker.log
    monkeypatch.setattr(log, "head", lambda: 9)
    monkeypatch.setattr(log, "place", lambda _: 5)
    assert missing(client) == []
    monkeypatch.setattr(readiness, "BEHIND_S", -1.0)
    assert missing(client) == ["recorder"]
    monkeypatch.setattr(log, "place", lambda _: 9)
    monkeypatch.setattr(readiness, "BEHIND_S", 60.0)
    assert missing(client) == []


@pytest.mark.usefixtures("looked_anew")
def test_records_that_cannot_be_written_are_not_ready(app: FastAPI, tmp_path: Path) -> None:
    path = tmp_path / "data" / "audit.db"
    look = app.state.operation.readiness._audit
    with closing(sqlite3.connect(path)) as audit:
        audit.execute("CREATE TABLE IF NOT EXISTS kept (a)")
    assert look()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        look()
    app.state.operation.stop()
    app.state.storage.close()


def test_part_that_does_not_answer_is_not_waited_for(
    client: TestClient, app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    from threading import Event

    held = Event()
    monkeypatch.setattr(readiness, "PATIENCE_S", 0.01)
    monkeypatch.setitem(app.state.operation.readiness._parts, "lake", held.wait)
    try:
        assert missing(client) == ["answer"]
        assert missing(client) == ["answer"]  # and no second thread waits beside the first
    finally:
        held.set()
