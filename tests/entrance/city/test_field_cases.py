"""What the field asks of whoever works outside, and what it takes from whom."""

from pathlib import Path

import httpx
import pytest

from brain.cases.stories import DUTY, WORKER, Clock, do, pack, reported, room
from entrance.city.conftest import Served
from yuzhang.brain.cases import actions
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.entrance.city.field.actions import LONGEST_NOTE
from yuzhang.entrance.city.field.handling import CaseHandling
from yuzhang.entrance.city.field.model import Sent


def test_who_dispatches_in_the_field_chooses_among_the_units_by_name(storage: Storage, tmp_path: Path) -> None:
    cases = room(storage, [pack(tmp_path / "packs")], Clock())
    case = reported(cases)
    do(cases, DUTY, case, "accepted")
    do(cases, WORKER, case, "back", note="not ours")
    handling = CaseHandling(cases)
    [mine] = handling.mine(DUTY)
    [unit] = [one for one in mine.questions if one.kind == "unit"]
    assert [(one.value, one.title.en) for one in unit.choices] == [
        ("drainage-east", "Drainage east"),
        ("roads", "Roads"),
        ("water", "Water bureau"),
    ]
    answers = {one.name: one.choices[0].value for one in mine.questions if one.kind == "choice"}
    sent = Sent("k" * 20, case.number, mine.task, "theirs", answers | {unit.name: "roads"}, (), 1)
    handling.handle(DUTY, sent)
    assert actions.case(cases, OPERATOR, case.number).case.unit == "roads"


@pytest.mark.parametrize("party", ["p-somebody-else", ""], ids=["of another", "of nobody"])
def test_an_entry_that_somebody_else_wrote_is_refused_and_nothing_is_done(served: Served, party: str) -> None:
    entry = {"key": "k" * 20, "case": "20261126-000001", "task": "", "note": "fixed"}
    with served.client() as asking:
        headers = {"accept": "application/json", "accept-language": "en"}
        refused: httpx.Response = asking.post("/city/field/entries", data={**entry, "party": party}, headers=headers)
        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert (refused.json()["where"], party in refused.json()["detail"]) == ("/party", True)
        assert served.done() == []
        taken = asking.post("/city/field/entries", data={**entry, "party": "operator"}, headers=headers)
        assert taken.json()["status"] == "done"


def test_a_note_of_the_greatest_length_is_taken_with_its_place(storage: Storage, tmp_path: Path) -> None:
    cases = room(storage, [pack(tmp_path / "packs")], Clock())
    case = reported(cases)
    do(cases, DUTY, case, "accepted")
    sent = Sent("k" * 20, case.number, "", "x" * LONGEST_NOTE, {}, (), 1, -179.123456, -89.123456)
    CaseHandling(cases).handle(WORKER, sent)
    assert actions.case(cases, OPERATOR, case.number).history[-1].note.endswith("（-89.123456, -179.123456）")
