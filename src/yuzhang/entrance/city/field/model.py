"""What a phone sends, and what the cases make of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from yuzhang.core.access import Party
from yuzhang.core.language import Title


@dataclass(frozen=True, slots=True)
class Choice:
    """A value that a field can have. `photo`, `note`: it is taken with one only."""

    value: str
    title: Title
    photo: bool = False
    note: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What the task asks. `kind`: choice, text, number, yes, unit, date."""

    name: str
    title: Title
    kind: str = "text"
    required: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldCase:
    """A case as it goes along on a phone: enough to do its open task. `task`: the task's id; empty if none is the worker's."""

    number: str
    title: Title
    description: str
    address: str
    severity: int
    due: int
    lon: float | None
    lat: float | None
    task: str
    task_title: Title
    questions: tuple[Question, ...] = ()
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A photo or signature."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """An entry. `key`: made by the phone, once for each entry. `values`: answers of the task; none: only a note and files.

    `made_at`: microseconds of the phone's clock. `lon`, `lat`: where it was written, WGS-84. `party`: who wrote it, as the phone says;
    None: the caller.
    """

    key: str
    case: str
    task: str
    note: str
    values: Mapping[str, Any]
    files: tuple[File, ...]
    made_at: int
    lon: float | None = None
    lat: float | None = None
    party: str | None = None


class Handling(Protocol):
    """What the field needs of the room of cases."""

    def mine(self, caller: Party) -> list[FieldCase]:
        """The open cases whose task is the caller's."""

    def handled(self, caller: Party, sent: Sent) -> bool:
        """Whether it was done already, though whoever did it may have ended before it was kept here."""

    def handle(self, caller: Party, sent: Sent) -> None:
        """Do what the entry says, once by its key, with the caller's rights. Raises what the cases refuse it with."""
