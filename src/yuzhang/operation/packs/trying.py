"""A pack's rules tried on a file of observations: which events they would open and clear. Nothing is stored, no server is asked."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from yuzhang.brain.context.presentation import short
from yuzhang.brain.history.flattening import Rows
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.latching import Change
from yuzhang.brain.rules.evaluation.things import Thing
from yuzhang.brain.rules.model import Rule
from yuzhang.brain.rules.reading import read
from yuzhang.core.language import Title
from yuzhang.core.packs import read_pack
from yuzhang.core.packs.finding import FILE
from yuzhang.core.simulated import is_simulated
from yuzhang.core.terminal import file_bytes
from yuzhang.foundation.log.model import OBSERVED
from yuzhang.foundation.sources.formats.kinds import by_name
from yuzhang.foundation.sources.formats.reading import whole
from yuzhang.foundation.sources.model import Batch
from yuzhang.operation.packs.errors import PackNotFound, PackRefused
from yuzhang.operation.packs.faults.crossing import needed_models

MOST_MOMENTS = 20_000
"""So many moments of a file are taken one by one, as they would come; those of a longer one by and by."""


@dataclass(frozen=True, slots=True)
class Tried:
    """An event that was opened, or is over. `at`: microseconds; `value`: in the rule's own unit, None where there is none."""

    rule: Rule
    entity: str
    at: int
    opens: bool
    value: float | None


class _Told:
    """Knows of things what the file tells."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._types = {one: frozenset({short(type_)}) for one, type_ in types.items()}

    def of(self, ids: Iterable[str]) -> Mapping[str, Thing]:
        """All of `ids`."""
        known = self._types
        return {
            one: Thing(one, known.get(one, frozenset()), Title(one, one), simulated=is_simulated(one)) for one in ids
        }

    def learn(self, types: Mapping[str, Iterable[str]]) -> None:
        """Nothing that the file has not told."""

    def forget(self, ids: Iterable[str]) -> None:
        """Nothing changes."""


def tried(rules: Sequence[Rule], batch: Batch) -> Iterator[Tried]:
    """What the rules make of observations, in the order of their times; at the end, who is silent by then."""
    evaluator = Evaluator(list(rules), _Told(batch.types))
    times = np.unique(batch.columns.time)
    steps = np.array_split(times, min(len(times), MOST_MOMENTS)) if len(times) else []
    order = np.argsort(batch.columns.time, kind="stable")
    ordered = batch.columns.time[order]
    for step in steps:
        first, last = np.searchsorted(ordered, step[0], "left"), np.searchsorted(ordered, step[-1], "right")
        rows = _rows(batch, order[first:last])
        for change in (*evaluator.tick(int(step[0])), *evaluator.take(rows)):
            yield _tried(evaluator, rules, change)


def observed(path: Path, type_: str = "") -> Batch:
    """The observations of a file. Raises InputRefused."""
    return whole(file_bytes(path), *by_name(path.name)).typed(type_)


def sound_rules(folder: Path) -> list[Rule]:
    """The rules of the pack in a folder. Raises PackNotFound; PackRefused if anything is wrong with them."""
    if not (folder / FILE).is_file():
        raise PackNotFound(Title("这里没有应用包。", "No pack lies here."), where=str(folder))
    pack, _ = read_pack(folder)
    rules, faults = read(pack, needed_models(pack))
    if faults:
        raise PackRefused(
            Title(f"规则有 {len(faults)} 处问题。", f"There are faults in its rules: {len(faults)}."),
            where=str(folder),
            fix=Title("先运行 yuzhang pack check。", "Run yuzhang pack check first."),
        )
    return rules


def happening(one: Tried) -> dict[str, Any]:
    """It as JSON."""
    return {
        "at": datetime.fromtimestamp(one.at / 1e6, UTC).isoformat(),
        "event": "opened" if one.opens else "cleared",
        "rule": one.rule.id,
        "severity": one.rule.severity,
        "entity": one.entity,
        "value": one.value,
        "unit": one.rule.unit,
        "matter": one.rule.matter,
    }


def told(one: Tried) -> Title:
    """It as a line."""
    at = f"{datetime.fromtimestamp(one.at / 1e6, UTC):%Y-%m-%d %H:%M:%S}Z"
    value = "" if one.value is None else f" {one.value:g} {one.rule.unit}".rstrip()
    return Title(
        f"{at} {'产生' if one.opens else '消除'} {one.rule.title.zh}（严重程度 {one.rule.severity}/4）{one.entity}{value}",
        f"{at} {'opened' if one.opens else 'cleared'} {one.rule.title.en} (severity {one.rule.severity} of 4) {one.entity}{value}",
    )


def _rows(batch: Batch, chosen: NDArray[np.int64]) -> Rows:
    columns = batch.columns
    count = len(chosen)
    flags = np.full(count, OBSERVED, np.uint8) if columns.flags is None else columns.flags[chosen]
    time = columns.time[chosen]
    return Rows(
        [("", key) for key in batch.keys],
        columns.series[chosen],
        time,
        columns.value[chosen],
        None if columns.rest is None else [columns.rest[at] for at in chosen.tolist()],
        flags,
        time,
        np.full(count, -1, np.int64),
    )


def _tried(evaluator: Evaluator, rules: Sequence[Rule], change: Change) -> Tried:
    rule = rules[int(evaluator.slots.rule[change.slot])]
    value = None if change.value is None or change.value != change.value else change.value * rule.factor
    return Tried(rule, evaluator.slots.keys[change.slot][2], change.at, change.open, value)
