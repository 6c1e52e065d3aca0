"""What cases cost: a page of a queue over 100,000 open cases, and a step by how many steps there were before it.

    .venv/bin/python -m benchmarks.cases [--cases 100000]

Cases are opened by events and by reports through the room itself, in its own storage (SQLite, every step durable before it is
answered). A step is measured beside SpiffWorkflow's own way: the whole instance serialized after each step. Writes
benchmarks/results/cases.json.
"""

import argparse
import json
import os
import platform
import random
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any

from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Filter
from yuzhang.brain.cases.processes import running
from yuzhang.brain.cases.processes.reading import built_in
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR
from yuzhang.core.announcing import Announcements
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage

RESULT = Path(__file__).parent / "results" / "cases.json"
UNITS, REGIONS, MATTERS, BATCH = 60, 12, 40, 1_000
RETURNS = (1, 10, 50, 100, 200)
PAGES = 200
AT = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Unit:
    """A unit of the benchmark's registry."""

    id: str
    name: Title = Title("单位", "Unit")  # noqa: RUF009  # a frozen title
    parent: str = ""
    kind: str = ""


class Registry:
    """Sixty units."""

    def unit(self, id: str, /) -> Unit | None:
        """Any."""
        return Unit(id)

    def units(self) -> list[Unit]:
        """All."""
        return [Unit(f"u{at}") for at in range(UNITS)]

    def region(self, _id: str, /) -> None:
        """None that has one around it."""

    def region_at(self, lon: float, lat: float, /) -> str:
        """One of twelve."""
        return f"r{int(lon * 1000 + lat) % REGIONS}"


@dataclass(frozen=True)
class Event:
    """An event of a rule."""

    id: str
    matter: str
    severity: int
    unit: str
    region: str
    lon: float
    lat: float
    kind: str = "level"
    status: str = "open"
    entity: str = "urn:ngsi-ld:Thing:1"
    title: Title = Title("水位过高", "The level is too high")  # noqa: RUF009  # a frozen title
    opened_at: datetime = AT
    simulated: bool = True


def events(many: int) -> list[Event]:
    """Events all over a city."""
    dice = random.Random(7)  # no secret
    return [
        Event(
            f"e{at}",
            f"m{dice.randrange(MATTERS)}",
            dice.choice((1, 2, 2, 3, 3, 4)),
            f"u{int(dice.triangular(0, UNITS, 0))}",
            f"r{dice.randrange(REGIONS)}",
            115.8 + dice.random() / 5,
            28.6 + dice.random() / 5,
        )
        for at in range(many)
    ]


def told(values: list[float]) -> dict[str, float]:
    """The middle and the slow end, in milliseconds."""
    values = sorted(values)
    return {
        "median_ms": round(median(values), 3),
        "p95_ms": round(values[int(len(values) * 0.95)], 3),
        "max_ms": round(values[-1], 3),
    }


def timed(ask: Callable[[int], object], rounds: int) -> list[float]:
    """Milliseconds that each of so many calls takes."""
    found = []
    for at in range(rounds):
        begun = perf_counter()
        ask(at)
        found.append((perf_counter() - begun) * 1_000)
    return found


def pages(cases: Cases) -> dict[str, Any]:
    """Pages of fifty, of several queues, the deep ones too."""
    asked = {
        "all_due": (Filter(), "due"),
        "all_newest": (Filter(), "newest"),
        "all_severity": (Filter(), "severity"),
        "largest_unit": (Filter(unit="u0"), "due"),
        "small_unit": (Filter(unit=f"u{UNITS - 3}"), "due"),
        "region_severity": (Filter(region="r3"), "severity"),
        "matter": (Filter(matter="m7"), "due"),
        "unit_and_matter": (Filter(unit="u1", matter="m7"), "due"),
        "overdue_of_a_unit": (Filter(unit="u2", overdue=True), "due"),
        "urgent": (Filter(severity=4), "due"),
    }
    found: dict[str, Any] = {}
    for name, (which, sort) in asked.items():
        after = [""]

        def page(_at: int, which: Filter = which, sort: Any = sort, after: list[str] = after) -> None:
            after[0] = actions.queue(cases, OPERATOR, which, sort, after[0]).after

        found[name] = told(timed(page, PAGES))
    found["search_newest"] = told(timed(lambda _: actions.search(cases, OPERATOR, Filter(status="")), 50))
    found["search_words_that_nothing_has"] = told(
        timed(lambda _: actions.search(cases, OPERATOR, Filter(status="", words="nothing like it")), 10)
    )
    number = actions.queue(cases, OPERATOR).cases[0].number
    found["one_case"] = told(timed(lambda _: actions.case(cases, OPERATOR, number), 100))
    found["load_of_units"] = told(timed(lambda _: actions.load(cases, OPERATOR), 10))
    found["statistics"] = told(
        timed(
            lambda _: actions.statistics(
                cases, OPERATOR, AT - timedelta(days=1), AT + timedelta(days=30), simulated=True
            ),
            10,
        )
    )
    return found


