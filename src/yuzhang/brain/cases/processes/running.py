"""Runs a process by SpiffWorkflow, and keeps of a running one only what its future depends on.

SpiffWorkflow keeps every task that ever was, each with a copy of the data, and the whole diagram with each instance: a case that is
returned two hundred times grows without end. Here the diagram is kept once for all cases (Definition), and of an instance:

- while one token is under way, the name of its step and its data: nothing else can have an effect on what follows;
- while several are (parallel branches), the tree from the task where they parted, without the tasks that were done in a row: joins look
  at who came to them from where, and at nothing else.

docs/decisions/0022 has the figures; tests compare it with an instance that is never taken apart.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.exceptions import SpiffWorkflowException
from SpiffWorkflow.task import Task as Node
from SpiffWorkflow.util.task import TaskState

from yuzhang.brain.cases.errors import UnfitStep
from yuzhang.brain.cases.processes.definition import Definition
from yuzhang.brain.cases.processes.expressions import Comparing, Unreadable
from yuzhang.core.language import Title

OVER = TaskState.COMPLETED | TaskState.CANCELLED | TaskState.ERROR
LIVE = TaskState.WAITING | TaskState.READY | TaskState.STARTED
KEPT = OVER | LIVE


class Kept(msgspec.Struct, array_like=True):
    """One task of a running instance. `above`: the place of its parent in the list, -1 for none; `data`: None where nobody asks."""

    id: str
    spec: str
    state: int
    above: int
    changed: float
    data: dict[str, Any] | None = None
    internal: dict[str, Any] = {}


DECODER = msgspec.json.Decoder(list[Kept])
ENGINE = Comparing()


@dataclass(frozen=True, slots=True)
class Open:
    """A task that somebody has to do. `id` stays the same until it is done."""

    id: str
    step: str


@dataclass(frozen=True, slots=True)
class Running:
    """Where an instance stands. `state`: to go on with; `open`: what is to be done, nothing once it has ended; `data`: what it knows."""

    state: bytes
    open: tuple[Open, ...]
    data: Mapping[str, Any]

    @property
    def ended(self) -> bool:
        """Whether nothing is left to be done."""
        return not self.open


def begin(definition: Definition, data: Mapping[str, Any]) -> Running:
    """A new instance with its first tasks. Raises UnfitStep if its conditions lead nowhere."""
    made = BpmnWorkflow(definition.spec, script_engine=ENGINE)
    made.task_tree.data.update(data)
    return _onward(made)


def done(definition: Definition, state: bytes, task: str, values: Mapping[str, Any]) -> Running:
    """The instance after an open task was done with `values`. Raises KeyError if it is not open; UnfitStep if that leads nowhere."""
    made = _restored(definition, state)
    node = made.tasks[UUID(task)]
    if node.state != TaskState.READY:
        raise KeyError(task)
    node.data.update(values)
    return _onward(made, node)


def with_values(state: bytes, values: Mapping[str, Any]) -> bytes:
    """The state of an instance whose branches all know `values` from now on."""
    kept = DECODER.decode(state)
    for one in kept:
        if one.data is not None:
            one.data = {**one.data, **values}
    return msgspec.json.encode(kept)


def open_in(state: bytes, definition: Definition) -> tuple[Open, ...]:
    """The tasks that are to be done where an instance stands."""
    return tuple(
        Open(one.id, one.spec)
        for one in DECODER.decode(state)
        if one.state == TaskState.READY and one.spec in definition.steps
    )


def _onward(made: Any, node: Any = None) -> Running:
    try:
        if node is not None:
            node.run()
        made.do_engine_steps()
    except (SpiffWorkflowException, Unreadable) as err:
        raise UnfitStep(
            Title(f"流程无法继续：{err}", f"The process cannot go on: {err}"),
            fix=Title("请换一种选择，或让领域工程师检查流程。", "Choose otherwise, or have the process looked at."),
        ) from err
    waiting = [one for one in made.tasks.values() if one.state == TaskState.READY and one.task_spec.manual]
    data = dict(waiting[0].data) if waiting else dict(made.last_task.data if made.last_task is not None else made.data)
    return Running(
        msgspec.json.encode(list(_kept(made)) if waiting else []),
        tuple(Open(str(one.id), one.task_spec.name) for one in waiting),
        data,
    )


def _kept(made: Any) -> Iterator[Kept]:
    live = [one for one in made.tasks.values() if one.has_state(LIVE)]
    if len(live) == 1:
        yield _one(live[0], -1, live[0].data)
        return
    places: dict[Any, int] = {}
    for node in _tree(_parted(live)):
        above = node.parent
        while above is not None and above.id not in places:
            above = above.parent
        if places and _passed(node):
            continue
        data = node.data if node.has_state(LIVE) or _before_join(node) else None
        places[node.id] = len(places)
        yield _one(node, places[above.id] if above is not None else -1, data)


def _one(node: Any, above: int, data: Any) -> Kept:
    internal = {key: value for key, value in node.internal_data.items() if isinstance(value, str | int | float | bool)}
    return Kept(str(node.id), node.task_spec.name, node.state, above, node.last_state_change, data, internal)


def _parted(live: list[Any]) -> Any:
    """The deepest task that all live ones descend from, or one of them is."""
    ways = [list(_way(one)) for one in live]
    at = 0
    while all(len(way) > at for way in ways) and len({way[at].id for way in ways}) == 1:
        at += 1
    return ways[0][at - 1]


def _way(node: Any) -> list[Any]:
    way = [node]
    while way[-1].parent is not None:
        way.append(way[-1].parent)
    return way[::-1]


def _tree(node: Any) -> Iterator[Any]:
    """A task and all below it that were reached; those above come first. By hand: a long loop is deeper than Python's stack."""
    left = [node]
    while left:
        one = left.pop()
        yield one
        left.extend(child for child in reversed(one.children) if child.has_state(KEPT))


def _passed(node: Any) -> bool:
    """Whether a task was done in a row with others, so that nothing asks for it any more."""
    reached = [one for one in node.children if one.has_state(KEPT)]
    return bool(
        node.state == TaskState.COMPLETED
        and len(reached) == 1
        and not isinstance(node.task_spec, UnstructuredJoin)
        and not isinstance(reached[0].task_spec, UnstructuredJoin)
    )


def _before_join(node: Any) -> bool:
    return any(isinstance(one.task_spec, UnstructuredJoin) for one in node.children)


def _restored(definition: Definition, state: bytes) -> Any:
    made = BpmnWorkflow(definition.spec, script_engine=ENGINE, deserializing=True)
    root = Node(made, definition.spec.start, state=TaskState.COMPLETED)
    made.task_tree = root
    nodes: list[Any] = []
    for one in DECODER.decode(state):
        above = nodes[one.above] if one.above >= 0 else root
        spec = definition.spec.task_specs[one.spec]
        node = Node(made, spec, above, state=one.state, id=UUID(one.id))
        node.data, node.internal_data, node.last_state_change = one.data or {}, one.internal, one.changed
        nodes.append(node)
    for node in nodes:
        if node.has_state(LIVE):
            node.task_spec._predict(node, mask=TaskState.NOT_FINISHED_MASK)
    return made
