"""What the network of devices finds silent, as events: one for a gateway with all that comes through it, one for most of a network.

A single device that is silent is shown on the page of the network, and opens no event: where that matters, a rule of absence says so.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from sqlalchemy import Connection

from yuzhang.brain.rules import store
from yuzhang.brain.rules.model import Event, event_id
from yuzhang.core.language import Title
from yuzhang.core.moments import microseconds
from yuzhang.foundation.network.model import Finding

PACK = "network"
GATEWAY, NETWORK = "gateway-silent", "network-silent"
"""The kinds of events; the matters of their cases are called the same."""
SEVERITIES = {GATEWAY: 3, NETWORK: 4}
KINDS = {"gateway": GATEWAY, "network": NETWORK}
WATCHES: Mapping[str, Title] = {
    f"{PACK}:{GATEWAY}": Title("设备网络：网关失联", "The network of devices: a silent gateway"),
    f"{PACK}:{NETWORK}": Title("设备网络：大面积失联", "The network of devices: most of it silent"),
}
"""What stands in the place of a rule, by the id that events name."""


class Known(Protocol):
    """A device, as far as an event names it."""

    @property
    def name(self) -> str: ...
    @property
    def entity(self) -> str: ...


class Knowing(Protocol):
    """Who knows devices by their id."""

    def device(self, id_: str, /) -> Known | None:
        """A device."""


def kept(connection: Connection, findings: Sequence[Finding], registry: Knowing | None) -> list[Event]:
    """The events that findings open and end, kept in the transaction of `connection`; those that were known to be so are left out."""
    found: list[Event] = []
    for one in events_of(findings, registry):
        if one.status == "cleared":
            found += [one] if store.clear_event(connection, one) else []
        elif fresh := store.add_events(connection, [one]):
            found += fresh
        else:
            store.seen(connection, [(one.seen_at, one.value, one.id)])
    return found


def events_of(findings: Sequence[Finding], registry: Knowing | None) -> Iterator[Event]:
    """Those of findings that are events, as events."""
    for one in findings:
        if one.kind in KINDS:
            yield _event(one, registry.device(one.device) if registry is not None and one.device else None)


def _event(one: Finding, device: Known | None) -> Event:
    kind, entity = KINDS[one.kind], device.entity if device is not None else ""
    rule, opened = f"{PACK}:{kind}", microseconds(one.began_at)
    ended = None if one.ended_at is None else microseconds(one.ended_at)
    return Event(
        event_id(rule, entity or one.device, "", "", opened),
        rule,
        PACK,
        kind,
        entity,
        "",
        SEVERITIES[kind],
        "open" if ended is None else "cleared",
        _title(one, (device.name if device is not None else "") or one.device),
        opened,
        ended,
        opened if ended is None else ended,
        float(one.covers),
        None,
        one.lon,
        one.lat,
        one.region,
        one.unit,
        kind,
        one.simulated,
    )


def _title(one: Finding, name: str) -> Title:
    if one.kind == "network":
        return Title(
            "大部分设备没有上报：请先检查接入服务和通信线路",
            "Most devices are silent: look at the way in and the lines first",
        )
    return Title(
        f"网关 {name} 失联，其下设备的数据中断", f"Gateway {name} is silent, and with it the devices behind it"
    )
