"""The other broker of benchmarks/mqtt.py: amqtt, in the process that keeps the messages, in SQLite that waits for the disk.

    python benchmarks/mqtt_amqtt.py PORT DATABASE before|after

`before`: PUBACK as amqtt sends it, before anything is kept; `after`: changed so that it waits for the commit. Runs in a Python of its own.
"""

import asyncio
import signal
import sqlite3
import sys
from typing import Any

from amqtt import broker as amqtt_broker
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket

GATHER_S = 0.005
MOST = 5_000


class Keeper:
    """Commits what comes within GATHER_S as one."""

    def __init__(self, path: str) -> None:
        self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.database.execute("PRAGMA journal_mode = WAL")
        self.database.execute("PRAGMA synchronous = FULL")
        self.database.execute("CREATE TABLE IF NOT EXISTS kept (topic TEXT, payload BLOB)")
        self.queue: asyncio.Queue[tuple[Any, asyncio.Future[None]]] = asyncio.Queue(MOST)

    async def run(self) -> None:
        """For ever."""
        while True:
            some = [await self.queue.get()]
            await asyncio.sleep(GATHER_S)
            while not self.queue.empty() and len(some) < MOST:
                some.append(self.queue.get_nowait())
            await asyncio.to_thread(self.commit, [(one.topic, bytes(one.data)) for one, _ in some])
            for _, done in some:
                done.set_result(None)

    def commit(self, rows: list[tuple[str, bytes]]) -> None:
        """All of them, on the disk when it returns."""
        self.database.execute("BEGIN IMMEDIATE")
        self.database.executemany("INSERT INTO kept VALUES (?, ?)", rows)
        self.database.execute("COMMIT")


class Handler(BrokerProtocolHandler):  # type: ignore[misc]  # it brings no types where it is not installed
    """What amqtt does with a connection, and keeping what comes over it."""

    keeper: Keeper
    first: bool

    async def _handle_qos1_message_flow(self, app_message: Any) -> None:
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self.first:
            await super()._handle_qos1_message_flow(app_message)
            await self.keeper.queue.put((app_message, done))
            return
        await self.keeper.queue.put((app_message, done))
        await done
        await self._send_packet(PubackPacket.build(app_message.packet_id))


async def main() -> None:
    """Until it is ended."""
    Handler.keeper, Handler.first = Keeper(sys.argv[2]), sys.argv[3] == "before"
    amqtt_broker.BrokerProtocolHandler = Handler
    config = {
        "listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{sys.argv[1]}"}},
        "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
    }
    broker = amqtt_broker.Broker(config)
    await broker.start()
    keeping = asyncio.create_task(Handler.keeper.run())
    ending = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ending.set)
    await ending.wait()
    keeping.cancel()


asyncio.run(main())
