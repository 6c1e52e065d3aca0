"""Puts the resources of the NGSI-LD API together."""

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
from yuzhang.brain.context.http.openapi import description

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


def context_api(broker: Broker, *, insecure: bool = False) -> ContextApi:
    """The whole API over one broker."""
    return ContextApi(broker, [*ROUTES, description(ROUTES)], insecure=insecure)
