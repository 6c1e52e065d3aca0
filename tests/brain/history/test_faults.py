"""What becomes of history when something breaks: the disk is full, clocks jump, records and files are damaged, others use the folder."""

import asyncio
import csv
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest
from benchmarks.crash import Trial
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.context.serving import Running
from yuzhang.app import create_app
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.terminal.places import own_broker
from yuzhang.core.access import OPERATOR
from yuzhang.core.lake import LakeDamaged
from yuzhang.core.settings import Settings
from yuzhang.foundation.log.model import Columns, Key

GAUGE = "urn:ngsi-ld:Gauge:{}"
JANUARY, SECOND, DAY = 1_767_225_600_000_000, 1_000_000, 86_400_000_000
MEBIBYTE = 1024 * 1024


@contextmanager
def living(folder: Path) -> Iterator[tuple[FastAPI, TestClient]]:
    """An application over a data folder, as long as the `with`, and a client of it."""
    app = create_app(Settings(folder, trust="machine"))
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), raise_server_exceptions=False) as client:
        yield app, client


def columns(start: int, rows: int) -> Columns:
    """So many numbers from 0 on, one a second."""
    return Columns(np.zeros(rows, np.int32), start + SECOND * np.arange(rows), np.arange(rows, dtype=float))


def observe(app: FastAPI, gauge: int, start: int, rows: int) -> None:
    """Bring numbers of a gauge, and wait until they are filed."""
    key = Key(GAUGE.format(gauge), "level")
    app.state.intake.observe_now(OPERATOR, "", [key], columns(start, rows), {key.entity: "Gauge"})
    app.state.history.settle()


def levels(client: TestClient, gauge: int) -> list[tuple[str, float]]:
    """Times and values of a gauge in history."""
    asked = {"entity": GAUGE.format(gauge), "attribute": "level", "format": "csv"}
    answer = client.get("/api/history/rows", params=asked)
    assert answer.status_code == 200, answer.text
    return [
        (row["time"], float(row["value"])) for row in csv.DictReader(answer.text.removeprefix("\ufeff").splitlines())
    ]


@pytest.mark.services
@pytest.mark.slow  # a server is also killed in tests/sensing, in every run
@pytest.mark.timeout(600)
def test_server_killed_at_random_under_load_loses_nothing_that_it_acknowledged_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    trial = Trial(tmp_path, seed=4)
    for _ in range(10):
        trial.round()
    trial.end()
    assert set(trial.tally.acknowledged) == {"columns", "batch", "mqtt"}
    assert sum(trial.tally.acknowledged.values()) > 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 64 MiB; the test is left out where it may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=64m", "none", folder], capture_output=True)
    if not done or done.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.services
def test_full_disk_is_said_and_what_was_acknowledged_is_filed_once_there_is_room(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 42 * MEBIBYTE)
    with living(small_disk / "data") as (app, client):
        taken = 0
        for batch in range(400):
            text = "\n".join(
                f"{GAUGE.format(batch)},note,2026-01-01T00:{n // 60:02}:{n % 60:02}Z,{n}x{os.urandom(900).hex()}"
                for n in range(60)
            )
            answer = client.post(
                "/api/observations?type=Gauge",
                content=f"entity,attribute,time,value\n{text}",
                headers={"content-type": "text/csv"},
            )
            if answer.status_code != 201:
                break
            taken += 1
        assert answer.status_code == 507, answer.text
        assert answer.json()["code"] == "disk-full"
        assert taken
        (small_disk / "ballast").unlink()
        app.state.history.settle()
        for batch in range(taken):
            asked = {"entity": GAUGE.format(batch), "format": "ndjson"}
            assert len(client.get("/api/history/rows", params=asked).text.splitlines()) == 60
        observe(app, 1000, JANUARY, 3)
        assert len(levels(client, 1000)) == 3


