"""What can be done with contexts. Source: clause 5.13."""

from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.jsonld.store import Kept
from yuzhang.core.access import Party, action


@action("reader")
def contexts(broker: Broker, caller: Party, /, tenant: str) -> list[Kept]:
    """The contexts that are kept for a tenant."""
    return broker.contexts.all(tenant)


@action("reader")
def find_context(broker: Broker, caller: Party, /, tenant: str, name: str) -> Kept | None:
    """A context by its address or its local identifier; None if there is none."""
    return broker.contexts.find(tenant, name)


@action("operator")
async def host_context(broker: Broker, caller: Party, /, tenant: str, document: dict[str, Any]) -> Kept:
    """Keep a context. Raises BadRequestData. Source: clause 5.13.2."""
    return await broker.contexts.host(tenant, document)


@action("operator")
async def reload_context(broker: Broker, caller: Party, /, kept: Kept) -> None:
    """Get a cached context anew. Raises LdContextNotAvailable; then the old one stays. Source: clause 5.13.5."""
    await broker.contexts.reload(kept)


@action("operator")
async def delete_context(broker: Broker, caller: Party, /, kept: Kept) -> None:
    """Forget a context. Source: clause 5.13.5."""
    await broker.contexts.remove(kept)
