"""Packs over HTTP."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request

from yuzhang.operation.packs import actions
from yuzhang.operation.packs.presentation import shown
from yuzhang.operation.packs.room import Packs
from yuzhang.web.asking import Caller
from yuzhang.web.reader import reader_of

router = APIRouter(prefix="/api/packs", tags=["packs"])


def packs_of(request: Request) -> Packs:
    """The application's packs."""
    found = request.app.state.packs
    assert isinstance(found, Packs)  # noqa: S101  # app.py puts it there
    return found


Here = Annotated[Packs, Depends(packs_of)]


@router.get("")
def packs(request: Request, room: Here, caller: Caller) -> list[dict[str, Any]]:
    """All application packs: what each brings, and what is wrong with it."""
    return [shown(one, reader_of(request).language) for one in actions.packs(room, caller)]


@router.get("/{domain}/{name}")
def pack(request: Request, room: Here, caller: Caller, domain: str, name: str) -> dict[str, Any]:
    """One application pack."""
    return shown(actions.pack(room, caller, f"{domain}/{name}"), reader_of(request).language)