def test_clock_that_goes_back_and_devices_far_from_now_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = JANUARY + 10 * DAY
    with living(tmp_path / "data") as (app, client):
        for jump in (0, -400 * DAY, 90 * DAY, -1 * DAY):
            monkeypatch.setattr("yuzhang.brain.context.broker.time_ns", lambda jump=jump: (now + jump) * 1000)
            observe(app, 1, JANUARY + 5 * SECOND * (jump // DAY + 500), 5)
        observe(app, 2, -60 * 365 * DAY, 1)
        observe(app, 2, JANUARY + 200 * 365 * DAY, 1)
        observe(app, 2, JANUARY, 1)
        assert len(levels(client, 1)) == 20
        assert [at[:4] for at, _ in levels(client, 2)] == ["1910", "2026", "2225"]
    with living(tmp_path / "data") as (_, client):
        assert len(levels(client, 1)) == 20


async def accepted_only(folder: Path) -> None:
    """Three batches that are accepted while nobody files: they wait in the log."""
    async with own_broker(folder) as broker:
        for gauge in range(3):
            key = Key(GAUGE.format(gauge), "level")
            await Intake(broker).observe(OPERATOR, "", [key], columns(JANUARY, 10), {key.entity: "Gauge"})


@pytest.mark.parametrize("how", ["a byte is flipped", "the end is cut"])
def test_damaged_record_of_the_log_is_set_aside_and_the_rest_is_filed(tmp_path: Path, how: str) -> None:
    asyncio.run(accepted_only(tmp_path / "data"))
    with sqlite3.connect(tmp_path / "data" / "state.db") as state:
        position, payload = state.execute(
            "SELECT position, payload FROM log_record ORDER BY position DESC LIMIT 1"
        ).fetchone()
        bad = payload[:20] + bytes([payload[20] ^ 4]) + payload[21:] if how == "a byte is flipped" else payload[:-9]
        state.execute("UPDATE log_record SET payload = ? WHERE position = ?", (bad, position))
    state.close()
    with living(tmp_path / "data") as (app, client):
        app.state.history.settle()
        assert [len(levels(client, gauge)) for gauge in (0, 1)] == [10, 10]
        observe(app, 3, JANUARY, 4)
        assert len(levels(client, 3)) == 4
    with sqlite3.connect(tmp_path / "data" / "state.db") as state:
        assert state.execute("SELECT position, payload FROM log_damaged").fetchall() == [(position, bad)]
    state.close()


def test_missing_file_of_the_lake_is_named_and_everything_else_goes_on(tmp_path: Path) -> None:
    with living(tmp_path / "data") as (app, _):
        observe(app, 0, JANUARY, 5000)
        observe(app, 1, JANUARY + 40 * DAY, 5000)
    (gone,) = (tmp_path / "data/lake/data").rglob("*/observations/*/*/month=1/*.parquet")
    gone.unlink()
    with living(tmp_path / "data") as (app, client):
        asked = {"entity": GAUGE.format(0), "attribute": "level"}
        for answer in (
            client.get("/api/history/rows", params=asked),
            client.get("/api/history/points", params={"series": 1}),
            client.post("/api/sql", json={"query": "SELECT sum(value) FROM observations"}),
        ):
            assert (answer.status_code, answer.json()["code"]) == (500, "lake-file-missing")
            assert gone.name in answer.json()["detail"]
            assert answer.json()["fix"]
        later = {"query": "SELECT count(value + 0) FROM observations WHERE time > '2026-02-05'"}
        assert client.post("/api/sql", json=later).json()["rows"] == [[5000]]
        observe(app, 1, JANUARY + 60 * DAY, 7)
        assert len(levels(client, 1)) == 5007


@pytest.mark.parametrize("how", ["missing", "damaged"])
def test_lake_whose_catalog_is_gone_is_not_taken_for_an_empty_one(tmp_path: Path, how: str) -> None:
    with living(tmp_path / "data") as (app, _):
        observe(app, 0, JANUARY, 5000)
    catalog = tmp_path / "data/lake/catalog.sqlite"
    kept = catalog.read_bytes()
    if how == "missing":
        catalog.unlink()
    else:
        catalog.write_bytes(b"x" * 8192)
    with pytest.raises(LakeDamaged) as refused, living(tmp_path / "data"):
        pass
    assert "yuzhang restore" in refused.value.line("en")
    catalog.write_bytes(kept)
    with living(tmp_path / "data") as (_, client):
        assert len(levels(client, 0)) == 5000


def test_older_lake_under_a_newer_state_is_told_and_nothing_is_filed_into_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with living(tmp_path / "data") as (app, _):
        observe(app, 0, JANUARY, 10)
    shutil.copytree(tmp_path / "data/lake", tmp_path / "older")
    with living(tmp_path / "data") as (app, _):
        observe(app, 0, JANUARY + DAY, 10)
    shutil.rmtree(tmp_path / "data/lake")
    (tmp_path / "older").rename(tmp_path / "data/lake")
    told = Event()

    def listen(_: object) -> bool:
        told.set()
        return True

    caplog.handler.addFilter(listen)
    with living(tmp_path / "data"):
        assert told.wait(30)
    assert "the lake ends at" in caplog.text


def yuzhang(*words: str) -> str:
    """What a command prints."""
    done = subprocess.run(
        [str(Path(sys.executable).parent / "yuzhang"), *words],
        capture_output=True,
        text=True,
        timeout=100,
        env={**os.environ, "LANG": "en"},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.services
@pytest.mark.timeout(300)
def test_terminal_reads_and_writes_beside_a_running_server_that_does_the_same(tmp_path: Path) -> None:
    data, lines = str(tmp_path / "data"), 40
    file = tmp_path / "levels.csv"
    file.write_text(
        "entity,attribute,time,value\n"
        + "\n".join(f"{GAUGE.format('t')},level,2026-01-01T00:00:{n:02}Z,{n}" for n in range(lines))
    )
    stop, sent = Event(), 0
    with Running(tmp_path / "data") as server:

        def send() -> None:
            nonlocal sent
            with server.connected() as client:
                while not stop.is_set():
                    level = {
                        "type": "Property",
                        "value": sent,
                        "observedAt": f"2026-02-01T00:{sent // 60:02}:{sent % 60:02}Z",
                    }
                    body = [{"id": GAUGE.format("s"), "type": "Gauge", "level": level}]
                    client.post("/entityOperations/upsert?options=update", json=body).raise_for_status()
                    sent += 1

        writer = Thread(target=send)
        writer.start()
        try:
            yuzhang("observations", "import", str(file), "--type", "Gauge", "--data", data)
            yuzhang("observations", "import", str(file), "--type", "Gauge", "--data", data)
            assert "Gauge" in yuzhang("entities", "list", "--type", "Gauge", "--data", data)
            yuzhang("history", "tidy", "--data", data)
        finally:
            stop.set()
            writer.join()
        counted = "SELECT entity, count(*) AS n, count(DISTINCT time) AS t FROM observations GROUP BY 1 ORDER BY 1"
        wanted = [
            ["entity", "n", "t"],
            [GAUGE.format("s"), str(sent), str(sent)],
            [GAUGE.format("t"), str(lines), str(lines)],
        ]
        found: list[list[str]] = []
        for _ in range(60):
            found = list(csv.reader(yuzhang("sql", counted, "--format", "csv", "--data", data).splitlines()))
            if found == wanted:
                break
        assert found == wanted
