"""An MQTT broker on loopback for the suite's cases: `mqtt.py HOST PORT mosquitto.conf`, ended by a signal.

The broker is rumqttd from the wheel `iotcore`. It serves MQTT 3.1.1 and MQTT 5 on two listeners of one router, while the
suite (whose own broker is mosquitto) speaks both on one port. So this process listens on that port, reads which version a
client's CONNECT names, and passes the connection on. Runs on the suite's Python, alone: it is copied beside the suite's keywords.
"""

import asyncio
import contextlib
import socket
import sys
import tempfile
from pathlib import Path

# The suite's mosquitto_with_user.conf wants this user; mosquitto.conf lets everybody in.
WITH_USER = "mosquitto_with_user.conf"
LISTENER = """
[v{version}.1]
name = "v{version}"
listen = "127.0.0.1:{port}"
next_connection_delay_ms = 1
[v{version}.1.connections]
connection_timeout_ms = 60000
max_payload_size = 10485760
max_inflight_count = 100
"""
ROUTER = """id = 0
[router]
id = 0
max_connections = 100
max_outgoing_packet_count = 200
max_segment_size = 104857600
max_segment_count = 10
"""
USER = '[v{version}.1.connections.auth]\nuser_with_password = "password"\n'


def version_of(packet: bytes) -> int | None:
    """The protocol level in a CONNECT packet (MQTT 5, 3.1.2.2): 4 = 3.1.1, 5 = 5.0; None while it is incomplete.

    >>> version_of(bytes.fromhex("101000044d51545405020000"))
    5
    >>> version_of(b"\\x10") is None
    True
    """
    at = 1
    while at < len(packet) and packet[at] & 0x80:  # the bytes of the remaining length
        at += 1
    at += 1
    if len(packet) < at + 2:
        return None
    at += 2 + int.from_bytes(packet[at : at + 2], "big")
    return packet[at] if len(packet) > at else None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, start: bytes = b"") -> None:
    with contextlib.suppress(OSError):
        writer.write(start)
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


async def serve(host: str, port: int, inner: dict[int, int]) -> None:
    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        start = b""
        while (version := version_of(start)) is None:
            data = await reader.read(4096)
            if not data:
                writer.close()
                return
            start += data
        there, back = await asyncio.open_connection("127.0.0.1", inner.get(version, inner[4]))
        await asyncio.gather(pass_on(reader, back, start), pass_on(there, writer))

    for listener in inner.values():
        await until_open(listener)
    server = await asyncio.start_server(client, host, port)
    async with server:
        await server.serve_forever()


async def until_open(port: int) -> None:
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.02)
        else:
            writer.close()
            return


def main(host: str, port: int, name: str) -> None:
    from iotcore.iotcore import IotCoreBroker  # type: ignore[import-not-found]  # lives in .venv-conformance

    inner = {4: free_port(), 5: free_port()}
    text = ROUTER
    for version, listener in inner.items():
        text += LISTENER.format(version=version, port=listener)
        text += USER.format(version=version) if name == WITH_USER else ""
    with tempfile.NamedTemporaryFile("w", suffix=".toml") as config:
        config.write(text)
        config.flush()
        broker = IotCoreBroker(config_path=config.name)
        broker.start()
        asyncio.run(serve(host, port, inner))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]).name)
