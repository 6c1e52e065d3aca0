"""Puts the rooms together into one web application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from threading import Thread
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from fastapi.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from yuzhang import __version__
from yuzhang.brain.context import pages as context_pages
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.http.asgi import PREFIX
from yuzhang.brain.context.subscriptions.model import Delivery
from yuzhang.brain.context.threads import in_thread
from yuzhang.brain.history import api as history_api
from yuzhang.brain.history import pages as history_pages
from yuzhang.brain.history.room import History
from yuzhang.brain.history.sensorthings import api as sensorthings_api
from yuzhang.brain.history.sql import api as sql_api
from yuzhang.brain.history.sql import pages as sql_pages
from yuzhang.brain.history.sql.views import VIEWS
from yuzhang.brain.history.sql.workers import Workers
from yuzhang.brain.history.temporal import api as temporal_api
from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import YuzhangError
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.entrance.room import Entrance
from yuzhang.foundation.sources import api as sources_api
from yuzhang.foundation.sources.folder import INBOX, WatchedFolder
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.room import Mqtt
from yuzhang.plan.evaluation import api as evaluation_api
from yuzhang.plan.evaluation import pages as evaluation_pages
from yuzhang.plan.evaluation.actions import evaluate
from yuzhang.plan.figures import api as figures_api
from yuzhang.plan.figures import pages as figures_pages
from yuzhang.plan.figures.offered import FIGURES
from yuzhang.plan.registry import api as registry_api
from yuzhang.plan.registry import pages as registry_pages
from yuzhang.plan.registry.actions import plans
from yuzhang.plan.report import api as report_api
from yuzhang.plan.report import pages as report_pages
from yuzhang.web import problems
from yuzhang.web.bounds import Bounds

STATIC = Path(__file__).parent / "web" / "static"
ROUTERS = (
    registry_api.router,
    figures_api.router,
    evaluation_api.router,
    report_api.router,
    registry_pages.router,
    figures_pages.router,
    evaluation_pages.router,
    report_pages.router,
    context_pages.router,
    sources_api.router,
    history_api.router,
    history_pages.router,
    sensorthings_api.router,
    sql_api.router,
    sql_pages.router,
)


class Yuzhang(FastAPI):
    """The whole application. The NGSI-LD API answers beside the framework, for the sake of its speed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.state.context_api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Yuzhang:
    """The application over the data folder of `settings`. Raises TryAgain if the folder cannot be opened."""
    storage = Storage(settings.data, settings.lake)
    broker = Broker(storage, broker_settings(settings))
    history = History(broker, storage)
    entrance = Entrance(storage, settings)
    officers = Workers(settings, [*VIEWS, FIGURES])
    door = Door(Intake(broker), history.keys)
    watched = WatchedFolder(settings.watch or settings.data / INBOX, door)
    port = settings.mqtt_port
    mqtt = None if port is None else Mqtt(settings.data / "mqtt", settings.host, port, door)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with _living(storage, broker, history, watched, mqtt, entrance, warm=settings.warm):
            yield
            await in_thread(officers.close)

    app = Yuzhang(
        title="Yuzhang 豫章",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.storage = storage
    app.state.entrance = entrance
    app.state.gate = entrance.gate
    app.state.broker = broker
    app.state.history = history
    app.state.intake = door.acceptor
    app.state.door = door
    app.state.sql = officers
    app.state.mqtt = mqtt
    app.state.context_api = context_api(broker, entrance.gate, temporal_api.routes(history))
    app.add_middleware(Bounds)
    problems.install(app)
    for router in (*ROUTERS, *entrance.routers()):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")

    @app.get("/health", tags=["operation"])
    def health(request: Request) -> dict[str, Any]:
        """Whether the server can read its state; 503 if not. Open to whoever can reach the address; says nothing of the data."""
        request.app.state.storage.check()
        return {"status": "ok", "version": __version__}

    @app.get("/", include_in_schema=False)
    def first_page() -> RedirectResponse:
        """The plan is the first page, until there is more."""
        return RedirectResponse("/plan")

    return app


@asynccontextmanager
async def _living(
    storage: Storage,
    broker: Broker,
    history: History,
    watched: WatchedFolder,
    mqtt: Mqtt | None,
    entrance: Entrance,
    *,
    warm: bool,
) -> AsyncIterator[None]:
    """Start the rooms from left to right, and end them from right to left."""
    warming = Thread(target=_warm, args=(storage,), name="warming")
    if warm:
        warming.start()
    await entrance.start()
    await broker.start()
    await history.start()
    watched.start()
    if mqtt is not None:
        await mqtt.start()
    yield
    if mqtt is not None:
        await mqtt.stop()
    await in_thread(watched.stop)
    await history.stop()
    await broker.stop()
    if warm:
        warming.join()
    await entrance.stop()
    storage.close()


def broker_settings(settings: Settings) -> BrokerSettings:
    """What of the installation's settings the city's present needs."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return BrokerSettings(
        database=settings.context_database,
        bus=settings.bus,
        copies=settings.context_copies,
        load_contexts=settings.load_contexts,
        context_hosts=settings.context_hosts,
        private_addresses=settings.private_addresses,
        address=f"http://{host}:{settings.port}",
        alias=settings.alias,
        delivery=Delivery(keep_s=settings.keep_notifications_h * 3600, most_waiting=settings.notifications_waiting),
    )


def _warm(storage: Storage) -> None:
    """Evaluate every plan once, so that the first reader does not wait for engines to be loaded."""
    try:
        for plan in plans(storage, OPERATOR):
            evaluate(storage, OPERATOR, plan.id)
    except YuzhangError as error:
        logging.getLogger(__name__).warning("warming up: %s", error)
