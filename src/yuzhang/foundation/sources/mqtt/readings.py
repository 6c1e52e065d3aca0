"""What messages carry, as batches: those of a tenant that came together are one record of the log.

Single numbers, which most messages are, go into columns at once; what says more (a unit, a time of its own) goes the way of NDJSON.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Columns, Key, Microseconds
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.sources.formats.assembling import merged
from yuzhang.foundation.sources.formats.cells import MISSING, NUMBER, text_value
from yuzhang.foundation.sources.formats.faults import unreadable
from yuzhang.foundation.sources.formats.lines import batch_of_lines
from yuzhang.foundation.sources.formats.reading import whole
from yuzhang.foundation.sources.model import Batch, Resolve
from yuzhang.foundation.sources.mqtt.connection import Arrived
from yuzhang.foundation.sources.mqtt.errors import NotItsOwn
from yuzhang.foundation.sources.mqtt.model import Refusal
from yuzhang.foundation.sources.mqtt.topics import Body, Reading, Readings, Said, Templated

MOST_ROWS = 200_000
"""Of one record, about."""
FAULTS = (InputRefused, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
"""What a message can cause that no second try mends. None may stop those behind it."""
IS_NUMBER = re.compile(NUMBER)
MENDING = Title("请更正后重发这一条消息。", "Mend this message and send it again.")
MayWrite = Callable[[Device, str, str], bool]
NOBODY: Mapping[str, str] = {}
Number = tuple[Key, Microseconds, float]
"""A number, or true or false."""
FLAGS = ('{"type":"Property","value":false}', '{"type":"Property","value":true}')
"""What a row has beside its number, of which there is none."""


class Value(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """A reading written as an object."""

    value: Any
    observed_at: str | None = msgspec.field(default=None, name="observedAt")
    unit_code: str | None = msgspec.field(default=None, name="unitCode")
    type: str | None = None


_value = msgspec.json.Decoder(Value)
_object = msgspec.json.Decoder(dict[str, Any])


@dataclass(slots=True)
class Part:
    """A message as far as it could be read, which can be taken alone."""

    message: Arrived
    numbers: Sequence[Number] = ()
    lines: Sequence[bytes] = ()
    batch: Batch | None = None

    @property
    def rows(self) -> int:
        """How many observations it has."""
        return len(self.numbers) + len(self.lines) + (0 if self.batch is None else len(self.batch.columns))


def parts(
    messages: Iterable[Arrived], resolve: Resolve | None, may_write: MayWrite
) -> tuple[dict[str, list[Part]], list[tuple[Arrived, Exception]]]:
    """The messages by tenant, in order; and those that cannot be read, or are of what is not their sender's."""
    found: dict[str, list[Part]] = {}
    refused: list[tuple[Arrived, Exception]] = []
    for one in messages:
        said = one.said
        if isinstance(
            said, InputRefused
        ):  # not raised: it is one for all messages of its topic, and would grow with each
            refused.append((one, said))
            continue
        try:
            part = _part(one, said, resolve, may_write)
        except FAULTS as error:
            refused.append((one, error))
            continue
        if part.rows:
            there = found.get(said.tenant)
            if there is None:
                there = found[said.tenant] = []
            there.append(part)
    return found, refused


def _part(message: Arrived, said: Said, resolve: Resolve | None, may_write: MayWrite) -> Part:
    device = message.device
    if device is not None and said.tenant:
        raise NotItsOwn.of(device.id, f"tenants/{said.tenant}")  # devices are of the default tenant
    if isinstance(said, Reading):
        if device is not None and not may_write(device, said.entity, said.attribute):
            raise NotItsOwn.of(device.id, said.entity)
        return _single(said, message)
    if isinstance(said, Readings):
        part = _several(said, message)
        entities = {said.entity}
    else:
        batch = _batch(message, said, resolve)
        part = Part(message, batch=batch)
        entities = set() if batch is None else {key.entity for key in batch.keys}
    if device is not None:
        for entity in entities:
            if not may_write(device, entity, ""):
                raise NotItsOwn.of(device.id, entity)
    return part


def _batch(message: Arrived, said: Body | Templated, resolve: Resolve | None) -> Batch | None:
    if isinstance(said, Templated):
        sender = message.device.id if message.device is not None else ""
        return said.template.batch(message.topic, message.payload, message.at, sender)
    return whole(message.payload, said.form, said.packing, resolve, said.tenant)


