"""The whole application in this process, and a real server with a real network."""

import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from yuzhang.app import create_app
from yuzhang.client import AsyncClient, Client
from yuzhang.core.settings import Settings

INSIDE = "http://127.0.0.1"


@pytest.fixture
def anyio_backend() -> str:
    """Tests that await run on asyncio."""
    return "asyncio"


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[AsyncClient]:
    """A client of the application in this process, over an empty folder."""
    app = create_app(Settings(tmp_path / "data", private_addresses=True, trust="machine"))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http,
    ):
        yield AsyncClient(INSIDE, http=http)


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data folder of the real server."""
    return tmp_path_factory.mktemp("served") / "data"


@pytest.fixture(scope="session")
def server(served: Path) -> Iterator[str]:
    """The address of a real server over an empty folder."""
    command = [
        str(Path(sys.executable).parent / "yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--data",
        str(served),
        "--port",
        "0",
    ]
    command += ["--no-mqtt", "--allow-private-addresses"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "LC_ALL": "en_US.UTF-8"}
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert running.stdout is not None
    try:
        address = next(line for line in running.stdout if "http://" in line).strip().rpartition(" ")[2].rstrip("/")
        with httpx.Client(timeout=20) as asking:
            answered(asking, address)
        yield address
    finally:
        running.terminate()
        running.wait(timeout=20)
        running.stdout.close()


def answered(asking: httpx.Client, address: str) -> None:
    """Until the server answers."""
    for _ in range(200):
        try:
            if asking.get(f"{address}/health").status_code == 200:
                return
        except httpx.ConnectError:
            time.sleep(0.05)
    pytest.fail(f"no server answers at {address}")


@pytest.fixture
def far(server: str, request: pytest.FixtureRequest) -> Iterator[Client]:
    """A client of the real server, with a tenant of the test's own."""
    with Client(server, tenant=request.node.name[:60].replace("[", "-").replace("]", "")) as client:
        yield client
