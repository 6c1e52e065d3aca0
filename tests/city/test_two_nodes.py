"""Two `yuzhang serve` over the same parts of a city: both write and read, and when one dies under load nothing is lost or doubled."""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import httpx
import pytest

from brain.context.postgres import Server
from brain.context.serving import Running
from city.parts import Nats, SeaweedFS
from foundation.sources.mqtt.test_devices import Sent, free_port, send
from yuzhang.core.lake import LakeAddress
from yuzhang.core.storage import Storage

pytestmark = pytest.mark.services
ENTITIES, BATCHES = 20, 60
NUMBERS = count(1)
Row = tuple[str, str, int]
"""Entity, attribute and second."""


def moment(second: int) -> str:
    """A second of the first minutes of a year."""
    return f"2026-01-01T00:{second // 60:02d}:{second % 60:02d}Z"


class Sender(threading.Thread):
    """A client of one node that sends until it has sent all, or its node is gone; `acknowledged` are rows that the node took."""

    def __init__(self, node: Running, name: str) -> None:
        super().__init__(name=name)
        self._node = node
        self.acknowledged: list[Row] = []
        self.some = threading.Event()
        self.failed = ""

    def run(self) -> None:
        """Send."""
        with self._node.connected() as client:
            for number in range(BATCHES):
                try:
                    answer = self.send(client, number)
                except httpx.TransportError:
                    return
                if answer.status_code >= 300:
                    self.failed = answer.text
                    return
                self.acknowledged += self.rows(number)
                if number == BATCHES // 3:
                    self.some.set()

    def rows(self, number: int) -> list[Row]:
        """What batch `number` holds."""
        return [(f"urn:x:{self.name}:{one}", "level", number) for one in range(ENTITIES)]

    def send(self, client: httpx.Client, number: int) -> httpx.Response:
        """Send batch `number` as NGSI-LD: operations on the present, relayed from its database to the bus."""
        batch = [
            {
                "id": entity,
                "type": "Station",
                name: {
                    "type": "Property",
                    "value": number,
                    "observedAt": moment(second),
                },
            }
            for entity, name, second in self.rows(number)
        ]
        return client.post("/entityOperations/upsert", json=batch)


class ColumnSender(Sender):
    """One that sends the same as CSV: straight to the bus."""

    def send(self, client: httpx.Client, number: int) -> httpx.Response:
        """Send batch `number`."""
        lines = [f"{entity},{name},{moment(second)},{number}" for entity, name, second in self.rows(number)]
        content = "entity,attribute,time,value\n" + "\n".join(lines)
        to = f"{self._node.address}/api/observations?type=Station"
        return client.post(to, content=content, headers={"content-type": "text/csv"})


@pytest.fixture
def lake(postgres: Server, nats: Nats, seaweedfs: SeaweedFS, monkeypatch: pytest.MonkeyPatch) -> Iterator[LakeAddress]:
    """A lake of the test's own, with the environment that has nodes use it."""
    number = next(NUMBERS)
    catalog = postgres.fresh()
    made = LakeAddress(catalog, f"{seaweedfs.place(f'nodes{number}')}/history")
    city = {
        **seaweedfs.environment(),
        "YUZHANG_PROFILE": "city",
        "YUZHANG_LAKE_CATALOG": catalog,
        "YUZHANG_LAKE_FILES": made.files,
        "YUZHANG_BUS": nats.url(f"nodes{number}"),
    }
    for name, value in city.items():
        monkeypatch.setenv(name, value)
    yield made
    postgres.forget(catalog)


def filed(folder: Path, lake: LakeAddress) -> Counter[Row]:
    """How often each row is in the lake."""
    storage = Storage(folder, lake)
    with storage.lake() as cursor:
        rows = cursor.execute(
            "SELECT entity, attribute, (epoch_us(time) - epoch_us(TIMESTAMP '2026-01-01')) // 1000000, count(*) "
            "FROM observations o JOIN history_series s ON s.number = o.series GROUP BY ALL"
        ).fetchall()
    storage.close()
    return Counter({(entity, name, second): times for entity, name, second, times in rows})


@pytest.mark.parametrize("killed", ["the node that files", pytest.param("the other node", marks=pytest.mark.slow)])
def test_one_of_two_nodes_is_killed_under_load_and_the_other_one_loses_and_doubles_nothing(
    killed: str,
    tmp_path: Path,
    present: str,
    lake: LakeAddress,
) -> None:
    with Running(tmp_path / "a", present) as first, Running(tmp_path / "b", present) as second:
        # The first one to start leads whatever one node does for all: it relays, learns and files.
        dead, other = (first, second) if killed == "the node that files" else (second, first)
        dying = [Sender(dead, "de"), ColumnSender(dead, "dc")]
        living = [Sender(other, "le"), ColumnSender(other, "lc")]
        for one in [*dying, *living]:
            one.start()
        for one in dying:
            assert one.some.wait(60), one.failed
        dead.kill()
        for one in [*dying, *living]:
            one.join()
        assert [one.failed for one in [*dying, *living]] == [""] * 4
        assert [len(one.acknowledged) for one in living] == [ENTITIES * BATCHES] * 2
        acknowledged = {row for one in [*dying, *living] for row in one.acknowledged}
        _until_present(other, acknowledged)
        found = _until_filed(tmp_path / "reading", lake, acknowledged)
        assert set(found.values()) == {1}


def test_what_devices_sent_to_a_node_of_a_city_is_filed_once_also_if_the_node_is_killed(
    tmp_path: Path, present: str, lake: LakeAddress
) -> None:
    def readings(name: str, seconds: range) -> list[Sent]:
        topic = f"entities/urn:x:{name}/level"
        return [
            (topic, json.dumps({"value": one, "observedAt": moment(one), "type": "Station"}).encode(), 1)
            for one in seconds
        ]

    port = free_port()
    for seconds in (range(300), range(300, 310)):  # the second time what the first left in its broker is taken too
        with Running(tmp_path / "a", present, "--mqtt-port", str(port)) as node:
            asyncio.run(send(port, readings("device", seconds)))
            if seconds.start:
                found = _until_filed(tmp_path / "reading", lake, {("urn:x:device", "level", one) for one in range(310)})
                assert set(found.values()) == {1}
            else:
                node.kill()


def _until_filed(folder: Path, lake: LakeAddress, wanted: set[Row]) -> Counter[Row]:
    """All rows, once `wanted` are among them; at last as they are, for the test to say which are missing."""
    for _ in range(200):
        found = filed(folder, lake)
        if not wanted - found.keys():
            return found
    raise AssertionError(f"missing: {sorted(wanted - found.keys())[:5]} of {len(wanted)}")


def _until_present(node: Running, acknowledged: set[Row]) -> None:
    """The node's present has the newest value of each entity, also of those that the dead one took."""
    newest: dict[str, int] = {}
    for entity, _, second in acknowledged:
        newest[entity] = max(second, newest.get(entity, 0))
    for _ in range(200):
        behind = {entity for entity, value in newest.items() if _value(node, entity) < value}
        if not behind:
            return
        newest = {entity: newest[entity] for entity in behind}
    raise AssertionError(f"the present is behind: {sorted(newest.items())[:5]}")


def _value(node: Running, entity: str) -> int:
    answer = node.client.get(f"/entities/{entity}", params={"options": "keyValues"})
    return int(answer.json()["level"]) if answer.status_code == 200 else -1
