"""The registry in memory: devices, units and regions, remembered until they change, in this process or in another one.

Every change has a number. Once a second at most the numbers are read, and what changed since is forgotten; what changes in this process is
forgotten before the action that changes it returns.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from time import monotonic

import shapely
from sqlalchemy import Connection

from yuzhang.core.access import Party
from yuzhang.core.storage import Storage
from yuzhang.foundation.registry.model import Device, Region, Unit
from yuzhang.foundation.registry.places.index import Index
from yuzhang.foundation.registry.store import devices as store
from yuzhang.foundation.registry.store import places, revisions

LOOK_S = 1.0
MOST_KEPT, MOST_BEHIND = 200_000, 1_000_000
PREFIX = "dev_"
"""How a device's secret begins, so that whoever finds one knows what it is."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Held:
    """A device as it is remembered, with the hash of its secret, and the party that it is."""

    device: Device
    hash: bytes | None
    party: Party
    given: frozenset[str]
    """What it may write beside its own entity."""


def hash_of(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so that a fast hash hides it well."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()


def party_of(device: Device) -> Party:
    """The party that a device is."""
    named = device.name or device.id
    return Party(f"device:{device.id}", kind="device", name=named, unit=device.unit, region=device.region, factors=1)


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)


class Registry:
    """Devices, units and regions of one storage. May be asked by any thread. `changed`: called with each device that changed."""

    def __init__(self, storage: Storage, now: Callable[[], datetime] = utc_now) -> None:
        self.storage, self.now = storage, now
        self.changed: list[Callable[[Device], None]] = []
        self._held: dict[str, Held] = {}
        self._entities: dict[str, str] = {}
        self._behind: dict[str, frozenset[str]] = {}
        self._gateways: dict[str, str] = {}
        """The entities behind each gateway that was asked for, and by device the gateway under which it stands there."""
        self._index: Index | None = None
        self._lock, self._looking = Lock(), Lock()
        self._age = 0
        self._looked = monotonic()
        with storage.reading() as connection:
            self._numbers = revisions.numbers(connection)

    def unit(self, id_: str) -> Unit | None:
        """The unit of that id."""
        return self._places().units.get(id_)

    def units(self) -> tuple[Unit, ...]:
        """All units."""
        return tuple(self._places().units.values())

    def region(self, id_: str) -> Region | None:
        """The region of that id."""
        return self._places().regions.get(id_)

    def regions(self) -> tuple[Region, ...]:
        """All regions."""
        return tuple(self._places().regions.values())

    def region_at(self, lon: float, lat: float) -> str:
        """The id of the smallest region that holds a place; "" if none does."""
        return self._places().region_at(lon, lat)

    def regions_at(self, lon: list[float], lat: list[float]) -> list[str]:
        """The same for many places at once."""
        return self._places().regions_at(lon, lat)

    def device(self, id_: str) -> Device | None:
        """The device of that id."""
        held = self._known(id_)
        return None if held is None else held.device

    def device_of(self, entity: str) -> Device | None:
        """The device whose own entity that is."""
        self._look()
        name = self._entities.get(entity)
        if name is not None:
            return self.device(name)
        with self.storage.reading() as connection:
            found = store.device_of(connection, entity)
        return None if found is None else self.device(found.id)

    def devices_of(self, entities: Iterable[str]) -> dict[str, Device]:
        """The devices of many entities at once, by entity."""
        self._look()
        found: dict[str, Device] = {}
        missing = []
        for one in entities:
            held = self._held.get(self._entities.get(one, ""))
            if held is None:
                missing.append(one)
            else:
                found[one] = held.device
        if missing:
            with self.storage.reading() as connection:
                found.update({one.entity: one for one in store.of_entities(connection, missing)})
        return found

    def authenticate(self, name: str, secret: str, peer: str = "") -> Device | None:
        """The active device of that name, if that is its secret; None else. Refused from the moment at which it is revoked."""
        held = self._known(name)
        if held is None or held.hash is None or held.device.status != "active":
            return None
        if not hmac.compare_digest(held.hash, hash_of(secret)):
            log.warning("device %r from %s: another secret", name[:128], peer or "-")
            return None
        return held.device

    def party(self, device: Device) -> Party:
        """The party that a device is; the same object as long as the device does not change."""
        held = self._known(device.id)
        return party_of(device) if held is None else held.party

    def may_write(self, device: Device, entity: str, attribute: str) -> bool:
        """Whether a device may write an attribute: all of its own entity, of those that it was given, and of those whose active devices
        send through it."""
        if device.status != "active":
            return False
        held = self._held.get(device.id)
        given = device.writes if held is None or held.device is not device else held.given
        return entity == device.entity or entity in given or entity in self._served(device.id)

    def everything(self, since: int = -1) -> tuple[list[Device], int]:
        """Devices that changed after a revision (all after -1), and the revision that they are of. For rooms that keep state of each."""
        with self.storage.reading() as connection:
            # Read first: what is changed meanwhile comes again the next time, rather than never.
            revision = revisions.numbers(connection).get(store.DEVICES, 0)
            return ([] if revision == since else list(store.since(connection, since))), revision

    @contextmanager
    def changing(self) -> Iterator["Changing"]:
        """A transaction that changes devices; what it names is forgotten once it is durable, and told to `changed`."""
        with self.storage.writing() as connection:
            before = revisions.numbers(connection).get(store.DEVICES, 0)
            made = Changing(connection)
            yield made
            after = revisions.numbers(connection).get(store.DEVICES, 0)
        self._seen_until(before, after)
        self.forget(made.devices)

    def forget(self, some: Iterable[Device]) -> None:
        """Read these devices anew, and tell that they changed."""
        told = list(some)
        with self._lock:
            self._age += 1
            for one in told:
                before = self._held.pop(one.id, None)
                if before is not None:
                    self._entities.pop(before.device.entity, None)
                self._entities.pop(one.entity, None)
                self._behind.pop(one.gateway, None)
                self._behind.pop(self._gateways.pop(one.id, ""), None)
        for one in told:
            for listener in self.changed:
                listener(one)

    def forget_places(self) -> None:
        """Read units and regions anew."""
        with self._lock:
            self._age += 1
            self._index = None

    def look(self) -> None:
        """See at once what other processes changed."""
        with self._looking:
            self._looked = monotonic()
            with self.storage.reading() as connection:
                numbers = revisions.numbers(connection)
                before, self._numbers = self._numbers, numbers
                seen = before.get(store.DEVICES, 0)
                changed = list(store.since(connection, seen)) if numbers.get(store.DEVICES, 0) > seen else []
        if changed:
            self.forget(changed)
        if numbers.get(places.PLACES) != before.get(places.PLACES):
            self.forget_places()

    def _seen_until(self, before: int, after: int) -> None:
        """What this process changed itself is not told again at the next look: a device would be sent away a second time."""
        with self._looking:
            if self._numbers.get(store.DEVICES, 0) == before:
                self._numbers = self._numbers | {store.DEVICES: after}

    def _look(self) -> None:
        if monotonic() - self._looked >= LOOK_S:
            self.look()

    def _known(self, id_: str) -> Held | None:
        self._look()
        held = self._held.get(id_)
        return self._load(id_) if held is None else held

    def _load(self, id_: str) -> Held | None:
        age = self._age
        with self.storage.reading() as connection:
            known = store.with_secret(connection, id_)
        if known is None:
            return None
        found, secret = known
        held = Held(found, secret, party_of(found), frozenset(found.writes))
        with self._lock:
            if age == self._age:  # nothing was changed while it was read
                if len(self._held) >= MOST_KEPT:
                    self._held.clear()
                    self._entities.clear()
                self._held[id_] = held
                self._entities[found.entity] = id_
        return held

    def _served(self, gateway: str) -> frozenset[str]:
        """What active devices behind a gateway observe, read at once and remembered until one of them changes."""
        self._look()
        known = self._behind.get(gateway)
        if known is not None:
            return known
        age = self._age
        with self.storage.reading() as connection:
            rows = store.behind(connection, gateway)
        found = frozenset(rows.values())
        with self._lock:
            if age == self._age:
                if len(self._gateways) >= MOST_BEHIND or len(self._behind) >= MOST_KEPT:
                    self._behind.clear()
                    self._gateways.clear()
                self._gateways.update(dict.fromkeys(rows, gateway))
                self._behind[gateway] = found
        return found

    def _places(self) -> Index:
        self._look()
        index = self._index
        if index is not None:
            return index
        age = self._age
        with self.storage.reading() as connection:
            rows = places.regions(connection)
            made = Index(places.units(connection), [Region(*row[:4], _shape(row[4])) for row in rows])
        with self._lock:
            if age == self._age:
                self._index = made
        return made


class Changing:
    """A transaction, and the devices that it changes."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.devices: list[Device] = []


def _shape(text: str | None) -> object:
    return None if text is None else shapely.from_geojson(text)
