"""Operation of one application: its readiness, its metrics in a registry of their own, its traces."""

import asyncio
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector, generate_latest
from starlette.types import ASGIApp

from yuzhang.brain.history.room import History
from yuzhang.core.storage import Storage
from yuzhang.foundation.sources.mqtt.room import Mqtt
from yuzhang.operation.metrics.parts import Asked, Parts
from yuzhang.operation.metrics.requests import Requests
from yuzhang.operation.readiness import Readiness
from yuzhang.operation.settings import OperationSettings
from yuzhang.operation.watching import Watching

if TYPE_CHECKING:
    from yuzhang.operation.tracing.room import Tracing


class Operation:
    """Made with the application; `stop` after its rooms have ended."""

    def __init__(
        self, storage: Storage, history: History, mqtt: Mqtt | None, settings: OperationSettings, asked: Asked
    ) -> None:
        self.settings = settings
        self.readiness = Readiness(storage, history, settings.least_free_bytes)
        self.requests = Requests()
        self._mqtt = mqtt
        self._parts = Parts(storage, history, asked)
        self.registry = CollectorRegistry(auto_describe=False)
        for one in (self.requests, self._parts):
            self.registry.register(one)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self.tracing = _tracing(storage, history) if settings.traces else None

    def around(self, app: ASGIApp) -> ASGIApp:
        """`app` with its requests counted, named and, if traces are on, traced."""
        inner = app if self.tracing is None else self.tracing.around(app)
        return Watching(inner, self.requests)

    async def metrics(self) -> bytes:
        """All metrics in the text format of Prometheus."""
        if self._mqtt is not None:
            self._parts.mqtt = await self._mqtt.state()
        return await asyncio.to_thread(generate_latest, self.registry)

    def stop(self) -> None:
        """Send what is left of the traces, and release the threads."""
        self.readiness.close()
        if self.tracing is not None:
            self.tracing.stop()


def _tracing(storage: Storage, history: History) -> "Tracing":
    # Only here: OpenTelemetry takes half a second to import, and where traces are off nobody waits for it.
    from yuzhang.operation.tracing.room import Tracing

    made = Tracing()
    made.follow(storage, history.broker)
    return made
