"""MQTT of an installation: keeps the broker running, and takes what it acknowledged into the log.

A message of QoS 1 is the broker's until it is in the log, and only then forgotten there. What a crash leaves between is taken again;
history files it once, since its time is that of the broker's store. While the log takes no more, nothing is read: messages wait on the
broker's disk, and when that holds enough, senders get no PUBACK.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from yuzhang.core.access import OPERATOR
from yuzhang.core.errors import InputRefused, TryAgain, YuzhangError
from yuzhang.foundation.sources.model import Door
from yuzhang.foundation.sources.mqtt.child import BrokerAway, child
from yuzhang.foundation.sources.mqtt.model import Health, Message, Refusal
from yuzhang.foundation.sources.mqtt.readings import FAULTS, Part, groups, parts, refusal, together
from yuzhang.foundation.sources.mqtt.stream import KEPT, Stream

GATHER_S = 0.02
"""What comes within this time goes into one record."""
LOOK_S = 1.0
"""The news of a message may come before the message: look again, if nothing came, after this time."""
AGAIN_S, AGAIN_AT_MOST_S = 0.2, 30.0
SHOWN = 20
FEW = 100
FORGET_S = 1.0
"""The broker writes anew what it keeps of a file of which it forgets a part; a crash has this much taken again."""
log = logging.getLogger(__name__)


class Mqtt:
    """Started and stopped with the application; `folder` is its own."""

    def __init__(self, folder: Path, host: str, port: int, door: Door) -> None:
        self._folder, self._host, self._port, self._door = folder, host, port, door
        self._task: asyncio.Task[None] | None = None
        self._stream: Stream | None = None
        self._accepted = self._refused = self._dropped = self._restarts = 0
        self._refusals: deque[Refusal] = deque(maxlen=SHOWN)
        self._place = 0
        self._trouble = ""

    async def start(self) -> None:
        """Begin; the broker is there a moment later."""
        self._task = asyncio.create_task(self._run(), name="mqtt")

    async def stop(self) -> None:
        """End the broker. What is not in the log yet stays in its store."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
            self._task = None

    async def state(self) -> Health:
        """How it goes; asked through the action `health`."""
        waiting, stream = -1, self._stream
        if stream is not None:
            with suppress(TryAgain):
                waiting = await stream.waiting(self._place)
        return Health(
            running=waiting >= 0,
            address=f"mqtt://{self._host}:{self._port}",
            accepted=self._accepted,
            refused=self._refused,
            dropped=self._dropped + (stream.dropped if stream else 0),
            waiting=waiting,
            restarts=self._restarts,
            refusals=tuple(self._refusals),
            trouble=self._trouble,
        )

    async def _run(self) -> None:
        wait = AGAIN_S
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._serve()
            except Exception as error:  # the edge of this task: whatever it is, devices need a broker
                self._trouble = str(error)
                log.warning("MQTT: %s", error, exc_info=not isinstance(error, YuzhangError))
            if asyncio.get_running_loop().time() - began > AGAIN_AT_MOST_S:
                wait = AGAIN_S
            self._restarts += 1
            await asyncio.sleep(wait)
            wait = min(2 * wait, AGAIN_AT_MOST_S)

    async def _serve(self) -> None:
        """One life of the broker. Raises BrokerAway when it ends."""
        if not (self._folder / "jetstream" / "$G" / "streams" / KEPT / "meta.inf").is_file():
            # The first time: the streams are made before a device can send.
            async with child(self._folder, self._host, 0) as (address, key, _):
                await (await Stream.opened(address, key, asyncio.Event())).close()
        async with child(self._folder, self._host, self._port) as (address, key, ended):
            lost = asyncio.Event()
            stream = self._stream = await Stream.opened(address, key, lost)
            self._trouble = ""
            following = asyncio.create_task(self._follow(stream))
            losing = asyncio.create_task(lost.wait())
            try:
                ends: set[asyncio.Future[Any]] = {following, losing, ended}
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
                if following.done():
                    following.result()
                raise BrokerAway.because("连接已断开。", "It ended, or the connection to it broke.")
            finally:
                self._stream = None
                self._dropped += stream.dropped
                for one in (following, losing):
                    one.cancel()
                await asyncio.gather(following, losing, return_exceptions=True)
                await stream.close()

    async def _follow(self, stream: Stream) -> None:
        """Take what comes, for as long as the broker is there."""
        clock = asyncio.get_running_loop().time
        self._place = forgotten = 0
        last = clock()
        while True:
            found = await stream.kept(self._place)
            loose = stream.loose()
            if found or loose:
                await self._deliver([*loose, *found])
                self._place = found[-1].place if found else self._place
                quiet = False
            else:
                quiet = not await stream.news(LOOK_S)
            if self._place > forgotten and (quiet or clock() - last > FORGET_S):
                await stream.forget(self._place)
                forgotten, last = self._place, clock()
            if not quiet and len(found) < FEW:  # a record costs as much as many of its rows: let some gather
                await asyncio.sleep(GATHER_S)

    async def _deliver(self, messages: Sequence[Message]) -> None:
        by_tenant, refused = await asyncio.to_thread(parts, messages, self._door.resolve)
        for one in refused:
            self._refuse(one)
        for tenant, some in by_tenant.items():
            for group in groups(some):
                await self._take(tenant, group)

    async def _take(self, tenant: str, some: list[Part]) -> None:
        """Take parts as one record; if one of them is at fault, all others all the same."""
        try:
            batch = await asyncio.to_thread(together, some)
            while True:
                try:
                    acceptor = self._door.acceptor
                    rows = await acceptor.observe(OPERATOR, tenant, batch.keys, batch.columns, batch.types)
                    break
                except TryAgain as error:  # they stay in the broker meanwhile
                    self._trouble = str(error)
                    await asyncio.sleep(error.retry_after_s)
            self._trouble = ""
            self._accepted += rows
        except FAULTS as error:
            if len(some) == 1:
                if not isinstance(error, InputRefused):
                    log.exception("a message from %s could not be taken", some[0].message.topic[:200])
                self._refuse(refusal(some[0].message, error))
                return
            half = len(some) // 2
            await self._take(tenant, some[:half])
            await self._take(tenant, some[half:])

    def _refuse(self, one: Refusal) -> None:
        self._refused += 1
        self._refusals.appendleft(one)
        log.info("refused from %s: %s", one.topic[:200], one.detail.en)
