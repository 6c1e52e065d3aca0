"""One application for the tests that only look, and a real server with a real browser."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, Response, sync_playwright

from web.happenings import happened
from yuzhang.app import create_app
from yuzhang.core.settings import PLAN_TEXT_VARIABLE, Settings

ROOT = Path(__file__).parents[2]
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
START_SECONDS = 60


@pytest.fixture(scope="session")
def lived_folder(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the first city in which something has happened, made once; tests copy it."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("lived") / "data"))
    happened(folder)
    return folder


@pytest.fixture(scope="session")
def standing(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FastAPI]:
    """An application over the first city that no test changes."""
    made = create_app(
        Settings(Path(shutil.copytree(lived_folder, tmp_path_factory.mktemp("standing") / "data")), trust="machine")
    )
    yield made
    made.state.storage.close()


@pytest.fixture
def looking(standing: FastAPI) -> TestClient:
    """A browser without cookies that only looks."""
    return TestClient(standing, "http://127.0.0.1", client=("127.0.0.1", 50000), headers={"accept": "text/html"})


def missing(what: str, how: str) -> None:
    """Leave the test out and say how to have it; in CI nothing is left out."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: {how}")
    pytest.skip(f"needs {what}: {how}")


@pytest.fixture(scope="session")
def server(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server over a copy of the first city; the plan's text is there if it is at hand."""
    folder = tmp_path_factory.mktemp("served")
    data = shutil.copytree(lived_folder, folder / "data")
    text = Path(os.environ.get(PLAN_TEXT_VARIABLE) or ROOT.parent / "shared/seed/nanchang-14th-five-year-plan.txt")
    command: list[str | Path] = [
        Path(sys.executable).with_name("yuzhang"),
        "serve",
        "--trust",
        "machine",
        "--no-mqtt",
        "--data",
        data,
        "--city",
        ROOT / "cities/nanchang",
    ]
    if text.exists():
        command += ["--text", text]
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], stdout=log, stderr=log)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as asking:
            _wait(process, asking, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(20)


def _wait(process: "subprocess.Popen[bytes]", asking: httpx.Client, log: Path) -> None:
    """Until the server answers; its log if it does not."""
    end = monotonic() + START_SECONDS
    while monotonic() < end and process.poll() is None:
        try:
            if asking.get("/health").status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, which `make setup-test` installs where it may: the shell without windows, whose pages take a third less time.

    One for each file: while it is open, Playwright's event loop counts as running, and tests of other
    files could not run one of their own.
    """
    path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    if path is None:
        missing("Chromium", "apt install chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


def watch(context: BrowserContext, faults: list[str]) -> None:
    """Note what goes wrong behind a page: console errors, script errors, requests that fail or are refused."""

    def console(message: ConsoleMessage) -> None:
        # A machine without a graphics card draws maps in software, and the driver says so.
        if message.type in ("error", "warning") and "GL Driver Message" not in message.text:
            faults.append(f"console: {message.text}")

    def failed(request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # the browser's own: it became a download, or the reader went on
            faults.append(f"request: {request.url} {request.failure}")

    def answered(response: Response) -> None:
        if response.status >= 400:
            faults.append(f"answer: {response.status} {response.url}")

    context.on("console", console)
    context.on("weberror", lambda error: faults.append(f"script: {error.error}"))
    context.on("requestfailed", failed)
    context.on("response", answered)


@pytest.fixture
def faults() -> list[str]:
    """What went wrong behind the pages of a test; what is left at its end fails it."""
    return []


@pytest.fixture
def context(chromium: Browser, server: str, faults: list[str]) -> Iterator[BrowserContext]:
    """A browser window of its own, wide, without cookies, in Chinese."""
    made = chromium.new_context(base_url=server, viewport={"width": 1280, "height": 900}, locale="zh-CN")
    watch(made, faults)
    yield made
    made.close()
    assert faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page of that window."""
    return context.new_page()
