"""MQTT of an installation: who may send, and what becomes of what they send."""

import logging
import resource
import ssl
import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.core.language import Title
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.connection import Arrived
from yuzhang.foundation.sources.mqtt.errors import MqttAway, NotItsOwn
from yuzhang.foundation.sources.mqtt.listener import Listener, Refused
from yuzhang.foundation.sources.mqtt.model import Health, Refusal
from yuzhang.foundation.sources.mqtt.packets import Code, Hello
from yuzhang.foundation.sources.mqtt.readings import FAULTS, Part, groups, parts, refusal, together
from yuzhang.foundation.sources.mqtt.topics import Template, Templated, UnknownTopic

SHOWN = 20
SOURCE = "mqtt"
UNKNOWN = "unknown-entities"
"""The door's word for entities of which nobody said what they are."""
MOST_DEVICES = 200_000
OTHER_FILES = 1_024
log = logging.getLogger(__name__)


class Dead(Protocol):
    """Keeps what could not be read."""

    def keep(
        self,
        source: str,
        where: str,
        payload: bytes,
        code: str,
        detail: Title,
        arrived_us: int | None = None,
        sender: str = "",
    ) -> None:
        """Keep a letter."""
        ...

    def flush(self) -> None:
        """Make letters durable. Raises TryAgain."""
        ...


class Mqtt:
    """Started and stopped with the application. `anonymous`: whoever has no name is the operator, as on a laptop of one's own."""

    def __init__(
        self,
        host: str,
        port: int,
        door: Door,
        registry: Registry | None = None,
        dead: Dead | None = None,
        *,
        anonymous: bool = False,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._host, self._port, self._door = host, port, door
        self._registry, self._dead, self._anonymous = registry, dead, anonymous
        self._listener = Listener(self._deliver, self._known, _most_devices(), tls)
        self._secured = tls is not None
        self._accepted = self._refused = 0
        self._refusals: deque[Refusal] = deque(maxlen=SHOWN)
        self._ending = threading.Event()
        self._trouble = ""
        self._kinds: dict[str, str] = {}
        self._revision = -1
        if registry is not None:
            registry.changed.append(lambda device: self._listener.doubt(device.id))

    async def start(self) -> None:
        """Begin. Raises MqttAway if the address is taken."""
        self._ending.clear()
        try:
            self._listener.start(self._host, self._port)
        except OSError as error:
            raise MqttAway(
                Title(
                    f"无法监听 {self._host}:{self._port}：{error}。",
                    f"Cannot listen on {self._host}:{self._port}: {error}.",
                ),
                fix=Title("请换一个端口：--mqtt-port。", "Choose another one with --mqtt-port."),
            ) from error

    async def stop(self) -> None:
        """End; what was received is durable and acknowledged, or neither."""
        self._ending.set()
        self._listener.stop()

    def use(self, templates: Sequence[Template]) -> None:
        """Take messages of these configured sources from now on, beside those of our own topics.

        The hook of `foundation.sources.connectors`: a template says which topics are its own (`match`), and makes of a message a batch
        by columns (`batch`), whatever the payload is: JSON, CSV, binary, Sparkplug B. Our own topics come first. What a template
        refuses is kept as a dead letter of its `source`. A device may write only what is its own, by a template too.
        """
        self._listener.use(tuple(templates))

    async def state(self) -> Health:
        """How it goes; asked through the action `health`."""
        listener = self._listener
        return Health(
            running=listener.running,
            address=f"{'mqtts' if self._secured else 'mqtt'}://{self._host}:{self._port}",
            accepted=self._accepted,
            refused=self._refused,
            waiting=listener.waiting,
            connections=listener.connections,
            refusals=tuple(self._refusals),
            trouble=self._trouble or listener.trouble,
        )

    def _known(self, said: Hello, peer: str) -> tuple[Code, Device | None]:
        """Who a device is that introduces itself."""
        if said.name and self._registry is not None:
            found = self._registry.authenticate(said.name, said.secret, peer)
            return (Code.BAD_CREDENTIAL, None) if found is None else (Code.SUCCESS, found)
        return (Code.SUCCESS, None) if self._anonymous and not said.name else (Code.NOT_AUTHORIZED, None)

    def _may_write(self, device: Device, entity: str, attribute: str) -> bool:
        """As the registry says now: a device that was suspended meanwhile writes no more."""
        if self._registry is None:
            return False
        now = self._registry.device(device.id)
        return now is not None and self._registry.may_write(now, entity, attribute)

    def _learned(self) -> bool:
        """Read what the registry knows of kinds since it was read last; whether there is anything new."""
        if self._registry is None:
            return False
        devices, revision = self._registry.everything(self._revision)
        self._kinds.update((one.entity, one.kind) for one in devices)
        is_new, self._revision = revision != self._revision, revision
        return is_new

    def _deliver(self, messages: Sequence[Arrived]) -> Refused:
        """Make messages durable; those that were refused, with the reason."""
        by_tenant, bad = parts(messages, self._door.resolve, self._may_write)
        refused = [(one, self._refuse(one, error)) for one, error in bad]
        for tenant, some in by_tenant.items():
            for group in groups(some):
                refused += self._take(tenant, group)
        if refused:
            self._keep_letters()
        return refused

    def _take(self, tenant: str, some: list[Part]) -> Refused:
        """Take parts as one record; if one of them is at fault, all others all the same. Waits while the log takes no more."""
        try:
            batch = together(some, self._kinds)
            while True:
                try:
                    self._accepted += self._door.acceptor.observe_now(
                        OPERATOR, tenant, batch.keys, batch.columns, batch.types
                    )
                    self._trouble = ""
                    return []
                except TryAgain as error:  # their senders wait for PUBACK meanwhile, and send again if we end
                    self._trouble = str(error)
                    if self._ending.wait(error.retry_after_s):
                        raise
        except FAULTS as error:
            if getattr(error, "code", "") == UNKNOWN and self._learned():
                return self._take(tenant, some)
            if len(some) > 1:
                half = len(some) // 2
                return self._take(tenant, some[:half]) + self._take(tenant, some[half:])
            if not isinstance(error, InputRefused):
                log.exception("a message from %s could not be taken", some[0].message.topic[:200])
            return [(some[0].message, self._refuse(some[0].message, error))]

    def _refuse(self, one: Arrived, error: Exception) -> Code:
        told = refusal(one, error)
        self._refused += 1
        self._refusals.appendleft(told)
        log.info("refused from %s: %s", told.topic[:200], told.detail.en)
        if self._dead is not None:
            source = one.said.template.source if isinstance(one.said, Templated) else SOURCE
            sender = one.device.id if one.device is not None else ""
            self._dead.keep(source, one.topic, one.payload, told.code, told.detail, one.at, sender)
        if isinstance(error, NotItsOwn):
            return Code.NOT_AUTHORIZED
        return Code.WRONG_TOPIC if isinstance(error, UnknownTopic) else Code.UNREADABLE

    def _keep_letters(self) -> None:
        while self._dead is not None:
            try:
                self._dead.flush()
                return
            except TryAgain as error:
                self._trouble = str(error)
                if self._ending.wait(error.retry_after_s):
                    raise


def _most_devices() -> int:
    """So many connections as this process may open files for, but for some of its own."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_DEVICES + OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return max(64, most - OTHER_FILES)
