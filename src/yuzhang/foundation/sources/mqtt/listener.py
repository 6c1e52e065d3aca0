"""The listener: devices connect, their messages gather, and what came together becomes durable together, before any of it is acknowledged.

One fsync serves all that came while the one before was on its way. While more waits than may, no connection is read: TCP slows the senders
down, and nothing is dropped. It lives in a thread with a loop of its own, so that a slow page holds up no device.
"""

import asyncio
import logging
import ssl
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from sys import getsizeof
from time import monotonic, time_ns

from yuzhang.core.errors import InputRefused, TryAgain
from yuzhang.foundation.log.model import Microseconds
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.sources.mqtt import packets
from yuzhang.foundation.sources.mqtt.connection import Arrived, Connection
from yuzhang.foundation.sources.mqtt.packets import Code, Hello
from yuzhang.foundation.sources.mqtt.topics import Said, Template, meaning

GATHER_S = 0.005
"""Few messages wait so long for others to come along."""
FEW = 200
MOST_TOGETHER = 10_000
"""Of one delivery, so that nobody waits long for PUBACK, and little memory is taken, where much waits."""
MOST_WAITING_BYTES = 64 * 2**20
BESIDE_BYTES = 300
"""What a message takes in memory beside its payload and its topic."""
MOST_PARTIAL_BYTES = 64 * 2**20
"""Room for large packets that are not all there yet; whoever finds none is not read until there is."""
SLOW_S = 60.0
"""So long a large packet may take while others wait for its room, and so long may wait what a device does not read."""
MOST_TOPICS, LONGEST_TOPIC = 300_000, 256
"""Remembered with what they say."""
LOOK_S = 5.0
HELLO_S = 10.0
SILENT = 1.5
"""So many times its keep-alive a device may be silent (3.1.2.10)."""
END_S = 5.0
BACKLOG = 4096
log = logging.getLogger(__name__)
Refused = list[tuple[Arrived, Code]]
Deliver = Callable[[Sequence[Arrived]], Refused]
Known = Callable[[Hello, str], tuple[Code, Device | None]]
Meant = tuple[str, Said | InputRefused, int]