def returned(cases: Cases) -> dict[str, Any]:
    """A case that is handled and returned two hundred times: what each step of it costs, durable."""
    case = actions.queue(cases, OPERATOR, Filter(unit="u0")).cases[0]
    cases.catalogue.matters.get(case.matter)
    found: list[float] = []
    sizes: list[int] = []
    for at in range(2 * max(RETURNS)):
        decision, note = (("not-fixed", "no way"), ("return", "try"))[at % 2]
        begun = perf_counter()
        case = actions.step(cases, OPERATOR, case.number, case.task, {"decision": decision}, note)
        found.append((perf_counter() - begun) * 1_000)
        with cases.storage.reading() as connection:
            size = connection.exec_driver_sql("SELECT length(running) FROM case_case WHERE id = ?", (case.id,)).scalar()
        sizes.append(int(size or 0))
    windows = {str(one): told(found[max(0, 2 * one - 40) : 2 * one]) for one in RETURNS}
    return {"all": told(found), "by_returns_before": windows, "bytes_kept": {"first": sizes[0], "last": sizes[-1]}}


def engine() -> dict[str, Any]:
    """The engine alone: what is kept here, and SpiffWorkflow's own form of the whole instance, by returns before."""
    definition = built_in()
    data = {"unit": "u", "source": "event", "reporter": False}
    now = running.begin(definition, data)
    ours: list[float] = []
    for at in range(2 * max(RETURNS)):
        begun = perf_counter()
        now = running.done(definition, now.state, now.open[0].id, {"decision": ("not-fixed", "return")[at % 2]})
        ours.append((perf_counter() - begun) * 1_000)
    whole = BpmnWorkflow(definition.spec, script_engine=running.ENGINE)
    whole.task_tree.data.update(data)
    whole.do_engine_steps()
    serializer = BpmnWorkflowSerializer()
    theirs: list[float] = []
    sizes: dict[str, int] = {}
    text = serializer.serialize_json(whole)
    for at in range(2 * max(RETURNS)):
        begun = perf_counter()
        whole = serializer.deserialize_json(text)
        whole.script_engine = running.ENGINE
        task = next(one for one in whole.get_tasks(state=TaskState.READY) if one.task_spec.manual)
        task.data["decision"] = ("not-fixed", "return")[at % 2]
        task.run()
        whole.do_engine_steps()
        text = serializer.serialize_json(whole)
        theirs.append((perf_counter() - begun) * 1_000)
        if (at + 1) // 2 in RETURNS:
            sizes[str((at + 1) // 2)] = len(text)
    return {
        "ours": {str(one): told(ours[max(0, 2 * one - 20) : 2 * one]) for one in RETURNS} | {"bytes": len(now.state)},
        "whole_instance": {str(one): told(theirs[max(0, 2 * one - 20) : 2 * one]) for one in RETURNS}
        | {"bytes": sizes},
    }


def main() -> None:
    """Measure all of it."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--cases", type=int, default=100_000)
    many = asked.parse_args().cases
    with tempfile.TemporaryDirectory() as folder:
        storage = Storage(Path(folder))
        cases = Cases(storage, Registry(), [], Announcements(), now=lambda: AT)
        given = events(many)
        begun = perf_counter()
        for at in range(0, many, BATCH):
            with storage.writing() as connection:
                cases.opened_by(connection, given[at : at + BATCH])
        while cases.open_waiting():
            pass
        opened_s = perf_counter() - begun
        result = {
            "what": "cases: pages of a queue, steps, the engine alone",
            "date": date.today().isoformat(),
            "machine": f"{platform.machine()}, 2 cores",
            "load_1_5_15": [round(one, 1) for one in os.getloadavg()],
            "python": platform.python_version(),
            "spiffworkflow": version("spiffworkflow"),
            "open_cases": many,
            "opened_per_second": round(many / opened_s),
            "database_mb": round((Path(folder) / "state.db").stat().st_size / 1e6),
            "pages_of_50": pages(cases),
            "step": returned(cases),
            "engine": engine(),
        }
        storage.close()
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
