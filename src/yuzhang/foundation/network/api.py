"""Health of the network over HTTP."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from yuzhang.core.language import Title
from yuzhang.foundation.network import actions
from yuzhang.foundation.network.model import Finding, FindingKind, Standing, Summary, Tree
from yuzhang.foundation.network.room import Network
from yuzhang.web.asking import Caller

router = APIRouter(prefix="/api/network", tags=["network 网络"])
Asked = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=actions.MOST_AT_ONCE)]
Offset = Annotated[int, Query(ge=0, le=100_000_000)]
State = Annotated[
    str, Query(pattern="^(fresh|late|silent|never|)$", description="fresh, late, silent, never; empty for all")
]


def _room(request: Request) -> Network:
    found = request.app.state.network
    assert isinstance(found, Network)  # noqa: S101  # app.py puts it there
    return found


Room = Annotated[Network, Depends(_room)]


@dataclass(frozen=True, slots=True)
class Some:
    """Some devices, and how many there are."""

    devices: list[Standing]
    total: int


@dataclass(frozen=True, slots=True)
class ShownFinding:
    """Something that is or was silent; one for a gateway and all that comes through it."""

    id: str
    kind: FindingKind
    title: Title
    device: str
    covers: int
    began_at: datetime
    seen: datetime | None
    ended_at: datetime | None
    into: str
    region: str
    unit: str
    lon: float | None
    lat: float | None
    simulated: bool


def _shown(one: Finding) -> ShownFinding:
    return ShownFinding(
        one.id,
        one.kind,
        one.title,
        one.device,
        one.covers,
        one.began_at,
        one.seen,
        one.ended_at,
        one.into,
        one.region,
        one.unit,
        one.lon,
        one.lat,
        one.simulated,
    )


@router.get("")
def summary(network: Room, caller: Caller) -> Summary:
    """Active devices by kind and by region: how many are fresh, late, silent, never heard; and values a minute."""
    return actions.summary(network, caller)


@router.get("/devices")
def devices(
    network: Room,
    caller: Caller,
    health: State = "silent",
    kind: Asked = "",
    region: Asked = "",
    limit: Limit = 50,
    offset: Offset = 0,
) -> Some:
    """Devices that stand so, those heard longest ago first."""
    return Some(*actions.devices(network, caller, health, kind, region, limit, offset))


@router.get("/devices/{name}")
def device(network: Room, caller: Caller, name: str) -> Standing:
    """How one device stands: last message, rate, gaps, battery, signal."""
    return actions.health(network, caller, name)


@router.get("/findings")
def findings(network: Room, caller: Caller) -> list[ShownFinding]:
    """What is silent now."""
    return [_shown(one) for one in actions.findings(network, caller)]


@router.get("/findings/ended")
def ended(network: Room, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 50) -> list[ShownFinding]:
    """What was silent and is not any more, the newest first."""
    return [_shown(one) for one in actions.ended(network, caller, limit)]


@router.get("/tree")
def tree(network: Room, caller: Caller, gateway: Asked = "", limit: Limit = 50, offset: Offset = 0) -> Tree:
    """What hangs under a gateway, or under none: gateways with counts, devices page by page."""
    return actions.tree(network, caller, gateway, limit, offset)
