"""What can be done with snapshots."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import AlreadyExists, ResourceNotFound, said
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.query import Q
from yuzhang.brain.context.snapshots import store
from yuzhang.brain.context.snapshots.model import DEFAULT_PRIORITY, FAILURE, PREPARING, Snapshot
from yuzhang.brain.context.store.kept import Edit
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action

USED_EVERY: Microseconds = 60_000_000
"""How exactly it is noted when a snapshot was used last: a read shall not cost a write each time."""


@action("reader")
def retrieve_snapshot(broker: Broker, caller: Party, /, tenant: str, snapshot: str) -> Snapshot:
    """A snapshot with its state. Raises ResourceNotFound. Source: clause 5.16.3."""
    found = store.read(broker.database.reader(), tenant, snapshot)
    if found is None or (found.expires is not None and found.expires <= broker.now()):
        raise no_snapshot(snapshot)
    return found


@action("operator")
async def create_snapshot(
    broker: Broker,
    caller: Party,
    /,
    tenant: str,
    snapshot: str,
    queries: list[dict[str, Any]],
    priority: int | None,
    expires: Microseconds | None,
    origin: str = "",
) -> Snapshot:
    """Keep a new snapshot that is still empty. Raises AlreadyExists. Source: clauses 5.16.1, 5.16.2."""

    def work(transaction: Transaction) -> Snapshot:
        if store.read_to_write(transaction, tenant, snapshot) is not None:
            raise AlreadyExists(said(f"The snapshot {snapshot} exists already."), where="/id")
        now = transaction.now
        made = Snapshot(
            id=snapshot,
            queries=queries,
            priority=DEFAULT_PRIORITY if priority is None else priority,
            status=PREPARING,
            details=[],
            created=now,
            modified=now,
            used=now,
            expires=expires,
            origin=origin,
        )
        store.empty(transaction, tenant, snapshot)
        store.insert(transaction, tenant, made)
        return made

    return await broker.write(work)


@action("operator")
def fill_snapshot(broker: Broker, caller: Party, /, tenant: str, snapshot: str, entities: Sequence[Entity]) -> int:
    """Copy entities into a snapshot, those that it does not have yet; how many. Raises ResourceNotFound.

    It waits for the write: to be called in a thread, not on the event loop.
    """

    def work(transaction: Transaction) -> int:
        if store.read_to_write(transaction, tenant, snapshot) is None:
            raise no_snapshot(snapshot)
        space = transaction.make_space(tenant, snapshot)
        there = transaction.load(space, [one.id for one in entities])
        edits = [Edit(None, one, {}) for one in {one.id: one for one in entities}.values() if one.id not in there]
        transaction.apply(space, tenant, edits, quiet=True)
        return len(edits)

    return broker.writer.now(work)


@action("operator")
async def update_snapshot(broker: Broker, caller: Party, /, tenant: str, snapshot: str, **changes: Any) -> Snapshot:
    """Change members of a snapshot. Raises ResourceNotFound. Source: clause 5.16.4."""

    def work(transaction: Transaction) -> Snapshot:
        kept = store.read_to_write(transaction, tenant, snapshot)
        if kept is None:
            raise no_snapshot(snapshot)
        changed = replace(kept, modified=transaction.now, **changes)
        store.update(transaction, tenant, changed)
        return changed

    return await broker.write(work)


@action("operator")
async def delete_snapshot(broker: Broker, caller: Party, /, tenant: str, snapshot: str) -> None:
    """Take a snapshot away. Raises ResourceNotFound. Source: clause 5.16.5."""

    def work(transaction: Transaction) -> None:
        if store.read_to_write(transaction, tenant, snapshot) is None:
            raise no_snapshot(snapshot)
        store.delete(transaction, tenant, snapshot)

    await broker.write(work)


@action("operator")
async def purge_snapshots(broker: Broker, caller: Party, /, tenant: str, q: Q | None) -> int:
    """Take the snapshots away that `q` matches, or all; how many. Source: clause 5.16.7."""
    kept = store.read_all(broker.database.reader())
    gone = [one.id for whose, one in kept if whose == tenant and (q is None or one.fits(q))]

    def work(transaction: Transaction) -> int:
        for one in gone:
            store.delete(transaction, tenant, one)
        return len(gone)

    return await broker.write(work) if gone else 0


@action("reader")
async def use_snapshot(broker: Broker, caller: Party, /, tenant: str, snapshot: str) -> str:
    """The snapshot that a request is answered from; it is noted that it was used. Raises ResourceNotFound. Source: clause 6.3.22."""
    found = retrieve_snapshot(broker, caller, tenant, snapshot)
    if found.status == PREPARING:
        raise ResourceNotFound(
            said(f"The snapshot {snapshot} is still being prepared."),
            where="NGSILD-Snapshot",
            fix=said("Ask again later."),
        )
    if broker.now() - found.used > USED_EVERY:

        def work(transaction: Transaction) -> None:
            kept = store.read_to_write(transaction, tenant, snapshot)
            if kept is not None:
                store.update(transaction, tenant, replace(kept, used=transaction.now))

        await broker.write(work)
    return snapshot


@action("operator")
async def end_broken_off(broker: Broker, caller: Party, /) -> None:
    """Mark the snapshots whose filling a restart broke off as failed."""
    kept = [(tenant, one) for tenant, one in store.read_all(broker.database.reader()) if one.status == PREPARING]
    for tenant, one in kept:
        await update_snapshot(broker, caller, tenant, one.id, status=FAILURE)


def no_snapshot(snapshot: str) -> ResourceNotFound:
    """The error of a snapshot that is not there."""
    return ResourceNotFound(said(f"There is no snapshot {snapshot[:200]}."), where="/id")
