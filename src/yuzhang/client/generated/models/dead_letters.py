"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Kept(Struct):
    """
    How many letters of a source lie there, in bytes too; how many ever came, and how many gave way to newer ones.
    """

    source: str
    letters: int
    bytes: int
    came: int
    dropped: int


class Replayed(Struct):
    """
    What became of letters that were delivered again: taken, or still bad.
    """

    taken: int
    bad: int


class ShownLetter(Struct):
    """
    A letter without what was in it. `whole`: nothing of it was cut off; `tried`: how often it was replayed in vain;
    `sender`: the device that sent it, if one did.
    """

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


class OpenedLetter(Struct):
    """
    A letter with what was in it. `form`: text, or hex for bytes that are none.
    """

    letter: ShownLetter
    form: str
    payload: str
