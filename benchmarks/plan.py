"""Time and memory to read a plan's text once, and texts 10 and 100 times as long, beside a scan of the same text for digits;
then to evaluate 100,000 indicators in five years (benchmarks/evaluation.py).

    YUZHANG_PLAN_TEXT=plan.txt .venv/bin/python -m benchmarks.plan

The text is the file that $YUZHANG_PLAN_TEXT names; the longer ones repeat it. Writes benchmarks/results/reading.json.
"""

import json
import os
import platform
import re
import resource
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import evaluation
from yuzhang.core.settings import PLAN_TEXT_VARIABLE
from yuzhang.plan.reading.documents import read_document
from yuzhang.plan.reading.draft import read_plan

TIMES = (1, 10, 100)
RESULT = Path(__file__).parent / "results" / "reading.json"
PEER = re.compile(r"\d+(?:\.\d+)?")


def peak_mb() -> float:
    """The most memory this process has held. Source: getrusage(2), in kB on Linux."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(times: int) -> dict[str, float]:
    """One length, in a process of its own, so that its peak memory is its own."""
    text = read_document(Path(os.environ[PLAN_TEXT_VARIABLE])).text * times
    before = peak_mb()
    start = time.perf_counter()
    draft = read_plan(text)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    numbers = sum(1 for _ in PEER.finditer(text))
    scan = time.perf_counter() - start
    return {
        "times": times,
        "characters": len(text),
        "numbers": numbers,
        "commitments": len(draft.commitments),
        "seconds": seconds,
        "microseconds_per_character": seconds / len(text) * 1e6,
        "times_a_scan_for_digits": seconds / scan,
        "more_mb_while_reading": peak_mb() - before,
    }


def main() -> None:
    """Measure each length, print the table and store it; then the evaluation."""
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
        return
    if not os.environ.get(PLAN_TEXT_VARIABLE):
        sys.exit(f"Set {PLAN_TEXT_VARIABLE} to the plan's text.")
    found = []
    print(
        f"{'characters':>12} {'commitments':>12} {'seconds':>9} {'µs a character':>15} {'× digit scan':>13} {'more MB':>8}"
    )
    for times in TIMES:
        command = [sys.executable, "-m", "benchmarks.plan", str(times)]
        row = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        found.append(row)
        print(
            f"{row['characters']:>12,} {row['commitments']:>12,} {row['seconds']:>9.2f} "
            f"{row['microseconds_per_character']:>15.2f} {row['times_a_scan_for_digits']:>13.0f} {row['more_mb_while_reading']:>8.0f}",
            flush=True,
        )
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps({"machine": machine, "runs": found}, indent=2) + "\n", "utf-8")
    evaluation.main()


if __name__ == "__main__":
    main()
