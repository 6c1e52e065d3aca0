"""A process is run from little; an instance that is never taken apart does the same."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from brain.cases.drawing import DISPATCH, drawn
from yuzhang.brain.cases.errors import UnfitStep
from yuzhang.brain.cases.processes.definition import Definition
from yuzhang.brain.cases.processes.parsing import Text, parse
from yuzhang.brain.cases.processes.reading import built_in
from yuzhang.brain.cases.processes.running import ENGINE, begin, done, open_in, with_values

LOOP = ["s1 > t1", "t1 > x1", "x1 > t2: decision == 'on'", "x1 > t1: decision == 'back'", "t2 > e1"]
PARALLEL = [
    "s1 > t0", "t0 > p1", "p1 > t1", "p1 > t2", "p1 > t3",
    "t1 > x1", "x1 > t1b: decision == 'on'", "x1 > t1: decision == 'back'", "t1b > p2",
    "t2 > x2", "x2 > p2: decision == 'on'", "x2 > t2: decision == 'back'",
    "t3 > p2", "p2 > t4", "t4 > x4", "x4 > e1: decision == 'on'", "x4 > t0: decision == 'back'",
]  # fmt: skip
ENDS = [
    "s1 > p1", "p1 > t1", "p1 > t2", "t1 > x1", "x1 > e1: decision == 'on'", "x1 > t1: decision == 'back'",
    "t2 > p3", "p3 > t5", "p3 > t6", "t5 > p4", "t6 > p4", "p4 > t7", "t7 > e2",
]  # fmt: skip
INCLUSIVE = [
    "s1 > t0", "t0 > i1", "i1 > t1: severity >= 2", "i1 > t2: severity >= 3", "*i1 > t3", "t1 > i2", "t2 > i2", "t3 > i2",
    "i2 > t4", "t4 > x4", "x4 > e1: decision == 'on'", "x4 > t0: decision == 'back'",
]  # fmt: skip
ONCE = ["x4 > e1: decision == 'on'", "x4 > e2: decision == 'back'"]
"""Without a second round: in it a whole instance takes the first round's branches for this one's."""


def made(flows: list[str], **attributes: str) -> Definition:
    """The process of a small drawing."""
    found, faults = parse("small", Text(Path("small.bpmn"), drawn(flows, **attributes)))
    assert found is not None, [one.said("en") for one in faults]
    return found


class Whole:
    """An instance that is never taken apart."""

    def __init__(self, definition: Definition, data: dict[str, Any]) -> None:
        self.made = BpmnWorkflow(definition.spec, script_engine=ENGINE)
        self.made.task_tree.data.update(data)
        self.made.do_engine_steps()

    def waiting(self) -> list[Any]:
        """What is to be done, in the order of the names."""
        found = [one for one in self.made.tasks.values() if one.state == TaskState.READY and one.task_spec.manual]
        return sorted(found, key=lambda one: str(one.task_spec.name))

    def do(self, step: str, values: dict[str, Any]) -> None:
        """Do a step."""
        node = next(one for one in self.waiting() if one.task_spec.name == step)
        node.data.update(values)
        node.run()
        self.made.do_engine_steps()


@pytest.mark.parametrize(
    "flows",
    [LOOP, [*PARALLEL[:-2], *ONCE], ENDS, [*INCLUSIVE[:-2], *ONCE]],
    ids=["loop", "parallel", "ends", "inclusive"],
)
@settings(max_examples=60)
@given(choices=some.lists(some.tuples(some.integers(0, 5), some.booleans()), max_size=40), severity=some.integers(1, 4))
def test_what_is_kept_of_an_instance_goes_on_as_the_whole_one_would(
    flows: list[str], choices: list[tuple[int, bool]], severity: int
) -> None:
    definition = made(flows)
    data = {"severity": severity}
    whole, kept = Whole(definition, data), begin(definition, data)
    for at, (which, onward) in enumerate(choices):
        waiting = sorted(kept.open, key=lambda one: one.step)
        assert [one.step for one in waiting] == [one.task_spec.name for one in whole.waiting()]
        assert set(open_in(kept.state, definition)) == set(kept.open)
        if kept.ended:
            break
        task = waiting[which % len(waiting)]
        choosing = definition.steps[task.step].choices
        values = {"decision": ("on" if onward else "back") if choosing else "none", f"n{at % 3}": at}
        whole.do(task.step, values)
        kept = done(definition, kept.state, task.id, values)
        if len(kept.open) == 1:
            assert dict(kept.data) == whole.waiting()[0].data
        still = {one.id for one in waiting if one.id != task.id}
        assert still <= {one.id for one in kept.open}  # a task keeps its id until it is done


@pytest.mark.parametrize("flows", [LOOP, PARALLEL], ids=["one token", "parallel"])
def test_two_hundred_returns_leave_no_more_behind_than_one(flows: list[str]) -> None:
    definition = made(flows)
    now = begin(definition, {})
    if flows is PARALLEL:
        now = done(definition, now.state, now.open[0].id, {})
    sizes = []
    for _ in range(200):
        back = next(one for one in now.open if one.step == "t1")
        now = done(definition, now.state, back.id, {"decision": "back"})
        sizes.append(len(now.state))
    assert max(sizes) - min(sizes) < 40  # the places of a number, no more
    whole = Whole(definition, {})
    assert sizes[-1] < 2_000
    assert len(whole.made.tasks) > 0


def test_a_task_that_is_not_open_is_not_done_and_a_process_without_a_way_says_so() -> None:
    definition = made(LOOP)
    now = begin(definition, {})
    after = done(definition, now.state, now.open[0].id, {"decision": "on"})
    with pytest.raises(KeyError):
        done(definition, after.state, now.open[0].id, {"decision": "on"})
    with pytest.raises(UnfitStep):
        done(definition, now.state, now.open[0].id, {"decision": "nowhere"})


def test_all_branches_know_what_is_told_to_them() -> None:
    definition = made(PARALLEL)
    now = begin(definition, {"unit": "a"})
    now = done(definition, now.state, now.open[0].id, {})
    state = with_values(now.state, {"unit": "b"})
    for task in now.open:
        assert done(definition, state, task.id, {"decision": "back"}).open
    assert b'"unit":"a"' not in state


@pytest.mark.parametrize(
    ("flows", "branches", "left"), [(INCLUSIVE, 2, ["t2"]), (PARALLEL, 3, ["t2", "t3"])], ids=["inclusive", "parallel"]
)
def test_a_gateway_waits_for_all_its_branches_the_second_time_too(
    flows: list[str], branches: int, left: list[str]
) -> None:
    """SpiffWorkflow does not, where it is given the whole instance."""
    definition = made(flows)
    now = begin(definition, {"severity": 3})
    first = ["t0", *(f"t{one}" for one in range(1, branches + 1)), *(["t1b"] if flows is PARALLEL else [])]
    for step in (*first, "t4", *(one for one in first if one in ("t0", "t1", "t1b"))):
        task = next(one for one in now.open if one.step == step)
        now = done(definition, now.state, task.id, {"decision": "back" if step == "t4" else "on"})
    assert sorted(one.step for one in now.open) == left


def test_a_decision_table_finds_the_unit() -> None:
    text = Text(Path("small.bpmn"), drawn(["s1 > b1", "b1 > t1", "t1 > e1"], b1='yz:decision="units"'))
    definition, faults = parse("small", text, [Text(Path("units.dmn"), DISPATCH)])
    assert definition is not None, [one.said("en") for one in faults]
    for matter, severity, unit in (("pothole", 3, "roads"), ("pothole", 2, None), ("flood", 1, "water")):
        assert begin(definition, {"matter": matter, "severity": severity}).data.get("unit") == unit


def test_the_built_in_process_names_who_is_responsible_at_every_step() -> None:
    steps = built_in().steps
    assert list(steps) == ["accept", "dispatch", "handle", "verify", "confirm", "close", "review"]
    assert all(one.party for one in steps.values())
    assert all(one.title.zh and one.title.en != one.title.zh for one in steps.values())
