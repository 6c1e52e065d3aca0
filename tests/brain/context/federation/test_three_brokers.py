"""A city, its county and a town in the county, each with a broker of its own, registered into each other: one present."""

import json
import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.services
WAIT_S = 60.0
BOUND_S = 15.0
"""Within this time every answer must have come, also if others are silent; the brokers' own bound is 5 s."""


@dataclass
class Running:
    """A broker in a process of its own."""

    address: str
    process: subprocess.Popen[str]
    client: httpx.Client

    def create(self, entity: str, **values: Any) -> httpx.Response:
        """Create a pump with these properties."""
        body = {"id": entity, "type": "Pump"} | {
            name: {"type": "Property", "value": one} for name, one in values.items()
        }
        return self.client.post("entities", json=body)

    def local(self, entity: str) -> httpx.Response:
        """What this broker alone knows."""
        return self.client.get(f"entities/{entity}", params={"local": "true"})

    def register(self, other: "Running | str", name: str, **members: Any) -> None:
        """Make `other` known here as a context source."""
        data = {
            "id": f"urn:ngsi-ld:ContextSourceRegistration:{name}",
            "type": "ContextSourceRegistration",
            "information": [{"entities": [{"type": "Pump"}]}],
            "endpoint": other if isinstance(other, str) else other.address,
        }
        answer = self.client.post("csourceRegistrations", json=data | members)
        assert answer.status_code == 201, answer.text


@contextmanager
def running(folder: Path, name: str) -> Iterator[Running]:
    yuzhang = Path(sys.executable).with_name("yuzhang")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    line = [
        str(yuzhang),
        "serve",
        "--trust",
        "machine",
        "--no-mqtt",
        "--data",
        str(folder / name),
        "--port",
        str(port),
        "--allow-private-addresses",
        "--alias",
        name,
    ]
    process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    address = f"http://127.0.0.1:{port}"
    with httpx.Client(base_url=f"{address}/ngsi-ld/v1/", timeout=BOUND_S, trust_env=False) as client:
        try:
            yield Running(address, process, client)
        finally:
            process.terminate()
            process.communicate(timeout=10)


def _wait(client: httpx.Client, process: "subprocess.Popen[str]") -> None:
    until = monotonic() + WAIT_S
    while monotonic() < until and process.poll() is None:
        try:
            client.get("types")
        except httpx.TransportError:
            sleep(0.05)
        else:
            return
    process.kill()
    raise AssertionError(process.communicate()[1])


@dataclass
class Region:
    """The three of them."""

    city: Running
    county: Running
    town: Running


@pytest.fixture
def region(tmp_path: Path) -> Iterator[Region]:
    with ExitStack() as stack:
        brokers = {name: stack.enter_context(running(tmp_path, name)) for name in ("city", "county", "town")}
        for one in brokers.values():
            _wait(one.client, one.process)
        yield Region(**brokers)


