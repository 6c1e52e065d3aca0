"""The policies over HTTP: which there are, why a party may or may not, load them again."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel

from yuzhang.core.language import Title
from yuzhang.entrance.policy import actions
from yuzhang.entrance.policy.asking import LONGEST, Policies, Question, answered
from yuzhang.entrance.policy.model import Explanation, Nearest, Statement
from yuzhang.entrance.policy.notation import written
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/policy", tags=["policy"])


class Words(BaseModel):
    """A title in both languages."""

    zh: str
    en: str


class PolicyOut(BaseModel):
    """One policy."""

    id: str
    effect: Literal["permit", "forbid"]
    title: Words
    why: str
    file: str
    line: int
    text: str


class NearestOut(BaseModel):
    """A policy that would decide otherwise, and what would have to be different."""

    policy: PolicyOut
    missing: list[Words]


class DecisionOut(BaseModel):
    """A decision with its reasons."""

    subject: str
    action: str
    object: str
    allowed: bool
    decided_by: list[PolicyOut]
    nearest: list[NearestOut]
    remedies: list[Words]


class LoadedOut(BaseModel):
    """How many policies hold."""

    policies: int


def _words(title: Title) -> Words:
    return Words(zh=title.zh, en=title.en)


def policy_out(one: Statement) -> PolicyOut:
    """A policy as it is answered; of its file the name only."""
    return PolicyOut(
        id=one.id,
        effect=one.effect,
        title=_words(one.title),
        why=one.why,
        file=one.file.name,
        line=one.line,
        text=one.text,
    )


def _nearest_out(one: Nearest) -> NearestOut:
    return NearestOut(policy=policy_out(one.statement), missing=[_words(title) for title in one.missing])


def decision_out(one: Explanation) -> DecisionOut:
    """A decision as it is answered."""
    return DecisionOut(
        subject=one.question.caller.id,
        action=one.question.policy.action,
        object=written(one.question.about),
        allowed=one.allowed,
        decided_by=[policy_out(each) for each in one.decided],
        nearest=[_nearest_out(each) for each in one.nearest],
        remedies=[_words(each) for each in one.remedies],
    )


@router.get("/policies")
def policies(decider: Policies, caller: Caller) -> list[PolicyOut]:
    """Every policy that holds, by file."""
    return [policy_out(one) for one in actions.policies(decider, caller)]


@router.get("/decisions")
def decision(
    decider: Policies,
    caller: Caller,
    asked: Question,
    subject: Annotated[str, Query(max_length=LONGEST)] = "",
) -> DecisionOut:
    """Whether `subject` (the asker, if it is left out) may do `action` on `object`, which policies say so, and what would change it."""
    return decision_out(answered(decider, caller, subject, asked))


@router.post("/load")
def load(decider: Policies, caller: Caller) -> LoadedOut:
    """Read the policy files again. With a fault in one, all stays as it was."""
    return LoadedOut(policies=actions.load_again(decider, caller))