def _single(said: Reading, message: Arrived) -> Part:
    """One reading: a number at once, all else as a line. Raises UnreadableObservations, ValueError."""
    text = message.payload.strip()
    if text[:1] == b"{":
        told = _value.decode(text)
        if told.observed_at is None and told.unit_code is None and told.type is None and _is_number(told.value):
            return Part(message, ((said.key, message.at, float(told.value)),))
        return Part(message, lines=(_line(said.entity, said.attribute, told, message.at),))
    value = _plain(text)
    if _is_number(value):
        return Part(message, ((said.key, message.at, float(value)),))
    return Part(message, lines=(_line(said.entity, said.attribute, Value(value), message.at),))


def _several(said: Readings, message: Arrived) -> Part:
    """The readings of an object: attribute to value, with `observedAt` and `type` beside them if wanted."""
    told = _object.decode(message.payload)
    observed_at, type_ = told.pop("observedAt", None), told.pop("type", None)
    numbers: list[Number] = []
    lines: list[bytes] = []
    for name, value in told.items():
        if observed_at is None and type_ is None and (_is_number(value) or isinstance(value, bool)):
            numbers.append((said.key(name), message.at, value if isinstance(value, bool) else float(value)))
            continue
        single = msgspec.convert(value, Value) if isinstance(value, dict) else Value(value)
        single.observed_at, single.type = single.observed_at or observed_at, single.type or type_
        lines.append(_line(said.entity, name, single, message.at))
    return Part(message, numbers, lines)


def _is_number(value: object) -> bool:
    return type(value) is float or type(value) is int


def _line(entity: str, attribute: str, told: Value, arrived: Microseconds) -> bytes:
    if told.value is None:
        raise unreadable(
            "消息里没有值。",
            "There is no value in it.",
            "payload",
            Title(
                '内容为数、文本，或 {"value": …, "observedAt": …, "unitCode": …, "type": …}。',
                'Send a number, a text, or {"value": …, "observedAt": …, "unitCode": …, "type": …}.',
            ),
        )
    row: dict[str, Any] = {"entity": entity, "attribute": attribute, "value": told.value, "unitCode": told.unit_code}
    row |= {"type": told.type, "time": told.observed_at}
    if told.observed_at is None:
        row["time_us"] = arrived
    return msgspec.json.encode(row)


def _plain(text: bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        found = text.decode()
        value = text_value(found, float(found) if IS_NUMBER.fullmatch(found) else float("nan"))
        return None if value is MISSING else value


def together(some: Sequence[Part], kinds: Mapping[str, str] = NOBODY) -> Batch:
    """Parts of one tenant as one batch. Raises what FAULTS names if one of them is at fault.

    `kinds`: those of devices by their entities. What the registry knows need not be told with every reading.
    """
    batches = [one.batch for one in some if one.batch is not None]
    lines = [line for one in some for line in one.lines]
    if lines:
        batches.append(batch_of_lines(lines))
    numbers = [number for one in some for number in one.numbers]
    if numbers:
        batches.append(_of_numbers(numbers))
    batch = batches[0] if len(batches) == 1 else merged(batches)
    senders = {one.message.device.entity: one.message.device.kind for one in some if one.message.device is not None}
    if not senders:
        return batch
    entities = {key.entity for key in batch.keys}
    behind = {one: kinds[one] for one in entities - senders.keys() if one in kinds}
    own = {one: senders[one] for one in entities & senders.keys()}
    return Batch(batch.keys, batch.columns, {**behind, **own, **batch.types})


def _of_numbers(numbers: Sequence[Number]) -> Batch:
    places: dict[Key, int] = {}
    series = [places.setdefault(key, len(places)) for key, _, _ in numbers]
    value = np.array([value for _, _, value in numbers], np.float64)
    rest: list[str | None] | None = None
    flags = [at for at, (_, _, value) in enumerate(numbers) if isinstance(value, bool)]
    if flags:
        rest = [None] * len(numbers)
        for at in flags:
            rest[at] = FLAGS[bool(value[at])]
        value[flags] = np.nan
    columns = Columns(np.array(series, np.int32), np.array([at for _, at, _ in numbers], np.int64), value, rest)
    return Batch(list(places), columns)


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


def refusal(message: Arrived, error: Exception) -> Refusal:
    """Why a message was not taken."""
    if isinstance(error, InputRefused):
        return Refusal(message.topic, message.at, error.code, error.detail, error.fix)
    said = " ".join(str(error).split())[:200]
    detail = Title(f"消息无法读取：{said}。", f"The message cannot be read: {said}.")
    return Refusal(message.topic, message.at, "unreadable-observations", detail, MENDING)
