"""A server that is asked to end says first that it is not ready, answers what comes meanwhile, and then ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

PROXY_SAYS = {"x-forwarded-for": "203.0.113.77"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str, Path]]:
    """`yuzhang serve` behind a proxy on this machine, with half a minute to drain, its address, and its log."""
    log = tmp_path / "log"
    environment = os.environ | {"YUZHANG_LOG": "json", "YUZHANG_DRAIN_S": "30", "LANG": "en_GB.UTF-8"}
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "serve",
        "--data",
        str(tmp_path / "data"),
        "--port",
        "0",
        "--no-mqtt",
    ]
    with log.open("w") as errors:
        running = subprocess.Popen(
            [*command, "--proxy", "127.0.0.1"], stdout=subprocess.PIPE, stderr=errors, text=True, env=environment
        )
    assert running.stdout is not None
    found = re.search(r"http://[\d.]+:\d+", running.stdout.readline())
    assert found, log.read_text()
    for _ in range(200):
        try:
            httpx.get(f"{found[0]}/health")
            break
        except httpx.TransportError:
            time.sleep(0.05)
    yield running, found[0], log
    running.kill()
    running.communicate()


@pytest.mark.services
def test_server_is_not_ready_before_it_ends_and_its_log_knows_the_sender_behind_the_proxy(
    server: tuple[subprocess.Popen[str], str, Path],
) -> None:
    running, address, log = server
    assert httpx.get(f"{address}/ready", headers=PROXY_SAYS).status_code == 200
    running.send_signal(signal.SIGTERM)
    for _ in range(200):
        answer = httpx.get(f"{address}/ready")
        if answer.status_code == 503:
            break
        time.sleep(0.02)
    assert answer.json()["parts"] == ["draining"]
    assert httpx.get(f"{address}/health").status_code == 200
    assert httpx.get(f"{address}/metrics").status_code == 403, "who comes through a proxy is not this machine"
    running.send_signal(signal.SIGTERM)
    assert running.wait(30) == 0
    written = log.read_text()
    assert '"peer": "203.0.113.0/24"' in written
    assert "203.0.113.77" not in written
