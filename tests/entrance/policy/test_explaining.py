"""Why: the policies that decided, what is missing, and what the asker could do."""

from dataclasses import replace

import pytest

from yuzhang.core.access import POLICIES
from yuzhang.entrance.policy.errors import PartyNotFound, QuestionRefused
from yuzhang.entrance.policy.notation import Asked, action_of, object_of, party_of, question, written
from yuzhang.entrance.policy.room import Decider

UNDO, RETRIEVE = POLICIES["plan.registry.actions.undo"], POLICIES["brain.context.actions.retrieve"]


def test_a_yes_names_the_policy_with_its_file_and_line(decider: Decider) -> None:
    found = decider.why(party_of("role:plan-officer"), UNDO, UNDO.about)
    assert found.allowed
    (one,) = found.decided
    lines = one.file.read_text(encoding="utf-8").splitlines()
    assert lines[one.line - 1] == '@id("plan-office-keeps-plans")'
    assert one.text.startswith("// Plan officers keep the plan")
    assert one.text.endswith(";")
    assert "// The plan office." not in one.text, "the comment of the whole file is not the policy's"


def test_a_no_without_a_policy_names_the_nearest_and_the_role_that_is_missing(decider: Decider) -> None:
    found = decider.why(party_of("kind:citizen"), UNDO, UNDO.about)
    assert (found.allowed, found.decided, found.remedies) == (False, (), ())
    assert [one.statement.id for one in found.nearest] == ["plan-office-keeps-plans"]
    assert "role plan-officer" in found.nearest[0].missing[0].en
    assert "规划人员" in found.nearest[0].missing[0].zh


def test_the_nearest_policy_comes_first_and_only_what_fails_of_it_is_named(decider: Decider) -> None:
    found = decider.why(party_of("kind:citizen?id=li"), RETRIEVE, object_of("brain.context/x?personal=yes&owner=wang"))
    assert not found.allowed
    first = found.nearest[0]
    assert first.statement.id == "public-reads-open-entities"
    assert [one.en for one in first.missing] == [
        "this would have to hold: when { resource.level == 1 && !resource.personal }"
    ]
    assert "portal" not in [one.statement.id for one in found.nearest], "it is about something else"


PERSONAL = "brain.context/x?personal=yes"
READING = frozenset({"yuzhang.read"})
PROHIBITED = {
    "no purpose": (
        "kind:official",
        RETRIEVE.action,
        PERSONAL,
        {"purpose": ""},
        "purpose-for-personal-data",
        ["declared purpose"],
    ),
    "one factor": (
        "role:system-administrator",
        "system@operation",
        "",
        {"factors": 1},
        "two-factors-for-administrators",
        ["two factors"],
    ),
    "a token to read": ("role:plan-officer", UNDO.action, "", {"scopes": READING}, "scope-to-write", ["limited token"]),
    "for another": (
        "role:system-administrator",
        "system@operation",
        "",
        {"acting_for": "li"},
        "administration-in-person",
        ["own name"],
    ),
    "two at once": (
        "role:audit-administrator",
        "audit@entrance.audit",
        "entrance.audit?personal=yes",
        {"factors": 1, "purpose": ""},
        "two-factors-for-administrators",
        ["declared purpose", "two factors"],
    ),
}


@pytest.mark.parametrize("name", PROHIBITED)
def test_a_prohibition_says_what_the_asker_could_do(decider: Decider, name: str) -> None:
    party, action, about, change, policy, remedies = PROHIBITED[name]
    asked = action_of(action)
    caller = replace(party_of(party), **change)  # type: ignore[arg-type]  # each changes something else
    found = decider.why(caller, asked, object_of(about) if about else asked.about)
    assert not found.allowed
    assert policy in [one.id for one in found.decided]
    assert all(one in " ".join(title.en for title in found.remedies) for one in remedies)
    assert policy in [one.statement.id for one in found.nearest]


def test_a_question_takes_the_circumstances_that_it_says() -> None:
    asked = Asked("plan.registry.actions.undo", "", "aid", 1, "acme", "yuzhang.read")
    one = question(party_of("role:plan-officer"), asked)
    assert (one.caller.purpose, one.caller.factors, one.caller.acting_for) == ("aid", 1, "acme")
    assert one.caller.scopes == frozenset({"yuzhang.read"})
    assert one.about == UNDO.about


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: party_of("li"), PartyNotFound, "no party “li”"),
        (lambda: party_of("role:mayor"), PartyNotFound, "no party"),
        (lambda: party_of("kind:citizen?hue=1"), QuestionRefused, "“hue” is not known"),
        (lambda: action_of("plan.registry.actions.sell"), QuestionRefused, "no action"),
        (lambda: action_of("undoing@plan"), QuestionRefused, "no action"),
        (lambda: object_of("plan?level=7"), QuestionRefused, "no level"),
    ],
)
def test_what_is_not_well_written_is_refused_with_what_may_stand_there(
    call: object, error: type[Exception], says: str
) -> None:
    assert callable(call)
    with pytest.raises(error, match=says) as refused:
        call()
    assert getattr(refused.value, "fix", None)


def test_an_object_is_written_as_it_was_read() -> None:
    text = "brain.context/urn:x:1?kind=Pump&owner=li&unit=housing&region=360102&level=3&personal=yes"
    assert written(object_of(text)) == text
