"""The room's words: a case, its open tasks, its history, what came with it, and how units do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from yuzhang.core.language import Title

Status = Literal["open", "closed", "withdrawn"]
Source = Literal["event", "person", "hotline", "system"]
"""Who opened it: a rule's event, a person in the portal, the hotline (an officer writes down what was said), another system."""
Outcome = Literal["", "fixed", "not-fixed", "rejected", "withdrawn"]
"""How it ended; "" while it is open. `not-fixed`: closed although what was wrong still is."""
OUTCOMES: Mapping[str, Title] = {
    "fixed": Title("已解决", "Fixed"),
    "not-fixed": Title("已办结未解决", "Closed, not fixed"),
    "rejected": Title("不予受理", "Not accepted"),
    "withdrawn": Title("已撤回", "Withdrawn"),
}
SOURCES: Mapping[str, Title] = {
    "event": Title("规则事件", "An event"),
    "person": Title("市民上报", "A person"),
    "hotline": Title("热线", "The hotline"),
    "system": Title("其他系统", "Another system"),
}
Sort = Literal["due", "newest", "severity"]
NO_TITLE = Title("", "")
BY_REPORTER = "reporter"
"""Stands in histories and at files for whoever reported a case: who that is, is asked for with a purpose."""


@dataclass(frozen=True, slots=True)
class PublicCase:
    """The handling of one event or report, without who reported it: what programs are answered with.

    `number`: what people call it by, such as 20261126-000017. `matter`: what kind of thing it is about, as packs name it; `kind`: the
    class of it where the matter has classes (GB/T 30428.2). `process`, `version`: what runs it, by name and hash. `state`: the open
    task that has to be done first; `party`: who must do it, as `unit:…`, `role:…`, `person:…` or `reporter`; `due_at`: until when.
    `unit`: who handles it.
    """

    id: int
    number: str
    kind: str
    matter: str
    title: Title
    process: str
    version: str
    status: Status
    state: str
    state_title: Title
    party: str
    unit: str
    region: str
    lon: float | None
    lat: float | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome
    event: str
    severity: int
    simulated: bool
    source: Source
    description: str = ""
    address: str = ""
    entity: str = ""
    external: str = ""
    """What the other system that it came from calls it."""
    merged_into: str = ""
    """The number of the case that it was merged into."""
    returns: int = 0
    reopens: int = 0
    late: bool = False
    """A task of it was done after its time, or is overdue."""
    task: str = ""
    """The id of the task that `state` names."""


