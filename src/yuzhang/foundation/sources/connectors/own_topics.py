"""Letters of our own MQTT topics, delivered again: also those whose topic meant nothing when they came, and is a source's now."""

from collections.abc import Callable, Iterable, Sequence

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.dead.model import Letter, Redeliver
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.connection import Arrived
from yuzhang.foundation.sources.mqtt.errors import NotItsOwn
from yuzhang.foundation.sources.mqtt.readings import parts, together
from yuzhang.foundation.sources.mqtt.topics import Template, meaning
from yuzhang.foundation.sources.payloads.errors import UnreadablePayload

MQTT = "mqtt"
"""Letters of our own topics are kept under this name."""


def check_sender(letter: Letter) -> None:
    """Raises NotItsOwn for what was not its sender's own, where nobody knows who that was: no replay makes it so."""
    if letter.code == NotItsOwn.code and not letter.sender:
        raise NotItsOwn(letter.detail)


def own_only(registry: Registry | None, sender: str, entities: Iterable[str]) -> None:
    """Return if the device `sender` may write all of these entities now, or if no device sent them (""). Raises NotItsOwn."""
    device = registry.device(sender) if registry is not None and sender else None
    for entity in entities if sender else ():
        if registry is None or device is None or not registry.may_write(device, entity, ""):
            raise NotItsOwn.of(sender, entity)


def way_of(door: Door, templates: Callable[[], Sequence[Template]], registry: Registry | None = None) -> Redeliver:
    """What delivers letters of our own topics again: a device's as if it sent them now."""

    def known(sender: str) -> Device | None:
        return registry.device(sender) if registry is not None else None

    def may_write(device: Device, entity: str, attribute: str) -> bool:
        return registry is not None and registry.may_write(device, entity, attribute)

    def redeliver(letter: Letter) -> None:
        check_sender(letter)
        # One that is not registered any more may write nothing.
        sender = (known(letter.sender) or Device(letter.sender, status="retired")) if letter.sender else None
        said = meaning(letter.place, templates())
        message = Arrived(None, b"", letter.place, said, letter.payload, letter.arrived_us, sender)
        by_tenant, bad = parts([message], door.resolve, may_write)
        for _, error in bad:
            if isinstance(error, InputRefused):
                raise error
            text = " ".join(str(error).split())[:200]
            raise UnreadablePayload.because(f"{text}。", f"{text}.") from error
        for tenant, some in by_tenant.items():
            batch = together(some)
            door.acceptor.observe_now(OPERATOR, tenant, batch.keys, batch.columns, batch.types)

    return redeliver
