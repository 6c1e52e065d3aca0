"""Puts the entrance together: policies and audit make the guard, identity makes the gate, and each room brings its pages."""

from fastapi import APIRouter

from yuzhang.brain.context.threads import in_thread
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.api import api as keys_api
from yuzhang.entrance.api import pages as keys_pages
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import api as webhooks_api
from yuzhang.entrance.api.webhooks import pages as webhook_pages
from yuzhang.entrance.audit import api as audit_api
from yuzhang.entrance.audit import pages as audit_pages
from yuzhang.entrance.audit.room import Auditor
from yuzhang.entrance.guard import EntranceGuard
from yuzhang.entrance.identity import api as identity_api
from yuzhang.entrance.identity import pages as identity_pages
from yuzhang.entrance.identity import parties_api
from yuzhang.entrance.identity.answering import people_of
from yuzhang.entrance.identity.outside import pages as outside_pages
from yuzhang.entrance.identity.outside.room import configured_outside
from yuzhang.entrance.identity.people import People
from yuzhang.entrance.identity.provider import api as provider_api
from yuzhang.entrance.identity.provider import pages as provider_pages
from yuzhang.entrance.identity.provider.clients import pages as client_pages
from yuzhang.entrance.identity.provider.room import Provider
from yuzhang.entrance.identity.room import Identity
from yuzhang.entrance.policy import api as policy_api
from yuzhang.entrance.policy import pages as policy_pages
from yuzhang.entrance.policy.commands import OWN
from yuzhang.entrance.policy.room import Decider


class Entrance:
    """The entrance of one application; started before the rooms behind it, stopped after them."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        secrets = secrets_of(settings.data)
        self.policies = Decider([settings.data / OWN])
        self.audit = Auditor(settings.data, secrets)
        self.guard = EntranceGuard(self.policies, self.audit)
        self.identity = Identity(storage, secrets, settings, self.guard)
        self.gate = self.identity.gate
        self.people = People(storage)
        self.policies.people = people_of(storage, secrets)
        self.provider = Provider(self.identity)
        self.gate.bearers.append(self.provider.bearer)
        self.api = Api(storage, secrets, self.guard, private_addresses=settings.private_addresses)
        self.gate.bearers.append(self.api.bearer)
        self.gate.forgetting.append(self.api.forget)
        self.outside = configured_outside(self.identity)

    def rooms(self) -> dict[str, object]:
        """What its pages and endpoints find under these names in the application's state."""
        return {
            "gate": self.gate,
            "identity": self.identity,
            "called": self.people.called,
            "audit": self.audit,
            "policies": self.policies,
            "api": self.api,
        }

    def routers(self) -> list[APIRouter]:
        """The pages and endpoints of its rooms."""
        return [
            *identity_pages.ROUTERS,
            identity_api.router,
            parties_api.router,
            provider_api.router,
            provider_pages.router,
            client_pages.router,
            outside_pages.router,
            policy_api.router,
            policy_pages.router,
            audit_api.router,
            audit_pages.router,
            keys_api.router,
            keys_pages.router,
            webhooks_api.router,
            webhook_pages.router,
        ]

    async def start(self) -> None:
        """Begin what works in the background."""
        self.audit.start()
        self.api.start()
        await self.provider.start()

    async def stop(self) -> None:
        """End it; what was noted is durable afterwards."""
        await self.provider.stop()
        if self.outside is not None:
            self.outside.close()
        await in_thread(self.api.stop)
        await in_thread(self.identity.close)
        await in_thread(self.audit.stop)
