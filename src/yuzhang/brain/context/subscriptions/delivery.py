"""Letters go out: in order for each subscription, again after a failure, not more often than asked for, across restarts.

A letter that was accepted is tried until it arrives, with growing waits. Given up is only what failed and is older than
`keep_s`, the oldest of more than `most_waiting` letters of one subscription, and what the subscriber itself refuses; that is
counted in the subscription and said in the log.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from yuzhang.brain.context.subscriptions import store
from yuzhang.brain.context.subscriptions.lanes import Lanes
from yuzhang.brain.context.subscriptions.ledger import Ledger
from yuzhang.brain.context.subscriptions.model import SECOND, Delivery, Tally
from yuzhang.brain.context.subscriptions.notification import merged
from yuzhang.brain.context.subscriptions.sending import Failed, Sending
from yuzhang.brain.context.subscriptions.watch import Watch
from yuzhang.brain.context.threads import in_thread

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

AT_A_TIME = 100
BROKEN_S = 5.0
"""Before a delivery that broke off goes on, for instance because the database was away."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A letter that did not arrive yet: its key, how often it was tried, after how many `failures` one after another, of
    other letters too, and how long to `pause` before the next attempt.
    """

    key: int
    tries: int
    failures: int
    pause: float


class Deliveries:
    """The deliveries of one broker: a task for each subscription for which something waits."""

    def __init__(self, broker: "Broker", settings: Delivery, watch_of: Callable[[int], Watch | None]) -> None:
        self._broker = broker
        self._settings = settings
        self._watch_of = watch_of
        self._sending = Sending(settings)
        self._ledger = Ledger(broker, settings)
        self._lanes = Lanes(settings.at_once)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._retiring: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._sent: dict[int, int] = {}
        self._troubles: dict[int, Trouble] = {}
        self._resting: dict[int, asyncio.Event] = {}
        self.stopping = False

    def start(self) -> None:
        """Begin to send."""
        self.stopping = False
        self._sending.start()

    async def stop(self) -> None:
        """End; what is not delivered yet stays in the outbox."""
        self.stopping = True
        tasks = [*self._tasks.values(), *self._retiring.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._ledger.stop()
        await self._sending.stop()

    def wake(self, number: int, letters: int = 0) -> None:
        """So many letters more wait for a subscription."""
        if self.stopping:
            return
        self._ledger.waiting[number] += letters
        if self._too_many(number) and number not in self._retiring:
            self._retiring[number] = asyncio.create_task(self._make_room(number), name=f"making-room-{number}")
        if number in self._tasks:
            self._again.add(number)
        else:
            self._tasks[number] = asyncio.create_task(self._work(number), name=f"delivery-{number}")

    def found(self, number: int, letters: int) -> None:
        """So many letters wait for a subscription, some of them written by another process."""
        self._ledger.waiting[number] = letters
        self.wake(number)

    def changed(self, number: int) -> None:
        """A subscription became another one: what waits for it is tried anew at once."""
        if (trouble := self._troubles.get(number)) is not None:
            self._troubles[number] = replace(trouble, failures=0, pause=0.0)
        if (resting := self._resting.get(number)) is not None:
            resting.set()
        else:
            self.wake(number)

    def drop(self, number: int) -> None:
        """A subscription is gone."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
        self._ledger.forget(number)
        self._sent.pop(number, None)
        self._troubles.pop(number, None)

    def tally(self, watch: Watch) -> Tally:
        """What became of the notifications of a subscription, up to now."""
        return self._ledger.tally(watch)

    async def _work(self, number: int) -> None:
        try:
            while True:
                self._again.discard(number)
                try:
                    if not await self._next(number) and number not in self._again:
                        return
                except Exception:  # a delivery that breaks must not take the others with it; the letters stay
                    log.exception("the delivery of subscription %s broke off", number)
                    await self._rest(number, BROKEN_S)
        finally:
            self._tasks.pop(number, None)

    def _too_many(self, number: int) -> bool:
        """Whether letters have to be given up: a tenth more may wait, so that not each one beyond is a transaction of its own."""
        most = self._settings.most_waiting
        return self._ledger.waiting[number] > most + most // 10

    async def _make_room(self, number: int) -> None:
        try:
            while self._too_many(number) and (watch := self._watch_of(number)) is not None:
                await self._ledger.retire(watch, 0)
        except Exception:  # the next letter tries it again
            log.exception("the letters of subscription %s are too many and stay", number)
        finally:
            self._retiring.pop(number, None)

    async def _next(self, number: int) -> bool:
        """Deliver what waits next, after the rest that it needs; False if nothing is left to do."""
        watch = self._watch_of(number)
        if watch is None or watch.subscription.status(self._broker.now()) == "paused":
            return False  # what waits for a paused one waits until it goes on
        if watch.subscription.status(self._broker.now()) == "expired":
            await self._ledger.retire(watch, self._broker.now() + SECOND)
            return False
        trouble = self._troubles.get(number)
        pause = trouble.pause if trouble else self._throttled_s(watch)
        if pause > 0 and await self._rest(number, pause):
            return True
        throttled = watch.subscription.throttling_s > 0
        limit = self._settings.most_waiting if throttled else 1 if trouble else AT_A_TIME
        # What was sent and is not written down yet still stands in the outbox.
        found = await in_thread(self._read, number, self._sent.get(number, 0), limit)
        if not found:
            if number not in self._again:
                self._ledger.waiting.pop(number, None)
            return False
        for letters in [found] if throttled else [[one] for one in found]:
            if not await self._deliver(number, letters):
                break
        return True

    def _throttled_s(self, watch: Watch) -> float:
        """Seconds until the next notification may go out. Source: clause 5.2.12, throttling."""
        throttling, last = watch.subscription.throttling_s, self.tally(watch).success
        if not throttling or last is None:
            return 0.0
        return min(throttling, throttling - (self._broker.now() - last) / SECOND)

    async def _rest(self, number: int, seconds: float) -> bool:
        """Wait; True if the subscription was changed meanwhile."""
        resting = self._resting[number] = asyncio.Event()
        try:
            async with asyncio.timeout(seconds):
                await resting.wait()
        except TimeoutError:
            return False
        finally:
            self._resting.pop(number, None)
        return True

    def _read(self, number: int, after: int, limit: int) -> list[store.Letter]:
        with self._broker.reading() as connection:
            return store.letters(connection, number, after, limit)

    async def _deliver(self, number: int, letters: list[store.Letter]) -> bool:
        """Deliver letters as one notification; False if they have to be read again before the next step."""
        watch = self._watch_of(number)
        if watch is None or watch.subscription.status(self._broker.now()) != "active":
            return False
        if letters[0].key <= self._ledger.given_up.get(number, 0):
            return False
        trouble = self._troubles.get(number)
        again = trouble is not None and trouble.key == letters[0].key
        failed = await self._attempt(watch, letters)
        self._ledger.count(watch, failed=failed is not None, again=again)
        if failed is None:
            self._troubles.pop(number, None)
            self._settle(watch, letters)
            return True
        tries = trouble.tries + 1 if trouble is not None and again else 1
        failures = trouble.failures + 1 if trouble is not None else 1
        log.warning("subscription %s, attempt %s: %s", watch.subscription.id, tries, failed.reason)
        if failed.refused and tries >= self._settings.refusals:
            self._settle(watch, letters, given_up=True)
            self._troubles.pop(number, None)
            return True
        self._troubles[number] = Trouble(letters[0].key, tries, failures, self._pause(watch, failures))
        oldest = self._broker.now() - int(self._settings.keep_s * SECOND)
        if letters[0].posted < oldest:
            await self._ledger.retire(watch, oldest)
        return False

    async def _attempt(self, watch: Watch, letters: list[store.Letter]) -> Failed | None:
        body = letters[0].body if len(letters) == 1 else merged([one.body for one in letters])
        headers = letters[0].headers | dict(watch.endpoint.receiver)
        if watch.subscription.tenant:
            headers["NGSILD-Tenant"] = watch.subscription.tenant
        return await self._lanes.take(watch.endpoint.uri, lambda: self._sending.send(watch.endpoint, headers, body))

    def _pause(self, watch: Watch, failures: int) -> float:
        grown = self._settings.backoff_s * 2.0 ** min(failures - 1, 60)
        return max(min(grown, self._settings.longest_backoff_s), watch.endpoint.cooldown_s)

    def _settle(self, watch: Watch, letters: list[store.Letter], *, given_up: bool = False) -> None:
        self._sent[watch.subscription.number] = letters[-1].key
        self._ledger.settle(watch, [one.key for one in letters], given_up=given_up)
