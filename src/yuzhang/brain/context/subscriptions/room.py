"""The subscriptions of one broker: in memory for the writer's thread, letters on their way, periodic ones on the clock."""

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from yuzhang.brain.context.classification.sight import Sight
from yuzhang.brain.context.errors import ContextError
from yuzhang.brain.context.model import Change, Entity
from yuzhang.brain.context.registrations.matching import Request, matching
from yuzhang.brain.context.registrations.model import RegistrationChange
from yuzhang.brain.context.store.transaction import Transaction
from yuzhang.brain.context.subscriptions import store
from yuzhang.brain.context.subscriptions.delivery import Deliveries
from yuzhang.brain.context.subscriptions.matching import Index
from yuzhang.brain.context.subscriptions.model import Subscription, Tally
from yuzhang.brain.context.subscriptions.telling import (
    letter_of_registration,
    letters_of,
    periodic_letter,
    registrations_letter,
    request_of,
)
from yuzhang.brain.context.subscriptions.watch import Watch, ready
from yuzhang.brain.context.threads import in_thread

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

MAX_PERIODIC = 10_000
"""Entities that one periodic notification may hold."""
log = logging.getLogger(__name__)


class Subscriptions:
    """All subscriptions, by number. `watches` is replaced as a whole, so that every thread sees one state of it."""

    def __init__(self, broker: "Broker") -> None:
        self._broker = broker
        self._index = Index()
        self._csource: dict[int, tuple[Watch, Request]] = {}
        self._posted: Counter[int] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._clocks: dict[int, asyncio.Task[None]] = {}
        self.watches: dict[int, Watch] = {}
        self.deliveries = Deliveries(
            broker,
            replace(broker.settings.delivery, private_addresses=broker.settings.private_addresses),
            self.watches.get,
        )
        broker.on_change(self._changed)
        broker.registrations.on_registration_change(self._registration_changed)
        broker.writer.on_commit(self._committed)

    async def start(self, *, sending: bool = True) -> None:
        """Read all subscriptions and go on with what waits; without `sending` letters are only written, for the server to send."""
        if sending:
            self._loop = asyncio.get_running_loop()
            self.deliveries.start()
        with self._broker.reading() as connection:
            kept = store.all_of(connection)
            waiting = store.waiting(connection)
        for subscription in kept:
            if (watch := await self._ready(subscription)) is not None:
                self.put(watch)
        for number, letters in waiting.items() if sending else ():
            self.deliveries.found(number, letters)

    async def _ready(self, subscription: Subscription) -> Watch | None:
        try:
            return await ready(subscription, self._broker.contexts)
        except ContextError as error:
            log.warning("subscription %s cannot be followed: %s", subscription.id, error.detail.en)
            return None

    async def learn(self) -> None:
        """Follow the subscriptions that another process made, changed or deleted."""
        before = dict(self.watches)
        there, fresh = await in_thread(self._news, before)
        for number in before.keys() - there:
            if self.watches.get(number) is before[number]:
                self.drop(before[number])
        for subscription in fresh:
            watch, number = await self._ready(subscription), subscription.number
            # What this process itself changed meanwhile is newer than what was read.
            if watch is not None and self.watches.get(number) is before.get(number):
                self.put(watch, changed=number in before)

    def _news(self, known: dict[int, Watch]) -> tuple[set[int], list[Subscription]]:
        with self._broker.reading() as connection:
            found = store.changes(connection)
            fresh = [
                store.one_of(connection, number)
                for number, modified in found.items()
                if number not in known or known[number].subscription.modified != modified
            ]
        return set(found), [one for one in fresh if one is not None]

    async def learn_letters(self) -> None:
        """Send the letters that were written by a process which does not send."""
        if self._loop is not None:
            for number, letters in (await in_thread(self._waiting)).items():
                self.deliveries.found(number, letters)

    def _waiting(self) -> dict[int, int]:
        with self._broker.reading() as connection:
            return store.waiting(connection)

    async def stop(self) -> None:
        """End; letters stay in the outbox."""
        for clock in self._clocks.values():
            clock.cancel()
        await asyncio.gather(*self._clocks.values(), return_exceptions=True)
        if self._loop is not None:
            await self.deliveries.stop()
        self._loop = None
        for watch in tuple(self.watches.values()):
            self.drop(watch)

    def find(self, kind: str, tenant: str, subscription: str) -> Watch | None:
        """One subscription by its id."""
        for watch in tuple(self.watches.values()):
            one = watch.subscription
            if one.id == subscription and one.tenant == tenant and one.kind == kind:
                return watch
        return None

    def all(self, kind: str, tenant: str) -> list[Watch]:
        """All subscriptions of a tenant, the oldest first."""
        found = [
            one for one in self.watches.values() if one.subscription.kind == kind and one.subscription.tenant == tenant
        ]
        return sorted(found, key=lambda one: one.subscription.number)

    def tally(self, watch: Watch) -> Tally:
        """What became of its notifications."""
        return self.deliveries.tally(watch)

    def put(self, watch: Watch, *, changed: bool = False) -> None:
        """Follow a subscription; the one of the same number goes. To be called on the event loop.

        `changed`: it was changed just now; one of registrations is then told all of them anew (clause 5.11.3.4).
        """
        number = watch.subscription.number
        before = self.watches.get(number)
        if before is not None and before.subscription.modified == watch.subscription.modified:
            return  # it was read from the database already
        self.watches[number] = watch
        if watch.subscription.kind == "entity":
            self._index.put(watch)
        else:
            self._csource[number] = (watch, request_of(watch))
        self._set_clock(watch, changed)
        if before is not None and self._loop is not None:
            self.deliveries.changed(number)

    def drop(self, watch: Watch) -> None:
        """Follow a subscription no longer."""
        number = watch.subscription.number
        self.watches.pop(number, None)
        self._csource.pop(number, None)
        if watch.subscription.kind == "entity":
            self._index.drop(number)
        clock = self._clocks.pop(number, None)
        if clock is not None:
            clock.cancel()
        self.deliveries.drop(number)

    def _changed(self, transaction: Transaction, changes: Sequence[Change]) -> None:
        self.post(transaction, letters_of(self._index, self._broker.sights, transaction, changes))

    def _registration_changed(self, transaction: Transaction, change: RegistrationChange) -> None:
        found = [
            letter
            for watch, request in tuple(self._csource.values())
            if watch.subscription.tenant == change.tenant
            and (letter := letter_of_registration(watch, request, change)) is not None
        ]
        self.post(transaction, found)

    def post(self, transaction: Transaction, letters: Sequence[tuple[int, str, str, bytes]]) -> None:
        """Put letters into the outbox and send them once the transaction is durable."""
        if letters:
            store.post(transaction, letters)
            self._posted.update(number for number, *_ in letters)
            if self._loop is None:
                store.leave(transaction)

    def _committed(self) -> None:
        """After each transaction, in the writer's thread."""
        if not self._posted:
            return
        posted, self._posted = self._posted, Counter()
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._wake, posted)

    def _wake(self, posted: Counter[int]) -> None:
        for number, letters in posted.items():
            self.deliveries.wake(number, letters)

    def _set_clock(self, watch: Watch, changed: bool) -> None:
        number = watch.subscription.number
        old = self._clocks.pop(number, None)
        if old is not None:
            old.cancel()
        first = watch.subscription.kind == "csource" and (changed or watch.subscription.tally.last is None)
        if self._loop is not None and (watch.subscription.interval_s is not None or first):
            self._clocks[number] = asyncio.create_task(self._tick(number, first), name=f"clock-{number}")

    async def _tick(self, number: int, first: bool) -> None:
        """At once if it is `first`, then at every interval, until the subscription is gone or not periodic."""
        while True:
            watch = self.watches.get(number)
            if watch is None or (watch.subscription.interval_s is None and not first):
                return
            if not first:
                await asyncio.sleep(watch.subscription.interval_s or 0)
            first = False
            current = self.watches.get(number)
            if current is None or current.subscription.status(self._broker.now()) != "active":
                continue
            try:
                await self._tell_all(current)
            except ContextError as error:
                log.warning("subscription %s was not told: %s", current.subscription.id, error.detail.en)

    async def _tell_all(self, watch: Watch) -> None:
        """Tell a subscription of all that it asks for."""
        if watch.subscription.kind == "csource":
            registrations = self._broker.registrations.of(watch.subscription.tenant).everything.values()
            found = matching(registrations, request_of(watch), self._broker.now())
            if found:
                await self._broker.write(
                    lambda transaction: self.post(
                        transaction, [registrations_letter(watch, found, "newlyMatching", transaction.now)]
                    )
                )
            return
        sight = self._broker.sights.of_absent(watch.subscription.owner, watch.subscription.tenant)
        entities = await in_thread(self._entities, watch, sight)
        if entities:
            await self._broker.write(
                lambda transaction: self.post(transaction, [periodic_letter(transaction, watch, entities, sight)])
            )

    def _entities(self, watch: Watch, sight: Sight | None) -> list[Entity]:
        space = self._broker.store.space(watch.subscription.tenant)
        found: dict[str, Entity] = {}
        for selection in watch.selections:
            how = self._broker.store.plan(space, selection, sight)
            for one in islice(self._broker.store.every(how), MAX_PERIODIC):
                entity = one.open()
                found.setdefault(entity.id, entity)
        return list(found.values())
