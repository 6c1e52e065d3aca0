"""The screen of the city in one application: what is on the map, who is told of changes, who is on duty, what came from the field."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from time import time_ns
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.threads import in_thread
from yuzhang.core.announcing import BEHIND, Announcement, Announcements
from yuzhang.core.errors import YuzhangError
from yuzhang.core.storage import Storage
from yuzhang.entrance.city.duty.telling import Telling
from yuzhang.entrance.city.field.model import Handling
from yuzhang.entrance.city.following import Following
from yuzhang.entrance.city.looking import HOUR_US, HOURS, OPEN
from yuzhang.entrance.city.model import LAYERS, Layer, Sources, Thing
from yuzhang.entrance.city.places import Places, Rows
from yuzhang.entrance.city.rooms import Rooms
from yuzhang.entrance.city.screen import Screens
from yuzhang.entrance.city.seeing import Seeing
from yuzhang.entrance.city.settings import MapSettings
from yuzhang.entrance.city.tiles.drawn import Drawn
from yuzhang.entrance.identity.people import People
from yuzhang.entrance.portal.room import Portal

SWEEP_S = 60.0
AGAIN_S = 2.0
"""So long after what could not be followed it is tried again."""
FAULTS = (YuzhangError, SQLAlchemyError, OSError)
"""Such as a database that is busy: the next try may know nothing of it."""
KINDS = ("device", "event", "case")
Found = dict[Layer, list[Thing]]
"""Events and cases as they were read, by their layer."""
MOST_TOLD = 2_000
"""Numbers in one message; a screen that gets so many asks for its tiles again anyway."""
log = logging.getLogger(__name__)


class City:
    """Made before it is started. `sources`: what the rooms bring; `portal`: where a party is told; `handling`: what becomes of an entry
    of the field; `people`: who is called what."""

    def __init__(
        self,
        storage: Storage,
        broker: Broker,
        announcements: Announcements,
        sources: Sources | None = None,
        *,
        portal: Portal | None = None,
        handling: Handling | None = None,
        people: People | None = None,
        base: MapSettings = MapSettings(),  # noqa: B008  # frozen
    ) -> None:
        self.handling, self.people = handling, people
        self.storage, self.broker, self.announcements, self.base = storage, broker, announcements, base
        self.sources: Sources = sources or Rooms()
        self.layers: dict[Layer, Places] = {one: Places(gcj02=base.gcj02) for one in LAYERS}
        self.seeing = Seeing(broker)
        self.screens = Screens()
        self.telling = Telling(storage, portal)
        self.drawn = Drawn(self.sources, gcj02=base.gcj02)
        self.following = Following(broker, self.sources, self.layers["devices"], self._values, self.severity)
        self.ended = False
        self._at: dict[Layer, dict[str, dict[str, int]]] = {"events": {}, "cases": {}}
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to follow what happens: it listens before it reads what is open, so that nothing comes unseen in between."""
        self.ended = False
        read = asyncio.Event()
        self._tasks = [asyncio.create_task(self._hear(read), name="city-hearing")]
        await asyncio.sleep(0)  # it listens from here on
        found = await in_thread(self._read_open)
        read.set()
        self.following.start()
        self._tasks += [
            asyncio.create_task(self._insist(partial(self._tell, found)), name="city-telling"),
            asyncio.create_task(self._sweep(), name="city-sweeping"),
        ]

    async def stop(self) -> None:
        """End; open streams end by themselves within a second."""
        self.ended = True
        for one in self._tasks:
            one.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        await in_thread(self.following.stop)

    def called(self, party: str) -> str:
        """What a party is called; its id where nobody knows, or may know."""
        return (self.people.called(party) if self.people is not None else "") or party

    def severity(self, entity: str) -> int:
        """How bad the worst open event of an entity is; 0 if there is none."""
        return max(self._at["events"].get(entity, {}).values(), default=0)

    def open_at(self, layer: Layer, entity: str) -> list[str]:
        """The events or cases that are open at an entity."""
        return list(self._at[layer].get(entity, ()))

    def entity_of(self, layer: Layer, id_: str) -> str:
        """The entity that an open event or case is of; empty if there is none."""
        return next((entity for entity, own in list(self._at.get(layer, {}).items()) if id_ in own), "")

    def _values(self, numbers: Rows) -> None:
        if self.screens.open:
            self.screens.tell("value", {"layer": "devices", "numbers": numbers[:MOST_TOLD].tolist()})

    def _read_open(self) -> Found:
        """All events and cases that are open, anew; they may have opened while nobody listened, so that nobody was told of them."""
        open_: Found = {"events": list(self.sources.events()), "cases": list(self.sources.cases())}
        for layer, found in open_.items():
            places = self.layers[layer]
            places.put(found)
            places.keep_only(one.id for one in found)
            places.touched()
            if layer == "cases":  # only those that are open were read
                self._at[layer] = {}
            for one in found:
                self._mark(layer, one)
        return open_

    async def _hear(self, read: asyncio.Event) -> None:
        """Follow what is told, once what was open is `read`: what was read before could take the place of what was heard after it."""
        async with aclosing(self.announcements.together()) as told:
            async for some in told:
                await read.wait()
                try:
                    await self._insist(partial(self._heard, some))
                except Exception:  # a fault of ours with one thing must not end the hearing of all others
                    log.exception("the city's screen left out what it could not read, and goes on")

    async def _insist(self, do: Callable[[], None]) -> None:
        """Do it until it is done; meanwhile what is told waits."""
        while True:
            try:
                await in_thread(do)
                return
            except FAULTS as error:
                log.warning("the city's screen could not follow, and tries again: %s", error)
                await asyncio.sleep(AGAIN_S)

    def _heard(self, some: Sequence[Announcement]) -> None:
        """What was told together: each thing is read once, as it is now, however often it changed meanwhile."""
        named = {
            kind: list(dict.fromkeys(str(one.body.get("id", "")) for one in some if one.kind == kind)) for kind in KINDS
        }
        for id_ in named["device"]:
            self._device(id_)
        events = self.sources.some_events(named["event"]) if named["event"] else {}
        for id_ in named["event"]:
            self._happened("event", "events", id_, events.get(id_))
        cases = self.sources.some_cases(named["case"]) if named["case"] else {}
        for id_ in named["case"]:
            self._happened("case", "cases", id_, cases.get(id_))
        found: Found = {"events": list(events.values()), "cases": list(cases.values())}
        if any(one.kind == BEHIND for one in some):
            found = self._read_open()
            self.following.look_again()
            self.screens.tell("look", {"layer": "events", "numbers": []})
        self._tell(found)

    def _tell(self, found: Found) -> None:
        """Tell whoever is on duty of what is bad among it, and was not told before."""
        for layer, things in found.items():
            self.telling.happened(layer, things)

    def _happened(self, kind: str, layer: Layer, id_: str, thing: Thing | None) -> None:
        places = self.layers[layer]
        number = places.number(id_)
        if thing is None:
            places.drop([id_])
        else:
            places.put([thing])
            number = places.number(id_)
            self._mark(layer, thing)
        places.touched()
        if number is not None:
            self.screens.tell(kind, {"layer": layer, "numbers": [number]})

    def _mark(self, layer: Layer, one: Thing) -> None:
        """Remember what an event or case is of, and mark the device of an event."""
        if not one.entity:
            return
        own = self._at[layer].setdefault(one.entity, {})
        if one.status == OPEN:
            own[one.id] = one.severity
        else:
            own.pop(one.id, None)
        if not own:
            del self._at[layer][one.entity]
        if layer == "events":
            self.layers["devices"].mark(one.entity, self.severity(one.entity))

    def _device(self, id_: str) -> None:
        device = self.sources.device(id_)
        if device is None or device.status == "retired":
            self.following.look_again()
        else:
            self.following.know(device)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            try:
                await in_thread(self._swept)
            except FAULTS as error:
                log.warning("the city's screen could not look at deadlines: %s", error)

    def _swept(self) -> None:
        """Take away what ended long ago, and tell of deadlines."""
        now = time_ns() // 1000
        for places in (self.layers["events"], self.layers["cases"]):
            numbers = places.all()
            rows = places.rows[numbers]
            over = (rows["status"] != places.statuses.find(OPEN)) & (rows["at"] < now - HOURS * HOUR_US)
            places.drop([places.ids[one] for one in numbers[over].tolist()])
        self.telling.deadlines(self.layers["cases"], now)


def city_of(state: Any) -> City:
    """The application's."""
    found = state.city
    assert isinstance(found, City)  # noqa: S101  # app.py puts it there
    return found
