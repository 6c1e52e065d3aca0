"""The things of one layer in columns: where they are, how bad, what value and when. Cheap to change, cheap to draw.

One lock guards a layer; readers take it for as long as it takes to copy what they need.
"""

from collections.abc import Iterable, Sequence
from threading import Lock
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from yuzhang.core.geometry.datum import to_gcj02
from yuzhang.core.geometry.mercator import codes, project, stretch
from yuzhang.core.language import Title
from yuzhang.entrance.city.model import UNTITLED, Group, Thing
from yuzhang.foundation.network.model import LATE, SILENT

FIRST = 1024
FREE_S = 3_600.0
"""So long the number of a thing that is gone belongs to no other: screens may still ask for it."""
NUMBERS = np.dtype([
    ("lon", "f8"), ("lat", "f8"), ("value", "f8"), ("at", "i8"), ("due", "i8"), ("expected", "f4"), ("kind", "i4"), ("group", "i4"),
    ("status", "i4"), ("unit", "i4"), ("region", "i4"), ("party", "i4"), ("severity", "u1"), ("simulated", "?"), ("there", "?"),
])  # fmt: skip
Rows = NDArray[np.int64]


class Words:
    """Texts that come again and again, by number."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def number(self, text: str) -> int:
        """The number of a text; a new one if it is new."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found

    def find(self, text: str) -> int:
        """The number of a text; -1 if it never came."""
        return self._numbers.get(text, -1)


