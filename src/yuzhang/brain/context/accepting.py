"""The one door for observations by columns, whichever way they came: checked, durable in the log, then acknowledged.

A batch is taken whole or not at all. The present and history learn of it from the log.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.classification.changing import may_observe
from yuzhang.brain.context.classification.errors import NotYourData
from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.errors import said
from yuzhang.brain.context.model import ENTITY_MEMBERS, Body
from yuzhang.brain.context.spelling import is_name, is_uri
from yuzhang.brain.context.threads import in_thread
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

        Raises: UnknownEntities, UnfitObservations, NotYourData, LogBusy, DiskFull; then nothing of it is kept.
        """
        if self._broker.sights.observing(caller, tenant) is None:
            record = prepared(self._broker, caller, tenant, keys, columns, types)
        else:  # entities are read to tell whose they are
            record = await in_thread(prepared, self._broker, caller, tenant, keys, columns, types)
        await self._broker.accept(record)
        self._expect(tenant, record)
        return record.rows

    def observe_now(
        self, caller: Party, tenant: str, keys: Sequence[Key], columns: Columns, types: Mapping[str, str]
    ) -> int:
        """The same for threads and terminals."""
        record = prepared(self._broker, caller, tenant, keys, columns, types)
        self._broker.accept_now(record)
        self._expect(tenant, record)
        return record.rows

    def _expect(self, tenant: str, record: Observations) -> None:
        self._broker.known.expect(tenant, {one.id: one.type for one in record.entities})


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
    """The record of a batch. Raises LogBusy, UnknownEntities, UnfitObservations, NotYourData."""
    broker.log.check_room()
    ids = {key.entity for key in keys}
    _check(ids, keys, columns)
    unknown = ids - broker.known.known(tenant, ids)
    if unknown:
        types = {**broker.known.coming(tenant, unknown), **types}
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
    sight = broker.sights.observing(caller, tenant)
    if sight is not None and sight.narrow:
        _check_yours(broker, sight, tenant, keys, types)
    new = [NewEntity(one, types[one]) for one in sorted(unknown)]
    return observations(tenant, broker.now(), keys, columns, new)


def _check_yours(broker: Broker, sight: Sight, tenant: str, keys: Sequence[Key], types: Mapping[str, str]) -> None:
    """Raises NotYourData if the party may not change all that there are values of; it names nothing, which may not be seen either."""
    space = broker.numbering.space(tenant)
    ids = list(dict.fromkeys(key.entity for key in keys))
    there = {} if space is None else broker.store.retrieve_all(space, ids)
    # What is in the log only goes by the type that is told of it, or as what nobody classified.
    bodies: dict[str, Body] = {one: {"type": types.get(one, "")} for one in ids}
    bodies |= {one: kept.open().body for one, kept in there.items()}
    wrong = sum(not may_observe(sight, bodies[key.entity], key.attribute) for key in keys)
    if wrong:
        raise NotYourData(
            Title(f"您没有更改其中 {wrong} 个序列的权限。", f"{wrong} of the series you may not change."),
            fix=Title(
                "请向数据管理员询问其分级、区域和责任单位。",
                "Ask the data officer for their classification, their region and their unit.",
            ),
        )


def _check(ids: set[str], keys: Sequence[Key], columns: Columns) -> None:
    # The same names come again and again: each is looked at once.
    for place, found in (("entity", ids), ("dataset", {key.dataset for key in keys} - {""})):
        for one in found:
            if not is_uri(one):
                raise _unfit(f"“{one[:100]}” is no URI.", f"“{one[:100]}”不是 URI。", place)
    for one in {key.attribute for key in keys}:
        if one in ENTITY_MEMBERS or not is_name(one):
            raise _unfit(f"“{one[:100]}” names no attribute.", f"“{one[:100]}”不是属性名。", "attribute")
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
