"""How MQTT goes."""

from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Microseconds


@dataclass(frozen=True, slots=True)
class Refusal:
    """A message that was not taken, and why."""

    topic: str
    arrived: Microseconds
    code: str
    detail: Title
    fix: Title | None


@dataclass(frozen=True, slots=True)
class Health:
    """How it goes. `waiting`: messages that came and are not durable yet; their senders wait for PUBACK. `connections`: devices there.

    `accepted` counts observations, `refused` messages, since the start of the server; `refusals` are the last of them, the newest first.
    `trouble`: what it waits for, or why it does not run.
    """

    running: bool
    address: str
    accepted: int
    refused: int
    waiting: int
    connections: int
    refusals: tuple[Refusal, ...]
    trouble: str