class Listener:
    """`deliver` makes messages durable and returns those that it refused; it is called in a thread, one call after the other. `known`: who a
    device is."""

    def __init__(self, deliver: Deliver, known: Known, most: int, tls: ssl.SSLContext | None = None) -> None:
        self.known = known
        self._deliver, self._most, self._tls = deliver, most, tls
        self._connections: set[Connection] = set()
        self._clients: dict[tuple[str, str], Connection] = {}
        self._devices: dict[str, set[Connection]] = defaultdict(set)
        self._waiting: list[Arrived] = []
        self._bytes = 0
        self._news = asyncio.Event()
        self._ending = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._templates: tuple[Template, ...] = ()
        self._topics: dict[bytes, Meant] = {}
        self._reserved = self._moment = 0
        self._queue: deque[Connection] = deque()
        self.full = False
        self.waiting = 0
        self.trouble = ""

    @property
    def connections(self) -> int:
        """How many devices are there."""
        return len(self._connections)

    @property
    def running(self) -> bool:
        """Whether devices can connect."""
        return self._loop is not None

    def start(self, host: str, port: int) -> None:
        """Listen. Raises OSError if the address is taken."""
        begun: threading.Event = threading.Event()
        failed: list[BaseException] = []
        self._thread = threading.Thread(target=self._live, args=(host, port, begun, failed), name="mqtt", daemon=True)
        self._thread.start()
        begun.wait()
        if failed:
            self._thread.join()
            raise failed[0]

    def stop(self) -> None:
        """Take no more, make durable and acknowledge what came, and end."""
        loop, thread = self._loop, self._thread
        if loop is not None and thread is not None:
            with suppress(RuntimeError):  # it ended by itself
                loop.call_soon_threadsafe(self._ending.set)
            thread.join()
        self._thread = None

    def _live(self, host: str, port: int, begun: threading.Event, failed: list[BaseException]) -> None:
        try:
            asyncio.run(self._serve(host, port, begun))
        except OSError as error:
            failed.append(error)
            self.trouble = str(error)
        except Exception as error:  # the edge of the thread
            log.exception("MQTT")
            self.trouble = str(error)
        finally:
            self._loop = None
            begun.set()

    async def _serve(self, host: str, port: int, begun: threading.Event) -> None:
        self._ending, self._news = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Connection(self), host, port, backlog=BACKLOG, ssl=self._tls)
        self._loop = loop
        begun.set()
        with ThreadPoolExecutor(1, "mqtt-delivering") as pool:
            delivering = asyncio.create_task(self._follow(pool))
            looking = asyncio.create_task(self._look())
            try:
                await self._ending.wait()
            finally:
                server.close()
                for one in tuple(self._connections):
                    one.pause()
                looking.cancel()
                self._news.set()
                await asyncio.wait({delivering}, timeout=END_S)
                delivering.cancel()
                await asyncio.gather(looking, delivering, return_exceptions=True)
                for one in tuple(self._connections):
                    one.forget_will()
                    one.end(Code.SHUTTING_DOWN)
                await asyncio.sleep(0)

    def came(self, one: Connection) -> None:
        """Somebody connected; too many are sent away."""
        self._connections.add(one)
        if len(self._connections) > self._most:
            one.close()
        elif self.full:  # not at once: asyncio begins to read after it told of the connection
            asyncio.get_running_loop().call_soon(one.pause)

    def left(self, one: Connection) -> None:
        """Somebody is gone."""
        self._connections.discard(one)
        self.release(one)
        if self._clients.get(one.client) is one:
            del self._clients[one.client]
        if one.device is not None:
            own = self._devices[one.device.id]
            own.discard(one)
            if not own:
                del self._devices[one.device.id]

    def introduced(self, one: Connection) -> None:
        """Somebody said who they are; whoever said the same before is sent away (3.1.4-3), but no other device by its client id."""
        if one.device is not None:
            self._devices[one.device.id].add(one)
        if not one.client[1]:
            return
        before = self._clients.get(one.client)
        self._clients[one.client] = one
        if before is not None and before is not one:
            before.end(Code.TAKEN_OVER)

    def doubt(self, device: str) -> None:
        """Something about a device changed: have it prove anew who it is. May be called by any thread."""
        loop = self._loop
        if (
            loop is not None
        ):  # asked in the loop: a device that introduces itself at this moment is among its own by then
            with suppress(RuntimeError):  # it ended meanwhile
                loop.call_soon_threadsafe(self._send_away, device)

    def _send_away(self, device: str) -> None:
        for one in tuple(self._devices.get(device, ())):
            one.forget_will()  # nobody may speak for it any more, be it with its last words
            one.end(Code.NOT_AUTHORIZED)

    def use(self, templates: tuple[Template, ...]) -> None:
        """Messages of these are taken from now on. May be called by any thread."""
        self._templates = templates
        self._topics = {}

    def said(self, topic: bytes) -> Meant:
        """A topic as text, what it says, and the bytes that a message with it takes in memory beside its payload; remembered for all devices
        together."""
        topics = self._topics
        known = topics.get(topic)
        if known is not None:
            return known
        text = topic.decode(errors="replace")
        said: Said | InputRefused
        try:
            said = meaning(text, self._templates)
        except InputRefused as error:
            said = error.with_traceback(None)  # it is remembered, and what it came through need not be
        meant = text, said, BESIDE_BYTES + 2 * getsizeof(text)  # the names in it are held as well
        if len(topic) <= LONGEST_TOPIC:
            if len(topics) >= MOST_TOPICS:
                topics.clear()
            topics[topic] = meant
        return meant

    def reserve(self, one: Connection, size: int) -> None:
        """Room for a large packet that comes in; while there is none, the connection is not read."""
        if self._queue or not self._fits(size):
            one.queued = size
            self._queue.append(one)
            one.pause()
        else:
            self._grant(one, size)

    def release(self, one: Connection) -> None:
        """It is there, or will never be: who waits for room is next."""
        self._reserved -= one.reserved
        one.reserved = one.queued = 0
        while self._queue and (not self._queue[0].queued or self._fits(self._queue[0].queued)):
            following = self._queue.popleft()
            if following.queued:
                self._grant(following, following.queued)
                following.queued = 0
                following.resume()

    def _fits(self, size: int) -> bool:
        return not self._reserved or self._reserved + size <= MOST_PARTIAL_BYTES

    def _grant(self, one: Connection, size: int) -> None:
        self._reserved += size
        one.reserved, one.reserved_at = size, monotonic()

    def moment(self) -> Microseconds:
        """Now, and later than for any message before: two readings that come in one microsecond are two, and in order."""
        self._moment = max(time_ns() // 1000, self._moment + 1)
        return self._moment

    def take(self, one: Arrived) -> None:
        """A message came."""
        self._waiting.append(one)
        self._bytes += one.size
        if self._bytes > MOST_WAITING_BYTES and not self.full:
            self.full = True
            for other in self._connections:
                other.pause()
        self._news.set()

    async def _follow(self, pool: ThreadPoolExecutor) -> None:
        """Deliver what came, for as long as there is a server; what is left at its end too."""
        loop = asyncio.get_running_loop()
        while self._waiting or not self._ending.is_set():
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
                if len(self._waiting) < FEW and not self._ending.is_set():
                    await asyncio.sleep(GATHER_S)
            some, self._waiting = self._waiting[:MOST_TOGETHER], self._waiting[MOST_TOGETHER:]
            if not some:
                continue
            self.waiting = len(some)
            try:
                refused = await loop.run_in_executor(pool, self._deliver, some)
            except Exception as error:  # whatever it is: who was not told that it is kept sends it again
                self.trouble = str(error)
                log.warning("messages could not be made durable: %s", error, exc_info=not isinstance(error, TryAgain))
                for connection in {one.connection for one in some if one.connection is not None}:
                    connection.end(Code.BUSY)
            else:
                self._acknowledge(some, {id(one): code for one, code in refused})
            self.waiting = 0
            self._bytes -= sum(one.size for one in some)
            if self.full and self._bytes < MOST_WAITING_BYTES // 2:
                self.full = False
                for one in self._connections:
                    one.resume()

    def _acknowledge(self, some: Sequence[Arrived], refused: dict[int, Code]) -> None:
        """Tell each sender of what it sent with QoS 1, in order, in one write."""
        answers: dict[Connection, list[bytes]] = defaultdict(list)
        for one in some:
            if one.number and one.connection is not None and one.connection.hello is not None:
                code = refused.get(id(one), Code.SUCCESS) if refused else Code.SUCCESS
                answers[one.connection].append(packets.taken(one.connection.hello.version, one.number, code))
        for connection, parts in answers.items():
            connection.write(b"".join(parts))

    async def _look(self) -> None:
        """Send away who may not stay. Who was sent away by the look before and is still there reads nothing of what waits for it: it would
        be there for ever."""
        closing: set[Connection] = set()
        while True:
            await asyncio.sleep(LOOK_S)
            now, before, closing = monotonic(), closing, set()
            for one in tuple(self._connections):
                if one in before:
                    one.abort()
                elif not (one.closing or self.full):
                    self._judge(one, now)
                if one.closing:
                    closing.add(one)

    def _judge(self, one: Connection, now: float) -> None:
        """Send away who never said who they are, reads nothing, or is silent for longer than they said."""
        if one.hello is None:
            if now - one.began > HELLO_S:
                one.close()
        elif (one.reserved and self._queue and now - one.reserved_at > SLOW_S) or (
            one.deaf_since and now - one.deaf_since > SLOW_S
        ):
            one.end(Code.BUSY)
        elif one.hello.keep_alive_s and not one.queued and now - one.heard > SILENT * one.hello.keep_alive_s:
            one.end(Code.SILENT)
