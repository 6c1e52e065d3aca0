"""The room's words: how a device stands, and what is silent. Times are aware, rates in values a minute."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from yuzhang.core.language import Title

Health = Literal["fresh", "late", "silent", "never"]
HEALTHS: tuple[Health, ...] = get_args(Health)
"""By the age of a device's last message, in its expected intervals: up to LATE `fresh`, up to SILENT `late`, beyond `silent`; `never` heard."""
LATE, SILENT = 1.5, 3.0
FindingKind = Literal["device", "gateway", "network"]


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands. `rate`: values a minute, over the last minutes; `gaps`: how often it was silent and came back; `battery`: per
    cent; `signal`: as it reports it, dBm as a rule."""

    device: str
    health: Health
    seen: datetime | None
    expected_s: float
    rate: float
    values: int
    gaps: int
    longest_gap_s: float
    gap_at: datetime | None
    battery: float | None
    signal: float | None
    kind: str = ""
    region: str = ""
    gateway: str = ""
    simulated: bool = False


@dataclass(frozen=True, slots=True)
class Count:
    """How many active devices of one kind (or region) stand how."""

    name: str
    simulated: bool
    fresh: int
    late: int
    silent: int
    never: int
    rate: float

    @property
    def total(self) -> int:
        """All of them.

        >>> Count("Pump", False, 3, 1, 0, 0, 0.0).total
        4
        """
        return self.fresh + self.late + self.silent + self.never


@dataclass(frozen=True, slots=True)
class Summary:
    """All active devices by kind and by region, and how many values a minute come in."""

    at: datetime
    kinds: tuple[Count, ...]
    regions: tuple[Count, ...]
    silent_gateways: int
    findings: int


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that went silent: a device, a gateway with all that comes through it, or most of the network. One each, however many
    devices it covers. `covers`: how many devices are silent with it; `into`: the finding that took its place, if that is why it ended."""

    id: str
    kind: FindingKind
    device: str
    covers: int
    began_at: datetime
    seen: datetime | None
    ended_at: datetime | None = None
    into: str = ""
    region: str = ""
    unit: str = ""
    lon: float | None = None
    lat: float | None = None
    simulated: bool = False

    @property
    def title(self) -> Title:
        """What is silent, in words."""
        if self.kind == "network":
            return Title(
                f"大部分设备没有上报（{self.covers} 台）：请先检查接入服务",
                f"Most devices are silent ({self.covers}): look at the way in first",
            )
        if self.kind == "gateway":
            return Title(
                f"网关 {self.device} 没有上报，涉及 {self.covers} 台设备",
                f"Gateway {self.device} is silent, and {self.covers} devices with it",
            )
        return Title(f"设备 {self.device} 没有上报", f"Device {self.device} is silent")


@dataclass(frozen=True, slots=True)
class Branch:
    """A gateway in the tree: what comes through it. `behind`: all devices under it, at any depth; `silent`: how many of them are."""

    standing: Standing
    behind: int
    silent: int
    branches: int


@dataclass(frozen=True, slots=True)
class Tree:
    """A piece of the topology: a gateway (None at the root) with the way to it, the gateways under it, and its devices, page by page."""

    at: Branch | None
    way: tuple[str, ...]
    branches: tuple[Branch, ...]
    devices: tuple[Standing, ...]
    total: int
