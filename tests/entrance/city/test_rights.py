"""Who sees what of the city, who is told, and what an entry of the field becomes; and how ages and datums are told."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import time_ns

import numpy as np
import pytest
from fastapi.testclient import TestClient

from entrance.city.reading import decode
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR, Object, Party, Policy, RoleGuard
from yuzhang.core.announcing import Announcement
from yuzhang.core.errors import Conflict, TryAgain, YuzhangError
from yuzhang.core.geometry.datum import to_gcj02, to_wgs84
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.city import actions, streaming
from yuzhang.entrance.city.errors import EntryDiffers
from yuzhang.entrance.city.field import actions as field
from yuzhang.entrance.city.field.model import FieldCase, Sent
from yuzhang.entrance.city.model import Group, Thing
from yuzhang.entrance.city.places import Places
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.screen import Said
from yuzhang.entrance.city.tiles.drawing import MOST_POINTS, tile

NOW = time_ns() // 1000


class OfRegion(RoleGuard):
    """A guard of a party that sees one region."""

    def allows(self, caller: Party, policy: Policy, about: Object) -> bool:
        """What lies nowhere, or there."""
        return about.region in ("", caller.region)


EAST = Party("p-east", frozenset({"reader"}), kind="official", region="east", guard=OfRegion())


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    """The room of a whole application."""
    app = create_app(Settings(tmp_path / "data", trust="machine", mqtt_port=None))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)):
        yield app.state.city


def thing(id_: str, region: str, severity: int = 3, **more: object) -> Thing:
    """An open event of a region."""
    made = Thing(
        id_, 115.9, 28.7, "level", Group("brain.rules", (("level", (region,), ("u1",)),)), severity, "open", at=NOW,
        title=Title("水位", f"Level {id_}"), region=region, unit="u1", address=f"/events/{id_}",
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]  # fields of Thing


def test_neither_queue_tile_list_nor_stream_shows_an_event_of_another_region(city: City) -> None:
    events = city.layers["events"]
    events.put([thing("e1", "east"), thing("e2", "west")])
    assert [one.id for one in actions.look(city, EAST).events.first] == ["e1"]
    assert actions.look(city, OPERATOR).events.total == 2
    assert [one.id for one in actions.listed(city, EAST, "events")[0]] == ["e1"]
    seen = decode(actions.tile(city, EAST, "events", (0, 0, 0)).content)
    assert len(seen["events"]["features"]) == 1
    hidden = events.number("e2")
    assert hidden is not None
    said = Said("x-1", Announcement("event", {"layer": "events", "numbers": [hidden], "n": 1}))
    assert streaming.written(city, EAST, said) == b""
    assert b"Level e2" in streaming.written(city, OPERATOR, said)
    with pytest.raises(YuzhangError):
        actions.thing(city, EAST, "events", hidden)


def test_a_stream_ends_when_the_session_does(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "HEARTBEAT_S", 0.0)
    monkeypatch.setattr(streaming, "LOOK_S", 0.01)

    async def over() -> bool:
        return False

    async def parts() -> list[bytes]:
        return [one async for one in streaming.stream(city, EAST, over, "", lambda: False)]

    assert asyncio.run(parts())[-1].startswith(b"event: ended")


def test_a_tile_of_a_hundred_thousand_devices_holds_groups_that_count_them_all() -> None:
    places, random = Places(), np.random.default_rng(3)
    group = Group("brain.rules", (("x", ("",), ("",)),))
    spots = random.uniform((115.5, 28.5), (116.0, 29.0), (100_000, 2)).tolist()
    places.put(Thing(str(number), lon, lat, "x", group, at=NOW) for number, (lon, lat) in enumerate(spots))
    from yuzhang.entrance.city.seeing import Masks

    masks = Masks(np.ones(1, bool), np.ones(1, bool), {}, 0.0)
    drawn = tile("devices", places, masks, (0, 0, 0), NOW)
    assert len(drawn) < 100_000
    found = decode(drawn)["devices"]["features"]
    assert sum(one["properties"]["count"] for one in found) == 100_000
    near = tile("devices", places, masks, (13, 6727, 3413), NOW)
    single = decode(near)["devices"]["features"] if near else []
    assert all("count" not in one["properties"] for one in single)
    assert len(single) <= MOST_POINTS


class Once:
    """A stand-in for the cases: the first entry is done, the next finds the task done, and one time it is busy."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.busy = False

    def mine(self, caller: Party) -> list[FieldCase]:
        """None."""
        return []

    def handled(self, caller: Party, sent: Sent) -> bool:
        """Whether it was done."""
        return sent.key in self.done

    def handle(self, caller: Party, sent: Sent) -> None:
        """Do it."""
        if self.busy:
            raise TryAgain(Title("忙", "Busy"))
        if self.done:
            raise Conflict(Title("已办理", "Done already"))
        self.done.append(sent.key)


def test_an_entry_that_comes_twice_is_done_once_and_a_conflict_is_kept_with_its_reason(city: City) -> None:
    city.handling = cases = Once()
    sent = Sent("k" * 20, "c1", "t1", "done", {"decision": "fixed"}, (), NOW)
    cases.busy = True
    with pytest.raises(TryAgain):
        field.send(city, EAST, sent)
    cases.busy = False
    assert field.send(city, EAST, sent).status == "done"
    assert field.send(city, EAST, sent).status == "done"
    assert cases.done == ["k" * 20]
    with pytest.raises(EntryDiffers):
        field.send(city, EAST, replace(sent, note="something else"))
    other = field.send(city, EAST, replace(sent, key="m" * 20))
    assert (other.status, other.detail.en) == ("refused", "Done already")


def test_positions_come_back_from_gcj02_within_a_centimetre_and_are_not_shifted_abroad() -> None:
    random = np.random.default_rng(1)
    lon, lat = random.uniform(75, 134, 1_000), random.uniform(19, 53, 1_000)
    back_lon, back_lat = to_wgs84(*to_gcj02(lon, lat))
    assert np.abs(back_lon - lon).max() < 1e-7
    assert np.abs(back_lat - lat).max() < 1e-7
    x, y = to_gcj02(2.35, 48.85)
    assert (float(x), float(y)) == (2.35, 48.85)
