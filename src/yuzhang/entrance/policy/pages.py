"""Pages of the policies: all of them to read, and why a party may or may not."""

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from yuzhang.core.access import POLICIES, Object, may
from yuzhang.entrance.policy import actions
from yuzhang.entrance.policy.asking import LONGEST, Policies, Question, answered
from yuzhang.entrance.policy.model import KINDS, ROLES, Statement
from yuzhang.entrance.policy.notation import written
from yuzhang.web.asking import Caller
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)


def _found(one: Statement, q: str, effect: str) -> bool:
    searched = f"{one.id} {one.title.zh} {one.title.en} {one.why} {one.text}".lower()
    return q.lower() in searched and (effect not in ("permit", "forbid") or one.effect == effect)


@router.get("/policy", response_class=HTMLResponse)
def policies_page(
    request: Request,
    decider: Policies,
    caller: Caller,
    q: Annotated[str, Query(max_length=200)] = "",
    effect: Annotated[str, Query(max_length=10)] = "",
) -> HTMLResponse:
    """Every policy, by file, filtered by a word and by whether it permits or forbids."""
    known = actions.policies(decider, caller)
    shown = [one for one in known if _found(one, q.strip(), effect)]
    by_file = [(file.name, list(ones)) for file, ones in groupby(shown, key=lambda one: one.file)]
    return page(
        request,
        "policy/policies.html",
        files=by_file,
        shown=len(shown),
        total=len(known),
        wanted={"q": q, "effect": effect},
        may_load=may(caller, "entrance.policy.actions.load_again", Object("entrance.policy")),
    )


@router.get("/policy/why", response_class=HTMLResponse)
def why_page(
    request: Request,
    decider: Policies,
    caller: Caller,
    asked: Question,
    subject: Annotated[str, Query(max_length=LONGEST)] = "",
) -> HTMLResponse:
    """A question of who may do what, and its answer."""
    answer = answered(decider, caller, subject, asked) if asked.action else None
    return page(
        request,
        "policy/why.html",
        answer=answer,
        about=written(answer.question.about) if answer else "",
        asked=asked,
        subject=subject,
        names=sorted(POLICIES),
        subjects=[f"role:{one}" for one in ROLES] + [f"kind:{one}" for one in KINDS],
    )


@router.post("/policy/load")
def load(decider: Policies, caller: Caller) -> RedirectResponse:
    """Read the policy files again, and show them."""
    actions.load_again(decider, caller)
    return RedirectResponse("/policy", status_code=303)
