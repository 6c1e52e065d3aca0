"""A network over a real log, with a clock that tests turn."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from threading import Event

import numpy as np
import pytest

from yuzhang.core.access import OPERATOR
from yuzhang.core.moments import microseconds
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.model import Columns, Entry, Key, Observations, Record, observations
from yuzhang.foundation.network.room import Network
from yuzhang.foundation.registry import actions
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry

BEGIN = datetime(2026, 3, 2, 8, tzinfo=UTC)


class Clock:
    """The time, which stands until it is turned."""

    def __init__(self) -> None:
        self.at = BEGIN

    def __call__(self) -> datetime:
        return self.at

    def turn(self, seconds: float) -> None:
        """Let time pass."""
        self.at += timedelta(seconds=seconds)


class Records:
    """A log in memory, as its readers see it."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.told = 0

    def append(self, record: Record) -> None:
        """Accept a record."""
        self.entries.append(Entry(len(self.entries) + 1, record))

    def grew(self) -> None:
        """Nothing."""

    def wait(self, after: int, seconds: float, ending: Event | None = None) -> bool:
        """Whether there is a record after a position; waits for none."""
        return len(self.entries) > after

    def read(self, after: int, most_bytes: int) -> tuple[list[Entry], int]:
        """The records after a position."""
        found = self.entries[after:]
        return found, found[-1].position if found else after

    def place(self, reader: str) -> int:
        """What was told."""
        return self.told

    def head(self) -> int:
        """The newest position."""
        return len(self.entries)

    def trim(self) -> None:
        """Nothing."""

    def hold(self, name: str, position: int, seconds: float) -> None:
        """Nothing."""

    def release(self, name: str) -> None:
        """Nothing."""

    def waiting_bytes(self) -> int:
        """Nothing."""
        return 0

    def check_room(self) -> None:
        """There is."""


class Town:
    """A registry, a log and the network that follows it."""

    def __init__(self, storage: Storage) -> None:
        self.clock = Clock()
        self.storage = storage
        self.registry = Registry(storage, self.clock)
        self.log = Records()
        self.network = self.opened()

    def opened(self) -> Network:
        """A network as after a start of the process."""
        made = Network(self.storage, self.registry, self.log, keep_place=self._told)
        made.begin()
        return made

    def restart(self) -> None:
        """As if the process had been killed: only what was written is known."""
        self.network = self.opened()

    def _told(self, position: int) -> None:
        self.log.told = position

    def add(self, *devices: Device) -> None:
        """Take devices in."""
        for one in devices:
            actions.add(self.registry, OPERATOR, one, with_credential=False)
        self.network.learn()

    def send(self, *devices: str, attribute: str = "level", value: float = 1.0, rows: int = 1) -> None:
        """Let devices send values now, each for its own entity."""
        self.log.append(self.record(devices, attribute, value, rows))

    def record(self, devices: Sequence[str], attribute: str, value: float, rows: int) -> Observations:
        """The record of what they send."""
        at = microseconds(self.clock())
        keys = []
        for one in devices:
            found = self.registry.device(one)
            keys.append(Key(found.entity if found else one, attribute))
        size = len(keys) * rows
        series = np.repeat(np.arange(len(keys), dtype=np.int32), rows)
        time = at - 1_000_000 * (rows - 1 - np.tile(np.arange(rows, dtype=np.int64), len(keys)))
        return observations("", at, keys, Columns(series, time, np.full(size, value)))

    def judge(self) -> list[tuple[str, str, bool]]:
        """Read the log, write, and look for what is silent: kind, device and whether it began, of what changed."""
        self.network.follow()
        return [(one.kind, one.device, one.ended_at is None) for one in self.network.flush()]

    def pass_time(self, seconds: float, step: float, *sending: str) -> list[tuple[str, str, bool]]:
        """Let time pass in steps, after each of which `sending` send; all that changed."""
        changed = []
        passed = 0.0
        while passed < seconds:
            self.clock.turn(step)
            passed += step
            if sending:
                self.send(*sending)
            changed += self.judge()
        return changed


@pytest.fixture
def town(storage: Storage) -> Town:
    """An empty town."""
    return Town(storage)
