"""What a decision costs: remembered, anew, and with every policy evaluated; with 1, 10 and 100 times the policies that are shipped.

    .venv/bin/python -m benchmarks.policy

The policies that are added are copies of the shipped ones for other roles, kinds and rooms alike, as a city with many departments would
write them: half name a condition of their own. Writes benchmarks/results/policy.json.
"""

import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import yuzhang.app  # noqa: F401  # so that the actions of all rooms are there
from yuzhang.core.access import OPERATOR, POLICIES, Object, Party, Policy
from yuzhang.entrance.policy.cedar.slicing import sliced
from yuzhang.entrance.policy.model import ROLES
from yuzhang.entrance.policy.notation import PARTIES, party_of
from yuzhang.entrance.policy.room import SHIPPED, Decider

RESULT = Path(__file__).parent / "results" / "policy.json"
TIMES = (1, 10, 100)
ROUNDS = {"remembered": 20_000, "anew": 3_000, "all policies": 300}
ROWS = 1_000
Question = tuple[Party, Policy, Object]


def questions() -> list[Question]:
    """What is asked in a city's day: each role and kind reads and changes things of each level and several places."""
    retrieve, alter = POLICIES["brain.context.actions.retrieve"], POLICIES["brain.context.actions.alter"]
    registered, undo = POLICIES["plan.registry.actions.registered"], POLICIES["plan.registry.actions.undo"]
    about = [
        Object("brain.context", f"urn:x:{level}:{region}", "Pump", unit=unit, region=region, level=level)
        for level in (1, 2, 3)
        for unit in ("housing", "traffic")
        for region in ("360102", "360103", "")
    ]
    asked: list[Question] = []
    for name in PARTIES:
        party = party_of(f"{name}?unit=housing&region=360102")
        asked += [(party, policy, one) for policy in (retrieve, alter) for one in about]
        asked += [(party, policy, policy.about) for policy in (registered, undo)]
    return [one for one in asked if one[0].kind != OPERATOR.kind]


def copied(folder: Path, copies: int) -> None:
    """So many copies of the shipped policies, each for a unit of its own and half of them for another role."""
    roles = cycle(ROLES)
    for number in range(copies):
        for file in sorted(SHIPPED.glob("*.cedar")):
            text = file.read_text(encoding="utf-8").replace('@id("', f'@id("copy-{number}-')
            other = next(roles)
            if number % 2:
                for role in ROLES:
                    text = text.replace(f'principal in Role::"{role}", action', f'principal in Role::"{other}", action')
            text = text.replace(";\n", f'\nwhen {{ resource.unit == "unit-{number}" }};\n')
            (folder / f"{number:03}-{file.name}").write_text(text, encoding="utf-8")


def each_us(ask: Callable[[Party, Policy, Object], bool], asked: list[Question], rounds: int) -> Iterator[float]:
    """Microseconds that each of so many questions takes."""
    for _, (caller, policy, about) in zip(range(rounds), cycle(asked), strict=False):
        begun = perf_counter_ns()
        ask(caller, policy, about)
        yield (perf_counter_ns() - begun) / 1_000


def told(values: list[float]) -> dict[str, float]:
    """The middle and the slow end."""
    values = sorted(values)
    return {"median_us": round(median(values), 2), "p95_us": round(values[int(len(values) * 0.95)], 2)}


def rows_us(decider: Decider) -> dict[str, float]:
    """Microseconds a row to filter entities for a department officer, the first time and again."""
    caller = party_of("role:department-officer?unit=housing&region=360102")
    rows = [
        Object("brain.context", f"urn:x:{number}", "Pump", region=f"36010{number % 9}", level=number % 4 + 1)
        for number in range(ROWS)
    ]
    found = {}
    for name, one in (("first", caller), ("again", replace(caller))):
        begun = perf_counter_ns()
        decider.permitted(one, POLICIES["brain.context.actions.retrieve"], rows)
        found[f"{name}_us_a_row"] = round((perf_counter_ns() - begun) / 1_000 / ROWS, 2)
    return found


def measured(times: int) -> dict[str, object]:
    """All figures with that many times the policies."""
    with tempfile.TemporaryDirectory() as name:
        copied(Path(name), times - 1)
        begun = perf_counter_ns()
        decider = Decider([Path(name)])
        loading_ms = (perf_counter_ns() - begun) / 1e6
        asked = questions()
        begun = perf_counter_ns()
        for one in asked:
            decider.asked_anew(*one)
        slicing_ms = (perf_counter_ns() - begun) / 1e6
        for one in asked[:: max(1, len(asked) // 50)]:
            assert decider.asked_anew(*one) == decider.asked_of_all(*one)
        kept = [sliced(decider.statements, caller, policy).count for caller, policy, _ in asked]
        return {
            "policies": len(decider.statements),
            "left of them for a question, on average": round(sum(kept) / len(kept), 1),
            "loading_ms": round(loading_ms),
            f"first_{len(asked)}_questions_ms": round(slicing_ms),
            "remembered": told(list(each_us(decider.allows, asked, ROUNDS["remembered"]))[len(asked) :]),
            "anew": told(list(each_us(decider.asked_anew, asked, ROUNDS["anew"]))),
            "all policies": told(list(each_us(decider.asked_of_all, asked, ROUNDS["all policies"]))),
            f"{ROWS} rows at once": rows_us(decider),
        }


def main() -> None:
    """Measure, print and keep."""
    found: dict[str, object] = {
        "date": date.today().isoformat(),
        "machine": f"{platform.machine()}, Python {platform.python_version()}, cedarpy {version('cedarpy')}",
        **{f"{times}x": measured(times) for times in TIMES},
    }
    text = json.dumps(found, indent=2, ensure_ascii=False) + "\n"
    sys.stdout.write(text)
    RESULT.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
