"""An entity of the city's present as a thing on the map: where it is, and the one value of it that is shown."""

from collections.abc import Iterable

from yuzhang.brain.context.classification.model import UNCLASSIFIED, Classes
from yuzhang.brain.context.classification.sight import texts
from yuzhang.brain.context.model import Entity, Instance
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.presentation import position_of, short
from yuzhang.core.language import Title
from yuzhang.core.simulated import is_simulated
from yuzhang.entrance.city.model import EXPECTED_S, UNTITLED, DeviceLike, Group, Placed, Thing
from yuzhang.entrance.city.seeing import CONTEXT

REGISTRY = "foundation.registry"


def thing_of(entity: Entity, device: DeviceLike | None, classes: Classes, shown: str = "") -> Thing | None:
    """An entity as the map shows it, with the value of the attribute `shown`, else of its newest; None if nobody knows where it is.

    Where the present knows an entity, its classification decides who sees it; where only the registry does, the device's region and unit.
    """
    place = position_of(entity)
    if place is None and device is not None and device.lon is not None and device.lat is not None:
        place = (device.lon, device.lat)
    if place is None:
        return None
    attribute, value, at = _value(entity, shown)
    return Thing(
        entity.id,
        place[0],
        place[1],
        kind=device.kind if device and device.kind else short(entity.types[0]),
        group=Group(CONTEXT, tuple(_placed(entity, classes)), attribute),
        status=device.status if device else "",
        value=value,
        at=at,
        expected_s=device.expected_s if device and device.expected_s > 0 else EXPECTED_S,
        simulated=(device is not None and device.simulated) or is_simulated(entity.id),
        title=same(device.name) if device else UNTITLED,
        unit=device.unit if device else "",
        region=device.region if device else "",
        entity=entity.id,
    )


def thing_of_device(device: DeviceLike) -> Thing | None:
    """A device of which nothing came yet; None if nobody knows where it is."""
    if device.lon is None or device.lat is None:
        return None
    return Thing(
        device.entity or device.id,
        device.lon,
        device.lat,
        kind=device.kind,
        group=Group(REGISTRY, ((device.kind, (device.region,), (device.unit,)),)),
        status=device.status,
        expected_s=device.expected_s if device.expected_s > 0 else EXPECTED_S,
        simulated=device.simulated,
        title=same(device.name),
        unit=device.unit,
        region=device.region,
        entity=device.entity,
    )


def is_number(instance: Instance) -> bool:
    """Whether an instance's value is a number that a map can show."""
    value = instance.get("value")
    return isinstance(value, int | float) and not isinstance(value, bool)


def _placed(entity: Entity, classes: Classes) -> Iterable[Placed]:
    for kind in entity.types:
        classed = classes.get(kind, UNCLASSIFIED)
        regions, units = texts(entity.body, classed.region_by), texts(entity.body, classed.unit_by)
        yield kind, tuple(regions), tuple(units)


def _value(entity: Entity, shown: str) -> tuple[str, float, int]:
    """The attribute that is shown, its value and time: `shown` if it is there, else the newest number."""
    found: tuple[int, str, float] | None = None
    for name in sorted(entity.attributes()):
        for one in entity.instances(name):
            if one.get("datasetId") or not is_number(one):
                continue
            observed = one.get("observedAt")
            at = microseconds(observed) if observed else entity.attribute_times(name, None)[1]
            if name == shown:
                return name, float(one["value"]), at
            if found is None or at > found[0]:
                found = at, name, float(one["value"])
    return ("", float("nan"), 0) if found is None else (found[1], found[2], found[0])


def same(text: str) -> Title:
    """A text that is the same in both languages."""
    return Title(text, text)
