"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, field

from . import shared


class Attachment(Struct):
    """
    A file that belongs to a case. `by`: as of a Step. `taken_at`, `lon`, `lat`: as the picture says it was taken; no other data of it is
    kept.
    """

    id: str
    case: int
    name: str
    type: str
    size: int
    by: str
    at: datetime
    task: str | UnsetType = ""
    taken_at: datetime | UnsetType | None = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET


class Confirmed(Struct):
    """
    Whether it is done, as the reporter says.
    """

    satisfied: bool
    note: str | UnsetType = ""


class HandOver(Struct):
    """
    To whom a task goes: another unit, or a person of the unit.
    """

    unit: str | UnsetType = ""
    person: str | UnsetType = ""
    note: str | UnsetType = ""


class Merged(Struct):
    """
    The number of the case that it is the same as.
    """

    into: str


class Said(Struct):
    """
    Some words.
    """

    note: str


class SentFile(Struct):
    """
    A file within JSON. `content`: base64.
    """

    name: str
    content: str


class Step(Struct):
    """
    One entry of a case's history; it is never changed.

    `number` grows over all cases. `kind`: opened, done, returned, handed-over, noted, attached, merged, took-in, reopened, withdrawn,
    closed, reminded, overdue, escalated, cleared (its event did), deadline (it changed with the calendar).
    `task`: the name of the step; `by`: the party, `reporter` for whoever reported it; `values`: what was entered.
    """

    number: int
    case: int
    at: datetime
    by: str
    kind: str
    task: str | UnsetType = ""
    title: shared.Title | UnsetType = UNSET
    note: str | UnsetType = ""
    values: dict[str, Any] | UnsetType = UNSET
    unit: str | UnsetType = ""


class Choice(Struct):
    """
    One of the values that a field can have.
    """

    value: str
    title: shared.Title


class DoneStep(Struct):
    """
    What was done: the fields of the task by name, a note, files.
    """

    values: dict[str, str | float | bool] | UnsetType = field(default_factory=dict)
    note: str | UnsetType = ""
    attachments: list[SentFile] | UnsetType = field(default_factory=list)


class Field(Struct):
    """
    Something that whoever does a task has to say. `kind`: choice, text, number, yes, unit, date.
    """

    name: str
    title: shared.Title
    kind: str | UnsetType = "text"
    required: bool | UnsetType = False
    choices: list[Choice] | UnsetType = field(default_factory=list)


class Matter(Struct):
    """
    What a case can be about. `code`: of its class in a national standard; `limits`: until when each step has to be done, as text;
    `public`: people may report it; `pack`: who brings it.
    """

    id: str
    title: shared.Title
    pack: str | UnsetType = ""
    process: str | UnsetType = "handling"
    group: shared.Title | UnsetType = UNSET
    code: str | UnsetType = ""
    limits: dict[str, str] | UnsetType = UNSET
    urgent: dict[str, str] | UnsetType = UNSET
    evidence: bool | UnsetType = True
    public: bool | UnsetType = True
    summary: shared.Title | UnsetType = UNSET


class NewReport(Struct):
    """
    What is reported. `external`: what the reporting system calls it; the same one twice is one case.
    """

    matter: str
    description: str
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    address: str | UnsetType = ""
    title: str | UnsetType = ""
    severity: int | UnsetType = 2
    external: str | UnsetType = ""
    reporter_name: str | UnsetType = ""
    reporter_contact: str | UnsetType = ""
    attachments: list[SentFile] | UnsetType = field(default_factory=list)


class PublicCase(Struct):
    """
    The handling of one event or report, without who reported it: what programs are answered with.

    `number`: what people call it by, such as 20261126-000017. `matter`: what kind of thing it is about, as packs name it; `kind`: the
    class of it where the matter has classes (GB/T 30428.2). `process`, `version`: what runs it, by name and hash. `state`: the open
    task that has to be done first; `party`: who must do it, as `unit:…`, `role:…`, `person:…` or `reporter`; `due_at`: until when.
    `unit`: who handles it.
    """

    id: int
    number: str
    kind: str
    matter: str
    title: shared.Title
    process: str
    version: str
    status: Literal["open", "closed", "withdrawn"]
    state: str
    state_title: shared.Title
    party: str
    unit: str
    region: str
    lon: float | None
    lat: float | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: Literal["", "fixed", "not-fixed", "rejected", "withdrawn"]
    event: str
    severity: int
    simulated: bool
    source: Literal["event", "person", "hotline", "system"]
    description: str | UnsetType = ""
    address: str | UnsetType = ""
    entity: str | UnsetType = ""
    external: str | UnsetType = ""
    merged_into: str | UnsetType = ""
    returns: int | UnsetType = 0
    reopens: int | UnsetType = 0
    late: bool | UnsetType = False
    task: str | UnsetType = ""


class ShownCases(Struct):
    """
    Some cases. `after`: what to ask the next page with, "" where there is none.
    """

    cases: list[PublicCase]
    after: str


class Task(Struct):
    """
    Something that is to be done on a case, by whom and until when.

    `name`: of the step in the process; `role`, `unit`, `person`: who must do it (`role` is `reporter` for whoever reported it).
    `evidence`: choices of `decision` that need a photo or another file; `notes`: those that need a note.
    `stage`: 0 nothing yet, 1 reminded, 2 overdue, 3 escalated; `escalated`: the unit above, that was told.
    """

    id: str
    case: int
    name: str
    title: shared.Title
    role: str
    unit: str
    person: str
    begun_at: datetime
    due_at: datetime | None
    stage: int | UnsetType = 0
    escalated: str | UnsetType = ""
    fields: list[Field] | UnsetType = field(default_factory=list)
    evidence: list[str] | UnsetType = field(default_factory=list)
    notes: list[str] | UnsetType = field(default_factory=list)


class ShownCase(Struct):
    """
    One case: what is open, what was done, its files, others that may be the same, and those that were merged into it.

    In the history and at files `by` is `reporter` for whoever reported it.
    """

    case: PublicCase
    tasks: list[Task]
    history: list[Step]
    attachments: list[Attachment]
    duplicates: list[str]
    merged: list[str]
