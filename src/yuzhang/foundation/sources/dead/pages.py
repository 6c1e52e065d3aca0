"""The pages of dead letters."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.foundation.sources.dead import actions
from yuzhang.foundation.sources.dead.api import Room
from yuzhang.foundation.sources.dead.model import Replayed
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.web.asking import Caller, Number
from yuzhang.web.rendering import page

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form(max_length=200)]


def _page(
    request: Request,
    dead: DeadLetters,
    caller: Party,
    done: Replayed | None = None,
    refused: YuzhangError | None = None,
) -> HTMLResponse:
    asked = request.query_params
    source, code, before = asked.get("source", ""), asked.get("code", ""), asked.get("before", "")
    below = int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None
    found = actions.letters(dead, caller, source, code, below)
    return page(
        request,
        "dead/letters.html",
        status=200 if refused is None else refused.status,
        letters=found,
        older=found[-1].number if len(found) == actions.PAGE else None,
        kept=actions.kept(dead, caller),
        codes=actions.codes(dead, caller, source),
        source=source,
        code=code,
        replayable=bool(source) and dead.way(source) is not None,
        done=done,
        refused=refused,
    )


@router.get("/dead-letters", response_class=HTMLResponse)
def letters_page(request: Request, dead: Room, caller: Caller) -> HTMLResponse:
    """Messages that could not be read, by source and reason."""
    return _page(request, dead, caller)


@router.post("/dead-letters", response_class=HTMLResponse)
def all_of_a_source(request: Request, dead: Room, caller: Caller, source: Text, do: Text) -> Response:
    """Replay or drop all letters of a source."""
    try:
        if do == "drop":
            actions.drop_all(dead, caller, source)
            return RedirectResponse("/dead-letters", 303)
        return _page(request, dead, caller, done=actions.replay_all(dead, caller, source))
    except (InputRefused, TryAgain) as refused:
        return _page(request, dead, caller, refused=refused)


@router.get("/dead-letters/{number}", response_class=HTMLResponse)
def letter_page(request: Request, dead: Room, caller: Caller, number: Number) -> HTMLResponse:
    """One letter with what was in it."""
    return page(request, "dead/letter.html", letter=actions.letter(dead, caller, number), refused=None)


@router.post("/dead-letters/{number}", response_class=HTMLResponse)
def one(request: Request, dead: Room, caller: Caller, number: Number, do: Text) -> Response:
    """Replay or drop one letter."""
    if do == "drop":
        actions.drop(dead, caller, number)
        return RedirectResponse("/dead-letters", 303)
    try:
        done = actions.replay(dead, caller, number)
    except (InputRefused, TryAgain) as refused:
        found = actions.letter(dead, caller, number)
        return page(request, "dead/letter.html", status=refused.status, letter=found, refused=refused)
    if done.taken:
        return _page(request, dead, caller, done=done)
    return page(request, "dead/letter.html", status=422, letter=actions.letter(dead, caller, number), refused=None)
