"""The processes of a run: a fresh Yuzhang, and Robot Framework on a folder of cases."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
START_S = 30.0
ROBOT_PYTHON = ROOT / ".venv-conformance/bin/python"


class BrokerDown(Exception):
    """The broker did not answer in time, or ended by itself."""


@contextmanager
def fresh_broker(data: Path, port: int, copies: Path, command: str) -> Iterator[None]:
    """A Yuzhang with an empty data folder, stopped at the end. Its output is kept in `data`.log."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise BrokerDown(f"Port {port} is taken: choose others with --ports.")
    data.mkdir(parents=True)
    line = shlex.split(command.format(data=data, port=port, copies=copies))
    with Path(f"{data}.log").open("wb") as log:
        process = subprocess.Popen(line, stdout=log, stderr=subprocess.STDOUT, cwd=ROOT)
        try:
            _wait_for(f"http://127.0.0.1:{port}/ngsi-ld/v1/types", process, Path(log.name))
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def default_command() -> str:
    """How Yuzhang is started: with the suite's contexts laid in, and allowed to reach the suite's servers on loopback."""
    return (
        f"{Path(sys.executable).with_name('yuzhang')} serve --no-mqtt --trust machine --data {{data}} --port {{port}} "
        "--context-copies {copies} --allow-private-addresses --load-contexts"
    )


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Waits for an answer with any status."""
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise BrokerDown(f"The broker gave no answer at {url}:\n{log.read_text(errors='replace')[-2000:]}")


def run_robot(suite: Path, place: Path, output: Path, *, timeout_s: float, console: bool, extra: list[str]) -> None:
    """Runs the cases of one folder (not of those below it) or one file; `output` gets output.xml."""
    output.mkdir(parents=True, exist_ok=True)
    cases = [place] if place.suffix else [file.relative_to(suite) for file in sorted((suite / place).glob("*.robot"))]
    line = [
        *(str(ROBOT_PYTHON), "-m", "robot", "--nostatusrc", "--log", "NONE", "--report", "NONE"),
        *("--outputdir", str(output), "--consolewidth", "150", "--console", "verbose" if console else "none"),
        *("--pythonpath", str(suite / "libraries/robotframework-httpctrl/src")),
        *extra,
        *map(str, cases),
    ]
    quiet = None if console else subprocess.DEVNULL
    environment = {**os.environ, "CONFORMANCE_PYTHON": str(ROBOT_PYTHON), "NO_PROXY": "*", "no_proxy": "*"}
    process = subprocess.Popen(line, cwd=suite, stdout=quiet, stderr=quiet, env=environment, start_new_session=True)
    try:
        process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        # Robot Framework ends in order at the first interrupt: the case that hangs fails and output.xml is written.
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
