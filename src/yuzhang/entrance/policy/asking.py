"""What the room's endpoints get: the decider, a question from an address, and its answer by whoever may give it."""

from typing import Annotated

from fastapi import Depends, Query, Request

from yuzhang.core.access import Party
from yuzhang.entrance.policy import actions
from yuzhang.entrance.policy.model import Explanation
from yuzhang.entrance.policy.notation import Asked
from yuzhang.entrance.policy.room import Decider

LONGEST = 2_000
OWN = ("", "me")


def decider_of(request: Request) -> Decider:
    """The application's decider."""
    decider = request.app.state.policies
    assert isinstance(decider, Decider)  # noqa: S101  # app.py puts it there
    return decider


def asked_of(
    action: Annotated[str, Query(max_length=LONGEST)] = "",
    about: Annotated[str, Query(alias="object", max_length=LONGEST)] = "",
    purpose: Annotated[str, Query(max_length=LONGEST)] = "",
    factors: Annotated[int | None, Query(ge=0, le=9)] = None,
    acting_for: Annotated[str, Query(max_length=LONGEST)] = "",
) -> Asked:
    """The question as the address says it."""
    return Asked(action, about, purpose, factors, acting_for)


def answered(decider: Decider, caller: Party, subject: str, asked: Asked) -> Explanation:
    """The answer: anybody may ask about themselves. Raises NotAllowed, QuestionRefused, PartyNotFound."""
    if subject.strip() in (*OWN, caller.id):
        return actions.explain_own(decider, caller, asked)
    return actions.explain(decider, caller, subject, asked)


Policies = Annotated[Decider, Depends(decider_of)]
Question = Annotated[Asked, Depends(asked_of)]
