"""The limits that `live` is held against, on the same machine: a socket server that decodes each message and answers it, and a disk that syncs.

    python -m benchmarks.live_bare PORT

It speaks just enough MQTT for benchmarks/live_load.py: every payload is decoded with msgspec and acknowledged, nothing is checked or kept.
"""

import asyncio
import json
import os
import sys
import time
from pathlib import Path

import msgspec

SYNCED_BYTES = 16 * 2**10
decode = msgspec.json.Decoder(dict[str, object]).decode


class Bare(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self.left = b""
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Decode and acknowledge what is whole."""
        data, answers = self.left + data, []
        at = 0
        while len(data) - at >= 2:
            size, begin = data[at + 1], at + 2
            if size & 0x80:
                if len(data) - at < 3:
                    break
                size, begin = size & 0x7F | data[at + 2] << 7, at + 3
            if begin + size > len(data):
                break
            if data[at] >> 4 == 1:
                answers.append(b"\x20\x02\x00\x00")
            else:
                topic = begin + 2 + (data[begin] << 8 | data[begin + 1])
                decode(data[topic + 2 : begin + size])
                answers.append(b"\x40\x02" + data[topic : topic + 2])
            at = begin + size
        self.left = data[at:]
        if answers and self.transport is not None:
            self.transport.write(b"".join(answers))


def syncs(folder: Path, seconds: float) -> float:
    """How many times a second so many bytes more are durable in a file."""
    with (folder / "synced").open("wb", buffering=0) as file:
        began, count, some = time.monotonic(), 0, os.urandom(SYNCED_BYTES)
        while time.monotonic() < began + seconds:
            file.write(some)
            os.fdatasync(file.fileno())
            count += 1
        return count / (time.monotonic() - began)


async def main(port: int) -> None:
    """Serve until standard input ends."""
    server = await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", port, backlog=4096)
    async with server:
        print(json.dumps({}), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps({}), flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
