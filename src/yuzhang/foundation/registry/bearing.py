"""Devices that come by HTTP: known by the header `Authorization: Device <name>:<secret>`, and kept to what is their own."""

from collections.abc import Callable, Iterable
from typing import Protocol

from yuzhang.core.access import Party
from yuzhang.core.language import Title
from yuzhang.foundation.registry.errors import NotYourEntity
from yuzhang.foundation.registry.room import Registry
from yuzhang.web.gate import Asking

SCHEME = "device"
PREFIX = "device:"


class OfSeries(Protocol):
    """What names an attribute of an entity, as a key of the log does."""

    @property
    def entity(self) -> str:
        """The entity."""
        ...

    @property
    def attribute(self) -> str:
        """The attribute."""
        ...


def bearer(registry: Registry) -> Callable[[str, Asking], Party | None]:
    """For the gate's `bearers`: the party of the device whose name and secret follow the scheme `Device`; None for all else."""

    def known(token: str, asking: Asking) -> Party | None:
        scheme = asking.headers.get("authorization", "").partition(" ")[0]
        if scheme.lower() != SCHEME:
            return None
        name, _, secret = token.rpartition(":")
        found = registry.authenticate(name, secret, asking.peer)
        return None if found is None else registry.party(found)

    return known


def own_only(registry: Registry, party: Party, keys: Iterable[OfSeries], tenant: str = "") -> None:
    """Return if a party is no device, or may write all series of `keys`. Raises NotYourEntity with the first that it may not.

    Devices are of the default tenant: in another one nothing is theirs.
    """
    if party.kind != "device":
        return
    found = registry.device(party.id.removeprefix(PREFIX))
    for key in keys:
        if found is None or tenant or not registry.may_write(found, key.entity, key.attribute):
            raise NotYourEntity(
                Title(
                    f"该设备不得写入 {key.entity[:200]}，整批均未保存。",
                    f"This device may not write {key.entity[:200]}; nothing of the batch was kept.",
                ),
                where=key.entity[:200],
                fix=Title(
                    "请用该实体自己的设备凭证发送，或由管理员把本设备登记为它的网关，或把它加入本设备的“可写实体”。",
                    "Send it with its own device's credential, or have an officer name this device as its gateway or add it to what this one writes.",
                ),
            )
