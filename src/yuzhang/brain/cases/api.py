"""Cases over HTTP, for programs."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response, UploadFile
from pydantic import BaseModel, ConfigDict, Field

from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Attachment, Detail, Matter, Page, PublicCase, Report, Sort, Step, Task, Upload
from yuzhang.brain.cases.model import Filter as Which
from yuzhang.brain.cases.pages.asked import Room
from yuzhang.brain.cases.pages.one import sent_as
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/cases", tags=["cases 办件"])
Short = Annotated[str, Query(max_length=200)]


class SentFile(BaseModel):
    """A file within JSON. `content`: base64."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(max_length=200)
    content: str

    def upload(self) -> Upload:
        """The file. Raises InputRefused if it is no base64."""
        try:
            return Upload(self.name, base64.b64decode(self.content, validate=True))
        except (binascii.Error, ValueError) as err:
            raise InputRefused(
                Title(f"{self.name} 不是 base64。", f"{self.name} is no base64."), where="/attachments"
            ) from err


class NewReport(BaseModel):
    """What is reported. `external`: what the reporting system calls it; the same one twice is one case."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"matter": "waterlogging", "description": "Water on the road"}]},
    )
    matter: str
    description: str
    lon: float | None = None
    lat: float | None = None
    address: str = ""
    title: str = ""
    severity: int = Field(2, ge=1, le=4)
    external: str = ""
    reporter_name: str = ""
    reporter_contact: str = ""
    attachments: list[SentFile] = []

    def report(self) -> Report:
        """The same for the room. Raises InputRefused."""
        return Report(
            self.matter,
            self.description,
            self.lon,
            self.lat,
            self.address,
            self.title,
            self.severity,
            self.external,
            self.reporter_name,
            self.reporter_contact,
            tuple(one.upload() for one in self.attachments),
        )


class DoneStep(BaseModel):
    """What was done: the fields of the task by name, a note, files."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"values": {"decision": "accepted"}}]})
    values: dict[str, str | float | bool] = {}
    note: str = ""
    attachments: list[SentFile] = []


class HandOver(BaseModel):
    """To whom a task goes: another unit, or a person of the unit."""

    model_config = ConfigDict(extra="forbid")
    unit: str = ""
    person: str = ""
    note: str = ""


class Said(BaseModel):
    """Some words."""

    model_config = ConfigDict(extra="forbid")
    note: str


class Merged(BaseModel):
    """The number of the case that it is the same as."""

    model_config = ConfigDict(extra="forbid")
    into: str


class Confirmed(BaseModel):
    """Whether it is done, as the reporter says."""

    model_config = ConfigDict(extra="forbid")
    satisfied: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class ShownCases:
    """Some cases. `after`: what to ask the next page with, "" where there is none."""

    cases: tuple[PublicCase, ...]
    after: str


@dataclass(frozen=True, slots=True)
class ShownCase:
    """One case: what is open, what was done, its files, others that may be the same, and those that were merged into it.

    In the history and at files `by` is `reporter` for whoever reported it.
    """

    case: PublicCase
    tasks: tuple[Task, ...]
    history: tuple[Step, ...]
    attachments: tuple[Attachment, ...]
    duplicates: tuple[str, ...]
    merged: tuple[str, ...]


class Wanted:
    """Which cases are asked for. `words` are looked for in number, description and address; `escalated`: tasks that are late and were
    told to this unit, which may do them as well."""

    def __init__(
        self,
        status: Short = "open",
        party: Short = "",
        unit: Short = "",
        region: Short = "",
        matter: Short = "",
        state: Short = "",
        severity: Annotated[int | None, Query(ge=1, le=4)] = None,
        overdue: bool = False,
        source: Short = "",
        outcome: Short = "",
        simulated: bool | None = None,
        words: Short = "",
        entity: Annotated[str, Query(max_length=1_000)] = "",
        event: Annotated[str, Query(max_length=1_000)] = "",
        escalated: Short = "",
    ) -> None:
        self.which = Which(
            status if status != "any" else "", party, unit, region, matter, state, severity, overdue, source, outcome,
            simulated, words, entity, event, escalated,
        )  # fmt: skip


