"""What came over MQTT, and how it goes."""

from dataclasses import dataclass

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Microseconds


@dataclass(frozen=True, slots=True)
class Message:
    """What a device sent. `arrived`: when the broker stored it, or we had it; `place`: where it lies in the broker, 0 of QoS 0."""

    topic: str
    payload: bytes
    arrived: Microseconds
    place: int = 0


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
    """How it goes. `waiting`: messages in the broker that are not in the log yet, -1 while it does not run.

    `refused` counts since the start of the server, `refusals` are the last of them, the newest first. `dropped`: messages of QoS 0
    that came faster than they could be taken. `trouble`: why it does not run, or what it waits for.
    """

    running: bool
    address: str
    accepted: int
    refused: int
    dropped: int
    waiting: int
    restarts: int
    refusals: tuple[Refusal, ...]
    trouble: str
