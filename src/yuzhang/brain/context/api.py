"""Puts the resources of the NGSI-LD API together."""

from collections.abc import Sequence

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http import (
    batch,
    consumption,
    contexts,
    discovery,
    entity_maps,
    provision,
    registrations,
    snapshots,
    subscriptions,
)
from yuzhang.brain.context.http.asgi import ContextApi
from yuzhang.brain.context.http.message import Route
from yuzhang.brain.context.http.openapi import description
from yuzhang.web.gate import Gate

ROUTES = [
    *provision.ROUTES,
    *batch.ROUTES,
    *consumption.ROUTES,
    *entity_maps.ROUTES,
    *snapshots.ROUTES,
    *discovery.ROUTES,
    *contexts.ROUTES,
    *subscriptions.ROUTES,
    *registrations.ROUTES,
]


def context_api(broker: Broker, gate: Gate, further: Sequence[Route] = (), *, tls: bool = False) -> ContextApi:
    """The whole API over one broker behind `gate`; `further` routes are of rooms that build on this one."""
    routes = [*ROUTES, *further]
    return ContextApi(broker, [*routes, description(routes)], gate, tls=tls)
