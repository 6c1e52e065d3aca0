"""The one door for observations by columns, whichever way they came: checked, durable in the log, then acknowledged.

A batch is taken whole or not at all. The present and history learn of it from the log.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import said
from yuzhang.brain.context.model import ENTITY_MEMBERS
from yuzhang.brain.context.spelling import is_name, is_uri
from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import DELETED, Columns, Key, NewEntity, Observations, observations

EARLIEST, LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
"""Of years that a DateTime can write: 0001 to 9999."""
NAMED = 10


class UnknownEntities(InputRefused):
    """Observations of entities that the present does not know, of which nobody said what they are."""

    code = "unknown-entities"
    title = Title("未知实体", "Unknown entities")


class UnfitObservations(InputRefused):
    """Something in a batch cannot be an observation."""

    code = "unfit-observations"
    title = Title("观测不合格", "Not observations")


class Intake:
    """Takes batches into the log of one broker."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def observe(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """Take a batch; durable when it returns: how many rows. `types`: what to make entities as that are not there.

        Raises: UnknownEntities, UnfitObservations, LogBusy, DiskFull; then nothing of it is kept.
        """
        record = prepared(self._broker, caller, tenant, keys, columns, types)
        await self._broker.accept(record)
        return record.rows

    def observe_now(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """The same for threads and terminals."""
        record = prepared(self._broker, caller, tenant, keys, columns, types)
        self._broker.accept_now(record)
        return record.rows


@action("operator")
def prepared(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    keys: Sequence[Key],
    columns: Columns,
    types: Mapping[str, str],
) -> Observations:
    """The record of a batch. Raises LogBusy, UnknownEntities, UnfitObservations."""
    broker.log.check_room()
    _check(keys, columns)
    ids = {key.entity for key in keys}
    unknown = ids - broker.known.known(tenant, ids)
    nameless = [one for one in unknown if one not in types]
    if nameless:
        some = ", ".join(sorted(nameless)[:NAMED])
        raise UnknownEntities(
            Title(f"不认识这 {len(nameless)} 个实体：{some}。", f"{len(nameless)} entities are not known: {some}."),
            fix=Title(
                "请先建立实体，或给出类型（列 type 或参数 type）。",
                "Make the entities first, or say their type (column or parameter `type`).",
            ),
            where=min(nameless),
        )
    new = [NewEntity(one, types[one]) for one in sorted(unknown)]
    return observations(tenant, broker.now(), keys, columns, new)


def _check(keys: Sequence[Key], columns: Columns) -> None:
    for key in keys:
        if not is_uri(key.entity):
            raise _unfit(f"“{key.entity[:100]}” is no URI.", f"“{key.entity[:100]}”不是 URI。", "entity")
        if key.attribute in ENTITY_MEMBERS or not is_name(key.attribute):
            raise _unfit(
                f"“{key.attribute[:100]}” names no attribute.", f"“{key.attribute[:100]}”不是属性名。", "attribute"
            )
        if key.dataset and not is_uri(key.dataset):
            raise _unfit(f"“{key.dataset[:100]}” is no URI.", f"“{key.dataset[:100]}”不是 URI。", "dataset")
    rows = len(columns)
    if not rows or not len(columns.time) == len(columns.value) == rows:
        raise _unfit("There are no rows.", "没有数据行。", "")
    outside = (columns.time < EARLIEST) | (columns.time > LATEST)
    empty = np.isnan(columns.value)
    if columns.flags is not None:
        empty &= (columns.flags & DELETED) == 0
    if columns.rest is not None and empty.any():
        empty &= np.fromiter((one is None for one in columns.rest), bool, rows)
    for name, bad in (("time", outside), ("value", empty | np.isinf(columns.value))):
        if bad.any():
            at = int(np.argmax(bad)) + 1
            raise _unfit(f"Row {at} has no {name} that can be kept.", f"第 {at} 行的 {name} 无法保存。", f"row {at}")


def _unfit(english: str, chinese: str, where: str) -> UnfitObservations:
    return UnfitObservations(
        Title(chinese, english), where=where or None, fix=said("Mend it and send the whole batch again.")
    )
