"""Devices that ask to be taken in: a stranger's request waits for an officer, and its credential is fetched once.

A device makes up a claim, a long random secret, and sends it with its name. Nobody else can fetch the credential that an officer approves:
that takes the same claim.
"""

import hmac
from dataclasses import replace
from datetime import timedelta

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.foundation.registry.actions import known, new_secret
from yuzhang.foundation.registry.checking import completed, faults_among, faults_of, placed
from yuzhang.foundation.registry.errors import (
    KnownDevice,
    TooManyWaiting,
    UnfitDevice,
    UnknownRegistration,
    WrongStatus,
)
from yuzhang.foundation.registry.model import Device, NewCredential, Registration
from yuzhang.foundation.registry.room import Registry, hash_of
from yuzhang.foundation.registry.store import devices as store
from yuzhang.foundation.registry.store import registrations

MOST_WAITING, MOST_OF_ONE_ADDRESS = 1_000, 200
"""So many wait at once, in all and from one address: strangers cannot fill the disk, and one of them not the queue."""
KEPT = timedelta(days=7)
SHORTEST_CLAIM, LONGEST_CLAIM = 32, 200


@action("visitor", reads=False)
def ask(registry: Registry, caller: Party, /, asked: Registration, claim: str) -> None:
    """Wait for approval. The same again, with the same claim, changes nothing.

    Raises: UnfitDevice; KnownDevice if the name is a device's that is there, or waits with another claim; TooManyWaiting.
    """
    _check(asked, claim)
    now = registry.now()
    with registry.storage.writing() as connection:
        registrations.drop_before(connection, now - KEPT)
        found = registrations.found(connection, asked.name)
        if found is not None and found[2] != registrations.REFUSED:
            if hmac.compare_digest(found[1], hash_of(claim)):
                return
            raise _taken(asked.name)
        there = store.device(connection, asked.name)
        if found is not None or (there is not None and there.status != "planned"):
            raise _taken(asked.name)
        if (
            registrations.count(connection) >= MOST_WAITING
            or registrations.count(connection, caller.peer) >= MOST_OF_ONE_ADDRESS
        ):
            raise TooManyWaiting(
                Title("等待批准的设备过多，未受理。", "Too many devices wait for approval; this one was not taken."),
                fix=Title(
                    "请稍后重试，或请管理员先处理。", "Try again later, or have an officer look at those that wait."
                ),
            )
        registrations.add(connection, asked, hash_of(claim), now)


@action("visitor", reads=False)
def fetch(registry: Registry, caller: Party, /, name: str, claim: str) -> NewCredential | None:
    """The credential of a device that was approved, to whoever knows its claim, once; None while it waits.

    Raises: UnknownRegistration if nothing waits under that name with that claim, or it was fetched already, or was refused.
    """
    with registry.changing() as changing:
        found = registrations.found(changing.connection, name)
        if found is None or not hmac.compare_digest(found[1], hash_of(claim)) or found[2] == registrations.REFUSED:
            raise _unknown(name)
        if found[2] == registrations.WAITING:
            return None
        one = known(changing.connection, name)
        registrations.drop(changing.connection, name)
        if one.status != "waiting":
            raise WrongStatus(Title(f"{name} 的状态是 {one.status}。", f"The status of {name} is {one.status}."))
        made = new_secret(registry, changing.connection, name, caller)
        active = _with_status(one, "active")
        store.change(changing.connection, active, registry.now())
        changing.devices.append(active)
    return made


@action("operator", reads=True)
def waiting(registry: Registry, caller: Party, /, limit: int = 100, offset: int = 0) -> list[Registration]:
    """Devices that wait, the oldest first."""
    with registry.storage.reading() as connection:
        return registrations.waiting(connection, limit, offset)


@action("operator", reads=True)
def how_many_wait(registry: Registry, caller: Party, /) -> int:
    """How many devices wait."""
    with registry.storage.reading() as connection:
        return registrations.count(connection)


@action("operator")
def approve(registry: Registry, caller: Party, /, name: str, unit: str = "") -> Device:
    """Take a device in that waits; it fetches its credential itself. What a planned device of that name was planned with stays.

    Raises: UnknownRegistration, UnfitDevice.
    """
    with registry.changing() as changing:
        found = registrations.found(changing.connection, name)
        if found is None or found[2] != registrations.WAITING:
            raise _unknown(name)
        there = store.device(changing.connection, name)
        made = _with_status(there, "waiting") if there is not None else _device(found[0], unit)
        made = placed(registry, [completed(made)])[0]
        itself = name if there is not None else ""
        faults = [*faults_of(made), *(one for _, one in faults_among(registry, changing.connection, [made], itself))]
        if faults:
            raise UnfitDevice(
                Title("；".join(one.wrong.zh for one in faults), "; ".join(one.wrong.en for one in faults)),
                where=f"/{faults[0].column}",
                fix=Title(
                    "请拒绝该登记，让设备改正后换名称重新登记。",
                    "Refuse it, and have the device ask again as it should, under another name.",
                ),
            )
        if there is None:
            store.add(changing.connection, [made], registry.now(), caller.id)
        else:
            store.change(changing.connection, made, registry.now())
        registrations.decide(changing.connection, name, registrations.APPROVED, registry.now(), caller.id)
        changing.devices.append(made)
    return made


@action("operator")
def refuse(registry: Registry, caller: Party, /, name: str) -> None:
    """Send a device away that waits. Raises UnknownRegistration."""
    with registry.storage.writing() as connection:
        found = registrations.found(connection, name)
        if found is None or found[2] != registrations.WAITING:
            raise _unknown(name)
        registrations.decide(connection, name, registrations.REFUSED, registry.now(), caller.id)


def _device(asked: Registration, unit: str) -> Device:
    return Device(
        asked.name,
        kind=asked.kind,
        model=asked.model,
        entity=asked.entity,
        lon=asked.lon,
        lat=asked.lat,
        gateway=asked.gateway,
        firmware=asked.firmware,
        unit=unit,
        status="waiting",
    )


def _with_status(one: Device, status: str) -> Device:
    return replace(one, status=status)  # type: ignore[arg-type]  # one of the known ones


def _check(asked: Registration, claim: str) -> None:
    if not SHORTEST_CLAIM <= len(claim) <= LONGEST_CLAIM:
        raise UnfitDevice(
            Title("认领密钥为 32 至 200 个字符的随机文字。", "The claim is a random text of 32 to 200 characters."),
            where="/claim",
        )
    for one in faults_of(completed(_device(asked, ""))):
        raise UnfitDevice(
            Title(f"{one.wrong.zh}。", f"{one.wrong.en}."),
            where=f"/{'name' if one.column == 'id' else one.column}",
            fix=Title(f"应为：{one.instead.zh}", f"Wanted: {one.instead.en}"),
        )


def _taken(name: str) -> KnownDevice:
    return KnownDevice(
        Title(f"名称 {name} 已被使用。", f"The name {name} is taken."),
        where="/name",
        fix=Title("请换一个名称，或联系管理员。", "Take another name, or ask an officer."),
    )


def _unknown(name: str) -> UnknownRegistration:
    return UnknownRegistration(
        Title(
            f"没有等待中的登记 {name[:128]}，或认领密钥不符。",
            f"Nothing waits as {name[:128]}, or the claim is another one.",
        ),
        where="/name",
    )
