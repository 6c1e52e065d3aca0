"""Puts the rooms together into one web application."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cached_property
from threading import Thread
from typing import Any

from fastapi import FastAPI
from starlette.types import Lifespan, Receive, Scope, Send

from yuzhang import __version__
from yuzhang.brain.cases.searching import OpenCases
from yuzhang.brain.context import pages as context_pages
from yuzhang.brain.context.accepting import Intake
from yuzhang.brain.context.api import context_api
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.context.classification import api as classification_api
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
from yuzhang.core.packs import own_folders
from yuzhang.core.secrets import secrets_of
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.domains.offering import routers
from yuzhang.entrance.api.description import trying
from yuzhang.entrance.api.description.document import described
from yuzhang.entrance.api.limits import Limits
from yuzhang.entrance.city import api as city_api
from yuzhang.entrance.city import pages as city_pages
from yuzhang.entrance.city.duty import pages as duty_pages
from yuzhang.entrance.city.duty.casework import Casework
from yuzhang.entrance.city.field import pages as field_pages
from yuzhang.entrance.city.field.handling import CaseHandling
from yuzhang.entrance.city.room import City
from yuzhang.entrance.city.rooms import Rooms
from yuzhang.entrance.city.settings import map_settings
from yuzhang.entrance.doorkeeper import Doorkeeper
from yuzhang.entrance.portal import pages as portal_pages
from yuzhang.entrance.portal.delivery.channels import channels
from yuzhang.entrance.portal.help.topics import Help
from yuzhang.entrance.portal.room import Portal
from yuzhang.entrance.portal.search.documents import Figures, Plans
from yuzhang.entrance.portal.search.things import Entities, Observed
from yuzhang.entrance.room import Entrance
from yuzhang.foundation.registry.bearing import bearer
from yuzhang.foundation.sources import api as sources_api
from yuzhang.foundation.sources.folder import INBOX, WatchedFolder
from yuzhang.foundation.sources.model import Door
from yuzhang.operation import api as operation_api
from yuzhang.operation.metrics.entrance import asked_of
from yuzhang.operation.packs import api as packs_api
from yuzhang.operation.packs import pages as packs_pages
from yuzhang.operation.packs.room import Packs
from yuzhang.operation.room import Operation
from yuzhang.operation.settings import operation_settings
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
from yuzhang.sensing import Sensing
from yuzhang.web import problems
from yuzhang.web.bounds import Bounds
from yuzhang.web.compressing import Compressing
from yuzhang.web.forwarded import Forwarded, networks
from yuzhang.web.statics import Statics

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
    classification_api.router,
    sources_api.router,
    history_api.router,
    history_pages.router,
    sensorthings_api.router,
    sql_api.router,
    sql_pages.router,
    operation_api.router,
    *portal_pages.ROUTERS,
    trying.router,
    city_api.router,
    city_pages.router,
    duty_pages.router,
    field_pages.router,
    packs_api.router,
    packs_pages.router,
    *routers(),
)


class Yuzhang(FastAPI):
    """The whole application. The NGSI-LD API answers beside the framework, for the sake of its speed."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, the way that everything before the rooms leads."""
        await self.state.front(scope, receive, send)

    def openapi(self) -> dict[str, Any]:
        """The description of all that can be asked, NGSI-LD included."""
        return self._described

    @cached_property
    def _described(self) -> dict[str, Any]:
        whole = FastAPI(title=self.title, version=self.version)
        problems.say_so(whole)
        whole.include_router(self.router)
        return described(whole.openapi(), self.state.context_api.routes, self.state.gate.cookie)

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request behind it."""
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            await self.state.context_api(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(settings: Settings) -> Yuzhang:
    """The application over the data folder of `settings`. Raises TryAgain if the folder cannot be opened."""
    tls = settings.public_address.startswith("https://")
    storage = Storage(settings.data, settings.lake)
    broker = Broker(storage, broker_settings(settings))
    history = History(broker, storage)
    entrance = Entrance(storage, settings)
    portal = _portal(storage, settings, broker, history)
    broker.sights.guard = entrance.guard
    officers = Workers(settings, [*VIEWS, FIGURES])
    officers.history = history
    door = Door(Intake(broker), history.keys)
    watched = WatchedFolder(settings.watch or settings.data / INBOX, door)
    sensing = Sensing(storage, settings, broker, door)
    sensing.rules.history = history
    entrance.gate.bearers.append(bearer(sensing.registry))
    portal.sources.append(OpenCases(sensing.cases))
    city = _city(sensing, broker, portal, entrance)
    operation = Operation(storage, history, sensing.mqtt, operation_settings(), asked_of(entrance, storage))

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with _living(storage, broker, history, watched, sensing, entrance, portal, city, warm=settings.warm):
            yield
            await in_thread(officers.close)
        await in_thread(operation.stop)

    app = _application(lifespan)
    rooms = {
        "storage": storage,
        "operation": operation,
        "front": Forwarded(
            operation.around(Limits(app.answer, entrance.api, entrance.gate)), networks(settings.proxies)
        ),
        "entrance": entrance,
        "portal": portal,
        "belongings": portal,
        "broker": broker,
        "history": history,
        "intake": door.acceptor,
        "door": door,
        "sql": officers,
        "city": city,
        "packs": Packs(own_folders(settings.data)),
        **entrance.rooms(),
        **sensing.rooms(),
    }
    for name, room in rooms.items():
        setattr(app.state, name, room)
    app.state.context_api = context_api(broker, entrance.gate, temporal_api.routes(history), tls=tls)
    app.add_middleware(Doorkeeper, gate=entrance.gate)
    app.add_middleware(Bounds, tls=tls)
    app.add_middleware(Compressing)
    problems.install(app)
    for router in (*ROUTERS, *sensing.routers(), *entrance.routers()):
        # As they were made, once: included, each would be made anew for every application, at its first request.
        app.router.routes.extend(router.routes)
    app.mount("/static", Statics(), name="static")

    return app


def _application(lifespan: Lifespan[FastAPI]) -> Yuzhang:
    """The application without a room."""
    return Yuzhang(
        title="Yuzhang 豫章",
        version=__version__,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )


@asynccontextmanager
async def _living(
    storage: Storage,
    broker: Broker,
    history: History,
    watched: WatchedFolder,
    sensing: Sensing,
    entrance: Entrance,
    portal: Portal,
    city: City,
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
    await sensing.start()
    await in_thread(portal.start)
    await city.start()
    yield
    await city.stop()
    await in_thread(portal.stop)
    await sensing.stop()
    await in_thread(watched.stop)
    await history.stop()
    await broker.stop()
    if warm:
        warming.join()
    await entrance.stop()
    storage.close()


def _portal(storage: Storage, settings: Settings, broker: Broker, history: History) -> Portal:
    """The portal, with all that can be searched so far. Raises UnfitChannel."""
    sources = (Plans(storage), Figures(storage), Entities(broker), Observed(history), Help())
    return Portal(storage, secrets_of(settings.data), sources, channels(), settings.public_address)


def _city(sensing: Sensing, broker: Broker, portal: Portal, entrance: Entrance) -> City:
    """The live screen, over all that happens. Raises UnfitMap."""
    rooms = Rooms(sensing.registry, sensing.rules, sensing.cases)
    sensing.cases.told.append(Casework(portal, entrance.people, sensing.registry).heard)
    return City(
        sensing.registry.storage,
        broker,
        sensing.announcements,
        rooms,
        portal=portal,
        handling=CaseHandling(sensing.cases),
        people=entrance.people,
        base=map_settings(),
    )


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
