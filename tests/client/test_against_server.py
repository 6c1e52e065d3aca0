"""The client that waits, against a real server over a real network."""

import asyncio
import queue
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from yuzhang.cli import app
from yuzhang.client import AsyncClient, Client, NotReached, NotThere, Query


def lamps(count: int) -> list[dict[str, object]]:
    """Streetlights."""
    return [
        {"id": f"urn:ngsi-ld:Streetlight:{one}", "type": "Streetlight", "status": {"type": "Property", "value": "ok"}}
        for one in range(count)
    ]


@pytest.mark.services
def test_a_city_of_lamps_is_brought_in_chunks_read_page_by_page_and_taken_away(far: Client) -> None:
    seen: list[int] = []
    result = far.upsert_all(iter(lamps(2500)), progress=seen.append)
    assert (len(result.done), result.failed, seen) == (2500, (), [1000, 2000, 2500])
    ids = [one.id for one in far.query(Query(type="Streetlight", page=400))]
    assert len(set(ids)) == len(ids) == far.count(Query(type="Streetlight")) == 2500
    assert far.delete_all(ids).failed == ()
    assert far.count(Query()) == 0


@pytest.mark.services
def test_several_threads_may_use_one_client(far: Client) -> None:
    far.create_all(lamps(20))
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(far.get, [str(one["id"]) for one in lamps(20)]))
    assert {one.value("status") for one in found} == {"ok"}


@pytest.mark.services
def test_a_refusal_is_told_in_the_readers_language(server: str) -> None:
    with Client(server, language="zh", tenant="zh") as client:
        client.create(lamps(1)[0])
        with pytest.raises(NotThere) as error:
            client.get("urn:ngsi-ld:Streetlight:77")
    assert error.value.answer.title == "找不到资源"


@pytest.mark.services
def test_the_client_that_is_awaited_reads_what_the_other_one_wrote(far: Client, server: str) -> None:
    far.create(lamps(1)[0])

    async def read() -> str:
        async with AsyncClient(server, tenant=far.dialect.tenant) as client:
            return (await client.get("urn:ngsi-ld:Streetlight:0")).id

    assert asyncio.run(read()) == "urn:ngsi-ld:Streetlight:0"


def test_an_address_where_nobody_answers_is_named() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{probe.getsockname()[1]}"
        with Client(address) as client, pytest.raises(NotReached) as error:
            client.types()
    assert error.value.where == f"GET {address}/ngsi-ld/v1/types"


def test_a_clients_own_http_client_stays_open(server: str) -> None:
    with httpx.Client() as http:
        with Client(server, http=http) as client:
            client.types()
        assert not http.is_closed


@pytest.mark.services
def test_the_terminal_asks_a_server_by_its_address_and_writes_into_its_folder_beside_it(
    far: Client, server: str, tmp_path: Path
) -> None:
    words = ["--url", server, "--tenant", far.dialect.tenant]
    (tmp_path / "lamps.json").write_bytes(msgspec.json.encode(lamps(3)))
    environment = {"LC_ALL": "en_US.UTF-8", "YUZHANG_DATA": str(tmp_path / "none")}
    made = CliRunner().invoke(app, ["entities", "import", str(tmp_path / "lamps.json"), *words], env=environment)
    assert "3 imported, 0 failed" in made.output
    assert far.count(Query()) == 3
    assert not (tmp_path / "none").exists()


@pytest.mark.services
def test_what_a_terminal_writes_into_the_folder_of_a_running_server_is_there_at_once(
    far: Client, served: Path, tmp_path: Path
) -> None:
    far.create(lamps(1)[0])
    (tmp_path / "lamps.json").write_bytes(msgspec.json.encode(lamps(3)))
    words = ["--tenant", far.dialect.tenant, "--data", str(served)]
    made = CliRunner().invoke(app, ["entities", "import", str(tmp_path / "lamps.json"), *words])
    assert made.exit_code == 0, made.output
    assert far.count(Query()) == 3
    far.merge("urn:ngsi-ld:Streetlight:2", {"status": {"value": "defectiveLamp"}})
    assert [one.id for one in far.query(Query(q='status=="defectiveLamp"'))] == ["urn:ngsi-ld:Streetlight:2"]


@pytest.fixture
def told() -> Iterator[tuple[str, "queue.Queue[str]"]]:
    """The address of a subscriber, and the ids of the entities that it is told of."""
    ids: queue.Queue[str] = queue.Queue()

    class Subscriber(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
            for one in body["data"]:
                ids.put(one["id"])
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Subscriber) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/", ids
        server.shutdown()
        thread.join()


@pytest.mark.services
def test_subscribers_learn_from_the_server_what_a_terminal_wrote_beside_it_and_only_once(
    far: Client, served: Path, tmp_path: Path, told: tuple[str, "queue.Queue[str]"]
) -> None:
    address, ids = told
    far.create(lamps(1)[0])
    far.subscribe({"entities": [{"type": "Streetlight"}], "notification": {"endpoint": {"uri": address}}})
    (tmp_path / "lamp.json").write_bytes(msgspec.json.encode(lamps(2)[1]))
    words = ["--tenant", far.dialect.tenant, "--data", str(served)]
    made = CliRunner().invoke(app, ["entities", "put", str(tmp_path / "lamp.json"), *words])
    assert made.exit_code == 0, made.output
    far.create(lamps(3)[2])
    assert [ids.get(timeout=20), ids.get(timeout=20)] == ["urn:ngsi-ld:Streetlight:1", "urn:ngsi-ld:Streetlight:2"]
    far.merge("urn:ngsi-ld:Streetlight:0", {"status": {"value": "defectiveLamp"}})
    assert ids.get(timeout=20) == "urn:ngsi-ld:Streetlight:0"
