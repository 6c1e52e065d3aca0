"""What can be done with subscriptions, of entities (clause 5.8) and of registrations of context sources (clause 5.11)."""

from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import AlreadyExists, BadRequestData, ResourceNotFound, said
from yuzhang.brain.context.jsonld import Terms
from yuzhang.brain.context.members import checked_id
from yuzhang.brain.context.moments import microseconds
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions import store
from yuzhang.brain.context.subscriptions.members import read_document, read_update, updated
from yuzhang.brain.context.subscriptions.model import Document, Kind, Subscription, Tally, endpoint_of
from yuzhang.brain.context.subscriptions.watch import Watch, ready
from yuzhang.core.access import Party, action
from yuzhang.core.addresses import is_inner

SPOKEN = ("q", "csf")
MAX_SUBSCRIPTIONS = 10_000
"""Of one tenant and kind."""


@action("operator")
async def subscribe(broker: Broker, caller: Party, /, kind: Kind, tenant: str, data: Any, terms: Terms) -> Subscription:
    """Keep a subscription. Raises BadRequestData, AlreadyExists. Source: clauses 5.8.1, 5.11.2."""
    document = read_document(data, terms, kind, broker.now())
    _check_endpoint(broker, document)
    subscription_id = document.pop("id", None) or f"urn:ngsi-ld:Subscription:{uuid4()}"
    document.setdefault("jsonldContext", terms.link)
    spoken = {member: terms.reference for member in SPOKEN if member in document}
    expires = microseconds(document["expiresAt"]) if "expiresAt" in document else None
    new = Subscription(0, kind, tenant, subscription_id, document, spoken, 0, 0, expires, owner=_kept_of(caller))
    await ready(new, broker.contexts)

    def work(transaction: Transaction) -> Subscription:
        transaction.make_space(tenant)
        if store.exists(transaction.connection, new):
            raise AlreadyExists(said(f"The subscription {subscription_id} exists already."), where="/id")
        if len(broker.subscriptions.all(kind, tenant)) >= MAX_SUBSCRIPTIONS:
            raise BadRequestData(said(f"A tenant has at most {MAX_SUBSCRIPTIONS} subscriptions. Delete some."))
        kept = replace(new, created=transaction.now, modified=transaction.now)
        return replace(kept, number=store.add(transaction.connection, kept))

    kept = await broker.write(work)
    broker.subscriptions.put(await ready(kept, broker.contexts))
    return kept


@action("operator")
async def change_subscription(
    broker: Broker, caller: Party, /, kind: Kind, tenant: str, subscription: str, data: Any, terms: Terms
) -> None:
    """Replace members of a subscription, or take them away. Raises ResourceNotFound, BadRequestData. Source: 5.8.2, 5.11.3."""
    watch = _there(broker, kind, tenant, subscription)
    old, now = watch.subscription, broker.now()
    changes, gone = read_update(data, terms, kind, now)
    document = updated(old.document, changes, gone, kind, was_expired=old.status(now) == "expired")
    _check_endpoint(broker, document)
    if "jsonldContext" in gone:
        document["jsonldContext"] = terms.link
    spoken = {
        member: terms.reference if member in changes else old.spoken.get(member)
        for member in SPOKEN
        if member in document
    }
    expires = microseconds(document["expiresAt"]) if "expiresAt" in document else None
    tally = broker.subscriptions.tally(watch)
    # Whoever changes where it goes is told what they may see, not what somebody else may.
    after = replace(old, document=document, spoken=spoken, expires=expires, tally=tally, owner=_kept_of(caller))
    await ready(after, broker.contexts)

    def work(transaction: Transaction) -> Subscription:
        kept = replace(after, modified=transaction.now)
        store.change(transaction.connection, kept)
        return kept

    broker.subscriptions.put(await ready(await broker.write(work), broker.contexts), changed=True)


@action("operator")
async def unsubscribe(broker: Broker, caller: Party, /, kind: Kind, tenant: str, subscription: str) -> None:
    """Forget a subscription and what waits for it. Raises ResourceNotFound. Source: clauses 5.8.5, 5.11.6."""
    watch = _there(broker, kind, tenant, subscription)
    await broker.write(lambda transaction: store.remove(transaction.connection, watch.subscription.number))
    broker.subscriptions.drop(watch)


@action("operator", reads=True)
def subscription_of(
    broker: Broker, caller: Party, /, kind: Kind, tenant: str, subscription: str
) -> tuple[Subscription, Tally]:
    """One subscription, and what became of its notifications. Raises ResourceNotFound. Source: clauses 5.8.3, 5.11.4."""
    watch = _there(broker, kind, tenant, subscription)
    return watch.subscription, broker.subscriptions.tally(watch)


@action("operator", reads=True)
def subscriptions_of(broker: Broker, caller: Party, /, kind: Kind, tenant: str) -> list[tuple[Subscription, Tally]]:
    """All subscriptions of a tenant, the oldest first. Raises NonexistentTenant. Source: clauses 5.8.4, 5.11.5."""
    broker.store.space(tenant)
    return [(one.subscription, broker.subscriptions.tally(one)) for one in broker.subscriptions.all(kind, tenant)]


def _kept_of(caller: Party) -> Party:
    """The party as it is kept with a subscription."""
    return replace(caller, name="", session="", peer="")


def _there(broker: Broker, kind: Kind, tenant: str, subscription: str) -> Watch:
    broker.store.space(tenant)
    checked_id(subscription)
    found = broker.subscriptions.find(kind, tenant, subscription)
    if found is None:
        raise ResourceNotFound(said(f"There is no subscription {subscription}."), where="/id")
    return found


def _check_endpoint(broker: Broker, document: Document) -> None:
    """An address that is plainly an inner one is refused at once; names are checked at every connection. Raises BadRequestData."""
    if broker.settings.private_addresses:
        return
    host = urlsplit(endpoint_of(document).uri).hostname or ""
    try:
        inner = is_inner(str(ip_address(host)))
    except ValueError:
        inner = host == "localhost" or host.endswith(".localhost")
    if inner:
        raise BadRequestData(
            said(f"{host} lies on this machine or in an inner network."),
            where="/notification/endpoint/uri",
            fix=said("The operator can allow it: --allow-private-addresses."),
        )
