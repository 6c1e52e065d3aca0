"""Time and memory to judge 1,000 to 100,000 indicators in each of five years, beside a plain sum of the same figures.

    .venv/bin/python -m benchmarks.evaluation

The figures are made up (kind: simulated) with a fixed seed: all methods and comparators, a tenth of the figures missing.
Writes benchmarks/results/evaluation.json.
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from yuzhang.plan.evaluation.computation.columns import COMPARATORS, METHODS, STATUSES, Outcomes, Promises, Series
from yuzhang.plan.evaluation.computation.status import judge
from yuzhang.plan.evaluation.model import Status
from yuzhang.plan.registry.model import Method

SIZES = (1_000, 10_000, 100_000)
YEARS = range(2021, 2026)
REPEATS = 5
RESULT = Path(__file__).parent / "results" / "evaluation.json"


def country(count: int) -> tuple[Promises, Series]:
    """Promises and five years of figures of many cities; growth rates where the method wants them, else levels."""
    random = np.random.default_rng(20_251_231)
    method = random.integers(0, len(METHODS), count).astype(np.int8)
    rates = method == METHODS.index(Method.AVERAGE_GROWTH)
    base = random.uniform(10, 1_000, count)
    low = np.where(rates, random.uniform(2, 9, count), base * random.uniform(0.8, 1.6, count))
    values = np.where(
        rates[:, None], random.normal(5, 3, (count, 5)), base[:, None] * random.uniform(0.8, 1.6, (count, 5))
    )
    values[random.random(values.shape) < 0.1] = np.nan
    promises = Promises(
        method=method,
        comparator=random.integers(0, len(COMPARATORS), count).astype(np.int8),
        low=low,
        high=np.full(count, np.nan),
        base=base,
        base_year=np.full(count, 2020, np.int64),
        due=np.full(count, 2025, np.int64),
        tolerance=np.where(random.random(count) < 0.3, 0.02 * low, 0.0),
        lower_is_better=random.random(count) < 0.2,
        binding=random.random(count) < 0.3,
    )
    return promises, Series(2021, values)


def every_year(promises: Promises, series: Series) -> list[Outcomes]:
    """The monitoring of each year and the final evaluation."""
    return [judge(promises, series, year) for year in YEARS]


def peak_memory() -> float:
    """The most memory this process has held, in MB. Source: getrusage(2), in kB on Linux."""
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(count: int) -> dict[str, float]:
    """One size, best of several runs; run in a process of its own, so that its peak memory is its own."""
    promises, series = country(count)
    judge(*country(10), 2025)
    before = peak_memory()
    seconds, plain = [], []
    for _ in range(REPEATS):
        start = time.perf_counter()
        outcomes = every_year(promises, series)
        seconds.append(time.perf_counter() - start)
        start = time.perf_counter()
        for _ in YEARS:
            np.nansum(series.values)
        plain.append(time.perf_counter() - start)
    statuses = np.bincount(outcomes[-1].status, minlength=len(STATUSES))
    return {
        "indicators": count,
        "seconds": min(seconds),
        "microseconds_per_indicator_and_year": min(seconds) / count / len(YEARS) * 1e6,
        "peak_mb": peak_memory(),
        "more_mb_while_judging": peak_memory() - before,
        "times_a_plain_sum": min(seconds) / min(plain),
        "no_data_in_2025": int(statuses[STATUSES.index(Status.NO_DATA)]),
    }


def main() -> None:
    """Measure each size in its own process, print the table and store it."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    found = []
    for size in SIZES:
        run = subprocess.run(
            [sys.executable, "-m", "benchmarks.evaluation", str(size)], check=True, capture_output=True, text=True
        )
        found.append(json.loads(run.stdout))
    print(
        f"{'indicators × 5 years':>20} {'seconds':>9} {'µs each':>8} {'peak MB':>8} {'of it judging':>13} {'× plain sum':>11}"
    )
    for row in found:
        print(
            f"{row['indicators']:>20,} {row['seconds']:>9.4f} {row['microseconds_per_indicator_and_year']:>8.2f}"
            f" {row['peak_mb']:>8.0f} {row['more_mb_while_judging']:>13.0f} {row['times_a_plain_sum']:>11.0f}"
        )
    machine = {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "cores": os.cpu_count(),
        "kind": "simulated",
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "runs": found}, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
