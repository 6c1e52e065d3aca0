"""A made-up city that sends for as long as the server runs: in a process of its own, so that it takes no time from the server's."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from yuzhang.simulator.sending import Address

PATIENCE_S = 10


@contextmanager
def sending_beside(data: Path, devices: int, to: Address) -> Iterator[None]:
    """So many simulated devices send to the server until this ends, or the process that asked for it does."""
    command = [sys.executable, "-c", "from yuzhang.cli import main; main()", "simulate"]
    options = {
        "--data": data,
        "--devices": devices,
        "--url": to.url,
        "--mqtt-host": to.mqtt_host,
        "--mqtt-port": to.mqtt_port or 0,
        "--while-process": os.getpid(),
    }
    given = [str(part) for pair in options.items() for part in pair]
    # Of its own group: Ctrl-C ends the server, and the server ends this.
    child = subprocess.Popen([*command, *given], stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603  # this Python
    try:
        yield
    finally:
        child.terminate()
        try:
            child.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def parent_gone(process: int) -> Callable[[], bool]:
    """Whether the process that started this one has ended, however it did; never for 0."""
    return lambda: process != 0 and os.getppid() != process
