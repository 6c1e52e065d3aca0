"""Every page as everybody sees it, in a real browser: nothing blank, nothing broken, and nothing of what is not theirs."""

import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from entrance.standing import WHO, everybody
from web.conftest import START_SECONDS, watch
from web.views import PAGES, PENDING
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

pytestmark = pytest.mark.browser
FURTHER = {
    "account": "/account",
    "applications": "/account/applications",
    "policies": "/policy",
    "why": "/policy/why",
    "audit": "/audit",
    "clients": "/admin/clients",
    "parties": "/admin/parties",
    "acting": "/account/acting",
}
"""Pages of the entrance beside those of views.py."""
NOT_HERE = {"problem", "an own report"}
"""What answers everybody with a problem, and what is there for whoever reported it only."""
EVERY = {**{name: path for name, path in PAGES.items() if name not in NOT_HERE}, **FURTHER}
PUBLIC = {"first page", "preferences", "help"}
"""What a stranger sees; everything else leads to the sign-in page."""
OUTSIDE = ("citizen", "enterprise")
ALWAYS = {"plan-officer", "duty-officer", "citizen"}
"""The others see what some of these see; they walk through all pages with the slow tests."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server as a city runs it, and the cookies of one party of each kind and role."""

    address: str
    cookies: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def running(lived_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """That server over the first city."""
    folder = tmp_path_factory.mktemp("by-role")
    data = Path(shutil.copytree(lived_folder, folder / "data"))
    app = create_app(Settings(data))
    cookies = {name: dict(one.cookie) for name, one in everybody(app.state.identity).items()}
    app.state.identity.close()
    app.state.storage.close()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("yuzhang")),
        "serve",
        "--no-mqtt",
        "--data",
        str(data),
        "--port",
        str(port),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}", process, folder / "log")
        yield Running(f"http://127.0.0.1:{port}", cookies)
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = monotonic() + START_SECONDS
    while monotonic() < end and process.poll() is None:
        try:
            if httpx.get(f"{address}/health", trust_env=False).status_code == 200:
                return
        except httpx.TransportError:
            sleep(0.05)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


@pytest.fixture
def window(chromium: Browser, running: Running) -> Iterator[BrowserContext]:
    """A browser window without cookies, in English."""
    made = chromium.new_context(base_url=running.address, viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield made
    made.close()


def looked_at(page: Page, address: str) -> tuple[int, str]:
    """The status of a page and its text; it has a heading, words, and no unfilled place."""
    answer = page.goto(address)
    assert answer is not None
    shown = page.locator("main").inner_text()
    assert page.locator("h1").count() >= 1, f"{address}: no heading"
    assert len(shown.split()) > 3, f"{address}: blank"
    assert "{{" not in shown, address
    assert ">None<" not in page.content(), address
    return answer.status, shown


@pytest.mark.parametrize("name", [one if one in ALWAYS else pytest.param(one, marks=pytest.mark.slow) for one in WHO])
def test_each_page_is_whole_for_each_role_or_says_that_it_is_not_allowed(
    window: BrowserContext, running: Running, name: str
) -> None:
    window.add_cookies(
        [{"name": key, "value": value, "url": running.address} for key, value in running.cookies[name].items()]
    )
    faults: list[str] = []
    watch(window, faults)
    page = window.new_page()
    refused = set()
    for title, address in EVERY.items():
        status, shown = looked_at(page, address)
        assert status in (200, 403), f"{address}: {status}"
        if status == 403:
            refused.add(title)
            assert "Not allowed" in shown or "purpose" in shown.lower(), address
            assert "Five-Year" not in shown, address
        assert page.locator("header a[href='/sign-in']").count() == 0, address
        if name in OUTSIDE:
            assert PENDING not in page.content(), address
        for other in WHO.keys() - {name}:
            assert f"Sample {other}" not in page.content() or "administrator" in name, f"{address} names {other}"
    assert [one for one in faults if "403" not in one] == []
    assert "plan" not in refused
    assert ("audit" in refused) == (name != "audit-administrator")
    assert ("review" in refused) == (name in OUTSIDE)
    assert refused, "somebody may see everything"


@pytest.mark.parametrize("name", WHO)
def test_no_link_of_the_header_leads_to_a_page_that_is_not_allowed(
    window: BrowserContext, running: Running, name: str
) -> None:
    window.add_cookies(
        [{"name": key, "value": value, "url": running.address} for key, value in running.cookies[name].items()]
    )
    page = window.new_page()
    page.goto("/plan")
    found = {urlsplit(str(one.get_attribute("href"))).path for one in page.locator("header a").all()}
    assert len(found) > 3
    for path in sorted(found - {"/sign-out"}):
        answer = window.request.get(path)
        purpose = answer.status == 403 and "purpose" in answer.text().lower()
        assert answer.status == 200 or purpose, f"{path}: {answer.status}"


def test_a_stranger_is_led_to_the_sign_in_page_and_back(window: BrowserContext) -> None:
    page = window.new_page()
    for title, address in EVERY.items():
        status, shown = looked_at(page, address)
        assert status == 200, address
        if title in PUBLIC:
            assert urlsplit(page.url).path == urlsplit(address).path
        else:
            assert urlsplit(page.url).path == "/sign-in", address
        assert "Five-Year" not in shown
