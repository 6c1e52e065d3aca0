"""Declares an attribute of the default tenant in a data folder that no server holds.

.venv/bin/python -m benchmarks.declare FOLDER NAME
"""

import asyncio
import sys
from pathlib import Path

from yuzhang.brain.context.actions import declare
from yuzhang.brain.context.broker import Broker
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage


async def main(folder: Path, name: str) -> None:
    """Declare it."""
    storage = Storage(folder)
    broker = Broker(storage)
    await broker.start()
    await declare(broker, OPERATOR, "", name)
    await broker.stop()
    storage.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