def ids(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {one["id"] for one in answer.json()}


def test_region_is_one_present_and_stays_one_when_a_part_of_it_is_down(region: Region) -> None:
    city, county, town = region.city, region.county, region.town
    for name in ("city", "county", "town"):
        assert getattr(region, name).create(f"urn:ngsi-ld:Pump:{name}", power=1).status_code == 201
    county.register(town, "town")
    city.register(county, "county")

    # A query at the city is answered by all three: the county asks its town.
    everything = {f"urn:ngsi-ld:Pump:{name}" for name in ("city", "county", "town")}
    assert ids(city.client.get("entities", params={"type": "Pump"})) == everything
    assert ids(city.client.get("entities", params={"type": "Pump", "local": "true"})) == {"urn:ngsi-ld:Pump:city"}
    assert city.client.get("entities/urn:ngsi-ld:Pump:town").json()["power"]["value"] == 1
    counted = city.client.get("entities", params={"type": "Pump", "count": "true", "limit": 2})
    assert counted.headers["ngsild-results-count"] == "3"
    assert len(counted.json()) == 2
    assert city.client.get("types").json()["typeList"] == ["Pump"]

    # The town is registered at the county, the county at the city, and the city at the town: nothing turns in circles.
    town.register(city, "city")
    assert ids(town.client.get("entities", params={"type": "Pump"})) == everything
    assert ids(city.client.get("entities", params={"type": "Pump"})) == everything

    # A town that is down: what is left is answered, with a warning, in bounded time.
    town.process.terminate()
    town.process.wait(10)
    answer = county.client.get("entities", params={"type": "Pump"})
    assert ids(answer) == {"urn:ngsi-ld:Pump:county"}
    assert answer.headers["ngsild-warning"].startswith("199 ")
    assert ids(city.client.get("entities", params={"type": "Pump"})) == everything - {"urn:ngsi-ld:Pump:town"}


def test_write_at_the_city_reaches_the_county_that_holds_the_entity(region: Region) -> None:
    city, county = region.city, region.county
    entity = "urn:ngsi-ld:Pump:harbour"
    held = {"entities": [{"type": "Pump", "id": entity}]}
    city.register(county, "harbour", information=[held], mode="redirect", operations=["redirectionOps"])

    assert city.create(entity, power=3).status_code == 201
    assert city.local(entity).status_code == 404
    assert county.local(entity).json()["power"]["value"] == 3
    assert (
        city.client.patch(f"entities/{entity}/attrs", json={"power": {"type": "Property", "value": 4}}).status_code
        == 204
    )
    assert county.local(entity).json()["power"]["value"] == 4
    assert city.client.get(f"entities/{entity}").json()["power"]["value"] == 4

    # Of another pump only one attribute is held by the town, exclusively.
    other = "urn:ngsi-ld:Pump:lock"
    information = [{"entities": [{"type": "Pump", "id": other}], "propertyNames": ["flow"]}]
    city.register(region.town, "lock", information=information, mode="exclusive", operations=["redirectionOps"])
    assert city.create(other, power=1, flow=9).status_code == 201
    assert "flow" not in city.local(other).json()
    assert set(region.town.local(other).json()) >= {"flow"}
    assert "power" not in region.town.local(other).json()
    assert {"power", "flow"} <= set(city.client.get(f"entities/{other}").json())

    # A batch is cut the same way.
    body = [
        {"id": entity, "type": "Pump", "power": {"type": "Property", "value": 5}},
        {
            "id": other,
            "type": "Pump",
            "power": {"type": "Property", "value": 6},
            "flow": {"type": "Property", "value": 7},
        },
    ]
    assert city.client.post("entityOperations/upsert", json=body).status_code in (204, 207)
    assert city.local(other).json()["power"]["value"] == 6

    assert city.client.delete(f"entities/{entity}").status_code == 204
    assert county.local(entity).status_code == 404


@pytest.mark.slow
def test_request_that_would_come_back_is_refused_and_a_silent_source_holds_nobody(region: Region) -> None:
    city, county = region.city, region.county
    entity = "urn:ngsi-ld:Pump:loop"
    held = {"entities": [{"type": "Pump", "id": entity}]}
    for one, other in ((city, county), (county, city)):
        one.register(other, "loop", information=[held], mode="redirect", operations=["redirectionOps"])
    assert city.create(entity, power=1).status_code == 508

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        city.register(address, "silent", information=[{"entities": [{"type": "Gate"}]}], management={"timeout": 300})
        answer = city.client.get("entities", params={"type": "Gate"})
    assert answer.status_code == 200
    assert answer.json() == []
    assert answer.headers["ngsild-warning"].startswith("199 ")


class Subscriber:
    """Takes notifications, one after the other."""

    def __init__(self) -> None:
        self.notifications: queue.Queue[dict[str, Any]] = queue.Queue()
        taken = self.notifications

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                taken.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}/"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def next(self) -> dict[str, Any]:
        """The next notification."""
        return self.notifications.get(timeout=BOUND_S)

    def close(self) -> None:
        """End."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def subscriber() -> Iterator[Subscriber]:
    made = Subscriber()
    yield made
    made.close()


def _until(met: Callable[[], bool]) -> None:
    until = monotonic() + BOUND_S
    while not met():
        assert monotonic() < until
        sleep(0.05)


def test_who_subscribes_at_the_city_hears_of_what_changes_in_the_town(region: Region, subscriber: Subscriber) -> None:
    city, county, town = region.city, region.county, region.town
    county.register(town, "town", operations=["federationOps"])
    document = {
        "id": "urn:ngsi-ld:Subscription:pumps",
        "type": "Subscription",
        "entities": [{"type": "Pump"}],
        "q": "power>5",
        "notification": {"endpoint": {"uri": subscriber.address}},
    }
    assert city.client.post("subscriptions", json=document).status_code == 201
    # Also a source that is registered later is subscribed to, by the county in turn at its town.
    city.register(county, "county", operations=["federationOps"])
    _until(lambda: len(town.client.get("subscriptions").json()) == 1)

    assert town.create("urn:ngsi-ld:Pump:quiet", power=1).status_code == 201
    assert town.create("urn:ngsi-ld:Pump:loud", power=9).status_code == 201
    told = subscriber.next()
    assert told["subscriptionId"] == document["id"]
    assert [one["id"] for one in told["data"]] == ["urn:ngsi-ld:Pump:loud"]
    assert told["data"][0]["power"]["value"] == 9
    assert city.create("urn:ngsi-ld:Pump:here", power=8).status_code == 201
    assert subscriber.next()["data"][0]["id"] == "urn:ngsi-ld:Pump:here"

    assert city.client.delete(f"subscriptions/{document['id']}").status_code == 204
    _until(lambda: town.client.get("subscriptions").json() == [])


@pytest.mark.slow
def test_pages_links_and_snapshots_go_through_all_three(region: Region) -> None:
    city, county, town = region.city, region.county, region.town
    for broker, name in ((city, "city"), (county, "county"), (town, "town")):
        for number in range(3):
            assert broker.create(f"urn:ngsi-ld:Pump:{name}{number}", power=number).status_code == 201
    county.register(town, "town")
    city.register(county, "county")

    # One map for the whole region: the city names the county, the county its town, and pages are read through both.
    first = city.client.get("entities", params={"type": "Pump", "entityMap": "true", "limit": 4})
    assert first.status_code == 201, first.text
    named = {"NGSILD-EntityMap": first.headers["ngsild-entitymap"]}
    town.create("urn:ngsi-ld:Pump:late", power=1)
    pages = [first.json()]
    for offset in (4, 8):
        page = city.client.get("entities", params={"type": "Pump", "limit": 4, "offset": offset}, headers=named)
        pages.append(page.json())
    found = [one["id"] for page in pages for one in page]
    assert [len(page) for page in pages] == [4, 4, 1]
    assert sorted(found) == sorted(
        f"urn:ngsi-ld:Pump:{name}{number}" for name in ("city", "county", "town") for number in range(3)
    )
    mapped = city.client.get(f"{city.address}{named['NGSILD-EntityMap']}").json()
    assert list(mapped["linkedMaps"]) == ["urn:ngsi-ld:ContextSourceRegistration:county"]

    # A link at the city leads into the town.
    well = {"id": "urn:ngsi-ld:Well:1", "type": "Well"}
    well["of"] = {"type": "Relationship", "object": "urn:ngsi-ld:Pump:town2"}  # type: ignore[assignment]
    assert city.client.post("entities", json=well).status_code == 201
    joined = city.client.get("entities/urn:ngsi-ld:Well:1", params={"join": "inline"}).json()
    assert joined["of"]["entity"]["power"]["value"] == 2

    query = {"type": "Query", "entities": [{"type": "Pump"}]}
    made = city.client.post("snapshots", json={"type": "Snapshot", "snapshotQueries": [query]})
    snapshot = made.headers["ngsild-snapshot"]
    _until(lambda: city.client.get(f"snapshots/{snapshot}").json()["snapshotStatus"] == "success")
    for one in (county, town):
        one.process.terminate()
        one.process.wait(10)
    frozen = city.client.get("entities", params={"type": "Pump"}, headers={"NGSILD-Snapshot": snapshot})
    assert len(frozen.json()) == 10
    assert "ngsild-warning" not in frozen.headers
