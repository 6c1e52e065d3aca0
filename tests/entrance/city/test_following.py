"""How the map follows what happens: together what was told together, and nothing twice of which nothing new is known."""

import asyncio
import importlib
from collections.abc import Callable, Sequence
from pathlib import Path
from time import monotonic, time_ns
from typing import Any

import numpy as np
import pytest

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.store.entities import Stored
from yuzhang.core.announcing import Announcements
from yuzhang.core.storage import Storage
from yuzhang.entrance.city.model import Group, Thing
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.rooms import Rooms
from yuzhang.foundation.log.model import Columns, Key, NewEntity, Observations, observations

METER = "urn:ngsi-ld:Meter:1"
PLACE = '{"type":"GeoProperty","value":{"type":"Point","coordinates":[115.9,28.7]}}'
PATIENCE_S = 60.0


class Asked(Rooms):
    """Rooms of which only events are there; `asked`: which ones were read together."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[list[str]] = []

    def some_events(self, ids: Sequence[str]) -> dict[str, Thing]:
        """All but one."""
        self.asked.append(list(ids))
        group = Group("brain.rules", (("level", ("",), ("",)),))
        return {
            id_: Thing(id_, 115.9, 28.7, kind="level", group=group, severity=2, status="open", entity=f"urn:x:{id_}")
            for id_ in ids
            if id_ != "gone"
        }


def record(attribute: str, value: float, rest: str | None = None) -> Observations:
    """One observation of the meter."""
    columns = Columns(np.zeros(1, np.int32), np.array([time_ns() // 1000]), np.array([value]), [rest])
    return observations("", time_ns() // 1000, [Key(METER, attribute)], columns, [NewEntity(METER, "Meter")])


async def until(what: Callable[[], bool]) -> None:
    """Wait for something that comes to be."""
    end = monotonic() + PATIENCE_S
    while not what():
        assert monotonic() < end
        await asyncio.sleep(0.05)


async def followed(folder: Path) -> dict[str, Any]:
    """What a city shows of events that were told together, and of a thing whose place comes later."""
    storage, announcements, rooms = Storage(folder), Announcements(), Asked()
    broker = Broker(storage)
    await broker.start()
    city = City(storage, broker, announcements, rooms)
    await city.start()
    following, devices = city.following, city.layers["devices"]
    await until(following.ready.is_set)
    await asyncio.sleep(0)  # the city listens
    for at in range(50):
        announcements.tell("event", {"id": f"e{at % 10}", "status": "open"})
    announcements.tell("event", {"id": "gone", "status": "open"})
    await until(lambda: len(city.layers["events"].all()) == 10)
    found: dict[str, Any] = {"severity": city.severity("urn:x:e3")}
    await broker.accept(record("level", 1.0))
    await until(lambda: METER in following._nowhere)
    looked: list[str] = []
    retrieve_all = broker.store.retrieve_all

    def noted(space: int, entities: Sequence[str], sight: Sight | None = None) -> dict[str, Stored]:
        looked.extend(entities)
        return retrieve_all(space, entities, sight)

    broker.store.retrieve_all = noted  # type: ignore[method-assign]
    await broker.accept(record("level", 2.0))
    head = broker.log.head()
    await until(lambda: broker.log.place("context") >= head)
    found |= {"unknown": dict(following._unknown), "looked": list(looked)}
    await broker.accept(record("location", float("nan"), PLACE))
    await until(lambda: devices.number(METER) is not None)
    await broker.accept(record("level", 3.0))
    number = devices.number(METER)
    await until(lambda: devices.rows["value"][number] == 3.0)
    await city.stop()
    await broker.stop()
    storage.close()
    return found | {"asked": rooms.asked}


def test_what_is_told_together_is_read_once_and_a_thing_without_a_place_is_drawn_once_it_has_one(
    tmp_path: Path,
) -> None:
    found = asyncio.run(followed(tmp_path))
    assert found["severity"] == 2
    asked = found["asked"]
    assert len(asked) < 20
    assert all(len(set(some)) == len(some) for some in asked)
    assert found["unknown"] == {}
    assert found["looked"] == []


def once(monkeypatch: pytest.MonkeyPatch, module: str, name: str) -> None:
    """Let a function of ours have a fault the first time it is called."""
    own, faults = getattr(importlib.import_module(module), name), [ZeroDivisionError(name)]

    def faulty(*given: Any) -> Any:
        if faults:
            raise faults.pop()
        return own(*given)

    monkeypatch.setattr(f"{module}.{name}", faulty)
    monkeypatch.setattr(f"{module}.AGAIN_S", 0.01)


async def send(broker: Broker) -> None:
    """The meter sends how high it is, and where."""
    await broker.accept(record("level", 1.0))
    await broker.accept(record("location", float("nan"), PLACE))


async def drawn(folder: Path, *, behind: bool = False) -> None:
    """The meter comes to the map. `behind`: the map has read all there is before the present takes what the meter sent."""
    storage = Storage(folder)
    broker = Broker(storage)
    await broker.start()
    if behind:
        broker.observing.stop()
        await send(broker)
    city = City(storage, broker, Announcements(), Asked())
    await city.start()
    await until(city.following.ready.is_set)
    if behind:
        broker.observing.start()
    else:
        await send(broker)
    await until(lambda: city.layers["devices"].number(METER) is not None)
    await city.stop()
    await broker.stop()
    storage.close()


def test_a_fault_of_ours_ends_neither_the_present_nor_the_map_and_the_log_says_what_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    once(monkeypatch, "yuzhang.brain.context.observing", "newest_of")
    once(monkeypatch, "yuzhang.entrance.city.following", "thing_of")
    asyncio.run(drawn(tmp_path))
    assert "ZeroDivisionError: newest_of" in caplog.text
    assert "ZeroDivisionError: thing_of" in caplog.text


def test_what_the_present_had_not_taken_yet_when_the_map_read_it_all_is_drawn_once_it_has(tmp_path: Path) -> None:
    asyncio.run(drawn(tmp_path, behind=True))
