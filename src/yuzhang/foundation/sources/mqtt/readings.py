"""What messages carry, as batches: one of a tenant's single readings together, and one of each message with many observations."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.sources.formats.assembling import merged
from yuzhang.foundation.sources.formats.cells import MISSING, NUMBER, text_value
from yuzhang.foundation.sources.formats.faults import unreadable
from yuzhang.foundation.sources.formats.lines import batch_of_lines
from yuzhang.foundation.sources.formats.reading import whole
from yuzhang.foundation.sources.model import Batch, Resolve
from yuzhang.foundation.sources.mqtt.model import Message, Refusal
from yuzhang.foundation.sources.mqtt.topics import Body, Reading, meaning

MOST_ROWS = 200_000
"""Of one record, about."""
FAULTS = (InputRefused, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What a message can cause that no second try mends. None may stop those behind it."""
IS_NUMBER = re.compile(NUMBER)
MENDING = Title("请更正后重发这一条消息。", "Mend this message and send it again.")


class Value(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A reading written as an object."""

    value: Any
    observed_at: str | None = msgspec.field(default=None, name="observedAt")
    unit_code: str | None = msgspec.field(default=None, name="unitCode")
    type: str | None = None


_value = msgspec.json.Decoder(Value)


@dataclass(frozen=True, slots=True)
class Part:
    """Something that can be taken alone: a message, as far as it could be read."""

    message: Message
    line: bytes | None
    batch: Batch | None

    @property
    def rows(self) -> int:
        """How many observations it has."""
        return 1 if self.batch is None else len(self.batch.columns)


def parts(messages: Sequence[Message], resolve: Resolve | None) -> tuple[dict[str, list[Part]], list[Refusal]]:
    """The messages by tenant, in order; and those that cannot be read."""
    found: dict[str, list[Part]] = {}
    refused: list[Refusal] = []
    for one in messages:
        try:
            said = meaning(one.topic)
            part = _single(said, one) if isinstance(said, Reading) else _many(said, one, resolve)
        except FAULTS as error:
            refused.append(refusal(one, error))
        else:
            found.setdefault(said.tenant, []).append(part)
    return found, refused


def _single(said: Reading, message: Message) -> Part:
    return Part(message, line(said, message), None)


def _many(said: Body, message: Message, resolve: Resolve | None) -> Part:
    return Part(message, None, whole(message.payload, said.form, said.packing, resolve, said.tenant))


def line(said: Reading, message: Message) -> bytes:
    """One reading as a line of JSON. Raises UnreadableObservations, ValueError."""
    row: dict[str, Any] = {"entity": said.entity, "attribute": said.attribute}
    text = message.payload.strip()
    if text[:1] == b"{":
        told = _value.decode(text)
        row |= {"value": told.value, "unitCode": told.unit_code, "type": told.type, "time": told.observed_at}
    else:
        row["value"] = _plain(text)
    if row["value"] is None:
        raise unreadable(
            "消息里没有值。",
            "There is no value in it.",
            "payload",
            Title(
                '内容为数、文本，或 {"value": …, "observedAt": …, "unitCode": …, "type": …}。',
                'Send a number, a text, or {"value": …, "observedAt": …, "unitCode": …, "type": …}.',
            ),
        )
    if row.get("time") is None:
        row["time_us"] = message.arrived
    return msgspec.json.encode(row)


def _plain(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        found = text.decode()
        value = text_value(found, float(found) if IS_NUMBER.fullmatch(found) else float("nan"))
        return None if value is MISSING else value


def together(some: Sequence[Part]) -> Batch:
    """Parts of one tenant as one batch. Raises what FAULTS names if one of them is at fault."""
    lines = [one.line for one in some if one.line is not None]
    batches = [one.batch for one in some if one.batch is not None]
    if lines:
        batches.append(batch_of_lines(lines))
    return merged(batches)


def groups(some: Sequence[Part]) -> list[list[Part]]:
    """Parts in order, as many together as make a good record."""
    found: list[list[Part]] = []
    rows = MOST_ROWS
    for one in some:
        if rows + one.rows > MOST_ROWS:
            found.append([])
            rows = 0
        found[-1].append(one)
        rows += one.rows
    return found


def refusal(message: Message, error: Exception) -> Refusal:
    """Why a message was not taken."""
    if isinstance(error, InputRefused):
        return Refusal(message.topic, message.arrived, error.code, error.detail, error.fix)
    said = " ".join(str(error).split())[:200]
    detail = Title(f"消息无法读取：{said}。", f"The message cannot be read: {said}.")
    return Refusal(message.topic, message.arrived, "unreadable-observations", detail, MENDING)
