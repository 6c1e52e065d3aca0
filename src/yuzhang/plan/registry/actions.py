"""What can be done with registered plans: load, read, look, review, undo."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from yuzhang.core.access import POLICIES, Party, action, may
from yuzhang.core.errors import Conflict
from yuzhang.core.language import Title
from yuzhang.core.storage import Storage
from yuzhang.plan.model import Commitment
from yuzhang.plan.reading.model import Draft
from yuzhang.plan.registry import store
from yuzhang.plan.registry.city import read_city
from yuzhang.plan.registry.drafting import indicators_of, projects_of
from yuzhang.plan.registry.entries import ENCODER, commitment_entry, packed, unpacked
from yuzhang.plan.registry.errors import EntryNotFound, NothingToUndo, PlanNotFound, TextDiffers
from yuzhang.plan.registry.matching import merge
from yuzhang.plan.registry.model import Plan, Reading, RegisteredPlan, Review, ReviewedCommitment, Revision
from yuzhang.plan.registry.tables.cells import identifier


def at_hand(connection: Connection, plan: str, revision: int | None = None) -> RegisteredPlan:
    """The plan at a revision (the newest by default). Raises PlanNotFound."""
    newest = store.latest(connection, plan)
    wanted = newest if revision is None else revision
    if not newest or not 1 <= wanted <= newest:
        listed = "、".join(store.plans(connection)) or "—"
        which = Title("", "") if revision is None else Title(f"的版本 {wanted}", f" at revision {wanted}")
        raise PlanNotFound(
            Title(f"没有规划“{plan}”{which.zh}。", f"There is no plan “{plan}”{which.en}."),
            fix=Title(
                f"已登记的规划：{listed}。装入一个：yuzhang city load 目录。",
                f"Registered: {listed}. Load one: yuzhang city load FOLDER.",
            ),
        )
    return unpacked(store.bodies(connection, plan, wanted), wanted)


@action("reader")
def plans(storage: Storage, caller: Party, /) -> tuple[Plan, ...]:
    """Every registered plan."""
    with storage.reading() as connection:
        return tuple(at_hand(connection, name).plan for name in store.plans(connection))


@action("reader")
def registered(storage: Storage, caller: Party, /, plan: str, *, revision: int | None = None) -> RegisteredPlan:
    """A plan with all that is registered of it; who may not read its text gets no candidate that nobody has accepted.

    Raises PlanNotFound.
    """
    with storage.reading() as connection:
        found = at_hand(connection, plan, revision)
    text = "plan.registry.actions.plan_text"
    if may(caller, text, POLICIES[text].about):
        return found
    accepted = tuple(one for one in found.commitments if one.review in (Review.ACCEPTED, Review.CORRECTED))
    return replace(found, commitments=accepted)


@action("reader")
def revisions(storage: Storage, caller: Party, /, plan: str) -> tuple[Revision, ...]:
    """The plan's changes, newest first."""
    with storage.reading() as connection:
        return store.revisions(connection, plan)


@action("reader")
def plan_text(storage: Storage, caller: Party, /, plan: str) -> str | None:
    """The text that the plan was read from, None if nobody gave it on this installation."""
    with storage.reading() as connection:
        return store.kept_text(connection, at_hand(connection, plan).plan.text_sha256)


@action("planner")
def load_city(storage: Storage, caller: Party, /, folder: Path) -> RegisteredPlan:
    """Register the reviewed plan of a city's folder. A plan that is registered already stays as it is.

    Raises: TableRefused or SheetUnreadable if a table of the folder has a fault; then nothing is registered.
    """
    city = read_city(folder)
    with storage.writing() as connection:
        if not store.latest(connection, city.plan.id):
            store.record(connection, city.plan.id, store.Change(caller.id, "load", folder.name), packed(city).items())
        return at_hand(connection, city.plan.id)


