"""Runs the ETSI NGSI-LD suite: `python -m tests.conformance SUITE`. docs/reference/ngsi-ld.md says how."""
# ruff: noqa: T201  what it prints is what it is for

import argparse
import queue
import shutil
import sys
import tempfile
import threading
import time
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from .results import Case, compared, counted, load, read_output, save
from .running import ROBOT_PYTHON, BrokerDown, default_command, fresh_broker, run_robot
from .suite import CORE_CONTEXT, Ports, commit, context_copies, copy_suite, files, folders, needs_fixed_port
from .table import reasons, stale, table, write

SECONDS_A_FILE = 90.0


@dataclass
class Run:
    """One run of the suite and what it has found so far."""

    suite: Path
    work: Path
    chosen: argparse.Namespace
    places: list[Path]
    cases: list[Case] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    done: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def slot(self, number: int, waiting: "queue.SimpleQueue[Path]", first: list[Path]) -> None:
        """Works through folders with ports of its own until none is left."""
        ports = Ports(self.chosen.ports + 10 * number)
        copy = copy_suite(
            self.suite, self.work / f"suite-{number}", ports, self.chosen.broker or ports.url, self.chosen.core_context
        )
        copies = context_copies(self.suite, self.work / f"contexts-{number}")
        while True:
            try:
                place = first.pop(0) if first else waiting.get_nowait()
            except queue.Empty:
                return
            self.folder(place, copy, copies, ports)

    def folder(self, place: Path, copy: Path, copies: Path, ports: Ports) -> None:
        began = time.monotonic()
        name = place.as_posix().replace("/", ".")
        data = self.work / "data" / name
        broker = nullcontext() if self.chosen.broker else fresh_broker(data, ports.broker, copies, self.chosen.command)
        output = self.work / "output" / name
        problem = ""
        try:
            with broker:
                limit = SECONDS_A_FILE * len(files(copy, place))
                extra = [word for one in self.chosen.case for word in ("--test", one)]
                run_robot(copy, place, output, timeout_s=limit, console=self.chosen.console, extra=extra)
        except BrokerDown as err:
            problem = str(err)
        if not self.chosen.keep:
            shutil.rmtree(data, ignore_errors=True)
        found = read_output(output / "output.xml", copy)
        if not found and not problem:
            problem = f"No result of {place}: robot was cut off or found no case."
        with self.lock:
            self.done += 1
            self.cases += found
            self.problems += [problem] if problem else []
            short = place.as_posix().removeprefix("TP/NGSI-LD/")
            print(
                f"[{self.done:>3}/{len(self.places)}] {short}: {counted(found)}; {time.monotonic() - began:.1f} s"
                + (f"\n{problem}" if problem else ""),
                flush=True,
            )
            if self.chosen.each:
                for case in found:
                    if case.status not in ("passed", "skipped"):
                        print(f"    {case.status.upper()}  {case.file.rsplit('/', 1)[-1]}  {case.name}: {case.message}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.add_argument("suite", type=Path, help="the folder of the suite's checkout")
    parser.add_argument("--only", help="a folder below TP/NGSI-LD, a case file, or its name such as 001_01")
    parser.add_argument("--case", action="append", default=[], help="a case's name or pattern; may be given again")
    parser.add_argument("--broker", help="a broker that already runs, such as http://127.0.0.1:8700/ngsi-ld/v1")
    parser.add_argument(
        "--ports", type=int, default=0, help="offset of all ports (steps of 10), so that runs do not meet"
    )
    parser.add_argument(
        "-j", type=int, default=1, dest="slots", help="folders at the same time, each with its own broker"
    )
    parser.add_argument("--command", default=default_command(), help="how a fresh broker is started")
    parser.add_argument("--core-context", default=CORE_CONTEXT, help="the core context that the broker has built in")
    parser.add_argument("--work", type=Path, help="keep copy, outputs and brokers' logs in this new folder")
    parser.add_argument("--keep", action="store_true", help="keep the brokers' data folders, too")
    parser.add_argument("--console", action="store_true", help="show what robot says")
    parser.add_argument("--quiet", dest="each", action="store_false", help="one line a folder, no failed cases")
    parser.add_argument("--write-contexts", type=Path, help="only write the suite's contexts and their index.toml here")
    parser.add_argument("--table", type=Path, help="write the table by clause into this page, between its markers")
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--read", type=Path, help="run nothing: take these results (of --json) for --table, --compare")
    parser.add_argument("--compare", type=Path, help="results of an earlier run: say what got better or worse")
    return parser.parse_args()


def main() -> int:
    chosen = parsed()
    suite = chosen.suite.resolve()
    if chosen.write_contexts:
        context_copies(suite, chosen.write_contexts)
        return 0
    if not ROBOT_PYTHON.exists():
        print("The suite's libraries are missing: tools/set-up conformance", file=sys.stderr)
        return 2
    began = time.monotonic()
    cases, problems = (load(chosen.read), []) if chosen.read else ran(suite, chosen)
    print(f"\n{counted(cases)}; {time.monotonic() - began:.0f} s")
    if chosen.json:
        save(cases, chosen.json)
    if chosen.compare:
        print("\n".join(compared(load(chosen.compare), cases)) or "Nothing got better or worse.")
    if chosen.table:
        known = reasons()
        heading = f"Run of {datetime.now(UTC):%Y-%m-%d}, suite at {commit(suite)}:"
        write(chosen.table, table(cases, known, heading))
        for pattern in stale(cases, known):
            print(f"reasons.toml: {pattern} passes now.")
    return 1 if problems or any(case.status == "failed" for case in cases) else 0


def ran(suite: Path, chosen: argparse.Namespace) -> tuple[list[Case], list[str]]:
    """Runs what was chosen: the cases by file and name, and what went wrong beside them."""
    places = folders(suite, chosen.only)
    with nullcontext(chosen.work) if chosen.work else tempfile.TemporaryDirectory(prefix="conformance-") as work:
        run = Run(suite, Path(work).resolve(), chosen, places)
        work_through(run)
    return sorted(run.cases, key=lambda case: case.key), run.problems


def work_through(run: Run) -> None:
    """Gives the folders to the slots; those that need the fixed port go to the first slot."""
    slots = 1 if run.chosen.broker else min(run.chosen.slots, len(run.places))
    fixed = [place for place in run.places if needs_fixed_port(run.suite, place)] if slots > 1 else []
    waiting: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for place in run.places:
        if place not in fixed:
            waiting.put(place)
    threads = [
        threading.Thread(target=run.slot, args=(number, waiting, fixed if number == 0 else []), daemon=True)
        for number in range(slots)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


if __name__ == "__main__":
    sys.exit(main())
