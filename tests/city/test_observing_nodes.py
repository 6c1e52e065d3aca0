"""Two processes take observations over the same parts of a city; either may be killed at any moment."""

import random
import subprocess
import sys
from itertools import count
from pathlib import Path

import pytest

from brain.context.postgres import Server
from city.nodes import ROWS
from city.parts import Nats, SeaweedFS
from yuzhang.core.lake import LakeAddress
from yuzhang.core.storage import Storage

pytestmark = pytest.mark.services
TESTS = Path(__file__).parents[1]
NUMBERS = count(1)
FILED = """SELECT entity || ' ' || epoch_us(time) // {rows} AS batch, count(*), count(DISTINCT time)
    FROM observations o JOIN history_series s ON s.number = o.series GROUP BY ALL"""


@pytest.mark.parametrize("killed", ["the node that files", "the other node"])
def test_what_a_node_acknowledged_before_it_was_killed_is_filed_once_by_the_other_one(
    killed: str, tmp_path: Path, postgres: Server, present: str, nats: Nats, seaweedfs: SeaweedFS,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    for name, value in {**seaweedfs.environment(), "PYTHONPATH": str(TESTS)}.items():
        monkeypatch.setenv(name, value)
    number, catalog = next(NUMBERS), postgres.fresh()
    lake = LakeAddress(catalog, seaweedfs.place(f"observing{number}"))
    parts = [present, nats.url(f"observing{number}"), catalog, lake.files]

    def started(name: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "city.nodes", str(tmp_path / name), *parts, name]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True)

    with started("a") as first:
        assert first.stdout is not None
        acknowledged = {first.stdout.readline().strip()}  # it leads from here on
        with started("b") as second:
            assert second.stdout is not None
            acknowledged.add(second.stdout.readline().strip())
            dead, living = (first, second) if killed == "the node that files" else (second, first)
            assert dead.stdout is not None
            assert living.stdout is not None
            acknowledged |= {dead.stdout.readline().strip() for _ in range(random.randrange(20, 200))}
            dead.kill()
            acknowledged |= {line.strip() for line in dead.stdout if line.endswith("\n")}
            for line in living.stdout:
                if line == "all\n":
                    break
                acknowledged.add(line.strip())
            found = _filed(tmp_path / "reading", lake, acknowledged - {"all"})
            assert not {one for one, rows, times in found if rows != ROWS or times != ROWS}
            living.communicate("")
    postgres.forget(catalog)


def _filed(folder: Path, lake: LakeAddress, wanted: set[str]) -> list[tuple[str, int, int]]:
    """What is filed, batch by batch, once `wanted` are among it."""
    storage = Storage(folder, lake)
    missing = wanted
    for _ in range(300):
        with storage.lake() as cursor:
            found = cursor.execute(FILED.format(rows=ROWS)).fetchall()
        missing = wanted - {name for name, _, _ in found}
        if not missing:
            break
    storage.close()
    assert not missing
    return found
