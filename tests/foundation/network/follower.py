"""A process that accepts messages as fast as it can and follows them, until it is killed. Prints how many were accepted."""

import asyncio
import sys
from pathlib import Path

import numpy as np

from yuzhang.brain.context.broker import Broker
from yuzhang.core.storage import Storage
from yuzhang.foundation.log.embedded import SET_PLACE
from yuzhang.foundation.log.model import Columns, Key, NewEntity, observations
from yuzhang.foundation.network import room
from yuzhang.foundation.network.room import READER, Network
from yuzhang.foundation.registry.room import Registry

ENTITY = "urn:ngsi-ld:Pump:a"


async def send(folder: Path) -> None:
    """Accept one value after the other."""
    storage = Storage(folder)
    broker = Broker(storage)
    await broker.start()

    def keep_place(position: int) -> None:
        broker.writer.now(lambda transaction: transaction.many(SET_PLACE, [(READER, position)]))

    network = Network(storage, Registry(storage), broker.log, broker.lead(READER), keep_place)
    network.start()
    for number in range(1_000_000):
        at = broker.now()
        columns = Columns(np.zeros(1, np.int32), np.array([at], np.int64), np.array([float(number)]))
        await broker.accept(observations("", at, [Key(ENTITY, "level")], columns, [NewEntity(ENTITY, "Pump")]))
        print(number + 1, flush=True)  # noqa: T201  # the test reads it


if __name__ == "__main__":
    room.FLUSH_S = room.GATHER_S = 0.01
    asyncio.run(send(Path(sys.argv[1])))
