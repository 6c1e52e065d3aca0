"""What one process of a city runs, without HTTP; as a script it takes observations until it is ended.

python -m city.nodes FOLDER PRESENT BUS CATALOG FILES NAME
"""

import asyncio
import os
import sys
import threading
from pathlib import Path
from typing import Any

from city.batches import batch
from yuzhang.brain.context.broker import Broker, BrokerSettings
from yuzhang.brain.history.room import History
from yuzhang.core.lake import LakeAddress
from yuzhang.core.storage import Storage

SENDERS, BATCHES, ROWS = 3, 150, 10


class Node:
    """A broker and its history, on an event loop of their own."""

    def __init__(self, folder: Path, present: str, bus: str, lake: LakeAddress) -> None:
        self.storage = Storage(folder, lake)
        self.broker = Broker(self.storage, BrokerSettings(database=present, bus=bus))
        self.history = History(self.broker, self.storage)
        self._loop = asyncio.new_event_loop()

    def do(self, work: Any) -> Any:
        """Run something of the node's to its end."""
        return self._loop.run_until_complete(work)

    def __enter__(self) -> "Node":
        self.do(self.broker.start())
        self.do(self.history.start())
        return self

    def __exit__(self, *_: object) -> None:
        self.do(self.history.stop())
        self.do(self.broker.stop())
        self.storage.close()
        self._loop.close()


def main() -> None:
    """Accept batches in several threads, and say on standard output which are acknowledged; at last, that all are."""
    folder, present, bus, catalog, files, name = sys.argv[1:]

    def send(sender: int, node: Node) -> None:
        for number in range(BATCHES):
            node.broker.accept_now(batch(number * ROWS, ROWS, f"urn:x:{name}{sender}"))
            os.write(1, f"urn:x:{name}{sender} {number}\n".encode())

    with Node(Path(folder), present, bus, LakeAddress(catalog, files)) as node:
        senders = [threading.Thread(target=send, args=(one, node)) for one in range(SENDERS)]
        for one in senders:
            one.start()
        for one in senders:
            one.join()
        os.write(1, b"all\n")
        sys.stdin.read()


if __name__ == "__main__":
    main()
