"""A client for Yuzhang's NGSI-LD API, and that of other brokers: `Client` waits, `AsyncClient` is awaited.

Nothing of the server is imported here. The core knows no network: operations are generators of requests (`exchange.py`).
"""

from yuzhang.client.clients import AsyncClient, Client
from yuzhang.client.errors import AlreadyThere, NotReached, NotThere, NotUnderstood, Problem, RequestRefused
from yuzhang.client.model import (
    AttributeInfo,
    BatchResult,
    Context,
    Entity,
    Failed,
    Query,
    Subscription,
    TypeInfo,
)

__all__ = [
    "AlreadyThere",
    "AsyncClient",
    "AttributeInfo",
    "BatchResult",
    "Client",
    "Context",
    "Entity",
    "Failed",
    "NotReached",
    "NotThere",
    "NotUnderstood",
    "Problem",
    "Query",
    "RequestRefused",
    "Subscription",
    "TypeInfo",
]
