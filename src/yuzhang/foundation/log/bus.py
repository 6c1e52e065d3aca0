"""The bus of a city on several machines: one stream of NATS JetStream, asked from threads and from event loops.

What goes in is acknowledged when the server has it on its disk, which it must be set up for: `sync_interval: always`. Several
messages go in as one: the stream takes a batch whole or not at all, in neighbouring places. Source: NATS ADR-50, ADR-31.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import Future
from contextlib import suppress
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import msgspec
import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from yuzhang.foundation.log.errors import BusAway, BusUnfit, LogBusy

R = TypeVar("R")
PATIENCE_S = 10.0
"""A bus that is away for a moment, as while it is started again, is waited for."""
CONNECT_S, ASK_S = 4.0, 5.0
AGAIN_S = 0.2
ROOM_FOR_HEADERS = 4096
DUPLICATES_S = 600
READ_BUFFER = 256 * 2**20
FULL = {10023, 10047, 10077, 10122}
"""Error codes of a stream or a disk that is full: insufficient resources, storage, maximum bytes exceeded, messages exceeded."""
BROKEN_OFF = {10175, 10176, 10199, 10210}
"""Of a batch of which not all arrived, or beside too many others."""
NO_STREAM, TWICE = 10059, 10201


class Message(msgspec.Struct, frozen=True, gc=False):
    """A message to be kept: `name` is its own, by which the stream knows it when it comes again."""

    name: str
    payload: bytes
    headers: dict[str, str]


class Kept(msgspec.Struct, frozen=True, gc=False):
    """A message in its place."""

    place: int
    payload: bytes
    headers: dict[str, str]


class Address(msgspec.Struct, frozen=True):
    """Where the bus is: servers, the stream's name, and on how many servers each message lies."""

    servers: list[str]
    stream: str
    replicas: int

    @classmethod
    def of(cls, url: str) -> "Address":
        """`nats://host:4222[,nats://host2:4222…][/stream][?replicas=3]`.

        >>> Address.of("nats://a:4222,nats://b:4222/inner?replicas=3")
        Address(servers=['nats://a:4222', 'nats://b:4222'], stream='inner', replicas=3)
        """
        last = urlsplit(url.rpartition(",")[2])
        servers = [f"{one.scheme}://{one.netloc}" for one in map(urlsplit, url.split(",")) if one.scheme and one.netloc]
        replicas = parse_qs(last.query).get("replicas", ["1"])[0]
        return cls(servers, last.path.strip("/") or "yuzhang", int(replicas) if replicas.isdecimal() else 1)


