"""The room's words: units, regions, devices, and devices that ask to be taken in. Times are aware; positions are WGS-84 degrees."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, get_args

from yuzhang.core.language import Title
from yuzhang.core.simulated import MARK

Status = Literal["planned", "waiting", "active", "suspended", "retired"]
STATUSES: tuple[Status, ...] = get_args(Status)
"""`planned`: entered before it is there; `waiting`: approved, and its credential is not fetched yet; `suspended`: may not write for now;
`retired`: is no more, and may not come back."""
ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
KIND = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
EXPECTED_S = 300.0
"""A device from which nothing else is said sends at least every five minutes."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Who is responsible: an office, a department, a district's government, a company."""

    id: str
    name: Title
    parent: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Region:
    """Where: a part of the city. `level`: city, district, street, …; `boundary`: a shapely geometry, None where it is not known."""

    id: str
    name: Title
    parent: str = ""
    level: str = ""
    boundary: Any = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Device:
    """Something that sends. `entity`: the URI of what it observes; `writes`: further entities that it may write; `gateway`: the device
    that its messages come through, which may write for it; `expected_s`: it sends at least so often."""

    id: str
    name: str = ""
    kind: str = "Device"
    model: str = ""
    entity: str = ""
    lon: float | None = None
    lat: float | None = None
    unit: str = ""
    region: str = ""
    gateway: str = ""
    firmware: str = ""
    status: Status = "active"
    writes: tuple[str, ...] = ()
    simulated: bool = False
    expected_s: float = EXPECTED_S

    def may_write(self, entity: str) -> bool:
        """Whether an entity is its own, or one that it was given. What is behind a gateway the registry knows.

        >>> Device("p-1", entity="urn:x:1", writes=("urn:x:2",)).may_write("urn:x:2")
        True
        """
        return entity == self.entity or entity in self.writes


def own_entity(id_: str, kind: str, simulated: bool) -> str:
    """The entity of a device for which no other is named.

    >>> own_entity("p-1", "PumpStation", False), own_entity("p-1", "PumpStation", True)
    ('urn:ngsi-ld:PumpStation:p-1', 'urn:ngsi-ld:PumpStation:sim:p-1')
    """
    return f"urn:ngsi-ld:{kind}:{MARK}:{id_}" if simulated else f"urn:ngsi-ld:{kind}:{id_}"


@dataclass(frozen=True, slots=True)
class Credential:
    """What a device proves itself with, without the secret."""

    device: str
    made_at: datetime
    made_by: str


@dataclass(frozen=True, slots=True)
class NewCredential:
    """A device's secret, in the answer that made it only."""

    device: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Registration:
    """A device that asks to be taken in, and waits for an officer. What it says of itself is not proven by anything."""

    name: str
    kind: str
    model: str = ""
    entity: str = ""
    lon: float | None = None
    lat: float | None = None
    gateway: str = ""
    firmware: str = ""
    peer: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which devices are asked for: a piece of their id, name, entity or model, and what they have to be; "" for all."""

    text: str = ""
    kind: str = ""
    region: str = ""
    unit: str = ""
    status: str = ""
    gateway: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """Some of the devices that were asked for, and how many there are."""

    devices: tuple[Device, ...]
    total: int
