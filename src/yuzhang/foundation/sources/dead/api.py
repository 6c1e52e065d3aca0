"""Dead letters over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from yuzhang.foundation.sources.dead import actions
from yuzhang.foundation.sources.dead.model import Kept, Letter, Replayed
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.web.asking import LARGEST, Caller, Number
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/api/dead-letters", tags=["sources"])


def _room(request: Request) -> DeadLetters:
    found = request.app.state.dead
    assert isinstance(found, DeadLetters)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[DeadLetters, Depends(_room)]


@dataclass(frozen=True, slots=True)
class ShownLetter:
    """A letter without what was in it. `whole`: nothing of it was cut off; `tried`: how often it was replayed in vain;
    `sender`: the device that sent it, if one did."""

    number: int
    source: str
    where: str
    size: int
    whole: bool
    code: str
    detail: str
    arrived: datetime
    tried: int
    sender: str


@dataclass(frozen=True, slots=True)
class OpenedLetter:
    """A letter with what was in it. `form`: text, or hex for bytes that are none."""

    letter: ShownLetter
    form: str
    payload: str


@router.get("")
def list_dead_letters(
    request: Request,
    dead: Room,
    caller: Caller,
    source: str = "",
    code: str = "",
    before: Annotated[int | None, Query(ge=0, le=LARGEST, description="letters of smaller numbers only")] = None,
    most: Annotated[int, Query(ge=1, le=500)] = actions.PAGE,
) -> list[ShownLetter]:
    """Messages that could not be read, the newest first, without what was in them."""
    return [_shown(request, one) for one in actions.letters(dead, caller, source, code, before, most)]


@router.get("/sources")
def sources_of_dead_letters(dead: Room, caller: Caller) -> list[Kept]:
    """How many letters of each source lie there, how many came, and how many gave way to newer ones."""
    return actions.kept(dead, caller)


@router.get("/{number}")
def open_dead_letter(request: Request, dead: Room, caller: Caller, number: Number) -> OpenedLetter:
    """One letter with what was in it."""
    found = actions.letter(dead, caller, number)
    return OpenedLetter(_shown(request, found), "text" if found.is_text else "hex", found.shown)


@router.post("/{number}/replay")
def replay_dead_letter(dead: Room, caller: Caller, number: Number) -> Replayed:
    """Deliver it again; it stays, with its new reason, if it is still bad."""
    return actions.replay(dead, caller, number)


@router.post("/sources/{source}/replay")
def replay_dead_letters(dead: Room, caller: Caller, source: str) -> Replayed:
    """Deliver all letters of a source again, the oldest first."""
    return actions.replay_all(dead, caller, source)


@router.delete("/{number}", status_code=204)
def drop_dead_letter(dead: Room, caller: Caller, number: Number) -> None:
    """Forget a letter."""
    actions.drop(dead, caller, number)


@router.delete("/sources/{source}")
def drop_dead_letters(dead: Room, caller: Caller, source: str) -> int:
    """Forget all letters of a source; how many there were."""
    return actions.drop_all(dead, caller, source)


def _shown(request: Request, one: Letter) -> ShownLetter:
    detail = reader_of(request).title(one.detail)
    return ShownLetter(
        one.number, one.source, one.place, one.size, one.whole, one.code, detail, one.arrived, one.tried, one.sender
    )