class Bus:
    """A connection to the stream, in a thread of its own, made at the first use and again whenever it breaks."""

    def __init__(self, url: str, most_bytes: int) -> None:
        self.address = Address.of(url)
        self.most_bytes = most_bytes
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._client: Client | None = None
        self._connecting: asyncio.Lock | None = None
        self._told: dict[str, Callable[[bytes], None]] = {}
        self._lock = threading.Lock()

    def on(self, news: str, told: Callable[[bytes], None]) -> None:
        """Call `told` with every word about `news`, of this process or another one. Before the first use."""
        self._told[f"{self.address.stream}-news.{news}"] = told

    def ask(self, work: Coroutine[Any, Any, R]) -> R:
        """What `work` gives on the bus's own thread; waits."""
        return self._begun(work).result()

    async def asked(self, work: Coroutine[Any, Any, R]) -> R:
        """The same for an event loop."""
        return await asyncio.wrap_future(self._begun(work))

    def tell(self, news: str, word: bytes = b"") -> None:
        """Tell the other processes something that they would find out by themselves a little later; lost if the bus is away."""
        if self._client is not None and self._client.is_connected:
            self._begun(self._tell(news, word))

    def close(self) -> None:
        """Release the connection and the thread."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is not None and thread is not None:
            asyncio.run_coroutine_threadsafe(self._end(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()

    def _begun(self, work: Coroutine[Any, Any, R]) -> "Future[R]":
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._connecting = asyncio.Lock()
                self._thread = threading.Thread(target=self._loop.run_forever, name="bus", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _end(self) -> None:
        if self._client is not None:
            with suppress(NatsError, OSError):
                await self._client.close()
            self._client = None

    async def _connected(self) -> Client:
        assert self._connecting is not None  # noqa: S101  # made with the thread
        async with self._connecting:
            if self._client is None or self._client.is_closed:
                client = await asyncio.wait_for(self._connect(), CONNECT_S)
                for news, told in self._told.items():
                    await client.subscribe(news, cb=_calling(told))
                self._client = client
            return self._client

    async def _connect(self) -> Client:
        return await nats.connect(
            servers=self.address.servers,
            connect_timeout=3,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_quiet,
            name="yuzhang",
        )

    async def _tell(self, news: str, word: bytes) -> None:
        if self._client is not None:
            with suppress(NatsError, OSError):
                await self._client.publish(f"{self.address.stream}-news.{news}", word)

    async def _patiently(self, work: Callable[[Client], Awaitable[R]]) -> R:
        """What `work` gives; tried again while the bus is away. Raises BusAway after PATIENCE_S."""
        until = monotonic() + PATIENCE_S
        while True:
            try:
                return await work(await self._connected())
            except (NatsError, OSError, TimeoutError) as err:
                if monotonic() > until:
                    raise BusAway.at(self.address.servers) from err
                await asyncio.sleep(AGAIN_S)

    async def _api(self, subject: str, body: dict[str, Any]) -> dict[str, Any]:
        async def request(client: Client) -> dict[str, Any]:
            answer = await client.request(f"$JS.API.{subject}", msgspec.json.encode(body), timeout=ASK_S)
            found: dict[str, Any] = msgspec.json.decode(answer.data)
            return found

        return await self._patiently(request)

    async def open(self, first: int) -> None:
        """Make the stream if there is none, its first place being `first`. Raises BusUnfit if there is one that keeps less."""
        name = self.address.stream
        found = await self._api(f"STREAM.INFO.{name}", {})
        if found.get("error", {}).get("err_code") == NO_STREAM:
            wanted = {
                "name": name,
                "subjects": [f"{name}.>"],
                "storage": "file",
                "retention": "limits",
                "discard": "new",
                "max_bytes": self.most_bytes,
                "num_replicas": self.address.replicas,
                "duplicate_window": DUPLICATES_S * 10**9,
                "allow_direct": True,
                "allow_atomic": True,
                "first_seq": first,
            }
            found = await self._api(f"STREAM.CREATE.{name}", wanted)
            if "error" in found:  # another node may have made it meanwhile
                made = await self._api(f"STREAM.INFO.{name}", {})
                found = found if "error" in made else made
        if "error" in found:
            raise BusUnfit.because(str(found["error"].get("description")))
        config = found["config"]
        for setting, value in (("discard", "new"), ("allow_atomic", True), ("allow_direct", True), ("storage", "file")):
            if config.get(setting) != value:
                raise BusUnfit.because(f"{name}: {setting} = {config.get(setting)}")
        if found["state"]["last_seq"] + 1 < first:
            raise BusUnfit.because(f"{name}: last_seq = {found['state']['last_seq']} < {first - 1}")

    async def state(self) -> tuple[int, int, int]:
        """The first and the last place, and the bytes between."""
        found = await self._api(f"STREAM.INFO.{self.address.stream}", {})
        if "error" in found:
            raise BusUnfit.because(str(found["error"].get("description")))
        state = found["state"]
        return int(state["first_seq"]), int(state["last_seq"]), int(state["bytes"])

    async def purge(self, below: int) -> None:
        """Forget the messages at places below `below`."""
        await self._api(f"STREAM.PURGE.{self.address.stream}", {"seq": below})

    async def room(self) -> int:
        """How many bytes a message's payload may have."""

        async def found(client: Client) -> int:
            return client.max_payload - ROOM_FOR_HEADERS

        return await self._patiently(found)

    async def put(self, messages: Sequence[Message]) -> int:
        """Keep messages, all or none, in neighbouring places; the last one's place, 0 if they were there already.

        Raises: LogBusy if there is no room, BusAway if the bus did not answer; then they may be kept all the same.
        """

        async def publish(client: Client) -> dict[str, Any]:
            reply: dict[str, Any] = msgspec.json.decode(await self._publish(client, messages))
            error = reply.get("error", {})
            if error.get("err_code") in BROKEN_OFF or (error.get("code") == 503 and error["err_code"] not in FULL):
                raise TimeoutError(error.get("description"))  # a batch that broke off; a stream that has no leader yet
            return reply

        reply = await self._patiently(publish)
        error = reply.get("error")
        if error is None:
            return 0 if reply.get("duplicate") else int(reply["seq"])
        if error["err_code"] in FULL:
            raise LogBusy.at(self.most_bytes)
        if error["err_code"] == TWICE:
            return 0
        raise BusUnfit.because(str(error.get("description")))

    async def _publish(self, client: Client, messages: Sequence[Message]) -> bytes:
        subject = f"{self.address.stream}.log"
        if len(messages) == 1:
            one = messages[0]
            headers = {**one.headers, "Nats-Msg-Id": one.name}
            return bytes((await client.request(subject, one.payload, timeout=ASK_S, headers=headers)).data)
        batch = client.new_inbox().rpartition(".")[
            2
        ]  # unlike for every try: what a try began and did not end is dropped
        for number, one in enumerate(messages, 1):
            headers = {
                **one.headers,
                "Nats-Msg-Id": one.name,
                "Nats-Batch-Id": batch,
                "Nats-Batch-Sequence": str(number),
            }
            if number < len(messages):
                await client.publish(subject, one.payload, headers=headers)
            else:
                headers["Nats-Batch-Commit"] = "1"
                answer = await client.request(subject, one.payload, timeout=2 * ASK_S, headers=headers)
        return bytes(answer.data)

    async def get(self, after: int, most_bytes: int, most: int = 10_000) -> list[Kept]:
        """Messages after place `after`, in order: about `most_bytes`, at least one if there is any."""

        async def fetch(client: Client) -> list[Kept]:
            inbox = client.new_inbox()
            arrived: asyncio.Queue[Msg] = asyncio.Queue()

            async def take(message: Msg) -> None:
                arrived.put_nowait(message)

            subscription = await client.subscribe(inbox, cb=take, pending_bytes_limit=READ_BUFFER)
            try:
                asked = msgspec.json.encode({"seq": after + 1, "batch": most, "max_bytes": most_bytes})
                await client.publish(f"$JS.API.DIRECT.GET.{self.address.stream}", asked, reply=inbox)
                return await _arrived(arrived)
            finally:
                with suppress(NatsError, OSError):
                    await subscription.unsubscribe()

        return await self._patiently(fetch)


async def _arrived(messages: "asyncio.Queue[Msg]") -> list[Kept]:
    found: list[Kept] = []
    while True:
        message = await asyncio.wait_for(messages.get(), ASK_S)
        headers = dict(message.headers or {})
        status = headers.get("Status")
        if status is None:
            found.append(Kept(int(headers["Nats-Sequence"]), message.data, headers))
        elif status in {"204", "404"}:  # the end; nothing there
            return found
        else:
            raise TimeoutError(f"the stream answered {status}")


def _calling(told: Callable[[bytes], None]) -> Callable[[Msg], Awaitable[None]]:
    async def take(message: Msg) -> None:
        told(message.data)

    return take


async def _quiet(_error: Exception) -> None:
    """A connection that breaks is made again by the client; who waits for an answer hears of it."""
