"""What the API takes and answers. Written by `make client` from the OpenAPI document; do not edit."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct, UnsetType

from . import shared


class Count(Struct):
    """
    How many active devices of one kind (or region) stand how.
    """

    name: str
    simulated: bool
    fresh: int
    late: int
    silent: int
    never: int
    rate: float


class Summary(Struct):
    """
    All active devices by kind and by region, and how many values a minute come in.
    """

    at: datetime
    kinds: list[Count]
    regions: list[Count]
    silent_gateways: int
    findings: int


class Standing(Struct):
    """
    How a device stands. `rate`: values a minute, over the last minutes; `gaps`: how often it was silent and came back; `battery`: per
    cent; `signal`: as it reports it, dBm as a rule.
    """

    device: str
    health: Literal["fresh", "late", "silent", "never"]
    seen: datetime | None
    expected_s: float
    rate: float
    values: int
    gaps: int
    longest_gap_s: float
    gap_at: datetime | None
    battery: float | None
    signal: float | None
    kind: str | UnsetType = ""
    region: str | UnsetType = ""
    gateway: str | UnsetType = ""
    simulated: bool | UnsetType = False


class Branch(Struct):
    """
    A gateway in the tree: what comes through it. `behind`: all devices under it, at any depth; `silent`: how many of them are.
    """

    standing: Standing
    behind: int
    silent: int
    branches: int


class ShownFinding(Struct):
    """
    Something that is or was silent; one for a gateway and all that comes through it.
    """

    id: str
    kind: Literal["device", "gateway", "network"]
    title: shared.Title
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


class Some(Struct):
    """
    Some devices, and how many there are.
    """

    devices: list[Standing]
    total: int


class Tree(Struct):
    """
    A piece of the topology: a gateway (None at the root) with the way to it, the gateways under it, and its devices, page by page.
    """

    at: Branch | None
    way: list[str]
    branches: list[Branch]
    devices: list[Standing]
    total: int
