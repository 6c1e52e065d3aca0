"""How many observations a second one core evaluates in batches, by the number of rules, and what rules cost that no message concerns.

    .venv/bin/python -m benchmarks.rules

Batches of 20,000 observations of 5,000 made-up stations, in order of time, are evaluated in one thread. `same`: as many rules as are named
share one attribute's series evenly, as when many rules are kept but each thing is watched by one; `all`: each of ten rules watches every
station; `elsewhere`: one rule watches them and the others another attribute. Windows, rates and durations are among the rules. Nothing is
stored here: that is part of benchmarks/live.py. Writes benchmarks/results/rules.json.
"""

import json
import platform
import statistics
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from yuzhang.brain.history.flattening import Rows
from yuzhang.brain.rules.evaluation.evaluator import Evaluator
from yuzhang.brain.rules.evaluation.things import Thing
from yuzhang.brain.rules.model import Aggregate, Compare, Condition, Measure, Rule
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import OBSERVED, Key

RESULT = Path(__file__).parent / "results" / "rules.json"
STATIONS, ROWS, BATCHES = 5_000, 20_000, 30
MINUTE, START = 60_000_000, 1_767_225_600_000_000
SAID = Title("样例", "Sample")
CONDITIONS = (
    Condition(Measure.VALUE, Compare.ABOVE, 3.0, clear_low=2.8, for_us=5 * MINUTE),
    Condition(Measure.WINDOW, Compare.ABOVE, 2.0, period_us=60 * MINUTE, aggregate=Aggregate.MEAN),
    Condition(Measure.RATE, Compare.ABOVE, 90.0, period_us=60 * MINUTE),
    Condition(Measure.VALUE, Compare.OUTSIDE, -3.0, 3.0),
)


class Stations:
    """Every thing is of the type that stands in its id."""

    def of(self, ids: Iterable[str]) -> Mapping[str, Thing]:
        """All of `ids`."""
        return {one: Thing(one, frozenset({one.split(":")[2]}), SAID) for one in ids}

    def learn(self, types: Mapping[str, Iterable[str]]) -> None:
        """Nothing."""

    def forget(self, ids: Iterable[str]) -> None:
        """Nothing."""


def rules(count: int, case: str) -> list[Rule]:
    """So many rules."""
    found = []
    for number in range(count):
        kind = (
            f"Kind{number % count}"
            if case == "same"
            else "Station"
            if case == "all" or not number
            else f"Other{number}"
        )
        attribute = "level" if case != "elsewhere" or not number else f"other{number}"
        condition = CONDITIONS[number % len(CONDITIONS)]
        found.append(Rule(f"bench:{case}-{number}", "bench", SAID, (kind,), attribute, condition))
    return found


def batches(count: int, case: str) -> list[Rows]:
    """Observations of all stations, one after the other."""
    random = np.random.default_rng(1)
    kinds = [f"Kind{one % count}" if case == "same" else "Station" for one in range(STATIONS)]
    keys = [("", Key(f"urn:ngsi-ld:{kind}:{one}", "level")) for one, kind in enumerate(kinds)]
    made = []
    for number in range(BATCHES):
        at = np.arange(ROWS)
        time_us = START + (number * (ROWS // STATIONS) + at // STATIONS) * MINUTE
        value = random.normal(0, 1.2, ROWS)
        full, none = np.full(ROWS, OBSERVED, np.uint8), np.full(ROWS, -1)
        made.append(Rows(keys, (at % STATIONS).astype(np.int32), time_us, value, None, full, time_us, none))
    return made


def measured(count: int, case: str) -> dict[str, float | int | str]:
    """Observations a second; the first batch, in which all series are new, is left out."""
    evaluator, some = Evaluator(rules(count, case), Stations()), batches(count, case)
    evaluator.take(some[0])
    seconds, changes = [], 0
    for batch in some[1:]:
        begun = time.perf_counter()
        changes += len(evaluator.take(batch))
        seconds.append(time.perf_counter() - begun)
    rate = round(ROWS / statistics.median(seconds))
    return {"case": case, "rules": count, "rows_per_second": rate, "changes": changes, "slots": len(evaluator.slots)}


def main() -> None:
    """Measure and write."""
    found = [measured(count, case) for case in ("same", "elsewhere") for count in (10, 100, 1000)] + [
        measured(10, "all")
    ]
    for one in found:
        print(one)  # it is for the terminal
    about = {"rows_a_batch": ROWS, "stations": STATIONS, "batches": BATCHES, "python": platform.python_version()}
    text = json.dumps({"at": f"{datetime.now(UTC):%Y-%m-%d}", **about, "found": found}, indent=1)
    RESULT.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
