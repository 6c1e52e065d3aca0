"""Who reported a case, and what they see of it: nobody is named without a purpose, and what officers add is theirs."""

import pytest

from brain.cases.stories import CITIZEN, DUTY, OTHER, RIGHTS, WORKER, closed, do, photo, reported
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Report, Upload
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR, Party
from yuzhang.core.errors import NotFound

CLERK = Party("clerk-1", frozenset({"visitor", "self"}), kind="citizen", acting_for="company-1")
ANOTHER_CLERK = Party("clerk-2", CLERK.roles, kind="citizen", acting_for="company-1")
PDF = Upload("quote.pdf", b"%PDF-1.7 what the pump costs")


def named(cases: Cases, number: str) -> set[str]:
    """Whoever an officer sees named in the history and at the files of a case."""
    seen = actions.case(cases, DUTY, number)
    return {one.by for one in seen.history} | {one.by for one in seen.attachments}


def test_whoever_reported_confirmed_and_reopened_is_named_to_no_officer(cases: Cases) -> None:
    case = closed(cases, reported(cases, attachments=(photo(1),)))
    actions.reopen(cases, CITIZEN, case.number, "it is back")
    assert named(cases, case.number) == {"reporter", DUTY.id, WORKER.id, "system"}
    assert actions.reporter(cases, OPERATOR, case.number).party == CITIZEN.id


def test_people_who_act_for_an_enterprise_are_not_named_either(cases: Cases) -> None:
    case = actions.report(cases, CLERK, Report("waterlogging", "water in the yard", attachments=(photo(1),)))
    case = do(cases, DUTY, case, "accepted")
    case = do(cases, DUTY, case, unit="drainage-east") if case.state == "dispatch" else case
    case = do(cases, WORKER, case, "fixed", photos=1)
    case = do(cases, DUTY, case, "pass")
    actions.confirm(cases, ANOTHER_CLERK, case.number, True, "thank you", [photo(2)])
    do(cases, DUTY, actions.case(cases, DUTY, case.number).case)
    actions.reopen(cases, ANOTHER_CLERK, case.number, "it is back")
    actions.withdraw(cases, ANOTHER_CLERK, case.number, "it went away")
    assert named(cases, case.number) == {"reporter", DUTY.id, WORKER.id, "system"}
    seen = actions.own(cases, CLERK, case.number)
    assert [one.note for one in seen.history if one.by == "reporter"] == ["", "thank you", "it is back", "it went away"]


def test_reporter_of_a_merged_report_who_reopens_it_learns_and_tells_nothing_of_the_other_one(cases: Cases) -> None:
    main = reported(cases, address="the house of somebody else")
    near = actions.report(cases, OTHER, Report("waterlogging", "a puddle"))
    actions.merge(cases, DUTY, near.number, main.number)
    closed(cases, main)
    again = actions.reopen(cases, OTHER, near.number, "still wet")
    assert (again.number, again.reporter, again.address) == (near.number, OTHER.id, "")
    assert not {CITIZEN.id, OTHER.id} & (named(cases, main.number) | named(cases, near.number))
    told = actions.case(cases, DUTY, main.number).history
    assert [one.note for one in told if one.kind == "reopened"] == ["still wet"]
    assert all("still wet" not in one.note for one in actions.own(cases, CITIZEN, main.number).history)
    actions.withdraw(cases, CITIZEN, main.number)  # they part: and still neither names the other
    assert not {CITIZEN.id, OTHER.id} & (named(cases, main.number) | named(cases, near.number))


def test_reporter_sees_pictures_and_what_they_sent_and_no_other_file_of_officers(cases: Cases) -> None:
    sent = Upload("contract.pdf", b"%PDF-1.4 mine")
    case = do(cases, DUTY, reported(cases, attachments=(sent, photo(1))), "accepted")
    actions.remark(cases, WORKER, case.number, "", [PDF, photo(2)])
    do(cases, WORKER, case, "fixed", photos=1)
    every = actions.case(cases, DUTY, case.number).attachments
    seen = actions.own(cases, CITIZEN, case.number).attachments
    assert [(one.name, one.by) for one in seen] == [
        ("contract.pdf", "reporter"),
        ("photo.jpg", "reporter"),
        ("photo.jpg", ""),
        ("photo.jpg", ""),
    ]
    for one in every:
        if one.name == PDF.name:
            assert actions.attachment(cases, DUTY, case.number, one.id).content == PDF.content
            with pytest.raises(NotFound):
                actions.own_attachment(cases, CITIZEN, case.number, one.id)
        else:
            assert actions.own_attachment(cases, CITIZEN, case.number, one.id).attachment.id == one.id


def test_reporter_learns_what_was_decided_and_which_unit_has_it_and_nothing_else_that_officers_entered(
    cases: Cases,
) -> None:
    main, near = reported(cases), actions.report(cases, OTHER, Report("waterlogging", "a puddle"))
    do(cases, DUTY, main, "accepted")
    actions.merge(cases, DUTY, near.number, main.number)
    every = actions.case(cases, DUTY, near.number).history
    assert main.number in str([one.values for one in every])
    seen = [one.values for one in actions.own(cases, OTHER, near.number).history]
    assert main.number not in str(seen)
    told = [one for one in actions.own(cases, CITIZEN, main.number).history if one.by != "reporter"]
    assert {name for one in told for name in one.values} == {"decision"}


def test_an_officer_who_reports_sees_what_they_sent_and_is_not_named(cases: Cases) -> None:
    walker = Party("sun", RIGHTS | {"department-officer"}, kind="official", unit="roads")
    case = actions.report(cases, walker, Report("waterlogging", "on my way home", attachments=(PDF,)))
    assert [one.name for one in actions.own(cases, walker, case.number).attachments] == [PDF.name]
    assert named(cases, case.number) == {"reporter"}
