"""Simulated devices: a whole made-up city comes in at once, and is put away at once. No real device comes in by this way."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from yuzhang.core.access import Party, action
from yuzhang.core.language import Title
from yuzhang.core.simulated import is_simulated
from yuzhang.foundation.registry.actions import secret_text
from yuzhang.foundation.registry.errors import UnfitDevice
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry, hash_of
from yuzhang.foundation.registry.store import devices as store
from yuzhang.foundation.registry.store import made_up

AT_ONCE = 5_000
"""In one transaction, so that other writers do not wait for long."""


@action("operator")
def enrol(
    registry: Registry, caller: Party, /, some: Sequence[Device], with_credential: Collection[str]
) -> dict[str, str]:
    """Take simulated devices in, or in again; the new secrets of those named. Raises UnfitDevice if one is not marked as simulated."""
    for one in some:
        if not (one.simulated and all(map(is_simulated, (one.entity, *one.writes)))):
            raise UnfitDevice(
                Title(f"{one.id} 没有标记为模拟设备。", f"{one.id} is not marked as simulated."), where=f"/{one.id}"
            )
    secrets = {one.id: secret_text() for one in some if one.id in with_credential}
    for at in range(0, len(some), AT_ONCE):
        part = some[at : at + AT_ONCE]
        hashes = {one.id: hash_of(secrets[one.id]) for one in part if one.id in secrets}
        with registry.changing() as changing:
            made_up.put(changing.connection, part, registry.now(), caller.id)
            store.put_secrets(changing.connection, hashes, registry.now(), caller.id)
            changing.devices += part
    return secrets


@action("operator")
def put_away(registry: Registry, caller: Party, /, but: Collection[str] = ()) -> int:
    """Retire all simulated devices, or all but some; how many there were. What they sent stays in history."""
    there = (one for one in registry.everything()[0] if one.simulated and one.status != "retired")
    gone = [replace(one, status="retired") for one in there if one.id not in but]
    for at in range(0, len(gone), AT_ONCE):
        part = gone[at : at + AT_ONCE]
        with registry.changing() as changing:
            made_up.put_away(changing.connection, [one.id for one in part], registry.now())
            changing.devices += part
    return len(gone)
