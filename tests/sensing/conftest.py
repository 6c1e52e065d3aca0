"""A real server over the first city that devices send to, people who are signed in, and their browsers."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from entrance.standing import someone
from web.conftest import START_SECONDS, chromium, watch
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

__all__ = ["chromium"]
UNIT = "drainage-office"
PEOPLE = {
    "engineer": ("domain-engineer", ""),
    "duty": ("duty-officer", ""),
    "reviewer": ("duty-officer", ""),
    "worker": ("department-officer", UNIT),
    "stranger": ("department-officer", "education"),
    "planner": ("plan-officer", ""),
}
"""Officials: the role of each, and the unit."""
WIDE, PHONE = 1280, 390
Opened = Callable[..., Page]


@dataclass(frozen=True, slots=True)
class Served:
    """A server: its address, the port that devices send to, its folder, and the cookies of people."""

    address: str
    mqtt: int
    folder: Path
    cookies: dict[str, dict[str, str]]


def free_port() -> int:
    """One that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def served(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The server, to which everybody has to sign in and every device has to prove itself."""
    folder = tmp_path_factory.mktemp("sensing")
    data = Path(shutil.copytree(loaded_folder, folder / "data"))
    app = create_app(Settings(data))
    cookies = {
        name: dict(someone(app.state.identity, name, "official", (role,), unit).cookie)
        for name, (role, unit) in PEOPLE.items()
    }
    app.state.identity.close()
    app.state.storage.close()
    port, mqtt = free_port(), free_port()
    command: list[str | Path] = [Path(sys.executable).with_name("yuzhang"), "serve", "--data", data]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "--port", str(port), "--mqtt-port", str(mqtt)], stdout=log, stderr=log, env={**os.environ}
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, folder / "log")
        yield Served(f"http://127.0.0.1:{port}", mqtt, data, cookies)
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = monotonic() + START_SECONDS
    with httpx.Client(base_url=address, trust_env=False) as asking:
        while monotonic() < end and process.poll() is None:
            try:
                if asking.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture
def opened(chromium: Browser, served: Served) -> Iterator[Opened]:
    """The browser of somebody who is signed in, in a language and of a width. What goes wrong behind its pages fails the test."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(who: str, language: str, width: int = WIDE) -> Page:
        context = chromium.new_context(
            base_url=served.address,
            viewport={"width": width, "height": 900},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            timezone_id="Asia/Shanghai",
        )
        cookies = {**served.cookies[who], "yuzhang_lang": language}
        context.add_cookies([{"name": name, "value": value, "url": served.address} for name, value in cookies.items()])
        watch(context, faults)
        contexts.append(context)
        return context.new_page()

    yield open_
    for one in contexts:
        one.close()
    assert faults == []
