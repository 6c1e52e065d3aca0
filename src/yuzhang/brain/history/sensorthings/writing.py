"""Observations that clients bring, of Datastreams that are there: one, or many as data arrays. Source: OGC 18-088, clauses 10.2 and 12.2.

A Datastream is a series, so its unit, its sensor and its place are those of the entity; what an Observation says of them is not taken.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import time_ns
from typing import Any

import msgspec
import numpy as np

from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.classification.sight import CHANGED
from yuzhang.brain.context.model import Entity, Instance
from yuzhang.brain.context.moments import stamp
from yuzhang.brain.context.spelling import is_name, is_uri
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history.flattening import is_exact
from yuzhang.brain.history.model import Series
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings.describing import OWN, instance_of, row_id
from yuzhang.brain.history.sensorthings.errors import BadQuery, NotOffered, bad, not_there
from yuzhang.brain.history.sensorthings.knowing import Knowing
from yuzhang.brain.history.sensorthings.query.values import geometry_of, microseconds_of, read_moment
from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.foundation.log.model import Columns, Key, Microseconds

ERROR = "error"
"""What stands for an Observation that could not be taken. Source: clause 12.2."""
READ = frozenset({"phenomenonTime", "resultTime", "result", "parameters", "FeatureOfInterest/id"})
FOREIGN = frozenset({"validTime", "resultQuality"})
encode = msgspec.json.Encoder().encode


class Reference(msgspec.Struct, frozen=True):
    """An entity that is meant by its id."""

    id: int | str = msgspec.field(name="@iot.id")


class DataArray(msgspec.Struct, frozen=True):
    """Observations of one Datastream as rows of `components`. Source: table 34."""

    datastream: Reference = msgspec.field(name="Datastream")
    components: list[str]
    rows: list[list[Any]] = msgspec.field(name="dataArray")


@dataclass(frozen=True, slots=True)
class Reading:
    """An Observation that can be kept."""

    series: Series
    time: Microseconds
    value: float
    rest: str | None


def read_arrays(content: bytes) -> list[DataArray]:
    """The data arrays of a request. Raises BadQuery."""
    try:
        found = msgspec.json.decode(content, type=list[DataArray])
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as err:
        raise _unreadable(str(err)) from err
    for one in found:
        _check_names(one.components)
        if "result" not in one.components:
            raise bad("components 缺少 result。", "There is no result among the components.", "/components")
    return found


def read_observation(content: bytes, datastream: str) -> DataArray:
    """One Observation as a data array; `datastream` is its id, or empty if the Observation says it. Raises BadQuery."""
    try:
        found = msgspec.json.decode(content, type=dict[str, Any])
        link = found.pop("Datastream", None)
        said = datastream or msgspec.convert(link, Reference).id
        if "FeatureOfInterest" in found:
            found["FeatureOfInterest/id"] = msgspec.convert(found.pop("FeatureOfInterest"), Reference).id
    except (msgspec.ValidationError, msgspec.DecodeError, RecursionError) as err:
        raise _unreadable(str(err)) from err
    found.pop("@iot.id", None)
    _check_names(found)
    if "result" not in found:
        raise bad("缺少 result。", "There is no result.", "/result")
    return DataArray(Reference(said), list(found), [list(found.values())])


def _unreadable(why: str) -> BadQuery:
    return bad(f"内容无法理解：{why[:200]}", f"The content cannot be read: {why[:200]}", "/")


def _check_names(names: Sequence[str] | Mapping[str, Any]) -> None:
    for name in names:
        if name in FOREIGN:
            raise NotOffered(Title(f"{name} 无法保存。", f"{name} cannot be kept."), where=f"/{name}")
        if name not in READ:
            there = ", ".join(sorted(READ))
            raise bad(
                f"没有 {name[:60]}；有：{there}。", f"There is no {name[:60]}; there are {there}.", f"/{name[:60]}"
            )


@action("operator")
async def observe_many(history: History, caller: Party, /, intake: Intake, tenant: str, content: bytes) -> list[str]:
    """Take the Observations of data arrays; durable when it returns: the id of each, or ERROR for one that cannot be taken.

    Raises: NotThere, NotOffered, BadQuery if none can be taken; what the intake raises. Then nothing is kept.
    """
    arrays = await in_thread(read_arrays, content)
    readings, faults = await in_thread(_readings, arrays, tenant, history, caller)
    taken = [one for one in readings if one is not None]
    if not taken:
        raise faults[0] if faults else bad("没有观测。", "There are no Observations.", "/dataArray")
    await _take(intake, caller, tenant, taken)
    return [ERROR if one is None else row_id(one.series.number, one.time) for one in readings]


@action("operator")
async def observe_one(
    history: History, caller: Party, /, intake: Intake, tenant: str, content: bytes, datastream: str = ""
) -> str:
    """Take one Observation, of a Datastream that is named here or in it; durable when it returns: its id. Raises as `observe_many`."""
    array = read_observation(content, datastream)
    (reading,), faults = await in_thread(_readings, [array], tenant, history, caller)
    if reading is None:
        raise faults[0]
    await _take(intake, caller, tenant, [reading])
    return row_id(reading.series.number, reading.time)


async def _take(intake: Intake, caller: Party, tenant: str, taken: Sequence[Reading]) -> None:
    numbers: dict[int, int] = {}
    keys: list[Key] = []
    for one in taken:
        if numbers.setdefault(one.series.number, len(numbers)) == len(keys):
            keys.append(Key(one.series.entity, one.series.attribute, one.series.dataset))
    columns = Columns(
        np.array([numbers[one.series.number] for one in taken], np.int32),
        np.array([one.time for one in taken], np.int64),
        np.array([one.value for one in taken], np.float64),
        [one.rest for one in taken] if any(one.rest is not None for one in taken) else None,
    )
    await intake.observe(caller, tenant, keys, columns, {})


@action("operator")
def refuse(history: History, caller: Party, /, method: str, path: str) -> None:
    """Say what to use for a write that is not offered here. Raises NotOffered."""
    raise NotOffered(
        Title(f"这里不提供 {method} /{path[:100]}。", f"{method} /{path[:100]} is not offered here."),
        where=f"/{path[:100]}",
        fix=Title(
            "实体和设备请用 NGSI-LD 写入（/ngsi-ld/v1/entities）；观测请发到 CreateObservations 或 Datastreams(n)/Observations。",
            "Write entities and devices over NGSI-LD (/ngsi-ld/v1/entities); Observations go to CreateObservations or "
            "Datastreams(n)/Observations.",
        ),
    )


def _readings(
    arrays: Sequence[DataArray], tenant: str, history: History, caller: Party
) -> tuple[list[Reading | None], list[BadQuery]]:
    knowing = Knowing(history, caller, tenant, CHANGED)
    numbers = [int(one.datastream.id) for one in arrays if str(one.datastream.id).isdecimal()]
    there = knowing.series([one for one in numbers if one < 2**31])
    readings: list[Reading | None] = []
    faults: list[BadQuery] = []
    for array in arrays:
        number = int(array.datastream.id) if str(array.datastream.id).isdecimal() else 0
        if number not in there:
            raise not_there(f"Datastreams({str(array.datastream.id)[:40]})")
        for found in _of_array(array, there[number], knowing.entity(there[number].entity)):
            if isinstance(found, Reading):
                readings.append(found)
            else:
                readings.append(None)
                faults.append(found)
    return readings, faults


def _of_array(array: DataArray, series: Series, entity: Entity | None) -> Iterator[Reading | BadQuery]:
    like = instance_of(series, entity)
    for at, row in enumerate(array.rows):
        if len(row) != len(array.components):
            count = len(array.components)
            yield bad(f"第 {at + 1} 行不是 {count} 个值。", f"Row {at + 1} has not {count} values.", f"row {at + 1}")
            continue
        try:
            yield _reading(dict(zip(array.components, row, strict=True)), series, like, f"row {at + 1}")
        except BadQuery as fault:
            yield fault


def _reading(given: dict[str, Any], series: Series, like: Instance, where: str) -> Reading:
    feature = given.get("FeatureOfInterest/id")
    if feature is not None and feature != series.entity:
        raise bad(f"该数据流的对象是 {series.entity}。", f"What this Datastream observes is {series.entity}.", where)
    time = _time(given.get("phenomenonTime"), where)
    result, parameters = given.get("result"), given.get("parameters") or {}
    instance = _instance(result, parameters, like, where)
    if is_exact(result) and instance["type"] == "Property":
        del instance["value"]
        return Reading(series, time, float(str(result)), encode(instance).decode() if len(instance) > 1 else None)
    return Reading(series, time, float("nan"), encode(instance).decode())


def _time(given: Any, where: str) -> Microseconds:
    if given is None:
        return time_ns() // 1000
    moment = read_moment(given) if isinstance(given, str) else None
    if moment is None:
        raise bad(
            f"phenomenonTime 须为时刻，如 {stamp(0)}；不保存时段。",
            f"phenomenonTime is a moment like {stamp(0)}; intervals are not kept.",
            where,
        )
    return microseconds_of(moment)


def _instance(result: Any, parameters: Any, like: Instance, where: str) -> Instance:
    """The attribute instance of a result, of the kind that the series has."""
    if result is None:
        raise bad("没有 result。", "There is no result.", where)
    found: Instance = {"type": "Property", "value": result}
    if like["type"] == "GeoProperty":
        if geometry_of(result) is None:
            raise bad("result 须为 GeoJSON 几何。", "The result is a GeoJSON geometry.", where)
        found["type"] = "GeoProperty"
    elif like["type"] == "Relationship":
        if not is_uri(result):
            raise bad("result 须为 URI。", "The result is a URI.", where)
        found = {"type": "Relationship", "object": result}
    elif like["type"] != "Property":
        raise bad(f"{like['type']} 请用 NGSI-LD 写入。", f"A {like['type']} is written over NGSI-LD.", where)
    if not parameters:
        return found
    if not isinstance(parameters, dict) or any(not is_name(name) or name in OWN for name in parameters):
        raise bad("parameters 须为以名称为键的对象。", "Parameters are an object with names for keys.", where)
    if "unitCode" in like:
        found["unitCode"] = like["unitCode"]
    return found | {
        name: {"type": "Property", "value": value} for name, value in parameters.items() if value is not None
    }
