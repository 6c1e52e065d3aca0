"""kill -9 in the middle of everything: what was answered is there, what was not is done wholly or not at all."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from brain.cases.stories import Clock, pack, room
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.model import Filter
from yuzhang.core.access import OPERATOR
from yuzhang.core.storage import Storage

WORK = """
import sys
from pathlib import Path
from brain.cases.stories import Clock, CITIZEN, DUTY, WORKER, Event, closed, do, note, photo, reported, room
from yuzhang.core.packs import read_pack
from yuzhang.core.storage import Storage
data, packs, told = (Path(one) for one in sys.argv[1:])
cases = room(Storage(data), [read_pack(packs / "governance" / "rain")[0]], Clock())
cases.start()
with told.open("a") as out:
    for at in range(10_000):
        note(cases, Event(f"e{at}"), Event(f"f{at}"))
        case = closed(cases, reported(cases, attachments=(photo(at),)))
        out.write(case.number + "\\n")
        out.flush()
"""


def test_a_killed_server_loses_no_case_that_was_answered_and_doubles_none(tmp_path: Path) -> None:
    packs, told = tmp_path / "packs", tmp_path / "told"
    own = pack(packs)
    Storage(tmp_path / "data").close()
    root = Path(__file__).parents[3]
    path = os.pathsep.join([str(root / "tests"), str(root / "src")])
    for _ in range(3):
        seen = told.read_text() if told.exists() else ""
        running = subprocess.Popen(
            [sys.executable, "-c", WORK, str(tmp_path / "data"), str(packs), str(told)],
            env={**os.environ, "PYTHONPATH": path},
        )
        while running.poll() is None and (not told.exists() or len(told.read_text()) < len(seen) + 60):
            time.sleep(0.02)
        running.send_signal(signal.SIGKILL)
        running.wait()
    storage = Storage(tmp_path / "data")
    cases = room(storage, [own], Clock())
    while cases.open_waiting():
        pass
    answered = told.read_text().split("\n")[:-1]
    assert len(answered) >= 9
    for number in answered:
        detail = actions.case(cases, OPERATOR, number)
        assert (detail.case.status, detail.case.outcome, detail.case.state) == ("closed", "fixed", "review")
        assert len(detail.attachments) == 2
        assert all(actions.attachment(cases, OPERATOR, number, one.id).content for one in detail.attachments)
    found, after = [], ""
    while True:
        page = actions.search(cases, OPERATOR, Filter(status=""), after, 200)
        found += list(page.cases)
        after = page.after
        if not after:
            break
    events = [one.event for one in found if one.event]
    assert len(events) == len(set(events))
    assert {f"e{at}" for at in range(3)} <= set(events)
    for case in found:  # each stands at one step, and can go on from there
        detail = actions.case(cases, OPERATOR, case.number)
        assert len(detail.tasks) == 1
        assert detail.history[0].kind == "opened"
    numbers = [one.number for one in found]
    assert len(numbers) == len(set(numbers))
    storage.close()
