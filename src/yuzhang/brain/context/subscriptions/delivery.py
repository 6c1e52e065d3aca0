"""Letters go out: in order for each subscription, again after a failure, not more often than asked for, across restarts."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from yuzhang.brain.context.subscriptions import store
from yuzhang.brain.context.subscriptions.model import Delivery, Tally
from yuzhang.brain.context.subscriptions.notification import merged
from yuzhang.brain.context.subscriptions.sending import Sending
from yuzhang.brain.context.subscriptions.watch import Watch

if TYPE_CHECKING:
    from yuzhang.brain.context.broker import Broker

AT_A_TIME = 100
log = logging.getLogger(__name__)


class Deliveries:
    """The deliveries of one broker: a task for each subscription for which something waits."""

    def __init__(self, broker: "Broker", settings: Delivery, watch_of: Callable[[int], Watch | None]) -> None:
        self._broker = broker
        self._settings = settings
        self._watch_of = watch_of
        self._sending = Sending(settings)
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()
        self._slots = asyncio.Semaphore(settings.at_once)
        self._done: list[int] = []
        self._tallies: dict[int, Tally] = {}
        self._last: dict[int, float] = {}
        self._sent: dict[int, int] = {}
        self._flushing: asyncio.Task[None] | None = None
        self.stopping = False

    def start(self) -> None:
        """Begin to send."""
        self.stopping = False
        self._sending.start()

    async def stop(self) -> None:
        """End; what is not delivered yet stays in the outbox."""
        self.stopping = True
        tasks = [*self._tasks.values(), *([self._flushing] if self._flushing else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.flush()
        await self._sending.stop()

    def wake(self, number: int) -> None:
        """Something waits for a subscription."""
        if self.stopping:
            return
        if number in self._tasks:
            self._again.add(number)
        else:
            self._tasks[number] = asyncio.create_task(self._work(number), name=f"delivery-{number}")

    def drop(self, number: int) -> None:
        """A subscription is gone."""
        task = self._tasks.get(number)
        if task is not None:
            task.cancel()
        self._tallies.pop(number, None)
        self._last.pop(number, None)
        self._sent.pop(number, None)

    def tally(self, watch: Watch) -> Tally:
        """What became of the notifications of a subscription, up to now."""
        return self._tallies.get(watch.subscription.number, watch.subscription.tally)

    async def _work(self, number: int) -> None:
        try:
            # What was sent and is not written down yet still stands in the outbox.
            after = self._sent.get(number, 0)
            while True:
                self._again.discard(number)
                found = await asyncio.to_thread(self._read, number, after)
                if not found:
                    if number in self._again:
                        continue
                    return
                after = await self._deliver(number, found)
        except asyncio.CancelledError:
            raise
        except Exception:  # a delivery that breaks must not take the others with it; the letters stay
            log.exception("the delivery of subscription %s broke off", number)
        finally:
            self._tasks.pop(number, None)

    def _read(self, number: int, after: int) -> list[store.Letter]:
        with self._broker.reading() as connection:
            return store.letters(connection, number, after, AT_A_TIME)

    async def _deliver(self, number: int, letters: list[store.Letter]) -> int:
        """Deliver some letters, merged where they have to wait for each other; the key of the last one."""
        watch = self._watch_of(number)
        if watch is None:
            return letters[-1].key
        throttling = watch.subscription.throttling_s
        if not throttling:
            for letter in letters:
                await self._one(watch, [letter])
            return letters[-1].key
        wait = self._last.get(number, -throttling) + throttling - monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
            letters = await asyncio.to_thread(self._read, number, letters[0].key - 1)
        if letters:
            await self._one(watch, letters)
            return letters[-1].key
        return self._sent.get(number, 0)

    async def _one(self, watch: Watch, letters: list[store.Letter]) -> None:
        number = watch.subscription.number
        current = self._watch_of(number)
        if current is None or current.subscription.status(self._broker.now()) != "active":
            self._sent[number] = letters[-1].key
            self._settle([one.key for one in letters])
            return
        body = letters[0].body if len(letters) == 1 else merged([one.body for one in letters])
        headers = dict(letters[0].headers) | dict(current.endpoint.receiver)
        if current.subscription.tenant:
            headers["NGSILD-Tenant"] = current.subscription.tenant
        await self._attempts(current, headers, body)
        self._last[number] = monotonic()
        self._sent[number] = letters[-1].key
        self._settle([one.key for one in letters])

    async def _attempts(self, watch: Watch, headers: dict[str, str], body: bytes) -> None:
        settings, number = self._settings, watch.subscription.number
        pause = max(settings.backoff_s, watch.endpoint.cooldown_s)
        for attempt in range(settings.attempts):
            # It may have got another endpoint since the last attempt.
            watch = self._watch_of(number) or watch
            async with self._slots:
                failed = await self._sending.send(watch.endpoint, headers, body)
            self._count(watch, failed is not None)
            if failed is None:
                return
            log.warning("subscription %s, attempt %s: %s", watch.subscription.id, attempt + 1, failed.reason)
            if failed.final or attempt + 1 == settings.attempts or self._watch_of(number) is None:
                return
            await asyncio.sleep(pause)
            pause = min(pause * 2, max(settings.longest_backoff_s, watch.endpoint.cooldown_s))

    def _count(self, watch: Watch, failed: bool) -> None:
        """Source: clause 5.2.14.2."""
        now, before = self._broker.now(), self.tally(watch)
        if failed:
            tally = replace(before, failed=before.failed + 1, failure=now, last=now, ok=False, sent=before.sent + 1)
        else:
            tally = replace(before, sent=before.sent + 1, success=now, last=now, ok=True)
        self._tallies[watch.subscription.number] = tally
        self._settle([])

    def _settle(self, keys: list[int]) -> None:
        self._done += keys
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.create_task(self._flush_soon())

    async def _flush_soon(self) -> None:
        await asyncio.sleep(self._settings.flush_s)
        await self.flush()

    async def flush(self) -> None:
        """Write down what was delivered. A letter that was sent and not written down is sent again after a crash."""
        while self._done:
            done, self._done = self._done, []
            tallies = dict(self._tallies)
            try:
                await self._broker.write(lambda transaction: store.settle(transaction, done, tallies))  # noqa: B023  # used at once
            except Exception:
                self._done += done
                raise
