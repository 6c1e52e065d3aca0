"""What can be done with registrations: register, change, remove, retrieve, discover. Source: clauses 5.9 and 5.10."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.errors import (
    AlreadyExists,
    ConflictingRegistration,
    NonexistentTenant,
    ResourceNotFound,
    said,
)
from yuzhang.brain.context.jsonld import CORE
from yuzhang.brain.context.model import Entity, Microseconds
from yuzhang.brain.context.query import Selection, parse_types
from yuzhang.brain.context.registrations import store
from yuzhang.brain.context.registrations.matching import Request, conflict, matching
from yuzhang.brain.context.registrations.members import updated
from yuzhang.brain.context.registrations.model import Document, Information, Registration, RegistrationChange
from yuzhang.brain.context.registrations.parts import registration
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.core.access import Party, action


@action("operator")
async def register(broker: Broker, caller: Party, /, tenant: str, document: Document, reference: Any) -> Registration:
    """Keep a new registration of a checked document; `reference` is the @context in which it was written.

    Raises: AlreadyExists, ConflictingRegistration. Source: clause 5.9.2.
    """
    async with broker.registrations.lock:
        new = registration(tenant, document, reference, broker.now(), broker.now())
        if broker.registrations.get(tenant, new.id) is not None:
            raise AlreadyExists(said(f"The registration {new.id} exists already."), where="/id")
        await _check_conflicts(broker, caller, new)
        before = broker.registrations.of(tenant).everything.get(new.id)

        def work(transaction: Transaction) -> Registration:
            transaction.make_space(tenant)
            if before is not None:
                store.remove(transaction.connection, before)  # its time is over: its place is free
            elif store.exists(transaction.connection, new):  # another process was quicker
                raise AlreadyExists(said(f"The registration {new.id} exists already."), where="/id")
            kept = replace(new, created=transaction.now, modified=transaction.now)
            store.add(transaction.connection, kept)
            broker.registrations.tell(transaction, RegistrationChange(tenant, None, kept, transaction.now))
            return kept

        return await _done(broker, tenant, new.id, work)


@action("operator")
async def update(
    broker: Broker, caller: Party, /, tenant: str, registration_id: str, changes: Document, gone: frozenset[str]
) -> Registration:
    """Replace members of a registration, and take others away.

    Raises: ResourceNotFound, ConflictingRegistration, BadRequestData. Source: clause 5.9.3.
    """
    async with broker.registrations.lock:
        before = _there(broker, tenant, registration_id)
        document = updated(before.document, changes, gone)
        after = registration(tenant, document, before.reference, before.created, broker.now())
        if {"information", "mode"} & (changes.keys() | gone):
            await _check_conflicts(broker, caller, after)

        def work(transaction: Transaction) -> Registration:
            kept = replace(after, modified=transaction.now)
            store.change(transaction.connection, kept)
            broker.registrations.tell(transaction, RegistrationChange(tenant, before, kept, transaction.now))
            return kept

        return await _done(broker, tenant, registration_id, work)


@action("operator")
async def remove(broker: Broker, caller: Party, /, tenant: str, registration_id: str) -> Registration:
    """Take a registration away; what it was. Raises ResourceNotFound. Source: clause 5.9.4."""
    async with broker.registrations.lock:
        before = _there(broker, tenant, registration_id)

        def work(transaction: Transaction) -> None:
            store.remove(transaction.connection, before)
            broker.registrations.tell(transaction, RegistrationChange(tenant, before, None, transaction.now))

        await broker.write(work)
        broker.registrations.put(tenant, registration_id, None)
        return before


@action("reader")
def retrieve(broker: Broker, caller: Party, /, tenant: str, registration_id: str) -> Registration:
    """One registration. Raises ResourceNotFound, NonexistentTenant. Source: clause 5.10.1."""
    broker.store.space(tenant)
    return _there(broker, tenant, registration_id)


@action("reader")
def discover(broker: Broker, caller: Party, /, tenant: str, request: Request) -> list[Registration]:
    """The registrations that `request` seeks, the oldest first. Raises NonexistentTenant. Source: clause 5.10.2."""
    broker.store.space(tenant)
    return matching(broker.registrations.of(tenant).everything.values(), request, broker.now())


async def _done(
    broker: Broker, tenant: str, registration_id: str, work: Callable[[Transaction], Registration]
) -> Registration:
    kept = await broker.write(work)
    broker.registrations.put(tenant, registration_id, kept)
    return kept


def _there(broker: Broker, tenant: str, registration_id: str) -> Registration:
    found = broker.registrations.get(tenant, registration_id)
    if found is None:
        raise ResourceNotFound(said(f"There is no registration {registration_id}."), where="/id")
    return found


async def _check_conflicts(broker: Broker, caller: Party, new: Registration) -> None:
    """Raises ConflictingRegistration if others, or entities of this broker, stand against it. Source: clause 5.9.2.4."""
    now: Microseconds = broker.now()
    other = conflict(new, broker.registrations.of(new.tenant).everything.values(), now)
    if other is not None:
        raise ConflictingRegistration(
            said(f"The registration {other.id} ({other.mode}) covers some of the same attributes.")
        )
    entity = await asyncio.to_thread(_entity_in_the_way, broker, new) if new.is_proxy else None
    if entity is not None:
        sight = broker.sights.of(caller, new.tenant)
        seen = sight is None or sight.of(entity.body) is not None
        what = f"The entity {entity.id}" if seen else "An entity"
        raise ConflictingRegistration(
            said(f"{what} is kept here and would be hidden by a registration in the mode {new.mode}.")
        )


def _entity_in_the_way(broker: Broker, new: Registration) -> Entity | None:
    try:
        space = broker.store.space(new.tenant)
    except NonexistentTenant:
        return None  # the registration will be the tenant's first write
    for information in new.information:
        for selection in _selections(information):
            found = broker.store.page(broker.store.plan(space, selection), 0, 1).found
            if found:
                return found[0].open()
    return None


def _selections(information: Information) -> list[Selection]:
    attrs = tuple(sorted(information.attributes)) if information.attributes is not None else None
    if not information.entities:
        return [Selection(attrs=attrs)]
    return [
        Selection(
            ids=None if info.id is None else (info.id,),
            id_pattern=None if info.pattern is None else info.pattern.pattern,
            types=parse_types(",".join(sorted(info.types)), CORE),
            attrs=attrs,
        )
        for info in information.entities
    ]
