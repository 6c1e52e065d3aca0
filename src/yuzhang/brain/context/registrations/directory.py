"""All registrations in memory, by what they are asked for: an entity's id, its types, or any entity."""

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from uuid import uuid4

from yuzhang.brain.context.registrations import store
from yuzhang.brain.context.registrations.model import Registration, RegistrationChange
from yuzhang.brain.context.registrations.parts import registration
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.threads import in_thread

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

Listener = Callable[[Transaction, RegistrationChange], None]


class Tenant:
    """The registrations of one tenant."""

    __slots__ = ("by_id", "by_type", "everything", "of_any_entity")

    def __init__(self, registrations: Iterable[Registration]) -> None:
        self.everything: dict[str, Registration] = {one.id: one for one in registrations}
        self.by_id: dict[str, list[Registration]] = {}
        self.by_type: dict[str, list[Registration]] = {}
        self.of_any_entity: list[Registration] = []
        for one in self.everything.values():
            self._enter(one)

    def _enter(self, one: Registration) -> None:
        ids: set[str] = set()
        types: set[str] = set()
        everywhere = False
        for information in one.information:
            everywhere = everywhere or not information.entities
            for info in information.entities:
                if info.id is not None:
                    ids.add(info.id)
                else:
                    types |= info.types
        for entity in ids:
            self.by_id.setdefault(entity, []).append(one)
        for name in types:
            self.by_type.setdefault(name, []).append(one)
        if everywhere:
            self.of_any_entity.append(one)

    def concerning(self, entity: str, types: Iterable[str] | None) -> list[Registration]:
        """Those that may have this entity, in the order of their making; with types None, of every type."""
        if types is None:
            return list(self.everything.values())
        found = {one.id: one for one in self.by_id.get(entity, ())}
        for name in types:
            found |= {one.id: one for one in self.by_type.get(name, ())}
        found |= {one.id: one for one in self.of_any_entity}
        return sorted(found.values(), key=lambda one: (one.created, one.id))


NOBODY = Tenant(())


class Directory:
    """The registrations of all tenants. Replaced as a whole, one change after the other under `lock`.

    `tenants` is empty as long as nobody is registered: that one look is all that a broker without federation pays.
    """

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._listeners: list[Listener] = []
        self.tenants: dict[str, Tenant] = {}
        self.lock = asyncio.Lock()
        self.alias = broker.settings.alias

    async def start(self) -> None:
        """Read what is kept, forget what expired, and find out what this broker calls itself."""
        self.tenants, gone = self._kept()
        if gone:
            await self._broker.write(lambda transaction: self._forget(transaction, gone))
        if not self.alias:
            with self._broker.reading() as connection:
                named = store.alias(connection)
            self.alias = await self._broker.write(_named) if named is None else named

    async def learn(self) -> None:
        """Follow the registrations that another process made, changed or deleted."""
        async with self.lock:
            self.tenants, _ = await in_thread(self._kept)

    def _kept(self) -> tuple[dict[str, Tenant], list[Registration]]:
        """The registrations in the database, those that are known already as they are, and those whose time is over."""
        now = self._broker.now()
        found: dict[str, list[Registration]] = {}
        gone: list[Registration] = []
        with self._broker.reading() as connection:
            for row in store.all_of(connection):
                one = self.of(row.tenant).everything.get(row.id)
                if one is None or one.modified != row.modified:
                    one = registration(row.tenant, row.document, row.reference, row.created, row.modified)
                if one.alive(now):
                    found.setdefault(one.tenant, []).append(one)
                else:
                    gone.append(one)
        return {tenant: Tenant(some) for tenant, some in found.items()}, gone

    def _forget(self, transaction: Transaction, gone: list[Registration]) -> None:
        for one in gone:
            store.remove(transaction.connection, one)
            self.tell(transaction, RegistrationChange(one.tenant, one, None, transaction.now))

    def on_registration_change(self, listener: Listener) -> None:
        """Call `listener` inside the transaction of every change of a registration."""
        self._listeners.append(listener)

    def tell(self, transaction: Transaction, change: RegistrationChange) -> None:
        """Tell the listeners of a change."""
        for listener in self._listeners:
            listener(transaction, change)

    def of(self, tenant: str) -> Tenant:
        """The registrations of a tenant."""
        return self.tenants.get(tenant, NOBODY)

    def get(self, tenant: str, registration_id: str) -> Registration | None:
        """One registration that has not expired."""
        found = self.of(tenant).everything.get(registration_id)
        return found if found is not None and found.alive(self._broker.now()) else None

    def put(self, tenant: str, registration_id: str, one: Registration | None) -> None:
        """Put a registration in its place; None takes it away."""
        left = dict(self.of(tenant).everything)
        if one is None:
            left.pop(registration_id, None)
        else:
            left[registration_id] = one
        tenants = dict(self.tenants)
        if left:
            tenants[tenant] = Tenant(left.values())
        else:
            tenants.pop(tenant, None)
        self.tenants = tenants


def _named(transaction: Transaction) -> str:
    # Two starts at once must not end with two names.
    found = store.alias(transaction.connection)
    if found is None:
        found = f"yuzhang-{uuid4().hex}"
        store.keep_alias(transaction.connection, found)
    return found