class Places:
    """The things of a layer. A thing keeps its number for as long as it is there; an hour after it is gone another one may have it, so that
    what happens day by day does not fill the memory."""

    def __init__(self, *, gcj02: bool = False) -> None:
        self._gcj02 = gcj02
        self.lock = Lock()
        self.rows = np.zeros(FIRST, NUMBERS)
        self.ids: list[str] = []
        self.titles: list[Title] = []
        self.groups: list[Group] = []
        self.kinds, self.statuses, self.units, self.regions, self.parties = (Words() for _ in range(5))
        self.version = 0
        """Grows with every change of what is drawn, but for values."""
        self._numbers: dict[str, int] = {}
        self._group_numbers: dict[Group, int] = {}
        self._touched: set[int] = set()
        self._gone: dict[int, float] = {}
        self._order: tuple[NDArray[np.uint64], Rows, NDArray[np.float64], NDArray[np.float64]] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def number(self, id_: str) -> int | None:
        """The number of a thing that is there."""
        found = self._numbers.get(id_)
        return found if found is not None and self.rows[found]["there"] else None

    def put(self, things: Iterable[Thing]) -> None:
        """Keep things, each in the place of what was known of it; one that is shown no newer value keeps the one it has."""
        with self.lock:
            for one in things:
                self._put(one)

    def _put(self, one: Thing) -> None:
        number = self._numbers.get(one.id)
        if number is None:
            number = self._numbers[one.id] = self._new(one.id)
        self._gone.pop(number, None)
        before = self.rows[number]
        newer = one.at >= before["at"] or not before["there"]
        row = (
            one.lon, one.lat, one.value if newer else before["value"], one.at if newer else before["at"], one.due,
            one.expected_s, self.kinds.number(one.kind), self._group(one.group), self.statuses.number(one.status),
            self.units.number(one.unit), self.regions.number(one.region), self.parties.number(one.party), one.severity,
            one.simulated, True,
        )  # fmt: skip
        if not before["there"] or (before["lon"], before["lat"]) != (one.lon, one.lat):
            self._order = None
        self.rows[number] = row
        self.titles[number] = one.title
        self._touched.add(number)
        self.version += 1

    def _new(self, id_: str) -> int:
        """A number for a new thing."""
        number, gone_at = next(iter(self._gone.items()), (-1, monotonic()))
        if gone_at < monotonic() - FREE_S:
            del self._gone[number], self._numbers[self.ids[number]]
            self.ids[number] = id_
            return number
        if len(self.ids) == len(self.rows):
            self.rows = np.concatenate((self.rows, np.zeros(len(self.rows), NUMBERS)))
        self.ids.append(id_)
        self.titles.append(UNTITLED)
        return len(self.ids) - 1

    def _group(self, group: Group) -> int:
        found = self._group_numbers.get(group)
        if found is None:
            found = self._group_numbers[group] = len(self.groups)
            self.groups.append(group)
        return found

    def drop(self, ids: Iterable[str]) -> None:
        """Take things away."""
        with self.lock:
            for one in ids:
                number = self._numbers.get(one)
                if number is not None and self.rows[number]["there"]:
                    self.rows["there"][number] = False
                    self._gone[number] = monotonic()
                    self._order = None
                    self._touched.add(number)
                    self.version += 1

    def keep_only(self, ids: Iterable[str]) -> None:
        """Take away all others."""
        self.drop(set(self._numbers).difference(ids))

    def observe(self, numbers: Rows, values: NDArray[np.float64], times: NDArray[np.int64]) -> None:
        """Values of things, each as far as it is newer than what is known."""
        with self.lock:
            newer = times >= self.rows["at"][numbers]
            some = numbers[newer]
            self.rows["value"][some] = values[newer]
            self.rows["at"][some] = times[newer]
            self._touched.update(some.tolist())

    def mark(self, id_: str, severity: int) -> None:
        """Say how bad it is at a thing, if it is there."""
        with self.lock:
            number = self._numbers.get(id_)
            if number is not None and self.rows["severity"][number] != severity:
                self.rows["severity"][number] = severity
                self._touched.add(number)
                self.version += 1

    def touched(self) -> Rows:
        """The numbers of things that changed since this was asked before."""
        with self.lock:
            found = np.fromiter(self._touched, np.int64, len(self._touched))
            self._touched.clear()
        return np.sort(found)

    def near(self, z: int, x: int, y: int) -> tuple[Rows, NDArray[np.float64], NDArray[np.float64]]:
        """The numbers of what lies in a tile, and where in the world's square."""
        with self.lock:
            order, numbers, wide, high = self._ordered()
        first, after = stretch(z, x, y)
        found = slice(int(np.searchsorted(order, np.uint64(first))), int(np.searchsorted(order, np.uint64(after))))
        return numbers[found], wide[found], high[found]

    def _ordered(self) -> tuple[NDArray[np.uint64], Rows, NDArray[np.float64], NDArray[np.float64]]:
        if self._order is None:
            there = np.flatnonzero(self.rows["there"][: len(self.ids)] & np.isfinite(self.rows["lon"][: len(self.ids)]))
            lon, lat = self.rows["lon"][there], self.rows["lat"][there]
            if self._gcj02:
                lon, lat = to_gcj02(lon, lat)
            x, y = project(lon, lat)
            code = codes(x, y)
            by_code = np.argsort(code, kind="stable")
            self._order = code[by_code], there[by_code], x[by_code], y[by_code]
        return self._order

    def all(self) -> Rows:
        """The numbers of all things."""
        return np.flatnonzero(self.rows["there"][: len(self.ids)])

    def extent(self, numbers: Rows) -> tuple[float, float, float, float] | None:
        """West, south, east, north of things, without the outermost hundredth: one wrong position does not make the map useless."""
        lon, lat = self.rows["lon"][numbers], self.rows["lat"][numbers]
        there = np.isfinite(lon) & np.isfinite(lat)
        if not there.any():
            return None
        west, east = np.percentile(lon[there], (0.5, 99.5))
        south, north = np.percentile(lat[there], (0.5, 99.5))
        return float(west), float(south), float(east), float(north)


def ages(rows: NDArray[np.void], now: int) -> NDArray[np.int64]:
    """How old values are, as places among AGES."""
    periods = (now - rows["at"]) / (rows["expected"].astype(np.float64) * 1e6)
    found = np.where(periods > SILENT, 3, np.where(periods > LATE, 2, 1))
    return np.where(rows["at"] == 0, 0, found).astype(np.int64)


def chosen(words: Words, places: NDArray[np.int32]) -> tuple[Sequence[str], NDArray[np.int64]]:
    """The texts of some places, without those that do not come, and where each is among them."""
    used, where = np.unique(places, return_inverse=True)
    return [words.texts[one] for one in used.tolist()], where.astype(np.int64)
