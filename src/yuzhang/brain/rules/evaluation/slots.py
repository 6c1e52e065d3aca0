"""What is remembered of each rule and series: one slot each, in arrays that grow, kept in the database by blocks of slots."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

BLOCK = 32
"""Slots of one row of the database: what changes together is written together, and a whole city's state in some thousand rows."""
NEVER = -(2**62)
NOT = 2**62
"""`since` of a slot whose condition does not hold."""
STATE = np.dtype(
    [
        ("last", "<i8"),  # the time of its newest observation
        ("since", "<i8"),  # since when the condition holds without a break
        ("until", "<i8"),  # until then no other event is opened
        ("opened", "<i8"),  # when the open event was opened
        ("heard", "<i8"),  # when something was accepted of it, by the log's clock; later by what nobody listened since
        ("value", "<f8"),  # its newest number
        ("shown", "<f8"),  # the newest of what is compared
        ("open", "u1"),
    ],
    align=True,
)
Slot = tuple[str, str, str, str, str]
"""Rule, its digest, entity, attribute, dataset."""


class Slots:
    """All slots, by number."""

    def __init__(self) -> None:
        self.keys: list[Slot] = []
        self.numbers: dict[Slot, int] = {}
        self.state = np.zeros(BLOCK, STATE)
        self.rule = np.full(BLOCK, -1, np.int32)
        self.touched: set[int] = set()
        self.added = 0
        """How many of the slots are known to the database."""

    def __len__(self) -> int:
        return len(self.keys)

    def slot(self, key: Slot, rule: int) -> int:
        """The number of a slot; made if it is new."""
        found = self.numbers.get(key)
        if found is None:
            found = len(self.keys)
            self._grow(found + 1)
            self.keys.append(key)
            self.numbers[key] = found
        self.rule[found] = rule
        return found

    def _grow(self, wanted: int) -> None:
        there = len(self.state)
        if wanted > there:
            more = max(there, BLOCK)
            fresh = np.zeros(more, STATE)
            self.state = np.concatenate([self.state, fresh])
            self.rule = np.concatenate([self.rule, np.full(more, -1, np.int32)])
        made = self.state[wanted - 1]
        if not made["last"]:
            for name, value in (
                ("last", NEVER),
                ("since", NOT),
                ("until", NEVER),
                ("heard", NEVER),
                ("value", np.nan),
                ("shown", np.nan),
            ):
                made[name] = value

    def touch(self, slots: NDArray[Any]) -> None:
        """These have changed."""
        self.touched.update(np.unique(slots // BLOCK).tolist())

    def load(self, keys: Sequence[Slot], blocks: Iterable[tuple[int, bytes]]) -> None:
        """What the database kept; the slots' numbers are the places of their keys."""
        for key in keys:
            self.slot(key, -1)
        for block, content in blocks:
            kept = np.frombuffer(content, STATE)
            begun = block * BLOCK
            some = min(len(kept), len(self.state) - begun, len(self.keys) - begun)
            self.state[begun : begun + some] = kept[:some]
        self.added = len(self.keys)

    def packed(self, wanted: NDArray[np.int64]) -> "Slots":
        """Some of the slots, numbered anew in their order, and none of them known to the database."""
        made = Slots()
        for one in wanted.tolist():
            made.slot(self.keys[one], int(self.rule[one]))
        made.state[: len(wanted)] = self.state[wanted]
        made.touch(np.arange(len(wanted)))
        return made

    def fresh(self) -> list[tuple[int, Slot]]:
        """Slots that the database does not have yet."""
        return list(enumerate(self.keys[self.added :], self.added))

    def changed(self) -> list[tuple[int, bytes]]:
        """The blocks that changed, as the database keeps them."""
        return [
            (block, self.state[block * BLOCK : min((block + 1) * BLOCK, len(self.keys))].tobytes())
            for block in sorted(self.touched)
        ]

    def kept(self) -> None:
        """The database has it all."""
        self.touched.clear()
        self.added = len(self.keys)
