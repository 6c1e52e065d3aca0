"""kill -9 between what the cases do with an entry of the field and what is kept of it: the phone sends again, and it is done once."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from brain.cases.stories import DUTY, WORKER, Clock, do, pack, photo, reported, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.room import Cases
from yuzhang.core.access import OPERATOR
from yuzhang.core.packs import read_pack
from yuzhang.core.storage import Storage
from yuzhang.entrance.city.field import actions as field
from yuzhang.entrance.city.field.handling import CaseHandling
from yuzhang.entrance.city.field.model import File, Sent

KILLED = """
import os, signal, sys
from pathlib import Path
from entrance.city.test_field_killed import opened, send
from yuzhang.entrance.city import store
store.end_entry = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
cases, city = opened(Path(sys.argv[1]))
send(city, *sys.argv[2:])
"""


def opened(folder: Path) -> tuple[Cases, Any]:
    """The rooms as after a start of the process."""
    storage = Storage(folder / "data")
    cases = room(storage, [read_pack(folder / "packs" / "governance" / "rain")[0]], Clock())
    return cases, SimpleNamespace(storage=storage, handling=CaseHandling(cases))


def send(city: Any, number: str, task: str, decision: str) -> str:
    """What becomes of an entry with a photo: of a task, or a note only."""
    values = {"decision": decision} if decision else {}
    content = photo(3).content
    sent = Sent("k" * 20, number, task, "pumped out", values, (File("photo.jpg", content),), 1)
    return field.send(city, WORKER, sent).status


@pytest.mark.parametrize("decision", ["fixed", ""], ids=["step", "note"])
def test_an_entry_whose_process_was_killed_after_its_step_is_done_once_when_the_phone_sends_again(
    tmp_path: Path, decision: str
) -> None:
    pack(tmp_path / "packs")
    cases, city = opened(tmp_path)
    case = reported(cases)
    do(cases, DUTY, case, "accepted")
    task = actions.case(cases, OPERATOR, case.number).tasks[0].id
    root = Path(__file__).parents[3]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), case.number, task, decision],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root / "tests"), str(root / "src")])},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    [entry] = field.entries(city, WORKER)
    assert entry.status == "working"

    assert send(city, case.number, task, decision) == "done"
    assert send(city, case.number, task, decision) == "done"

    detail = actions.case(cases, OPERATOR, case.number)
    assert len(detail.attachments) == 1
    by_worker = [one.kind for one in detail.history if one.by == WORKER.id]
    assert by_worker == (["done"] if decision else ["attached", "noted"])
    city.storage.close()
