"""What is left of the present when the power goes, when the database goes, and when the disk is full."""

import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Lock, Thread

import httpx
import pytest

from brain.context.consistency import assert_consistent
from brain.context.postgres import Server, server_or_skip
from brain.context.serving import Running
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.core.storage import Storage

pytestmark = pytest.mark.services
WRITERS = 6
ENOUGH = 150
MEBIBYTE = 1024 * 1024


def twins(number: int) -> dict[str, object]:
    """Two attributes that must always have the same value, and a target that follows it."""
    return {
        "left": {"type": "Property", "value": number},
        "right": {"type": "Property", "value": number},
        "near": {"type": "Relationship", "object": f"urn:ngsi-ld:Place:{number}"},
    }


class Writers:
    """Threads that create entities and change them, and remember what was acknowledged."""

    def __init__(self, server: Running) -> None:
        self._server = server
        self._lock = Lock()
        self.acknowledged: dict[str, int] = {}
        self._count = 0
        self._threads = [Thread(target=self._write, args=(number,)) for number in range(WRITERS)]

    def _write(self, writer: int) -> None:
        with self._server.connected() as client:
            for step in range(100_000):
                entity = f"urn:ngsi-ld:Twin:{writer}-{step // 10}"
                try:
                    if step % 10:
                        answer = client.patch(f"/entities/{entity}/attrs", json=twins(step % 10))
                    else:
                        answer = client.post("/entities", json={"id": entity, "type": "Twin"} | twins(0))
                except httpx.TransportError:
                    return
                assert answer.status_code in (201, 204), answer.text
                with self._lock:
                    self.acknowledged[entity] = step % 10
                    self._count += 1

    def until_killed(self) -> None:
        """Write until enough is acknowledged, then kill the server while all of them go on."""
        for one in self._threads:
            one.start()
        while self._count < ENOUGH and any(one.is_alive() for one in self._threads):
            self._threads[0].join(0.01)
        self._server.kill()
        for one in self._threads:
            one.join()
        assert self._count >= ENOUGH


@pytest.fixture(scope="module")
def postgres() -> Iterator[Server]:
    """A server that keeps what it says it kept."""
    made = server_or_skip(durable=True)
    yield made
    made.drop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def database(request: pytest.FixtureRequest) -> str:
    """The address of the database; empty for SQLite in the data folder."""
    if request.param == "sqlite":
        return ""
    return str(request.getfixturevalue("postgres").fresh())


def test_every_acknowledged_write_is_there_after_a_crash_and_none_is_half_there(tmp_path: Path, database: str) -> None:
    with Running(tmp_path / "data", database) as server:
        writers = Writers(server)
        writers.until_killed()
    with Running(tmp_path / "data", database) as server:
        for entity, value in writers.acknowledged.items():
            found = server.client.get(f"/entities/{entity}").json()
            assert found["left"]["value"] == found["right"]["value"] >= value
            assert found["near"]["object"] == f"urn:ngsi-ld:Place:{found['left']['value']}"
        assert server.client.post("/entities", json={"id": "urn:a:1", "type": "Twin"} | twins(1)).status_code == 201
    storage = Storage(tmp_path / "data")
    broker = Broker(storage, BrokerSettings(database=database))
    assert assert_consistent(broker) > len(writers.acknowledged)
    broker.database.close()
    storage.close()


def test_database_server_goes_away_in_the_middle_and_all_works_again_when_it_is_back(
    tmp_path: Path, postgres: Server
) -> None:
    one = {"id": "urn:ngsi-ld:Twin:1", "type": "Twin"} | twins(1)
    with Running(tmp_path / "data", postgres.fresh()) as server:
        client = server.client
        assert client.post("/entities", json=one).status_code == 201
        postgres.stop(signal.SIGQUIT)
        for answer in (
            client.get(f"/entities/{one['id']}"),
            client.get("/entities", params={"type": "Twin"}),
            client.patch(f"/entities/{one['id']}/attrs", json=twins(2)),
            client.post("/entityOperations/upsert", json=[one | {"id": "urn:ngsi-ld:Twin:2"}]),
        ):
            assert answer.status_code == 503
            assert answer.json()["detail"]
        postgres.start()
        found = _until_it_answers(client, f"/entities/{one['id']}")
        assert found["left"]["value"] == found["right"]["value"] == 1
        assert client.get("/entities/urn:ngsi-ld:Twin:2").status_code == 404
        assert client.patch(f"/entities/{one['id']}/attrs", json=twins(3)).status_code == 204
        assert client.get(f"/entities/{one['id']}").json()["right"]["value"] == 3


def _until_it_answers(client: httpx.Client, path: str) -> dict[str, dict[str, object]]:
    for _ in range(2000):
        answer = client.get(path)
        if answer.status_code != 503:
            found: dict[str, dict[str, object]] = answer.json()
            return found
    raise AssertionError("it did not come back")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB; the test is left out where it may not be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = shutil.which("mount")
    done = mount and subprocess.run([mount, "-t", "tmpfs", "-o", "size=24m", "none", folder], capture_output=True)
    if not done or done.returncode:
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_full_disk_is_said_nothing_is_half_written_and_freed_room_is_used(small_disk: Path, tmp_path: Path) -> None:
    (small_disk / "ballast").write_bytes(b"x" * 8 * MEBIBYTE)
    some = [
        {"id": f"urn:ngsi-ld:Twin:{number}", "type": "Twin", "text": "x" * 20_000} | twins(1) for number in range(20)
    ]
    with Running(small_disk / "data") as server:
        client = server.client
        kept = 0
        for batch in range(200):
            part = [one | {"id": f"{one['id']}-{batch}"} for one in some]
            answer = client.post("/entityOperations/upsert", json=part)
            if answer.status_code != 201:
                break
            kept += len(part)
        assert answer.status_code == 507
        assert answer.json()["title"] == "The disk is full"
        assert client.get("/entities", params={"type": "Twin", "limit": 0, "count": "true"}).headers[
            "ngsild-results-count"
        ] == str(kept)
        (small_disk / "ballast").unlink()
        assert client.post("/entityOperations/upsert", json=part).status_code == 201
    shutil.copytree(small_disk / "data", tmp_path / "copy")
    storage = Storage(tmp_path / "copy")
    broker = Broker(storage)
    assert assert_consistent(broker) == kept + len(part)
    broker.database.close()
    storage.close()
