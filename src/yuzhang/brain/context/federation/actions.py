"""What other brokers can do here: tell of changes that this one subscribed to at them."""

from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import ResourceNotFound, said
from yuzhang.brain.context.federation.merging import Piece, arrived, merged
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.model import Entity
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions.notification import notification, shown
from yuzhang.core.access import Party, action


@action("operator")
async def hear(broker: Broker, caller: Party, /, remote: str, data: list[Any], terms: Terms) -> None:
    """Tell whoever subscribed here of the entities `data` that another broker told of.

    The tenant is the one that subscribed: the other broker names its own.
    Raises: ResourceNotFound if this broker did not subscribe under `remote`; BadRequestData. Source: clause 5.8.6.
    """
    known = broker.federation.following.remotes.get(remote)
    watch = None if known is None else broker.subscriptions.find("entity", known.tenant, known.subscription)
    if known is None or watch is None:
        raise ResourceNotFound(said(f"There is no subscription {remote[:200]}."), where="/subscriptionId")
    told = [arrived(one, terms) for one in data]
    found, tenant = watch, known.tenant
    split, unsaid = bool(watch.subscription.document.get("splitEntities")), known.unsaid

    def work(transaction: Transaction) -> None:
        if found.subscription.status(transaction.now) != "active":
            return
        letters = []
        for entity in told:
            whole = _whole(transaction, tenant, entity) if split else entity
            if not unsaid or any(one.matches(whole) for one in found.selections):
                body = notification(found, [shown(whole, found.look)], transaction.now)
                letters.append((found.subscription.number, whole.id, found.look.headers, body))
        broker.subscriptions.post(transaction, letters)

    await broker.write(work)


def _whole(transaction: Transaction, tenant: str, entity: Entity) -> Entity:
    """What was told of an entity together with what is known of it here."""
    kept = transaction.load(transaction.space(tenant), [entity.id]).get(entity.id)
    return entity if kept is None else merged([Piece(entity), Piece(kept.entity)])
