"""Puts together what senses, decides and acts: devices and sources, their health, rules, cases, and the packs that all of them read."""

from fastapi import APIRouter

from yuzhang.brain.cases import api as cases_api
from yuzhang.brain.cases import pages as cases_pages
from yuzhang.brain.cases.open311 import api as open311_api
from yuzhang.brain.cases.open311.outbox import Outbox
from yuzhang.brain.cases.open311.systems import systems
from yuzhang.brain.cases.room import Cases
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.rules import api as rules_api
from yuzhang.brain.rules import pages as rules_pages
from yuzhang.brain.rules.room import Rules
from yuzhang.core.announcing import Announcements
from yuzhang.core.packs import found, own_folders
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings, is_loopback
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import SET_PLACE
from yuzhang.foundation.network import api as network_api
from yuzhang.foundation.network import pages as network_pages
from yuzhang.foundation.network.room import READER as NETWORK
from yuzhang.foundation.network.room import Network
from yuzhang.foundation.registry import api as registry_api
from yuzhang.foundation.registry.devices import pages as device_pages
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry
from yuzhang.foundation.sources.connectors import api as sources_api
from yuzhang.foundation.sources.connectors import pages as source_pages
from yuzhang.foundation.sources.connectors.room import Sources
from yuzhang.foundation.sources.dead import api as dead_api
from yuzhang.foundation.sources.dead import pages as dead_pages
from yuzhang.foundation.sources.dead.room import DeadLetters
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.room import Mqtt
from yuzhang.foundation.sources.mqtt.tls import of_files


class Sensing:
    """The path from a device to a case, of one application; started after the city's present and history."""

    def __init__(self, storage: Storage, settings: Settings, broker: Broker, door: Door) -> None:
        self.announcements = Announcements()
        packs, _ = found(own_folders(settings.data))
        self.registry = Registry(storage)
        self.registry.changed.append(self._device_changed)
        self.dead = DeadLetters(storage)
        self.sources = Sources(
            storage,
            door,
            self.dead,
            secrets_of(settings.data),
            packs,
            private=settings.private_addresses,
            lead=broker.lead("sources"),
            registry=self.registry,
        )
        self.network = Network(
            storage,
            self.registry,
            broker.log,
            broker.lead(NETWORK),
            lambda place: broker.writer.now(lambda transaction: transaction.many(SET_PLACE, [(NETWORK, place)])),
        )
        self.rules = Rules(storage, broker, self.registry, packs, self.announcements)
        self.cases = Cases(storage, self.registry, packs, self.announcements)
        self.rules.on_change.append(self.cases.opened_by)
        self.network.on_change.append(self.rules.found)
        self.network.told.append(self.rules.tell_found)
        self.rules.covered = self.network.covered
        self.open311 = Outbox(self.cases, systems(), private=settings.private_addresses)
        self.mqtt = None if settings.mqtt_port is None else self._mqtt(settings, settings.mqtt_port, door)

    def _mqtt(self, settings: Settings, port: int, door: Door) -> Mqtt:
        anonymous = settings.trust == "everyone" or (settings.trust == "machine" and is_loopback(settings.host))
        tls = of_files(settings.mqtt_certificate, settings.mqtt_key)
        made = Mqtt(settings.host, port, door, self.registry, self.dead, anonymous=anonymous, tls=tls)
        self.sources.on_templates.append(made.use)
        return made

    def _device_changed(self, device: Device) -> None:
        said = {"id": device.id, "lon": device.lon, "lat": device.lat, "status": device.status}
        self.announcements.tell("device", said)

    def rooms(self) -> dict[str, object]:
        """What pages and endpoints find under these names in the application's state."""
        return {
            "announcements": self.announcements,
            "registry": self.registry,
            "dead": self.dead,
            "sources": self.sources,
            "network": self.network,
            "rules": self.rules,
            "cases": self.cases,
            "mqtt": self.mqtt,
        }

    def routers(self) -> list[APIRouter]:
        """The pages and endpoints of its rooms."""
        return [
            registry_api.router,
            registry_api.places,
            device_pages.router,
            sources_api.router,
            source_pages.router,
            dead_api.router,
            dead_pages.router,
            network_api.router,
            network_pages.router,
            cases_api.router,
            *cases_pages.ROUTERS,
            open311_api.router,
            rules_api.router,
            rules_pages.router,
        ]

    async def start(self) -> None:
        """Begin, from left to right; devices come last, when all that follows them is there."""
        await in_thread(self.dead.start)
        await in_thread(self.network.start)
        await in_thread(self.cases.start)
        await in_thread(self.open311.start)
        await in_thread(self.rules.start)
        await in_thread(self.sources.start)
        if self.mqtt is not None:
            await self.mqtt.start()

    async def stop(self) -> None:
        """End, from right to left."""
        if self.mqtt is not None:
            await self.mqtt.stop()
        await in_thread(self.sources.stop)
        await in_thread(self.rules.stop)
        await in_thread(self.open311.stop)
        await in_thread(self.cases.stop)
        await in_thread(self.network.stop)
        await in_thread(self.dead.stop)
