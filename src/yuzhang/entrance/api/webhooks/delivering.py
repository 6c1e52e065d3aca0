"""Sends messages, each webhook's in order: what does not arrive is tried again for a day, and holds back those behind it.

A message is in the database before it is sent, and is noted as delivered after it was: after a crash it is sent once more, with the same id.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from time import monotonic

import httpx

from yuzhang import __version__
from yuzhang.brain.context.reaching import checked_client
from yuzhang.brain.context.threads import in_thread
from yuzhang.client.webhooks import signature
from yuzhang.core.errors import YuzhangError
from yuzhang.core.secrets import Secrets
from yuzhang.core.storage import Storage
from yuzhang.entrance.api.webhooks import store
from yuzhang.entrance.api.webhooks.model import Message, Webhook
from yuzhang.entrance.identity.store.moments import seconds

WAITS_S = (5, 20, 80, 320, 1_280, 5_120, 20_480, 59_095)
"""Seconds after each try that failed: four times as long each time, 24 hours in all."""
DAY = timedelta(hours=24)
KEPT = timedelta(days=30)
"""So long one may look at what was delivered, and send it again."""
EVERY_S, COLLECT_S, DROP_S = 1.0, 5.0, 3600.0
TIMEOUT_S = 15.0
MOST_AT_ONCE = 20
GONE = 410
log = logging.getLogger(__name__)


class Delivering:
    """A thread that delivers. `collect`: makes messages of what happened elsewhere; `private`: inner addresses may be gone to."""

    def __init__(
        self,
        storage: Storage,
        secrets: Secrets,
        now: Callable[[], datetime],
        collect: Callable[[], None],
        *,
        private: bool,
        waits_s: tuple[float, ...] = WAITS_S,
    ) -> None:
        self._storage, self._secrets, self._now, self._collect = storage, secrets, now, collect
        self._private, self._waits_s = private, waits_s
        self._thread: Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._woken, self._ending = asyncio.Event(), False
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._collect_at = self._drop_at = 0.0

    def start(self) -> None:
        """Begin to deliver."""
        self._ending = False
        self._thread = Thread(target=lambda: asyncio.run(self._run()), name="webhooks", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it; what is under way is sent again after the next start."""
        self._ending = True
        self.wake()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def wake(self) -> None:
        """Look at once: something is to be sent."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self._woken.set)

    async def _run(self) -> None:
        self._woken, self._loop = asyncio.Event(), asyncio.get_running_loop()
        async with checked_client(private=self._private, timeout_s=TIMEOUT_S, connections=MOST_AT_ONCE) as client:
            while not self._ending:
                try:
                    await self._turn(client)
                except YuzhangError as error:  # the next turn tries again
                    log.warning("webhooks: %s", error)
                except Exception:  # the edge of the thread: messages wait, and the log says why
                    log.exception("webhooks")
                self._woken.clear()
                if not self._ending:
                    await self._rest()
            under_way = list(self._lanes.values())
            for lane in under_way:
                lane.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)
        self._loop = None

    async def _rest(self) -> None:
        try:
            async with asyncio.timeout(EVERY_S):
                await self._woken.wait()
        except TimeoutError:
            return

    async def _turn(self, client: httpx.AsyncClient) -> None:
        now = monotonic()
        if now >= self._collect_at:
            self._collect_at = now + COLLECT_S
            await in_thread(self._collect)
        if now >= self._drop_at:
            self._drop_at = now + DROP_S
            await in_thread(self._drop)
        for webhook in await in_thread(self._due):
            if webhook not in self._lanes and len(self._lanes) < MOST_AT_ONCE:
                self._lanes[webhook] = lane = asyncio.create_task(self._deliver(client, webhook))
                lane.add_done_callback(lambda _, name=webhook: self._lanes.pop(name, None))  # type: ignore[misc]

    async def _deliver(self, client: httpx.AsyncClient, name: str) -> None:
        """Send what is due at one webhook, one after the other."""
        try:
            while (found := await in_thread(self._next, name)) is not None:
                webhook, message = found
                status, said = await self._send(client, webhook, message)
                await in_thread(self._note, webhook, message, status, said)
        except YuzhangError as error:  # the next turn tries again
            log.warning("webhook %s: %s", name, error)

    async def _send(self, client: httpx.AsyncClient, webhook: Webhook, message: Message) -> tuple[int | None, str]:
        """The status of the answer, or None and why there is none. Of the answer nothing else is read."""
        secret = self._secrets.open(f"webhook {webhook.id}", webhook.secret).decode()
        timestamp = seconds(self._now())
        headers = {
            "content-type": "application/json",
            "user-agent": f"Yuzhang/{__version__}",
            "webhook-id": message.id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(secret, message.id, timestamp, message.body, self._secrets.suite),
        }
        try:
            async with (
                asyncio.timeout(TIMEOUT_S),
                client.stream("POST", webhook.address, content=message.body, headers=headers) as answer,
            ):
                return answer.status_code, ""
        except TimeoutError:
            return None, f"no answer within {TIMEOUT_S:g} s"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return None, f"{type(error).__name__}: {error}"[:200]

    def _note(self, webhook: Webhook, message: Message, status: int | None, said: str) -> None:
        now, tries = self._now(), message.attempts + 1
        with self._storage.writing() as connection:
            if status is not None and 200 <= status < 300:
                at = seconds(now)
                store.note(
                    connection, message.number, attempts=tries, status=status, said="", delivered_at=at, next_at=None
                )
                store.set_failing(connection, webhook.id, None)
                return
            given_up = status == GONE or tries > len(self._waits_s)
            wait = timedelta() if given_up else timedelta(seconds=self._waits_s[tries - 1])
            next_at = None if given_up else seconds(now + wait)
            store.note(connection, message.number, attempts=tries, status=status, said=said, next_at=next_at)
            since = webhook.failing_since or now
            store.set_failing(connection, webhook.id, since)
            if status == GONE:
                store.disable(connection, webhook.id, now, "gone")
            elif given_up and now - since >= timedelta(seconds=sum(self._waits_s)):
                store.disable(connection, webhook.id, now, "failed")

    def _next(self, name: str) -> tuple[Webhook, Message] | None:
        now = self._now()
        with self._storage.reading() as connection:
            webhook, message = store.webhook(connection, name), store.first(connection, name)
        if webhook is None or message is None or webhook.state in ("paused", "disabled"):
            return None
        return (webhook, message) if message.next_at is not None and message.next_at <= now else None

    def _due(self) -> list[str]:
        with self._storage.reading() as connection:
            return store.due(connection, self._now())

    def _drop(self) -> None:
        with self._storage.writing() as connection:
            store.drop_before(connection, self._now() - KEPT)
