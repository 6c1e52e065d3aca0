"""kill -9 in the middle of it: what was acknowledged is counted, and counted once."""

import subprocess
import sys
from pathlib import Path

from yuzhang.brain.context.broker import Broker
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage
from yuzhang.foundation.network import actions
from yuzhang.foundation.network.room import Network
from yuzhang.foundation.registry import actions as registered
from yuzhang.foundation.registry.model import Device
from yuzhang.foundation.registry.room import Registry

FOLLOWER = Path(__file__).with_name("follower.py")
ROUNDS = 3


def accepted_until_killed(folder: Path, lines: int) -> int:
    """How many messages a process said that it took before it was killed."""
    with subprocess.Popen([sys.executable, FOLLOWER, folder], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            assert process.stdout.readline()
        process.kill()
        rest = process.stdout.read().splitlines()
    return lines + sum(one.isdigit() for one in rest)


def test_a_killed_process_loses_no_acknowledged_message_and_counts_none_twice(tmp_path: Path) -> None:
    storage = Storage(tmp_path / "data")
    registered.add(Registry(storage), OPERATOR, Device("a", kind="Pump"), with_credential=False)
    storage.close()
    acknowledged = 0
    for lines in (40, 90, 150)[:ROUNDS]:
        acknowledged += accepted_until_killed(tmp_path / "data", lines)
    storage = Storage(tmp_path / "data")
    broker = Broker(storage)
    network = Network(storage, Registry(storage), broker.log)
    network.begin()
    while network.follow():
        network.flush()
    counted = actions.health(network, OPERATOR, "a").values
    broker.database.close()
    storage.close()
    # A message that was durable, but not acknowledged any more when the kill came, may be counted: one a round.
    assert acknowledged <= counted <= acknowledged + ROUNDS
