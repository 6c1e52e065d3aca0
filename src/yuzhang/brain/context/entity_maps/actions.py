"""What can be done with entity maps."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import uuid4

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.entity_maps.model import HERE, LONGEST_LIFETIME, EntityMap
from yuzhang.brain.context.entity_maps.store import delete, insert, read, read_to_write, update
from yuzhang.brain.context.errors import ResourceNotFound, said
from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action


@action("reader")
def retrieve_map(broker: Broker, caller: Party, /, tenant: str, entity_map: str) -> EntityMap | None:
    """A map; None if there is none, or its time is over. Source: clause 5.14.1."""
    space = broker.store.space(tenant)
    found, sight = read(broker.database.reader(), space, entity_map, broker.now()), broker.sights.of(caller, tenant)
    if found is None or sight is None or not sight.narrow:
        return found
    # Others are not asked for a party that may not see all; of what is here it knows only what it sees.
    seen = broker.store.seen(space, list(found.sources), sight)
    return replace(found, sources={one: [HERE] for one in found.sources if one in seen}, linked_maps={})


@action("reader")
async def create_map(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    sources: dict[str, list[str]],
    lifetime: Microseconds,
    linked_maps: dict[str, str] | None = None,
) -> EntityMap:
    """Keep which entities were found, for `lifetime`. Source: clause 5.14.4."""

    def work(transaction: Transaction) -> EntityMap:
        made = EntityMap(f"urn:ngsi-ld:EntityMap:{uuid4()}", transaction.now + lifetime, sources, linked_maps or {})
        insert(transaction, transaction.make_space(tenant), made)
        return made

    return await broker.write(work)


@action("reader")
async def set_expiry(broker: Broker, caller: Party, /, tenant: str, entity_map: str, expires: Microseconds) -> None:
    """Let a map end at another time, at most LONGEST_LIFETIME from now. Raises ResourceNotFound. Source: clause 5.14.2."""

    def work(transaction: Transaction) -> None:
        space = transaction.space(tenant)
        kept = read_to_write(transaction, space, entity_map) or _raise_missing(entity_map)
        update(transaction, space, replace(kept, expires=min(expires, transaction.now + LONGEST_LIFETIME)))

    await broker.write(work)


@action("reader")
async def prune_map(broker: Broker, caller: Party, /, tenant: str, entity_map: str, gone: Iterable[str]) -> None:
    """Take entities out of a map that do not fit its query any more, as who sees all of it finds. Source: clause 5.5.9.3."""
    sight = broker.sights.of(caller, tenant)
    if sight is not None and sight.narrow:
        return

    def work(transaction: Transaction) -> None:
        space = transaction.space(tenant)
        kept = read_to_write(transaction, space, entity_map)
        if kept is not None:
            missing = set(gone)
            sources = {one: where for one, where in kept.sources.items() if one not in missing}
            update(transaction, space, replace(kept, sources=sources))

    await broker.write(work)


@action("reader")
async def delete_map(broker: Broker, caller: Party, /, tenant: str, entity_map: str) -> None:
    """Take a map away. Raises ResourceNotFound. Source: clause 5.14.3."""

    def work(transaction: Transaction) -> None:
        space = transaction.space(tenant)
        kept = read_to_write(transaction, space, entity_map) or _raise_missing(entity_map)
        delete(transaction, space, kept.id)

    await broker.write(work)


def no_map(entity_map: str) -> ResourceNotFound:
    """The error of a map that is not there."""
    return ResourceNotFound(said(f"There is no entity map {entity_map[:200]}, or its time is over."), where="/id")


def _raise_missing(entity_map: str) -> EntityMap:
    raise no_map(entity_map)
