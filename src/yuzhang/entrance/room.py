"""Puts the entrance together: policies and audit make the guard, identity makes the gate, and each room brings its pages."""

from fastapi import APIRouter

from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.web.gate import Gate, TrustingGate


class Entrance:
    """The entrance of one application; started before the rooms behind it, stopped after them."""

    def __init__(self, storage: Storage, settings: Settings) -> None:
        self.gate: Gate = TrustingGate(settings.trust)

    def routers(self) -> list[APIRouter]:
        """The pages and endpoints of its rooms."""
        return []

    async def start(self) -> None:
        """Begin what works in the background."""

    async def stop(self) -> None:
        """End it; what was noted is durable afterwards."""