@action("planner")
def attach_text(storage: Storage, caller: Party, /, plan: str, content: str) -> None:
    """Keep the plan's text, so that reviewers see each candidate beside it. Raises TextDiffers for another text."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    with storage.writing() as connection:
        if at_hand(connection, plan).plan.text_sha256 != digest:
            raise TextDiffers(
                Title("这份文本不是审核时所读的文本。", "This is not the text that was reviewed."),
                fix=Title(
                    "如为修订文本，请用 yuzhang plan read 文件 --into 规划 重新读取。",
                    "If it is a revised text, read it again: yuzhang plan read FILE --into PLAN.",
                ),
            )
        store.keep_text(connection, digest, content)


@action("planner")
def register_draft(storage: Storage, caller: Party, /, plan: Plan, draft: Draft) -> Reading:
    """Register a new plan from its text, with the rows of its indicator table; every candidate waits for review.

    Raises: Conflict if the name is taken.
    """
    identifier(plan.id, "--register", "id")
    with storage.writing() as connection:
        if store.latest(connection, plan.id):
            raise Conflict(
                Title(f"规划“{plan.id}”已存在。", f"The plan “{plan.id}” exists already."),
                fix=Title("修订文本请用 --into。", "For a revised text use --into."),
            )
        first = RegisteredPlan(plan, 0, indicators_of(draft), (), projects_of(draft))
        store.record(connection, plan.id, store.Change(caller.id, "load", plan.title.zh), packed(first).items())
    return read_into(storage, caller, plan.id, draft)


@action("planner")
def read_into(storage: Storage, caller: Party, /, plan: str, draft: Draft) -> Reading:
    """Take a reading of the plan's text, the same or a revised one; what was reviewed stays reviewed."""
    with storage.writing() as connection:
        current = at_hand(connection, plan)
        same = current.plan.text_sha256 == draft.text_sha256
        merged = merge(plan, current.commitments, draft.commitments, same_text=same)
        moved = replace(current.plan, text_sha256=draft.text_sha256, text_characters=len(draft.text))
        before = {one.id: one for one in current.commitments}
        puts = [(("plan", "plan"), ENCODER.encode(moved))] if moved != current.plan else []
        puts += [commitment_entry(one) for one in (*merged.kept, *merged.new) if before.get(one.id) != one]
        gone = () if same else merged.withdrawn
        store.keep_text(connection, draft.text_sha256, draft.text)
        removed = [(("commitment", one.id), None) for one in gone]
        if puts or removed:
            store.record(connection, plan, store.Change(caller.id, "read", draft.text_sha256[:12]), [*puts, *removed])
    return Reading(len(merged.new), len(merged.kept), tuple(one.id for one in merged.lost), len(gone))


@action("planner")
def decide(
    storage: Storage,
    caller: Party,
    /,
    plan: str,
    commitment: str,
    review: Review,
    *,
    corrected: Commitment | None = None,
) -> ReviewedCommitment:
    """Accept, reject or correct one candidate (`corrected` holds the right values), or make it pending again.

    Raises: PlanNotFound, EntryNotFound.
    """
    with storage.writing() as connection:
        before = one_commitment(at_hand(connection, plan), commitment)
        after = replace(
            before,
            commitment=replace(corrected or before.commitment, quote=""),
            review=review,
            decided_by=caller.id,
            decided_at=datetime.now(UTC),
        )
        store.record(
            connection, plan, store.Change(caller.id, f"review:{review}", commitment), [commitment_entry(after)]
        )
        return after


@action("planner")
def undo(storage: Storage, caller: Party, /, plan: str) -> Revision:
    """Take back the newest change that was not taken back yet, and return it. Raises NothingToUndo."""
    with storage.writing() as connection:
        at_hand(connection, plan)
        last = store.undoable(connection, plan)
        if last is None:
            raise NothingToUndo(Title("没有可撤销的更改。", "There is no change left to undo."))
        before = store.bodies(connection, plan, last.number - 1)
        touched = store.touched(connection, plan, last.number)
        store.record(
            connection,
            plan,
            store.Change(caller.id, "undo", last.subject, undoes=last.number),
            [(key, before.get(key)) for key in touched],
        )
        return last


def one_commitment(plan: RegisteredPlan, commitment: str) -> ReviewedCommitment:
    """The plan's commitment of that id. Raises EntryNotFound."""
    found = next((one for one in plan.commitments if one.id == commitment), None)
    if found is None:
        raise EntryNotFound(
            Title(f"规划中没有承诺“{commitment}”。", f"The plan has no commitment “{commitment}”."),
            fix=Title("请从承诺列表中选择。", "Choose one from the list of commitments."),
        )
    return found
