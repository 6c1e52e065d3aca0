"""A real `yuzhang serve` in a process of its own, that a test may end as it likes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import httpx

from yuzhang.core.settings import CONTEXT_DATABASE_VARIABLE

API = "/ngsi-ld/v1"


class Running:
    """A server over a data folder; `client` asks it as the operator. Ended at the end of the `with`."""

    def __init__(self, folder: Path, database: str = "", *options: str) -> None:
        self._command = [
            str(Path(sys.executable).parent / "yuzhang"),
            "serve",
            "--trust",
            "machine",
            "--data",
            str(folder),
            "--port",
            "0",
        ]
        self._command += options if "--mqtt-port" in options else ("--no-mqtt", *options)
        self._environment = {**os.environ, "PYTHONUNBUFFERED": "1", CONTEXT_DATABASE_VARIABLE: database}

    def __enter__(self) -> "Running":
        self._process = subprocess.Popen(
            self._command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=self._environment
        )
        assert self._process.stdout is not None
        # The first line of an address is the server's own word that it starts.
        said = next((line for line in self._process.stdout if "http://" in line), "")
        self.address = said[said.find("http") :].strip().rstrip("/")
        self.client = self.connected()
        try:
            self._wait()
        except BaseException:
            self.__exit__()
            raise
        return self

    def connected(self) -> httpx.Client:
        """A client of its own, for one thread."""
        return httpx.Client(base_url=self.address + API, timeout=30, transport=httpx.HTTPTransport(retries=50))

    def _wait(self) -> None:
        for _ in range(400 if self.address else 0):
            try:
                httpx.get(f"{self.address}/health", timeout=30)
                return
            except httpx.TransportError:
                assert self._process.poll() is None, "the server ended"
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """As if the power had gone."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        self._process.send_signal(how)
        self._process.wait(30)

    def __exit__(self, *_: object) -> None:
        self.client.close()
        self._end(signal.SIGTERM)
        assert self._process.stdout is not None
        self._process.stdout.close()
