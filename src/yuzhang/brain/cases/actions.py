"""What can be done with cases. A case is named by its `number`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yuzhang.brain.cases.life import joining, looking, opening, passing, stepping
from yuzhang.brain.cases.model import (
    Attachment,
    Case,
    Content,
    Detail,
    Filter,
    Load,
    Matter,
    Page,
    Performance,
    ProcessInfo,
    Report,
    Reporter,
    Sort,
    Upload,
    Version,
)
from yuzhang.brain.cases.processes import versions
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import Party, action

PAGE = 50
OPEN, ANY = Filter(), Filter(status="")


@action("visitor", reads=True)
def matters(cases: Cases, caller: Party, /) -> list[Matter]:
    """All that a case can be about, in the order of their groups."""
    return list(cases.catalogue.matters.values())


@action("self", reads=False)
def report(cases: Cases, caller: Party, /, given: Report) -> Case:
    """Open a case for whoever reports it; the source is `system` where an application does.

    The same `external` of the same application twice is one case. Raises UnfitReport, UnfitFile.
    """
    return opening.report(cases, caller, given, "system" if caller.kind == "application" else "person", own=True)


@action("operator")
def enter(cases: Cases, caller: Party, /, given: Report) -> Case:
    """Open a case for somebody who called the hotline. Raises UnfitReport, UnfitFile."""
    return opening.report(cases, caller, given, "hotline", own=False)


@action("self", reads=True)
def mine(cases: Cases, caller: Party, /, after: str = "", size: int = PAGE) -> Page:
    """What the caller reported, the newest first."""
    return looking.mine(cases, caller, after, size)


@action("self", reads=True)
def own(cases: Cases, caller: Party, /, number: str) -> Detail:
    """One case that the caller reported: without notes that officers wrote for each other, and of their files the pictures only.

    Raises NotFound, NotAllowed.
    """
    return looking.own(cases, caller, number)


@action("reader")
def queue(
    cases: Cases, caller: Party, /, which: Filter = OPEN, sort: Sort = "due", after: str = "", size: int = PAGE
) -> Page:
    """Open tasks as cases: one for each task, with its state, party and due time, in order. Raises InputRefused for a false `after`."""
    return looking.queue(cases, caller, which, sort, after, size)


@action("reader")
def search(cases: Cases, caller: Party, /, which: Filter = ANY, after: str = "", size: int = PAGE) -> Page:
    """Cases of any status, the newest first. Raises InputRefused for a false `after`."""
    return looking.search(cases, caller, which, after, size)


@action("reader")
def case(cases: Cases, caller: Party, /, number: str) -> Detail:
    """All of one case but who reported it. Raises NotFound, NotAllowed."""
    return looking.case(cases, caller, number)


@action("reader")
def of_event(cases: Cases, caller: Party, /, event: str) -> Case:
    """The case that was opened for an event. Raises TryAgain while it is still to be opened, NotFound, NotAllowed."""
    return looking.of_event(cases, caller, event)


@action("reader", personal=True)
def reporter(cases: Cases, caller: Party, /, number: str) -> Reporter:
    """Who reported a case: personal data. Raises NotFound, NotAllowed."""
    return looking.reporter(cases, caller, number)


@action("operator")
def step(
    cases: Cases,
    caller: Party,
    /,
    number: str,
    task: str,
    values: Mapping[str, Any],
    note: str = "",
    attachments: Sequence[Upload] = (),
    key: str = "",
) -> Case:
    """Do an open task. A `key` of the caller's own making: however often it comes, it is done once.

    Raises UnfitStep, UnfitFile, TaskDone, WrongParty, NotFound, NotAllowed.
    """
    return stepping.step(cases, caller, number, task, values, note, attachments, key)


@action("self", reads=False)
def confirm(
    cases: Cases, caller: Party, /, number: str, satisfied: bool, note: str = "", attachments: Sequence[Upload] = ()
) -> Case:
    """Say as the reporter whether it is done. Raises WrongState where nobody asks; NotFound, NotAllowed."""
    return stepping.confirm(cases, caller, number, satisfied, note, attachments)


@action("operator")
def hand_over(
    cases: Cases, caller: Party, /, number: str, task: str, unit: str = "", person: str = "", note: str = ""
) -> Case:
    """Give a task to another unit, or to a person of the unit. Raises UnfitStep, TaskDone, WrongParty."""
    return passing.hand_over(cases, caller, number, task, unit, person, note)


@action("operator")
def give_back(cases: Cases, caller: Party, /, number: str, task: str, note: str) -> Case:
    """Return a task to whom it came from. Raises UnfitStep without a note; TaskDone, WrongParty, WrongState."""
    return passing.give_back(cases, caller, number, task, note)


@action("operator")
def remark(
    cases: Cases, caller: Party, /, number: str, note: str, attachments: Sequence[Upload] = (), key: str = ""
) -> Case:
    """Write a note with its files into the history, once by a `key`. Raises UnfitStep for an empty one, UnfitFile."""
    return passing.remark(cases, caller, number, note, attachments, key)


@action("operator")
def attach(cases: Cases, caller: Party, /, number: str, upload: Upload) -> Attachment:
    """Add a file to a case. Raises UnfitFile."""
    return passing.attach(cases, caller, number, upload)


@action("reader")
def attachment(cases: Cases, caller: Party, /, number: str, identifier: str) -> Content:
    """A file of a case. Raises NotFound."""
    return looking.attachment(cases, caller, number, identifier)


@action("self", reads=True)
def own_attachment(cases: Cases, caller: Party, /, number: str, identifier: str) -> Content:
    """A file of a case that the caller reported: one that they sent, or a picture. Raises NotFound."""
    return looking.own_attachment(cases, caller, number, identifier)


@action("operator")
def merge(cases: Cases, caller: Party, /, number: str, into: str) -> Case:
    """Let a case be the same as another one: it closes with that. The case that it was merged into. Raises WrongState."""
    return joining.merge(cases, caller, number, into)


@action("self", reads=False)
def reopen(cases: Cases, caller: Party, /, number: str, note: str) -> Case:
    """Open a closed case again as its reporter, with the main case if it was merged; the answer is the own one.

    Raises WrongState, UnfitStep without a note.
    """
    return joining.reopen(cases, caller, number, note, own=True)


@action("operator")
def reopen_for(cases: Cases, caller: Party, /, number: str, note: str) -> Case:
    """Open a closed case again for a reporter who called. Raises WrongState, UnfitStep without a note."""
    return joining.reopen(cases, caller, number, note, own=False)


@action("self", reads=False)
def withdraw(cases: Cases, caller: Party, /, number: str, note: str = "") -> Case:
    """Take back what the caller reported. Raises WrongState if it is closed."""
    return joining.withdraw(cases, caller, number, note)


@action("reader")
def statistics(
    cases: Cases,
    caller: Party,
    /,
    since: datetime,
    until: datetime,
    region: str = "",
    matter: str = "",
    simulated: bool = False,
) -> list[Performance]:
    """How each unit did between two moments; simulated cases and real ones are never counted together."""
    return looking.statistics(cases, caller, since, until, region, matter, simulated)


@action("reader")
def load(cases: Cases, caller: Party, /, region: str = "") -> list[Load]:
    """What each unit has open now, simulated cases included."""
    return looking.load(cases, caller, region)


@action("reader")
def processes(cases: Cases, caller: Party, /) -> list[ProcessInfo]:
    """The processes that can run cases."""
    return versions.listed(cases)


@action("reader")
def process_versions(cases: Cases, caller: Party, /, name: str) -> list[Version]:
    """The versions of a process that ran cases or were saved, the newest first. Raises NotFound."""
    return versions.versions_of(cases, name)


@action("reader")
def process(cases: Cases, caller: Party, /, name: str, version: str = "") -> Version:
    """A process as it is now, or in one version. Raises NotFound."""
    return versions.version_of(cases, name, version)


@action("operator")
def save_process(cases: Cases, caller: Party, /, name: str, bpmn: str, note: str = "") -> Version:
    """Let new cases run by another diagram; running ones stay on theirs. Raises UnfitProcess with all that is wrong with it; NotFound."""
    return versions.save(cases, caller, name, bpmn, note)
