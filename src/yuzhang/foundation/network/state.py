"""What was heard of every active device, in columns: a hundred thousand of them cost some megabytes, and a look at all of them milliseconds."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from yuzhang.foundation.network.heard import BATTERY, Heard
from yuzhang.foundation.network.model import LATE, SILENT
from yuzhang.foundation.network.store import Heard as Row
from yuzhang.foundation.registry.model import Device

FRESH, IS_LATE, IS_SILENT, NEVER = range(4)
SECOND = 1_000_000
RATE_S = 300.0
"""The rate weighs values by their age: those of five minutes ago by a third."""
COLUMNS = {
    "seen": np.int64, "count": np.int64, "rate": np.float64, "rate_at": np.int64, "gaps": np.int64, "longest": np.float64,
    "gap_at": np.int64, "battery": np.float64, "battery_at": np.int64, "signal": np.float64, "signal_at": np.int64,
    "expected": np.int64, "active": np.bool_, "simulated": np.bool_, "dirty": np.bool_, "kind": np.int32, "region": np.int32,
    "unit": np.int32, "up": np.int64, "lon": np.float64, "lat": np.float64,
}  # fmt: skip
TOLD = ("seen", "count", "rate", "rate_at", "gaps", "longest", "gap_at", "battery", "signal")
"""Those that are kept, in the order of the table."""
MISSING = {"battery": np.nan, "signal": np.nan, "up": -1, "lon": np.nan, "lat": np.nan}


class Names:
    """Texts that come again and again, by number; 0 is "" ."""

    def __init__(self) -> None:
        self.texts = [""]
        self._numbers = {"": 0}

    def number(self, text: str) -> int:
        """The number of a text, which it has from now on."""
        found = self._numbers.setdefault(text, len(self.texts))
        if found == len(self.texts):
            self.texts.append(text)
        return found


class State:
    """The devices by number, each column an array. Not to be used by two threads at once."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.numbers: dict[str, int] = {}
        self.kinds, self.regions, self.units = Names(), Names(), Names()
        self._entities: dict[str, int] = {}
        self._own: dict[int, tuple[str, ...]] = {}
        self._gateways: dict[int, str] = {}
        self._columns: dict[str, NDArray[np.generic]] = {}
        self._linked = True
        self._grow(1024)

    def __len__(self) -> int:
        return len(self.ids)

    def column(self, name: str) -> NDArray[np.generic]:
        """A column, as far as there are devices; what is written into it stays."""
        return self._columns[name][: len(self.ids)]

    def ints(self, name: str) -> NDArray[np.int64]:
        """A column of whole numbers."""
        return self.column(name)  # type: ignore[return-value]  # as COLUMNS says

    def floats(self, name: str) -> NDArray[np.float64]:
        """A column of numbers."""
        return self.column(name)  # type: ignore[return-value]  # as COLUMNS says

    def marks(self, name: str) -> NDArray[np.bool_]:
        """A column of yes and no."""
        return self.column(name)  # type: ignore[return-value]  # as COLUMNS says

    def number_of(self, entity: str) -> int:
        """The number of the device that writes an entity; -1 for none."""
        return self._entities.get(entity, -1)

    def entities(self, which: NDArray[np.bool_]) -> frozenset[str]:
        """The entities that these devices write."""
        return frozenset(one for number in np.flatnonzero(which).tolist() for one in self._own.get(number, ()))

    def put(self, devices: Iterable[Device]) -> None:
        """Take devices as the registry has them now; those that are not active are not listened for."""
        for one in devices:
            number = self.numbers.get(one.id, -1)
            if number < 0:
                if one.status != "active":
                    continue
                number = self._new(one.id)
            for entity in self._own.pop(number, ()):
                if self._entities.get(entity) == number:
                    del self._entities[entity]
            active = one.status == "active"
            if active:
                own = (one.entity, *one.writes)
                for entity in own[1:]:
                    self._entities.setdefault(entity, number)
                self._entities[one.entity] = number
                self._own[number] = own
            values = {
                "active": active,
                "simulated": one.simulated,
                "expected": int(one.expected_s * SECOND),
                "kind": self.kinds.number(one.kind),
                "region": self.regions.number(one.region),
                "unit": self.units.number(one.unit),
                "lon": np.nan if one.lon is None else one.lon,
                "lat": np.nan if one.lat is None else one.lat,
            }
            for name, value in values.items():
                self._columns[name][number] = value
            self._gateways[number] = one.gateway
            self._linked = False

    def link(self) -> NDArray[np.int64]:
        """The number of the gateway of each device, -1 for none that is active."""
        up = self.ints("up")
        if not self._linked:
            active = self.marks("active")
            for number, gateway in self._gateways.items():
                found = self.numbers.get(gateway, -1) if gateway else -1
                up[number] = found if found >= 0 and active[found] else -1
            self._linked = True
        return up

    def load(self, rows: Iterable[Row]) -> None:
        """Take what was kept of devices."""
        for id_, *told in rows:
            number = self.numbers.get(id_, -1)
            if number < 0:
                number = self._new(id_)
                self._linked = False
            for name, value in zip(
                ("seen", "count", "rate", "rate_at", "gaps", "longest", "gap_at", "battery", "signal"),
                told,
                strict=True,
            ):
                self._columns[name][number] = np.nan if value is None else value

    def take(self, heard: Heard) -> None:
        """Learn from messages: when each device was heard, how much, and whether it had been silent before."""
        if len(heard.device):
            self._messages(heard)
        battery, battery_at = self.floats("battery"), self.ints("battery_at")
        signal, signal_at = self.floats("signal"), self.ints("signal_at")
        for number, what, at, value in heard.readings:
            values, times = (battery, battery_at) if what == BATTERY else (signal, signal_at)
            if at >= times[number]:
                values[number], times[number] = value, at

    def _messages(self, heard: Heard) -> None:
        order = np.lexsort((heard.at, heard.device))
        device, at, count = heard.device[order], heard.at[order], heard.count[order]
        seen = self.ints("seen")
        begins = np.append(True, device[1:] != device[:-1])
        before = np.where(begins, seen[device], np.append(0, at[:-1]))
        pause = at - before
        gap = (before > 0) & (pause > SILENT * self.ints("expected")[device])
        if gap.any():
            where = device[gap]
            np.add.at(self.ints("gaps"), where, 1)
            np.maximum.at(self.floats("longest"), where, pause[gap] / SECOND)
            np.maximum.at(self.ints("gap_at"), where, before[gap])
        first = np.flatnonzero(begins)
        some, last = device[first], np.append(first[1:], len(device)) - 1
        total = np.add.reduceat(count, first)
        newest = np.maximum(at[last], seen[some])
        rate, rate_at = self.floats("rate"), self.ints("rate_at")
        passed = np.maximum(newest - rate_at[some], 0) / SECOND
        rate[some] = rate[some] * np.exp(-passed / RATE_S) + total * (60.0 / RATE_S)
        rate_at[some] = newest
        seen[some] = newest
        self.ints("count")[some] += total
        self.marks("dirty")[some] = True

    def dirty(self) -> list[Row]:
        """What was heard since it was kept last."""
        numbers = np.flatnonzero(self.marks("dirty"))
        ids = [self.ids[number] for number in numbers.tolist()]
        told = [self.column(name)[numbers].tolist() for name in TOLD]
        for name in (-2, -1):  # SQLite knows no NaN
            told[name] = [None if value != value else value for value in told[name]]
        return list(zip(ids, *told, strict=True))

    def kept(self) -> None:
        """All of it was kept."""
        self.marks("dirty")[:] = False

    def rates(self, now: int) -> NDArray[np.float64]:
        """Values a minute of each device, as of now."""
        passed = np.maximum(now - self.ints("rate_at"), 0) / SECOND
        return self.floats("rate") * np.exp(-passed / RATE_S)

    def health(self, now: int, since: int = 0) -> NDArray[np.int8]:
        """How each device stands. `since`: nobody listened before, so that silence counts from there."""
        seen, expected = self.ints("seen"), self.ints("expected")
        age = now - np.maximum(seen, since)
        found = (age > LATE * expected).astype(np.int8) + (age > SILENT * expected)
        found[seen == 0] = NEVER
        return found

    def health_of(self, number: int, now: int) -> int:
        """How one device stands."""
        seen, expected = self._columns["seen"][number].item(), self._columns["expected"][number].item()
        if not seen:
            return NEVER
        return FRESH + int(now - seen > LATE * expected) + int(now - seen > SILENT * expected)

    def rate_of(self, number: int, now: int) -> float:
        """Values a minute of one device."""
        passed = max(now - self._columns["rate_at"][number].item(), 0) / SECOND
        return float(self._columns["rate"][number].item() * math.exp(-passed / RATE_S))

    def _new(self, id_: str) -> int:
        number = len(self.ids)
        if number == len(self._columns["seen"]):
            self._grow(2 * number)
        self.ids.append(id_)
        self.numbers[id_] = number
        return number

    def _grow(self, size: int) -> None:
        for name, kind in COLUMNS.items():
            made: NDArray[np.generic] = np.full(size, MISSING.get(name, 0), kind)
            before = self._columns.get(name)
            if before is not None:
                made[: len(before)] = before
            self._columns[name] = made
