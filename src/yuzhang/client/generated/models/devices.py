"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import UNSET, Struct, UnsetType, field

from . import shared


class Approval(Struct):
    """
    Who answers for a device from now on.
    """

    unit: str | UnsetType = ""


class Asking(Struct):
    """
    A device that asks to be taken in. `claim`: a random text of its own, 32 to 200 characters, with which it fetches its credential.
    """

    name: str
    claim: str
    kind: str
    model: str | UnsetType = ""
    entity: str | UnsetType = ""
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    gateway: str | UnsetType = ""
    firmware: str | UnsetType = ""


class Changes(Struct):
    """
    Fields of a device that change; what is absent stays.
    """

    name: str | UnsetType | None = UNSET
    kind: str | UnsetType | None = UNSET
    model: str | UnsetType | None = UNSET
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    unit: str | UnsetType | None = UNSET
    region: str | UnsetType | None = UNSET
    gateway: str | UnsetType | None = UNSET
    firmware: str | UnsetType | None = UNSET
    status: Literal["planned", "waiting", "active", "suspended", "retired"] | UnsetType | None = UNSET
    writes: list[str] | UnsetType | None = UNSET
    expected_s: float | UnsetType | None = UNSET


class Claim(Struct):
    """
    The claim that a device made up.
    """

    claim: str


class Device(Struct):
    """
    Something that sends. `entity`: the URI of what it observes; `writes`: further entities that it may write; `gateway`: the device
    that its messages come through, which may write for it; `expected_s`: it sends at least so often.
    """

    id: str
    name: str | UnsetType = ""
    kind: str | UnsetType = "Device"
    model: str | UnsetType = ""
    entity: str | UnsetType = ""
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    unit: str | UnsetType = ""
    region: str | UnsetType = ""
    gateway: str | UnsetType = ""
    firmware: str | UnsetType = ""
    status: Literal["planned", "waiting", "active", "suspended", "retired"] | UnsetType = "active"
    writes: list[str] | UnsetType = field(default_factory=list)
    simulated: bool | UnsetType = False
    expected_s: float | UnsetType = 300.0


class Found(Struct):
    """
    Some of the devices that were asked for, and how many there are.
    """

    devices: list[Device]
    total: int


class Told(Struct):
    """
    What a device is. `entity` "" for one of its own; `region` "" for that of its place; `expected_s`: it sends at least so often.
    """

    id: str
    kind: str
    name: str | UnsetType = ""
    model: str | UnsetType = ""
    entity: str | UnsetType = ""
    lon: float | UnsetType | None = UNSET
    lat: float | UnsetType | None = UNSET
    unit: str | UnsetType = ""
    region: str | UnsetType = ""
    gateway: str | UnsetType = ""
    firmware: str | UnsetType = ""
    status: Literal["planned", "waiting", "active", "suspended", "retired"] | UnsetType = "active"
    writes: list[str] | UnsetType = field(default_factory=list)
    simulated: bool | UnsetType = False
    expected_s: float | UnsetType = 300.0


class Waiting(Struct):
    """
    A device that waits for approval.
    """

    name: str
    kind: str
    model: str
    entity: str
    lon: float | None
    lat: float | None
    gateway: str
    firmware: str
    peer: str
    at: datetime | None


class Credential(Struct):
    """
    A device's secret; it is in this answer only. Send it as `Authorization: Device <name>:<secret>`, or as the MQTT password.
    """

    device: str
    secret: str


class Standing(Struct):
    """
    How a registration stands: `waiting`; or `approved`, with the credential.
    """

    status: str
    credential: Credential | UnsetType | None = UNSET


class AddedDevice(Struct):
    """
    A new device and its credential.
    """

    device: Device
    credential: Credential | None


class Fault(Struct):
    """
    What is wrong with a cell of a table, and what to write instead.
    """

    row: int
    column: str
    wrong: shared.Title
    instead: shared.Title


class Imported(Struct):
    """
    How many devices a table brought, and their credentials if they were asked for.
    """

    added: int
    credentials: list[Credential]


class Checked(Struct):
    """
    What a table would bring.
    """

    devices: int
    faults: list[Fault]
