"""Tables as batches: long (one row an observation) or wide (one column an attribute)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types
from numpy.typing import NDArray

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Columns, Key
from yuzhang.foundation.sources.formats.cells import (
    NO_NAME,
    NO_VALUE,
    TIME_UNITS_US,
    Labels,
    Values,
    labels,
    times,
    values,
)
from yuzhang.foundation.sources.formats.faults import Faults, unreadable
from yuzhang.foundation.sources.formats.unpacking import MAX_UNPACKED_BYTES, too_much
from yuzhang.foundation.sources.model import Batch

LONG = ("entity", "attribute", "value", "dataset", "type", "unitCode")
WIDE = ("entity", "dataset", "type")
MAX_ATTRIBUTES = 2000
encode = msgspec.json.Encoder(decimal_format="number").encode


@dataclass(slots=True)
class Named:
    """Which series each row is of: its entity, its attribute and its dataset, and what else is told of it."""

    entity: Labels
    attribute: Labels
    dataset: Labels | None = None
    type: Labels | None = None
    unit: Labels | None = None


@dataclass(slots=True)
class Gathered:
    """The parts of a batch that consists of several tables."""

    keys: list[Key] = field(default_factory=list)
    number_of: dict[Key, int] = field(default_factory=dict)
    series: list[NDArray[np.int32]] = field(default_factory=list)
    time: list[NDArray[np.int64]] = field(default_factory=list)
    value: list[NDArray[np.float64]] = field(default_factory=list)
    rest: list[list[str | None] | None] = field(default_factory=list)
    types: dict[str, str] = field(default_factory=dict)

    def add(self, batch: Batch) -> None:
        """One more part."""
        numbers = np.empty(len(batch.keys), np.int32)
        for at, key in enumerate(batch.keys):
            number = self.number_of.setdefault(key, len(self.keys))
            if number == len(self.keys):
                self.keys.append(key)
            numbers[at] = number
        self.series.append(numbers[batch.columns.series])
        self.time.append(batch.columns.time)
        self.value.append(batch.columns.value)
        self.rest.append(batch.columns.rest)
        self.types.update(batch.types)

    def batch(self) -> Batch:
        """All parts as one. Raises UnreadableObservations if there is no row."""
        if not sum(map(len, self.series)):
            raise unreadable("没有数据行。", "There are no rows.")
        rest: list[str | None] | None = None
        if any(part is not None for part in self.rest):
            rest = []
            for part, times_ in zip(self.rest, self.time, strict=True):
                rest.extend(part if part is not None else [None] * len(times_))
        columns = Columns(np.concatenate(self.series), np.concatenate(self.time), np.concatenate(self.value), rest)
        return Batch(self.keys, columns, self.types)


def merged(batches: list[Batch]) -> Batch:
    """Several batches as one."""
    if len(batches) == 1:
        return batches[0]
    gathered = Gathered()
    for one in batches:
        gathered.add(one)
    return gathered.batch()


def batch_of(table: Any, first: int = 1) -> Batch:
    """The observations of a table whose first row is number `first`. Raises UnreadableObservations."""
    names = list(table.column_names)
    if len(set(names)) < len(names):
        twice = min(one for one in names if names.count(one) > 1)
        raise unreadable(f"列 {twice[:100]} 出现两次。", f"The column {twice[:100]} is there twice.", twice[:100])
    moments = [one for one in names if one in TIME_UNITS_US]
    if len(moments) != 1 or "entity" not in names:
        given = ", ".join(names)[:300]
        raise unreadable(
            f"需要列 entity 和一个时间列，现有：{given}。",
            f"It needs a column entity and one column of times; it has: {given}.",
            "",
            Title(
                "表头为 entity,attribute,time,value（或 entity,time 加每个属性一列）；整数时间用 time_ms 或 time_us。",
                "Head it entity,attribute,time,value (or entity,time and a column for each attribute); "
                "times as whole numbers are time_ms or time_us.",
            ),
        )
    faults = Faults(first)
    made = _long(table, moments[0], faults) if "attribute" in names else _wide(table, moments[0], faults)
    faults.check()
    return made


def _long(table: Any, clock: str, faults: Faults) -> Batch:
    unknown = [one for one in table.column_names if one not in {*LONG, clock}]
    if unknown or "value" not in table.column_names:
        what = ", ".join(unknown)[:200]
        raise unreadable(
            f"多余的列：{what}。" if unknown else "没有列 value。",
            f"These columns mean nothing here: {what}." if unknown else "There is no column value.",
            unknown[0][:100] if unknown else "value",
            Title(f"可用的列：{clock}、{'、'.join(LONG)}。", f"The columns are {clock}, {', '.join(LONG)}."),
        )

    def optional(name: str) -> Labels | None:
        return labels(table[name], name) if name in table.column_names else None

    named = Named(
        labels(table["entity"], "entity"),
        labels(table["attribute"], "attribute"),
        optional("dataset"),
        optional("type"),
        optional("unitCode"),
    )
    time = times(table[clock], clock, faults)
    return assembled(named, time, values(table["value"], "value", faults), faults)


def _wide(table: Any, clock: str, faults: Faults) -> Batch:
    attributes = [one for one in table.column_names if one not in {*WIDE, clock}]
    if not attributes or len(attributes) > MAX_ATTRIBUTES or "unitCode" in attributes:
        raise unreadable(
            "没有 attribute 列，因此 entity 和时间以外的每一列都是一个属性。",
            "There is no column attribute, so each column beside entity and time is an attribute.",
            "",
            Title(
                f"须有 1 至 {MAX_ATTRIBUTES} 个这样的列；unitCode 只用于有 attribute 列的表。",
                f"Have 1 to {MAX_ATTRIBUTES} of them; unitCode goes with a column attribute only.",
            ),
        )
    entity = labels(table["entity"], "entity")
    faults.add_all(np.flatnonzero(entity.codes < 0), "entity", NO_NAME)
    dataset = labels(table["dataset"], "dataset") if "dataset" in table.column_names else None
    type_ = labels(table["type"], "type") if "type" in table.column_names else None
    time = times(table[clock], clock, faults)
    gathered = Gathered()
    for name in attributes:
        found = values(table[name], name, faults)
        at = np.flatnonzero(~found.missing)
        if not len(at):
            continue
        new_row = {int(row): index for index, row in enumerate(at)} if found.other else {}
        there = Values(
            found.numbers[at],
            found.missing[at],
            {new_row[row]: one for row, one in found.other.items() if row in new_row},
        )
        named = Named(
            Labels(entity.codes[at], entity.words),
            Labels(np.zeros(len(at), np.int64), [name]),
            Labels(dataset.codes[at], dataset.words) if dataset else None,
            Labels(type_.codes[at], type_.words) if type_ else None,
        )
        gathered.add(assembled(named, time[at], there, faults.among(at)))
    faults.check()
    return gathered.batch()


def assembled(named: Named, time: NDArray[np.int64], found: Values, faults: Faults) -> Batch:
    """The columns as a batch; the faults of rows are added. Raises UnreadableObservations if there is no row."""
    if not len(time):
        raise unreadable("没有数据行。", "There are no rows.")
    for column, one in (("entity", named.entity), ("attribute", named.attribute)):
        faults.add_all(np.flatnonzero(one.codes < 0), column, NO_NAME)
    faults.add_all(np.flatnonzero(found.missing), "value", NO_VALUE)
    faults.check()
    series, keys = _keys(named)
    types = _types(named, faults) if named.type else {}
    columns = Columns(series, time, found.numbers, _rest(found, named.unit, len(time), faults))
    return Batch(keys, columns, types)


def _keys(named: Named) -> tuple[NDArray[np.int32], list[Key]]:
    """For each row the number of its key, and the keys in the order in which they came."""
    attributes, datasets = len(named.attribute.words), len(named.dataset.words) + 1 if named.dataset else 1
    combined = named.entity.codes * attributes + named.attribute.codes
    if named.dataset:
        combined = combined * datasets + (named.dataset.codes + 1)
    coded = pa.array(combined).dictionary_encode()
    keys = []
    for one in coded.dictionary.to_pylist():
        rest, dataset = divmod(one, datasets)
        entity, attribute = divmod(rest, attributes)
        name = named.dataset.words[dataset - 1] if named.dataset and dataset else ""
        keys.append(Key(named.entity.words[entity], named.attribute.words[attribute], name))
    return coded.indices.to_numpy().astype(np.int32, copy=False), keys


def _types(named: Named, faults: Faults) -> Mapping[str, str]:
    type_ = named.type
    if type_ is None or not type_.words:
        return {}
    pairs, rows = np.unique(named.entity.codes * (len(type_.words) + 1) + type_.codes + 1, return_index=True)
    found: dict[str, str] = {}
    for pair, row in zip(pairs.tolist(), rows.tolist(), strict=True):
        entity, code = divmod(pair, len(type_.words) + 1)
        if not code:
            continue
        word, kind = named.entity.words[entity], type_.words[code - 1]
        if found.setdefault(word, kind) != kind:
            faults.add(
                row, "type", Title(f"同一实体有两种类型：{found[word]}、{kind}", f"{word} is {found[word]} and {kind}")
            )
    return found


def _rest(found: Values, unit: Labels | None, rows: int, faults: Faults) -> list[str | None] | None:
    if unit is not None and not unit.words:
        unit = None
    if unit is None and not found.other:
        return None
    plain: NDArray[Any] = np.full(rows, None, object)
    if unit is not None:
        told = [encode({"type": "Property", "unitCode": word}).decode() for word in unit.words]
        plain = np.array([*told, None], object)[unit.codes]
    rest: list[str | None] = plain.tolist()
    weight = 0
    for row, one in found.other.items():
        instance: dict[str, Any] = {"type": "Property", "value": one}
        if unit is not None and unit.codes[row] >= 0:
            instance["unitCode"] = unit.words[unit.codes[row]]
        try:
            rest[row] = text = encode(instance).decode()
            weight += len(text)
        except (TypeError, ValueError, OverflowError, RecursionError):
            faults.add(row, "value", Title("不能写成 JSON", "it cannot be written as JSON"))
        if weight > MAX_UNPACKED_BYTES:
            raise too_much()
    return rest
