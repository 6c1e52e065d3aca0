"""What can be done with devices: look, add, change, give and take their credentials."""

import secrets as random
from dataclasses import dataclass, fields, replace
from typing import Any

from sqlalchemy import Connection

from yuzhang.core.access import Party, action
from yuzhang.core.errors import InputRefused, NotFound
from yuzhang.core.language import Title
from yuzhang.foundation.registry.checking import Wrong, completed, faults_among, faults_of, placed
from yuzhang.foundation.registry.errors import KnownDevice, UnfitDevice, UnknownDevice, WrongStatus
from yuzhang.foundation.registry.model import Credential, Device, Found, NewCredential, Region, Sought, Status, Unit
from yuzhang.foundation.registry.room import PREFIX, Registry, hash_of
from yuzhang.foundation.registry.store import devices as store

SECRET_BYTES = 32
MOST_AT_ONCE = 1_000
ALL = Sought()
CHANGEABLE = frozenset(one.name for one in fields(Device)) - {"id"}


@dataclass(frozen=True, slots=True)
class Added:
    """A new device, and its secret if it was given one."""

    device: Device
    credential: NewCredential | None


@action("reader")
def devices(registry: Registry, caller: Party, /, sought: Sought = ALL, limit: int = 50, offset: int = 0) -> Found:
    """Devices that fit, by id; and how many there are."""
    with registry.storage.reading() as connection:
        return store.search(connection, sought, min(max(limit, 1), MOST_AT_ONCE), max(offset, 0))


@action("reader")
def device(registry: Registry, caller: Party, /, name: str) -> Device:
    """One device. Raises UnknownDevice."""
    found = registry.device(name)
    if found is None:
        raise UnknownDevice.of(name)
    return found


@action("reader")
def counts(registry: Registry, caller: Party, /) -> dict[str, dict[str, int]]:
    """How many devices there are by `kind`, `region`, `unit` and `status`."""
    with registry.storage.reading() as connection:
        return store.facets(connection)


@action("reader")
def units(registry: Registry, caller: Party, /) -> tuple[Unit, ...]:
    """All units."""
    return registry.units()


@action("reader")
def regions(registry: Registry, caller: Party, /) -> tuple[Region, ...]:
    """All regions."""
    return registry.regions()


@action("reader")
def region(registry: Registry, caller: Party, /, region: str) -> Region:
    """One region. Raises NotFound if there is none, or nobody knows where it ends."""
    found = registry.region(region)
    if found is None or found.boundary is None:
        raise NotFound(
            Title(f"没有区域 {region[:100]} 的边界。", f"There is no boundary of a region {region[:100]}."),
            where="/region",
        )
    return found


@action("reader")
def credential(registry: Registry, caller: Party, /, name: str) -> Credential | None:
    """When a device was given its credential, and by whom; None for one that has none."""
    with registry.storage.reading() as connection:
        return store.credential(connection, name)


@action("operator")
def add(registry: Registry, caller: Party, /, one: Device, *, with_credential: bool = True) -> Added:
    """Take a new device in. Its region is that of its place, where none is named. Raises UnfitDevice, KnownDevice."""
    made = placed(registry, [completed(one)])[0]
    _refuse(list(faults_of(made)))
    with registry.changing() as changing:
        _refuse([wrong for _, wrong in faults_among(registry, changing.connection, [made])])
        store.add(changing.connection, [made], registry.now(), caller.id)
        changing.devices.append(made)
        secret = new_secret(registry, changing.connection, made.id, caller) if with_credential else None
    return Added(made, secret)


@action("operator")
def change(registry: Registry, caller: Party, /, name: str, changes: dict[str, Any]) -> Device:
    """A device with some of its fields changed. Raises UnknownDevice, UnfitDevice, KnownDevice, WrongStatus."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise UnfitDevice(
            Title(f"没有字段 {min(unknown)}。", f"There is no field {min(unknown)}."), where=f"/{min(unknown)}"
        )
    with registry.changing() as changing:
        before = known(changing.connection, name)
        values = dict(changes)
        if not values.get("region") and {"lon", "lat"} & set(values):
            values["region"] = ""  # it stands elsewhere
        after = completed(replace(before, **values))
        after = placed(registry, [after])[0]
        if before.status == "retired" and after.status != "retired":
            raise WrongStatus(
                Title(f"{name} 已停用，不能恢复。", f"{name} is retired, and does not come back."),
                where="/status",
                fix=Title("请登记一台新设备。", "Register a new device."),
            )
        _refuse(list(faults_of(after)))
        _refuse([wrong for _, wrong in faults_among(registry, changing.connection, [after], name)])
        store.change(changing.connection, after, registry.now())
        changing.devices += [before, after]
    return after


def set_status(registry: Registry, caller: Party, /, name: str, status: Status) -> Device:
    """Suspend a device, let it in again, or retire it; what it sends is refused from then on, or taken."""
    return change(registry, caller, name, {"status": status})


@action("operator")
def renew(registry: Registry, caller: Party, /, name: str) -> NewCredential:
    """A new secret for a device; the one that it had ends at once. Raises UnknownDevice, WrongStatus."""
    with registry.changing() as changing:
        found = known(changing.connection, name)
        if found.status == "retired":
            raise WrongStatus(Title(f"{name} 已停用。", f"{name} is retired."), where="/status")
        made = new_secret(registry, changing.connection, name, caller)
        store.touch(changing.connection, [name])
        changing.devices.append(found)
    return made


@action("operator")
def revoke(registry: Registry, caller: Party, /, name: str) -> None:
    """Take a device's credential away: it is refused from now on, until it is given another one. Raises UnknownDevice."""
    with registry.changing() as changing:
        found = known(changing.connection, name)
        store.drop_secret(changing.connection, name)
        store.touch(changing.connection, [name])
        changing.devices.append(found)


def known(connection: Connection, name: str) -> Device:
    """The device as the transaction sees it. Raises UnknownDevice."""
    found = store.device(connection, name)
    if found is None:
        raise UnknownDevice.of(name)
    return found


def secret_text() -> str:
    """A new secret."""
    return PREFIX + random.token_urlsafe(SECRET_BYTES)


def new_secret(registry: Registry, connection: Connection, name: str, caller: Party) -> NewCredential:
    """A new secret for a device, kept as its hash."""
    made = NewCredential(name, secret_text())
    store.put_secrets(connection, {name: hash_of(made.secret)}, registry.now(), caller.id)
    return made


def _refuse(faults: list[Wrong]) -> None:
    if not faults:
        return
    kind: type[InputRefused] = KnownDevice if all(one.column in ("id", "entity") for one in faults) else UnfitDevice
    if any("已登记" not in one.wrong.zh for one in faults):
        kind = UnfitDevice
    raise kind(
        Title("；".join(one.wrong.zh for one in faults) + "。", "; ".join(one.wrong.en for one in faults) + "."),
        where=f"/{faults[0].column}",
        fix=Title(f"应为：{faults[0].instead.zh}", f"Wanted: {faults[0].instead.en}"),
    )
