"""What became of notifications: counted in memory, and written down together a moment later."""

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from yuzhang.brain.context.model import Microseconds
from yuzhang.brain.context.subscriptions import store
from yuzhang.brain.context.subscriptions.model import Delivery, Tally
from yuzhang.brain.context.subscriptions.watch import Watch
from yuzhang.core.errors import YuzhangError

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

AGAIN_S = 1.0
"""Between two tries to write it down while the database is away or full."""
log = logging.getLogger(__name__)


class Ledger:
    """The tallies of subscriptions, how many letters wait for each, up to which key they were given up, and which are done.

    To be used on the event loop.
    """

    def __init__(self, broker: "Broker", settings: Delivery) -> None:
        self._broker = broker
        self._settings = settings
        self._done: list[int] = []
        self._tallies: dict[int, Tally] = {}
        self._changed: set[int] = set()
        self._flushing: asyncio.Task[None] | None = None
        self.waiting: Counter[int] = Counter()
        self.given_up: dict[int, int] = {}

    async def stop(self) -> None:
        """Write down what is not written yet."""
        if self._flushing is not None:
            self._flushing.cancel()
            await asyncio.gather(self._flushing, return_exceptions=True)
        try:
            await self.flush()
        except YuzhangError as error:
            log.warning("what became of the last notifications could not be written down: %s", error)

    def forget(self, number: int) -> None:
        """A subscription is gone."""
        self._tallies.pop(number, None)
        self._changed.discard(number)
        self.waiting.pop(number, None)
        self.given_up.pop(number, None)

    def tally(self, watch: Watch) -> Tally:
        """What became of the notifications of a subscription, up to now."""
        return self._tallies.get(watch.subscription.number, watch.subscription.tally)

    def count(self, watch: Watch, *, failed: bool, again: bool) -> None:
        """An attempt was made. A notification counts once, as sent and as failed, however often it is tried: the standard
        knows no attempts. Its first failure is seen at once. Source: clauses 5.2.14.2 and 5.8.6.
        """
        now, before = self._broker.now(), self.tally(watch)
        new = 0 if again else 1
        if failed:
            tally = replace(before, sent=before.sent + new, failed=before.failed + new, failure=now, last=now, ok=False)
        else:
            tally = replace(before, sent=before.sent + new, success=now, last=now, ok=True)
        self._put(watch, tally)

    def settle(self, watch: Watch, keys: list[int], *, given_up: bool = False) -> None:
        """Letters were delivered, or given up."""
        self._done += keys
        self._leave(watch.subscription.number, len(keys))
        if given_up:
            self._give_up(watch, len(keys))
        self._soon()

    async def retire(self, watch: Watch, before: Microseconds) -> None:
        """Give up what was posted before a moment, and the oldest of what are too many."""
        number = watch.subscription.number
        await self.flush()
        most, known = self._settings.most_waiting, self.waiting[number]
        gone, left, last = await self._broker.write(lambda transaction: store.retire(transaction, number, before, most))
        self.waiting[number] = left + max(0, self.waiting[number] - known)  # some came meanwhile
        if gone:
            self.given_up[number] = last
            self._give_up(watch, gone)

    def _give_up(self, watch: Watch, letters: int) -> None:
        before = self.tally(watch)
        log.warning("subscription %s: %s notifications were given up", watch.subscription.id, letters)
        self._put(watch, replace(before, given_up=before.given_up + letters))

    def _put(self, watch: Watch, tally: Tally) -> None:
        self._tallies[watch.subscription.number] = tally
        self._changed.add(watch.subscription.number)
        self._soon()

    def _leave(self, number: int, letters: int) -> None:
        self.waiting[number] -= letters
        if self.waiting[number] <= 0:
            del self.waiting[number]

    def _soon(self) -> None:
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon(), name="deliveries-written-down")

    async def _flush_soon(self) -> None:
        pause = self._settings.flush_s
        while self._done or self._changed:
            await asyncio.sleep(pause)
            try:
                await self.flush()
                pause = self._settings.flush_s
            except YuzhangError as error:  # the database is away or full: the next moment may be better
                log.warning("what became of notifications could not be written down: %s", error)
                pause = AGAIN_S

    async def flush(self) -> None:
        """Write down what became of letters. One that was sent and not written down is sent again after a crash."""
        if not self._done and not self._changed:
            return
        done, self._done = self._done, []
        changed, self._changed = self._changed, set()
        tallies = {number: self._tallies[number] for number in changed}
        try:
            await self._broker.write(lambda transaction: store.settle(transaction, done, tallies))
        except BaseException:
            self._done += done
            self._changed |= changed & self._tallies.keys()
            raise
