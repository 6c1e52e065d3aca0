"""What other brokers can do here: tell of changes that this one subscribed to at them."""

from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import LoopDetected, ResourceNotFound, said
from yuzhang.brain.context.federation.gathering import Mapped, retrieved
from yuzhang.brain.context.federation.merging import Piece, arrived, merged
from yuzhang.brain.context.federation.store import Remote
from yuzhang.brain.context.http.message import Call
from yuzhang.brain.context.jsonld import CORE, Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.query import parse_types
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.notification import notification, shown
from yuzhang.core.access import Party, action


@action("operator")
async def hear(
    broker: Broker, caller: Party, /, remote: str, data: list[Any], terms: Terms, via: str | None = None
) -> None:
    """Tell whoever subscribed here of the entities `data` that another broker told of; `via` is the way it came.

    The tenant is the one that subscribed: the other broker names its own. Entities that are split are put together with what
    is known of them here and at all other context sources.
    Raises: ResourceNotFound if this broker did not subscribe under `remote`; BadRequestData. Source: clause 5.8.6.
    """
    known = broker.federation.following.remotes.get(remote)
    watch = None if known is None else broker.subscriptions.find("entity", known.tenant, known.subscription)
    if known is None or watch is None:
        raise ResourceNotFound(said(f"There is no subscription {remote[:200]}."), where="/subscriptionId")
    found, unsaid = watch, known.unsaid
    told = [arrived(one, terms) for one in data]
    if watch.subscription.document.get("splitEntities"):
        headers = {"ngsild-tenant": known.tenant} | ({"via": via} if via else {})
        call = Call("GET", "/entities", b"", headers, b"", caller)
        told = [await _whole(broker, call, known, one, terms) for one in told]

    def work(transaction: Transaction) -> None:
        if found.subscription.status(transaction.now) != "active":
            return
        letters = []
        sight = broker.sights.of_absent(found.subscription.owner, known.tenant)
        for one in told:
            entity = one if sight is None else sight.shown(one)
            if entity is None:
                continue
            if sight is not None:
                sight.read([entity])
            if not unsaid or any(one.matches(entity) for one in found.selections):
                body = notification(found, [shown(entity, found.look)], transaction.now)
                letters.append((found.subscription.number, entity.id, found.look.headers, body))
        broker.subscriptions.post(transaction, letters)

    await broker.write(work)


async def _whole(broker: Broker, call: Call, known: Remote, entity: Entity, terms: Terms) -> Entity:
    """What was told of an entity together with what is known of it here and elsewhere, but for who told. Source: clause 5.8.6."""
    others = frozenset(one.id for one in broker.federation.all(call)) - {known.registration}
    types = parse_types(",".join(entity.types), CORE)
    try:
        found = await retrieved(broker.federation, call, entity.id, types, None, terms, Mapped(others))
    except LoopDetected:  # the other sources wait for this broker: what is known here has to do
        found = await retrieved(broker.federation, call, entity.id, types, None, terms, Mapped(frozenset()))
    return merged([Piece(one) for one in (entity, *found.entities)])
