"""The made-up city enters the registry: its devices, and the gateways that they send through, which have credentials."""

from collections.abc import Iterator

import shapely

from yuzhang.core.access import Party
from yuzhang.core.errors import InputRefused
from yuzhang.core.language import Title
from yuzhang.core.simulated import MARK
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.provisioning.made_up import enrol, put_away
from yuzhang.foundation.registry.room import Registry
from yuzhang.simulator.fleet import BEHIND_A_GATEWAY, Fleet, Place, gateway_entity

MODEL = "simulated / 模拟"
GATEWAY_S = 60.0


class NowhereToStand(InputRefused):
    """There is no region in which a simulated device could be put."""

    code = "nowhere-to-stand"
    title = Title("没有可放置设备的区域", "Nowhere to stand")


def places(registry: Registry) -> list[Place]:
    """The smallest regions that have a boundary. Raises NowhereToStand if there is none."""
    regions = [one for one in registry.regions() if one.boundary is not None and not shapely.is_empty(one.boundary)]
    parents = {one.parent for one in regions}
    found = [Place(one.id, one.boundary) for one in regions if one.id not in parents]
    if not found:
        raise NowhereToStand(
            Title("登记册中没有带边界的区域。", "The registry has no region with a boundary."),
            fix=Title("请先装入城市：yuzhang city load 城市目录。", "Load a city first: yuzhang city load FOLDER."),
        )
    return found


def enrolled(registry: Registry, caller: Party, of: Fleet) -> dict[str, str]:
    """Enter a fleet, in the place of the one before; the secret of each gateway. Raises NotAllowed."""
    gateways = list(_gateways(of))
    devices = [*gateways, *_devices(of)]
    put_away(registry, caller, but={one.id for one in devices})
    return enrol(registry, caller, devices, {one.id for one in gateways})


def _devices(of: Fleet) -> Iterator[Device]:
    for group in of.groups:
        kind = group.kind
        for at in range(len(group)):
            number = group.first + at
            yield Device(
                group.device(at),
                name=f"{kind.title.zh} {number}",
                kind=kind.type,
                model=MODEL,
                entity=group.entity(at),
                lon=float(group.lon[at]),
                lat=float(group.lat[at]),
                unit=kind.unit,
                region=of.places[group.place[at]].id,
                gateway=group.gateway(at),
                firmware="1.0",
                simulated=True,
                expected_s=kind.every_s * 2.0,
            )


def _gateways(of: Fleet) -> Iterator[Device]:
    stands: dict[int, tuple[float, float, str]] = {}
    for group in of.groups:
        for at in range(len(group)):
            number = (group.first + at) // BEHIND_A_GATEWAY
            stands.setdefault(number, (float(group.lon[at]), float(group.lat[at]), of.places[group.place[at]].id))
    for number, (lon, lat, region) in stands.items():
        name = f"{MARK}-gateway-{number}"
        yield Device(
            name,
            name=f"模拟网关 {number}",
            kind="Gateway",
            model=MODEL,
            entity=gateway_entity(name),
            lon=lon,
            lat=lat,
            region=region,
            firmware="1.0",
            simulated=True,
            expected_s=GATEWAY_S,
        )
