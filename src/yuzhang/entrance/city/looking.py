"""What a layer holds, for people: queues in order of urgency, the load of units, what happened in the last hours."""

from collections.abc import Callable
from dataclasses import dataclass
from time import time_ns

import numpy as np
from numpy.typing import NDArray

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.entrance.city.model import AGES, Age
from yuzhang.entrance.city.places import Places, Rows, ages
from yuzhang.entrance.city.seeing import Masks

HOUR_US = 3_600_000_000
HOURS = 12
"""The time line's length, and how long what has ended stays on the map."""
SOON_H = 4
OPEN = "open"


@dataclass(frozen=True, slots=True)
class Line:
    """A thing in a list. Times are microseconds, 0 where there is none."""

    number: int
    id: str
    title: Title
    kind: str
    severity: int
    status: str
    unit: str
    region: str
    party: str
    at: int
    due: int
    lon: float
    lat: float
    value: float | None
    age: Age
    simulated: bool


@dataclass(frozen=True, slots=True)
class Queue:
    """The most urgent of a queue, and how many there are in all."""

    total: int
    first: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Load:
    """What a unit has to do."""

    unit: str
    open: int
    overdue: int
    soon: int


@dataclass(frozen=True, slots=True)
class Hour:
    """What began in an hour: by severity 1 to 4. `begins`: microseconds."""

    begins: int
    counts: tuple[int, int, int, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)


