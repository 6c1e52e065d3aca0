"""Observations as JSON: one object a line, or the data arrays of SensorThings."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it brings no types

from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Key
from yuzhang.foundation.sources.formats.assembling import Gathered, Named, assembled
from yuzhang.foundation.sources.formats.cells import MISSING, TIME_UNITS_US, Labels, labels, objects, times
from yuzhang.foundation.sources.formats.faults import Faults, unreadable
from yuzhang.foundation.sources.model import Batch

NAMED = re.compile(r"(.+?)/((?:https?://|urn:).+)|(.+)/([^/]+)")


class Row(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One line."""

    entity: str
    attribute: str
    value: Any
    time: str | None = None
    time_us: int | None = None
    time_ms: int | None = None
    dataset: str | None = None
    type: str | None = None
    unit_code: str | None = msgspec.field(default=None, name="unitCode")


class DataArray(msgspec.Struct, gc=False):
    """The observations of one Datastream. Source: OGC 18-088, clause 13.2."""

    datastream: dict[str, Any] = msgspec.field(name="Datastream")
    components: list[str]
    rows: list[list[Any]] = msgspec.field(name="dataArray")
    count: int | None = msgspec.field(default=None, name="dataArray@iot.count")


_row = msgspec.json.Decoder(Row)
_arrays = msgspec.json.Decoder(list[DataArray])
BAD_JSON = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


def batch_of_lines(lines: Sequence[bytes], first: int = 1) -> Batch:
    """Lines of JSON, the first of which is number `first`; empty ones are passed over. Raises UnreadableObservations."""
    faults = Faults(first)
    rows: list[Row] = []
    places: list[int] = []
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        try:
            rows.append(_row.decode(line))
            places.append(at)
        except BAD_JSON as error:
            faults.add(at, "–", _said(error))
    faults.check()
    if not rows:
        raise unreadable("没有数据行。", "There are no rows.")
    there = faults.among(places)
    columns = {
        name: _texts([getattr(row, name) for row in rows]) for name in ("entity", "attribute", "dataset", "type")
    }
    named = Named(
        labels(columns["entity"], "entity"),
        labels(columns["attribute"], "attribute"),
        labels(columns["dataset"], "dataset"),
        labels(columns["type"], "type"),
        labels(_texts([row.unit_code for row in rows]), "unitCode"),
    )
    made = assembled(named, _times(rows, there), objects((row.value for row in rows), "value", there), there)
    faults.check()
    return made


def _times(rows: list[Row], faults: Faults) -> Any:
    found = np.zeros(len(rows), np.int64)
    told = np.zeros(len(rows), np.int64)
    for name in TIME_UNITS_US:
        of = [getattr(row, name) for row in rows]
        at = np.flatnonzero([one is not None for one in of])
        if len(at):
            kind = pa.string() if name == "time" else pa.int64()
            try:
                column = pa.array([of[row] for row in at], kind)
            except (pa.ArrowInvalid, OverflowError):
                raise unreadable("时间超出范围。", "A time is out of range.", name) from None
            found[at] = times(column, name, faults.among(at))
            told[at] += 1
    faults.add_all(np.flatnonzero(told != 1), "time", Title("须有一个时间", "it shall have one time"))
    faults.check()
    return found


def _texts(found: list[str | None]) -> Any:
    return pa.array(found, pa.string())


def batch_of_arrays(content: bytes, resolve: Any, tenant: str) -> Batch:
    """What the request CreateObservations of SensorThings carries. Datastreams are numbers of series, or `entity/attribute`.

    Raises: UnreadableObservations.
    """
    try:
        arrays = _arrays.decode(content)
    except BAD_JSON as error:
        said = _said(error)
        raise unreadable(f"JSON：{said.zh}。", f"It is no data array: {said.en}.") from error
    ids = [_id(one, at) for at, one in enumerate(arrays)]
    numbers = sorted({one for one in ids if isinstance(one, int)})
    known: Mapping[int, Key] = resolve(tenant, numbers) if numbers and resolve else {}
    gathered = Gathered()
    for at, (id_, one) in enumerate(zip(ids, arrays, strict=True)):
        key = known.get(id_) if isinstance(id_, int) else id_
        if key is None:
            raise unreadable(
                f"没有编号为 {id_} 的数据流。",
                f"There is no Datastream {id_}.",
                f"/{at}/Datastream",
                Title(
                    "请用已有编号，或写“实体/属性”。", "Use the number of one that is there, or write entity/attribute."
                ),
            )
        if one.rows:
            gathered.add(_batch(key, one, at))
    return gathered.batch()


def _id(one: DataArray, at: int) -> int | Key:
    told = one.datastream.get("@iot.id")
    if isinstance(told, int) and not isinstance(told, bool) and 0 <= told < 2**31:
        return told
    if isinstance(told, str):
        # Both may be IRIs, with slashes of their own.
        match = NAMED.fullmatch(told)
        if match:
            return Key(match[1] or match[3], match[2] or match[4])
    raise unreadable(
        "Datastream 没有可读的 @iot.id。",
        "The Datastream has no @iot.id that can be read.",
        f"/{at}/Datastream/@iot.id",
        Title("写编号，或“实体/属性”。", "Give its number, or entity/attribute."),
    )


def _batch(key: Key, one: DataArray, at: int) -> Batch:
    place = f"/{at}/components"
    for name in ("phenomenonTime", "result"):
        if one.components.count(name) != 1:
            raise unreadable(f"components 须有一个 {name}。", f"The components shall have one {name}.", place)
    if one.count is not None and one.count != len(one.rows):
        raise unreadable(
            f"dataArray@iot.count 是 {one.count}，实有 {len(one.rows)} 行。",
            f"dataArray@iot.count is {one.count}, but there are {len(one.rows)} rows.",
            f"/{at}/dataArray@iot.count",
        )
    faults, width = Faults(), len(one.components)
    clock, result = one.components.index("phenomenonTime"), one.components.index("result")
    for row, cells in enumerate(one.rows):
        if len(cells) != width:
            faults.add(
                row, f"/{at}/dataArray", Title(f"有 {len(cells)} 项，应有 {width}", f"{len(cells)} of {width} items")
            )
        elif not isinstance(cells[clock], str):
            faults.add(row, f"/{at}/dataArray/phenomenonTime", Title("不是文本", "it is no text"))
    faults.check()
    time = times(_texts([cells[clock] for cells in one.rows]), "time", faults)
    found = objects([MISSING if cells[result] is None else cells[result] for cells in one.rows], "result", faults)
    zeros = np.zeros(len(one.rows), np.int64)
    dataset = Labels(zeros, [key.dataset]) if key.dataset else None
    made = assembled(Named(Labels(zeros, [key.entity]), Labels(zeros, [key.attribute]), dataset), time, found, faults)
    faults.check()
    return made


def _said(error: Exception) -> Title:
    said = " ".join(str(error).split())[:200]
    return Title(f"不能读作一条观测：{said}", f"it cannot be read as an observation: {said}")
