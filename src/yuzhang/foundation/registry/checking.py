"""Whether what is told of a device fits: on its own, and to what the registry knows. All faults are found, not the first only."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from yuzhang.core.language import Title
from yuzhang.core.simulated import MARK, is_simulated
from yuzhang.foundation.registry.model import ID, KIND, STATUSES, Device, own_entity
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.registry.store import devices as store
from yuzhang.foundation.registry.store import gateways as gates

URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20\x7f]+")
RESERVED = frozenset({"new", "import", "imports", "registrations", "waiting"})
"""What stands in the place of an id in addresses."""
LONGEST, LONGEST_URI, MOST_WRITES = 200, 2000, 1_000
LONGEST_EXPECTED_S = 366 * 86_400.0


@dataclass(frozen=True, slots=True)
class Wrong:
    """A fault of one device: its field, what is wrong, and what to write instead."""

    column: str
    wrong: Title
    instead: Title


def completed(one: Device) -> Device:
    """The device with the entity that is its own where no other was named, and marked as simulated if that is."""
    entity = one.entity or own_entity(one.id, one.kind, one.simulated)
    return replace(one, entity=entity, simulated=one.simulated or is_simulated(entity))


def placed(registry: Registry, some: Sequence[Device]) -> list[Device]:
    """The devices with the region that they stand in, where none was named."""
    asked = [at for at, one in enumerate(some) if not one.region and one.lon is not None and one.lat is not None]
    regions = registry.regions_at([some[at].lon or 0.0 for at in asked], [some[at].lat or 0.0 for at in asked])
    found = list(some)
    for at, region in zip(asked, regions, strict=True):
        found[at] = replace(found[at], region=region)
    return found


def faults_of(one: Device) -> Iterator[Wrong]:
    """What is wrong with a device on its own."""
    if not ID.fullmatch(one.id) or one.id in RESERVED:
        yield Wrong("id", *_said("编号不合要求", "the id does not fit", "A-Z a-z 0-9 . _ : -, 1–128"))
    if not KIND.fullmatch(one.kind):
        yield Wrong("kind", *_said("类型不合要求", "the kind does not fit", "PumpStation"))
    own = one.entity == own_entity(one.id, one.kind, one.simulated)
    if own and not (ID.fullmatch(one.id) and KIND.fullmatch(one.kind)):
        pass  # it is made of what is told already
    elif not URI.fullmatch(one.entity) or len(one.entity) > LONGEST_URI:
        yield Wrong("entity", *_said("实体不是 URI", "the entity is no URI", f"urn:ngsi-ld:{one.kind[:64]}:1"))
    yield from _mark_faults(one)
    yield from _place_faults(one)
    if one.status not in STATUSES:
        yield Wrong("status", *_said("没有这种状态", "there is no such status", ", ".join(STATUSES)))
    if not 1 <= one.expected_s <= LONGEST_EXPECTED_S:
        yield Wrong("expected_s", *_said("间隔不合要求", "the interval does not fit", "1–31622400 s"))
    if len(one.writes) > MOST_WRITES or any(not URI.fullmatch(to) or len(to) > LONGEST_URI for to in one.writes):
        yield Wrong("writes", *_said("可写实体不是 URI", "an entity to write is no URI", "urn:ngsi-ld:Thing:1"))
    if one.gateway and one.gateway == one.id:
        yield Wrong("gateway", *_said("设备不能是自己的网关", "a device is not its own gateway", "—"))
    for name in ("name", "model", "firmware"):
        if len(getattr(one, name)) > LONGEST:
            yield Wrong(name, *_said("文字过长", "the text is too long", f"≤ {LONGEST}"))


def _mark_faults(one: Device) -> Iterator[Wrong]:
    if one.simulated and URI.fullmatch(one.entity) and not is_simulated(one.entity):
        yield Wrong(
            "simulated", *_said("模拟设备的实体须带标记", "a simulated device's entity bears a mark", f":{MARK}:")
        )
    if one.simulated and not all(map(is_simulated, one.writes)):
        yield Wrong(
            "writes", *_said("模拟设备只写模拟实体", "a simulated device writes simulated entities only", f":{MARK}:")
        )


def _place_faults(one: Device) -> Iterator[Wrong]:
    if (one.lon is None) != (one.lat is None):
        missing = "lon" if one.lon is None else "lat"
        yield Wrong(missing, *_said("经纬度应成对", "longitude and latitude come together", "115.89, 28.68"))
    if one.lon is not None and not -180 <= one.lon <= 180:
        yield Wrong("lon", *_said("经度超出范围", "the longitude is out of range", "-180–180 (WGS-84)"))
    if one.lat is not None and not -90 <= one.lat <= 90:
        yield Wrong("lat", *_said("纬度超出范围", "the latitude is out of range", "-90–90 (WGS-84)"))


def faults_among(
    registry: Registry, connection: Connection, some: Sequence[Device], itself: str = ""
) -> Iterator[tuple[int, Wrong]]:
    """What is wrong with devices beside each other and those that are there, each with its place. `itself`: the one that is changed."""
    units, regions = {one.id for one in registry.units()}, {one.id for one in registry.regions()}
    ids = [one.id for one in some]
    taken = store.known(connection, ids, [one.entity for one in some])
    seen: dict[str, int] = {}
    for at, one in enumerate(some):
        for column, value in (("id", one.id), ("entity", one.entity)):
            if taken.get(value, itself) != itself:
                yield at, Wrong(column, *_said(f"{value} 已登记", f"{value} is registered", "—"))
            elif seen.setdefault(f"{column} {value}", at) != at:
                yield at, Wrong(column, *_said(f"{value} 重复", f"{value} stands there twice", "—"))
        if one.unit and one.unit not in units:
            yield at, Wrong("unit", *_said(f"没有单位 {one.unit}", f"there is no unit {one.unit}", _some(units)))
        if one.region and one.region not in regions:
            yield (
                at,
                Wrong("region", *_said(f"没有区域 {one.region}", f"there is no region {one.region}", _some(regions))),
            )
    yield from _gateway_faults(connection, some, itself)


def _gateway_faults(connection: Connection, some: Sequence[Device], itself: str) -> Iterator[tuple[int, Wrong]]:
    """Gateways that are not there, rings of gateways, and gateways of the other kind."""
    known = gates.simulated(connection, sorted({one.gateway for one in some if one.gateway}))
    among = {one.id: one.gateway for one in some}
    yield from _kind_faults(connection, some, known | {one.id: one.simulated for one in some}, itself)
    for at, one in enumerate(some):
        if not one.gateway or one.gateway == one.id:
            continue
        if one.gateway not in known and one.gateway not in among:
            said = _said(f"没有网关 {one.gateway}", f"there is no gateway {one.gateway}", "—")
            yield at, Wrong("gateway", *said)
            continue
        passed, up = {one.id}, one.gateway
        while up and up not in passed:
            passed.add(up)
            up = among[up] if up in among else store.gateway_of(connection, up)
        if up == one.id:
            yield at, Wrong("gateway", *_said("网关首尾相接", "the gateways form a ring", "—"))


def _kind_faults(
    connection: Connection, some: Sequence[Device], simulated: Mapping[str, bool], itself: str
) -> Iterator[tuple[int, Wrong]]:
    """Simulated devices behind a real gateway, and the reverse: a gateway writes what is behind it, and nothing made up may write
    what is real."""
    before = store.device(connection, itself) if itself else None
    for at, one in enumerate(some):
        theirs = simulated.get(one.gateway, one.simulated) if one.gateway else one.simulated
        if theirs != one.simulated and not _is_only_stopped(before, one):
            yield at, _other_kind("gateway", one.gateway, one.simulated)
        if before is not None and before.simulated != one.simulated:
            behind = gates.one_behind(connection, one.id, not one.simulated)
            if behind:
                yield at, _other_kind("simulated", behind, one.simulated)


def _is_only_stopped(before: Device | None, now: Device) -> bool:
    """Whether a device that stands wrong since before this was asked is only put out of service, which is to be possible."""
    if before is None or now.status not in ("suspended", "retired"):
        return False
    return (before.gateway, before.simulated) == (now.gateway, now.simulated)


def _other_kind(column: str, other: str, simulated: bool) -> Wrong:
    """`other` is the gateway of a device, or a device behind a gateway, that is of the other kind."""
    kinds = (("真实", "real"), ("模拟", "simulated"))
    mine, theirs = kinds[simulated], kinds[not simulated]
    other = other[:128]
    if column == "gateway":
        zh = f"{mine[0]}设备不能经由{theirs[0]}网关 {other}"
        en = f"a {mine[1]} device does not send through the {theirs[1]} gateway {other}"
        instead = Title(f"{mine[0]}网关", f"a {mine[1]} gateway")
    else:
        zh = f"{theirs[0]}设备 {other} 经由它发送，它不能改为{mine[0]}设备"
        en = f"the {theirs[1]} device {other} sends through it, and it does not become {mine[1]}"
        instead = Title(f"请先为 {other} 换网关", f"give {other} another gateway first")
    return Wrong(column, Title(zh, en), instead)


def _some(known: Iterable[str]) -> str:
    told = sorted(known)
    return ", ".join(told[:5]) + (" …" if len(told) > 5 else "")


def _said(chinese: str, english: str, instead: str) -> tuple[Title, Title]:
    return Title(chinese[:300], english[:300]), Title(instead, instead)