def lines(places: Places, masks: Masks, numbers: Rows, now: int | None = None) -> tuple[Line, ...]:
    """Things as lines, in the order of `numbers`."""
    rows = places.rows[numbers]
    valued = masks.values(rows)
    age = np.where(valued, ages(rows, now or time_ns() // 1000), 0)
    found = []
    for number, row, old, shows in zip(numbers.tolist(), rows, age.tolist(), valued.tolist(), strict=True):
        value = float(row["value"])
        found.append(
            Line(
                number,
                places.ids[number],
                places.titles[number],
                places.kinds.texts[row["kind"]],
                int(row["severity"]),
                places.statuses.texts[row["status"]],
                places.units.texts[row["unit"]],
                places.regions.texts[row["region"]],
                places.parties.texts[row["party"]],
                int(row["at"]) if shows else 0,
                int(row["due"]),
                float(row["lon"]),
                float(row["lat"]),
                value if shows and value == value else None,
                AGES[old],
                bool(row["simulated"]),
            )
        )
    return tuple(found)


def seen(places: Places, masks: Masks) -> Rows:
    """The numbers of all that is seen of a layer."""
    numbers = places.all()
    found: Rows = numbers[masks.sees(places.rows[numbers])]
    return found


def still_open(places: Places, numbers: Rows) -> Rows:
    """Those that are not ended."""
    return _where(numbers, places.rows["status"][numbers] == places.statuses.find(OPEN))


def _where(numbers: Rows, wanted: NDArray[np.bool_]) -> Rows:
    found: Rows = numbers[wanted]
    return found


def queue(places: Places, masks: Masks, numbers: Rows, most: int, order: Callable[[NDArray[np.void]], Rows]) -> Queue:
    """The first of `numbers` as `order` ranks their rows, the smallest first."""
    rank = order(places.rows[numbers])
    if len(numbers) > most:
        first = np.argpartition(rank, most)[:most]
        numbers, total, rank = numbers[first], len(numbers), rank[first]
    else:
        total = len(numbers)
    return Queue(total, lines(places, masks, numbers[np.argsort(rank, kind="stable")]))


def by_urgency(rows: NDArray[np.void]) -> Rows:
    """The worst first, of equals the newest."""
    found: Rows = (4 - rows["severity"].astype(np.int64)) * 10**17 - rows["at"]
    return found


def by_deadline(rows: NDArray[np.void]) -> Rows:
    """What is due first; what is never due last."""
    return np.where(rows["due"] > 0, rows["due"], np.iinfo(np.int64).max).astype(np.int64)


def by_time(rows: NDArray[np.void]) -> Rows:
    """The newest first."""
    found: Rows = -rows["at"].astype(np.int64)
    return found


def is_mine(places: Places, numbers: Rows, caller: Party) -> Rows:
    """Those that wait for the caller: named, by a role, or for the caller's unit."""
    names = {f"person:{caller.id}", *(f"role:{one}" for one in caller.roles)}
    if caller.unit:
        names.add(f"unit:{caller.unit}")
    theirs = places.rows["party"][numbers]  # before the words, which only grow
    words = np.array([one in names for one in places.parties.texts], bool)
    return _where(numbers, words[theirs]) if len(numbers) else numbers


def of_unit(places: Places, numbers: Rows, unit: str) -> Rows:
    """Those of a unit; none for whoever belongs to none."""
    if not unit:
        return numbers[:0]
    return _where(numbers, places.rows["unit"][numbers] == places.units.find(unit))


def rows_of(*numbers: int) -> Rows:
    """Some numbers as rows."""
    return np.array(numbers, np.int64)


def by_age(places: Places, masks: Masks, numbers: Rows, now: int) -> dict[str, int]:
    """How many there are by the age of their value."""
    counts = np.bincount(_age(places, masks, numbers, now), minlength=len(AGES)).tolist()
    return dict(zip(AGES, counts, strict=True))


def of_age(places: Places, masks: Masks, numbers: Rows, age: str, now: int) -> Rows:
    """Those whose value is so old; all for a word that is none of AGES."""
    return _where(numbers, _age(places, masks, numbers, now) == AGES.index(age)) if age in AGES else numbers


def _age(places: Places, masks: Masks, numbers: Rows, now: int) -> Rows:
    rows = places.rows[numbers]
    return np.where(masks.values(rows), ages(rows, now), 0).astype(np.int64)


def holding(places: Places, numbers: Rows, text: str) -> Rows:
    """Those whose id, title, kind or unit holds a text."""
    needle = text.lower()
    rows = places.rows[numbers]
    kinds = np.array([needle in one.lower() for one in places.kinds.texts], bool)
    units = np.array([needle in one.lower() for one in places.units.texts], bool)
    named = [
        needle in places.ids[one].lower() or needle in places.titles[one].zh.lower() or needle in places.titles[one].en.lower()
        for one in numbers.tolist()
    ]  # fmt: skip
    return (
        _where(numbers, np.array(named, bool) | kinds[rows["kind"]] | units[rows["unit"]]) if len(numbers) else numbers
    )


def overdue(places: Places, numbers: Rows, now: int) -> Rows:
    """Those whose deadline has passed."""
    due = places.rows["due"][numbers]
    return _where(numbers, (due > 0) & (due < now))


def load(places: Places, numbers: Rows, now: int) -> tuple[Load, ...]:
    """By unit, the fullest first."""
    rows = places.rows[numbers]
    if not len(rows):
        return ()
    size = len(places.units.texts)
    due = rows["due"]
    late = (due > 0) & (due < now)
    soon = (due >= now) & (due < now + SOON_H * HOUR_US)
    every, overdue_, soon_ = (
        np.bincount(rows["unit"], weight, minlength=size).astype(np.int64).tolist() for weight in (None, late, soon)
    )
    found = [Load(places.units.texts[one], every[one], overdue_[one], soon_[one]) for one in range(size) if every[one]]
    return tuple(sorted(found, key=lambda one: (-one.overdue, -one.open, one.unit)))


def hours(places: Places, numbers: Rows, now: int) -> tuple[Hour, ...]:
    """What began in each of the last hours, the oldest first."""
    first = now // HOUR_US - HOURS + 1
    rows = places.rows[numbers]
    hour = rows["at"] // HOUR_US - first
    inside = (hour >= 0) & (hour < HOURS)
    severity = np.clip(rows["severity"][inside].astype(np.int64), 1, 4) - 1
    table = np.bincount(hour[inside] * 4 + severity, minlength=HOURS * 4).reshape(HOURS, 4).tolist()
    return tuple(Hour((first + place) * HOUR_US, (a, b, c, d)) for place, (a, b, c, d) in enumerate(table))
