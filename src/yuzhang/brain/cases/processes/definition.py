"""A process as it is run: what SpiffWorkflow made of its diagram, and what the room has to know of each step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from yuzhang.brain.cases.model import Field
from yuzhang.core.language import Title

NAMESPACE = "urn:yuzhang:cases"
"""Of the attributes that a diagram has beside those of BPMN."""


@dataclass(frozen=True, slots=True)
class StepOf:
    """One task of the diagram.

    `party`: `role:…`, `unit` (the one that handles the case), `unit:…` or `reporter`. `evidence`, `notes`: decisions that need a file,
    a note. `closes`: the case is closed when it is done. `other_than`: steps whose doer may not do this one.
    """

    name: str
    title: Title
    party: str
    fields: tuple[Field, ...] = ()
    evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    closes: bool = False
    other_than: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that `decision` may have; nothing if there is nothing to decide."""
        return tuple(one.value for held in self.fields if held.name == "decision" for one in held.choices)


@dataclass(frozen=True, slots=True)
class Definition:
    """One version of a process. `version`: a hash of its diagram and tables; `spec`: SpiffWorkflow's, shared by all cases."""

    name: str
    title: Title
    version: str
    bpmn: str = field(repr=False)
    decisions: tuple[str, ...] = field(repr=False)
    steps: Mapping[str, StepOf]
    spec: Any = field(repr=False)