@dataclass(frozen=True, slots=True)
class Case(PublicCase):
    """A case as the room knows it. `reporter`: the party that reported it, "" for none: personal data, shown to nobody but by actions.reporter."""

    reporter: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field can have."""

    value: str
    title: Title


@dataclass(frozen=True, slots=True)
class Field:
    """Something that whoever does a task has to say. `kind`: choice, text, number, yes, unit, date."""

    name: str
    title: Title
    kind: str = "text"
    required: bool = False
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """Something that is to be done on a case, by whom and until when.

    `name`: of the step in the process; `role`, `unit`, `person`: who must do it (`role` is `reporter` for whoever reported it).
    `evidence`: choices of `decision` that need a photo or another file; `notes`: those that need a note.
    `stage`: 0 nothing yet, 1 reminded, 2 overdue, 3 escalated; `escalated`: the unit above, that was told.
    """

    id: str
    case: int
    name: str
    title: Title
    role: str
    unit: str
    person: str
    begun_at: datetime
    due_at: datetime | None
    stage: int = 0
    escalated: str = ""
    fields: tuple[Field, ...] = ()
    evidence: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def party(self) -> str:
        """Who must do it, in one word: `person:…`, `unit:…`, `reporter` or `role:…`."""
        if self.person:
            return f"person:{self.person}"
        if self.role == "reporter":
            return "reporter"
        return f"unit:{self.unit}" if self.unit else f"role:{self.role}"


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a case's history; it is never changed.

    `number` grows over all cases. `kind`: opened, done, returned, handed-over, noted, attached, merged, took-in, reopened, withdrawn,
    closed, reminded, overdue, escalated, cleared (its event did), deadline (it changed with the calendar).
    `task`: the name of the step; `by`: the party, `reporter` for whoever reported it; `values`: what was entered.
    """

    number: int
    case: int
    at: datetime
    by: str
    kind: str
    task: str = ""
    title: Title = NO_TITLE
    note: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that belongs to a case. `by`: as of a Step. `taken_at`, `lon`, `lat`: as the picture says it was taken; no other data of it is
    kept."""

    id: str
    case: int
    name: str
    type: str
    size: int
    by: str
    at: datetime
    task: str = ""
    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Content:
    """A file as it is kept."""

    attachment: Attachment
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody reports. `external`: what the system that it comes from calls it; the same one twice is one case."""

    matter: str
    description: str
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    title: str = ""
    severity: int = 2
    external: str = ""
    reporter_name: str = field(default="", repr=False)
    reporter_contact: str = field(default="", repr=False)
    attachments: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported a case: personal data."""

    party: str
    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cases. "" and None: any. `party`: `unit:…`, `role:…`, `person:…`, `reporter`; `unit`: whose case it is, whoever has to act now;
    `words`: in number, description or address."""

    status: str = "open"
    party: str = ""
    unit: str = ""
    region: str = ""
    matter: str = ""
    state: str = ""
    severity: int | None = None
    overdue: bool = False
    source: str = ""
    outcome: str = ""
    simulated: bool | None = None
    words: str = ""
    entity: str = ""
    event: str = ""
    escalated: str = ""
    """The unit above, that was told that a task is late."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some cases in order; `after`: what to ask the next page with, "" where there is none."""

    cases: tuple[Case, ...]
    after: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """All of a case. `duplicates`: others that may be the same; `merged`: those that were merged into it."""

    case: Case
    tasks: tuple[Task, ...] = ()
    history: tuple[Step, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    duplicates: tuple[Case, ...] = ()
    merged: tuple[Case, ...] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What a case can be about. `code`: of its class in a national standard; `limits`: until when each step has to be done, as text;
    `public`: people may report it; `pack`: who brings it."""

    id: str
    title: Title
    pack: str = ""
    process: str = "handling"
    group: Title = NO_TITLE
    code: str = ""
    limits: Mapping[str, str] = field(default_factory=dict)
    urgent: Mapping[str, str] = field(default_factory=dict)
    """The limits where the severity is 4."""
    evidence: bool = True
    public: bool = True
    summary: Title = NO_TITLE


@dataclass(frozen=True, slots=True)
class Performance:
    """How a unit did in a period: cases that were closed then, and what is open now.

    `on_time`: closed with every task done in time; `returned`: at least once; `reopened`; `not_fixed`: closed, not fixed.
    """

    unit: str
    opened: int
    closed: int
    on_time: int
    returned: int
    reopened: int
    not_fixed: int
    open: int
    overdue: int

    @staticmethod
    def share(part: int, whole: int) -> float | None:
        """A share of a count; None of nothing.

        >>> Performance.share(1, 4)
        0.25
        """
        return part / whole if whole else None


@dataclass(frozen=True, slots=True)
class Load:
    """What a unit has open now."""

    unit: str
    open: int
    overdue: int
    due_soon: int


@dataclass(frozen=True, slots=True)
class ProcessInfo:
    """A process as it runs new cases now. `origin`: a pack's id, "built-in" or "officer"; `running`: open cases by version."""

    name: str
    title: Title
    version: str
    origin: str
    changed_at: datetime | None
    changed_by: str
    running: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a process. `bpmn`: its diagram; `decisions`: DMN tables that it asks."""

    process: str
    version: str
    bpmn: str = field(repr=False)
    decisions: tuple[str, ...] = field(default=(), repr=False)
    made_at: datetime | None = None
    made_by: str = ""
    note: str = ""
