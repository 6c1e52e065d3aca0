"""Rules, things and rows for the tests of rules."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from brain.rules.plain import Happening, Row
from yuzhang.brain.history.flattening import Rows
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.evaluation.things import Thing
from yuzhang.brain.rules.model import Condition, Rule
from yuzhang.core.language import Title
from yuzhang.core.simulated import is_simulated
from yuzhang.foundation.log.model import OBSERVED, Key

MINUTE = 60_000_000
START = 1_767_225_600_000_000
"""2026-01-01T00:00:00Z."""


class Told:
    """Knows each thing by its id: urn:ngsi-ld:<Type>:<name>; where it stands is told."""

    def __init__(self, places: Mapping[str, tuple[float, float]] | None = None) -> None:
        self.places = dict(places or {})

    def of(self, ids: Iterable[str]) -> Mapping[str, Thing]:
        """All of `ids`."""
        return {one: self.thing(one) for one in ids}

    def thing(self, id_: str) -> Thing:
        """One."""
        lon, lat = self.places.get(id_, (None, None))
        types, made_up = frozenset({id_.split(":")[2]}), is_simulated(id_)
        return Thing(id_, types, Title(id_, id_), lon, lat, simulated=made_up)

    def learn(self, types: Mapping[str, Iterable[str]]) -> None:
        """Nothing."""

    def forget(self, ids: Iterable[str]) -> None:
        """Nothing."""


class Retold(Told):
    """Hears of changes, too: other types, other places."""

    def __init__(self, places: Mapping[str, tuple[float, float]] | None = None) -> None:
        super().__init__(places)
        self.types: dict[str, frozenset[str]] = {}
        self.retyped: list[str] = []
        self.moved: list[str] = []

    def thing(self, id_: str) -> Thing:
        """One."""
        one = super().thing(id_)
        return replace(one, types=self.types.get(id_, one.types))

    def become(self, id_: str, *types: str) -> None:
        """It is of these types now."""
        self.types[id_] = frozenset(types)
        self.retyped.append(id_)

    def move(self, id_: str, lon: float, lat: float) -> None:
        """It stands here now."""
        self.places[id_] = lon, lat
        self.moved.append(id_)

    def changed(self) -> tuple[list[str], list[str]]:
        """What changed since this was asked last."""
        told = self.retyped, self.moved
        self.retyped, self.moved = [], []
        return told


def rule(name: str, condition: Condition, **more: Any) -> Rule:
    """A rule over the level of pump stations."""
    return Rule(f"test/pack:{name}", "test/pack", Title(name, name), ("PumpStation",), "level", condition, **more)


def rows_of(rows: Sequence[Row], attribute: str = "level", rests: Sequence[str | None] | None = None) -> Rows:
    """Rows as the log has them."""
    keys = list(dict.fromkeys(one[0] for one in rows))
    return Rows(
        [("", Key(one, attribute)) for one in keys],
        np.array([keys.index(one[0]) for one in rows], np.int32),
        np.array([one[1] for one in rows], np.int64),
        np.array([one[2] for one in rows], np.float64),
        None if rests is None else list(rests),
        np.full(len(rows), OBSERVED, np.uint8),
        np.array([one[3] for one in rows], np.int64),
        np.full(len(rows), -1, np.int64),
    )


def together(rows: Rows, more: Rows) -> Rows:
    """Rows of two attributes that came in one batch."""
    return Rows(
        [*rows.keys, *more.keys],
        np.concatenate([rows.series, more.series + len(rows.keys)]).astype(np.int32),
        np.concatenate([rows.time, more.time]),
        np.concatenate([rows.value, more.value]),
        None,
        np.concatenate([rows.flags, more.flags]),
        np.concatenate([rows.modified, more.modified]),
        np.concatenate([rows.created, more.created]),
    )


def happenings(evaluator: Evaluator, changes: Sequence[Change]) -> list[Happening]:
    """Changes as the reference tells them."""
    keys = evaluator.slots.keys
    return [(keys[one.slot][0], keys[one.slot][2], one.opened, one.at, one.open) for one in changes]


def restarted(evaluator: Evaluator) -> Evaluator:
    """The same, from what it would keep in the database."""
    made = Evaluator(evaluator.ruled.rules, evaluator.facts)
    slots = evaluator.slots
    evaluator.slots.touch(np.arange(len(slots)))
    kept = (evaluator.windows, evaluator.baselines, evaluator.forecasts)
    rings = [(slot, ring.content(slot)) for ring in kept for slot in ring.places]
    assert made.load(list(slots.keys), slots.changed(), rings) == []
    return made
