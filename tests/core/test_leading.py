"""The lead among processes of one machine."""

import subprocess
import sys
from pathlib import Path

from yuzhang.core.leading import FileLead

HOLD = """
import sys
from pathlib import Path
from yuzhang.core.leading import FileLead
lead = FileLead(Path(sys.argv[1]))
print(lead.take(), flush=True)
sys.stdin.read()
"""


def test_one_process_leads_and_another_one_takes_over_when_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        lead = FileLead(path)
        assert not lead.take()
        assert not lead.held()
        other.kill()
        other.wait()
    assert lead.take()
    assert lead.held()
    assert lead.take(), "who has it has it"
    second = FileLead(path)
    assert not second.take(), "in the same process too"
    lead.release()
    lead.release()
    assert not lead.held()
    assert second.take()
    second.release()