@router.get("")
def list_cases(
    cases: Room,
    caller: Caller,
    wanted: Annotated[Wanted, Depends()],
    sort: Sort = "due",
    after: Annotated[str, Query(max_length=500)] = "",
    size: Annotated[int, Query(ge=1, le=200)] = actions.PAGE,
) -> ShownCases:
    """Cases of a filter: open ones with each task in order, any others (`status=closed`, `withdrawn`, `any`) the newest first."""
    if wanted.which.status == "open" and not wanted.which.words:
        return _page(actions.queue(cases, caller, wanted.which, sort, after, size))
    return _page(actions.search(cases, caller, wanted.which, after, size))


@router.get("/matters")
def list_matters(cases: Room, caller: Caller) -> list[Matter]:
    """All that a case can be about."""
    return actions.matters(cases, caller)


@router.get("/mine")
def list_own(cases: Room, caller: Caller, after: Annotated[str, Query(max_length=500)] = "") -> ShownCases:
    """What the caller reported, the newest first."""
    return _page(actions.mine(cases, caller, after))


@router.post("", status_code=201)
def report_case(cases: Room, caller: Caller, new: NewReport) -> PublicCase:
    """Open a case for what the caller reports."""
    return actions.report(cases, caller, new.report())


@router.get("/{number}")
def one_case(cases: Room, caller: Caller, number: str) -> ShownCase:
    """All of one case but who reported it."""
    return _detail(actions.case(cases, caller, number))


@router.get("/{number}/own")
def own_case(cases: Room, caller: Caller, number: str) -> ShownCase:
    """One case that the caller reported."""
    return _detail(actions.own(cases, caller, number))


@router.get("/{number}/reporter")
def reporter_of_case(cases: Room, caller: Caller, number: str) -> Mapping[str, str]:
    """Who reported it: personal data. Send the header Yuzhang-Purpose."""
    found = actions.reporter(cases, caller, number)
    return {"party": found.party, "name": found.name, "contact": found.contact}


@router.post("/{number}/steps/{task}")
def do_step(cases: Room, caller: Caller, number: str, task: str, done: DoneStep) -> PublicCase:
    """Do an open task."""
    files = tuple(one.upload() for one in done.attachments)
    return actions.step(cases, caller, number, task, done.values, done.note, files)


@router.post("/{number}/tasks/{task}/hand-over")
def hand_over_task(cases: Room, caller: Caller, number: str, task: str, to: HandOver) -> PublicCase:
    """Give a task to another unit, or to a person."""
    return actions.hand_over(cases, caller, number, task, to.unit, to.person, to.note)


@router.post("/{number}/tasks/{task}/give-back")
def give_back_task(cases: Room, caller: Caller, number: str, task: str, said: Said) -> PublicCase:
    """Return a task to whom it came from."""
    return actions.give_back(cases, caller, number, task, said.note)


@router.post("/{number}/notes")
def note_on_case(cases: Room, caller: Caller, number: str, said: Said) -> PublicCase:
    """Write a note into the history."""
    return actions.remark(cases, caller, number, said.note)


@router.post("/{number}/merge")
def merge_case(cases: Room, caller: Caller, number: str, merged: Merged) -> PublicCase:
    """Let it be the same as another one; the answer is that other one."""
    return actions.merge(cases, caller, number, merged.into)


@router.post("/{number}/confirm")
def confirm_case(cases: Room, caller: Caller, number: str, confirmed: Confirmed) -> PublicCase:
    """Say as the reporter whether it is done."""
    return actions.confirm(cases, caller, number, confirmed.satisfied, confirmed.note)


@router.post("/{number}/reopen")
def reopen_case(cases: Room, caller: Caller, number: str, said: Said) -> PublicCase:
    """Open a closed case again, as its reporter; the answer is the caller's own case, also of one that was merged."""
    return actions.reopen(cases, caller, number, said.note)


@router.post("/{number}/attachments", status_code=201)
def attach_file(cases: Room, caller: Caller, number: str, file: UploadFile) -> Attachment:
    """Add a file: JPEG, PNG, WebP, PDF or MP4, of 10 MB at most."""
    return actions.attach(cases, caller, number, Upload(file.filename or "file", file.file.read()))


@router.get("/{number}/attachments/{identifier}", response_class=Response)
def file_of_case(cases: Room, caller: Caller, number: str, identifier: str) -> Response:
    """The content of a file."""
    return sent_as(actions.attachment(cases, caller, number, identifier))


def _page(found: Page) -> ShownCases:
    return ShownCases(found.cases, found.after)


def _detail(found: Detail) -> ShownCase:
    return ShownCase(
        found.case,
        found.tasks,
        found.history,
        found.attachments,
        tuple(one.number for one in found.duplicates),
        tuple(one.number for one in found.merged),
    )
