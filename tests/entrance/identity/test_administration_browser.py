"""Administrators, agents and whoever reads personal data, in a real browser at a server as a city runs it."""

import re
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from entrance.identity.people import PASSWORD
from entrance.standing import someone
from web.conftest import START_SECONDS
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
PARTIES = "/admin/parties"
PEOPLE: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("system", "official", ("system-administrator",)),
    ("security", "official", ("security-administrator",)),
    ("audit", "official", ("audit-administrator",)),
    ("officer", "official", ("plan-officer",)),
    ("enterprise", "enterprise", ()),
    ("citizen", "citizen", ()),
)
Window = Callable[[str], Page]


@dataclass(frozen=True, slots=True)
class Running:
    """A server, and what the browsers of its people hold."""

    address: str
    cookies: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """That server, over a folder with people only."""
    folder = tmp_path_factory.mktemp("administration")
    app = create_app(Settings(folder / "data"))
    identity = app.state.identity
    cookies = {name: dict(someone(identity, name, kind, roles).cookie) for name, kind, roles in PEOPLE}
    identity.close()
    app.state.storage.close()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command: list[str | Path] = [Path(sys.executable).with_name("yuzhang"), "serve", "--no-mqtt"]
    command += ["--data", folder / "data", "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = monotonic() + START_SECONDS
        while not answers(f"http://127.0.0.1:{port}/health"):
            if monotonic() > end or process.poll() is not None:
                pytest.fail((folder / "log").read_text(errors="replace"))
            sleep(0.05)
        yield Running(f"http://localhost:{port}", cookies)
    finally:
        process.terminate()
        process.wait(20)


def answers(address: str) -> bool:
    """Whether the server is there."""
    try:
        return httpx.get(address, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def window(chromium: Browser, running: Running) -> Iterator[Window]:
    """Opens a window of somebody, in English; "" is a stranger."""
    opened = []

    def of(name: str) -> Page:
        made = chromium.new_context(base_url=running.address, viewport={"width": 1280, "height": 900}, locale="en-GB")
        kept = running.cookies.get(name, {})
        made.add_cookies([{"name": key, "value": value, "url": running.address} for key, value in kept.items()])
        made.set_default_timeout(10_000)
        opened.append(made)
        return made.new_page()

    yield of
    for one in opened:
        one.close()


def for_a_purpose(page: Page, address: str) -> None:
    """Open a page with personal data, and say what for."""
    page.goto(address)
    expect(page.get_by_role("heading", level=1)).to_have_text("What for?")
    page.get_by_role("combobox", name="Purpose").select_option("Administration of accounts")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("What for?")


def sound(page: Page) -> None:
    """axe-core finds nothing in either language, and the page fits a narrow window."""
    for language in ("zh", "en"):
        page.goto(f"{page.url.split('?')[0]}?lang={language}")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate(
            "async () => (await axe.run()).violations.map(one => [one.id, one.nodes.map(node => node.html)])"
        )
        assert found == [], f"{page.url}: {found}"
        page.set_viewport_size({"width": 390, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), page.url
        page.set_viewport_size({"width": 1280, "height": 900})


def test_officer_is_invited_joins_gets_a_role_and_is_out_once_suspended(window: Window) -> None:
    system, security, officer = window("system"), window("security"), window("")
    for_a_purpose(system, PARTIES)
    invite = system.get_by_role("region", name="Invite somebody")
    invite.get_by_label("Name", exact=True).fill("Sun Yi")
    invite.get_by_label("Unit").fill("Water")
    invite.get_by_role("button", name="Make the link").click()
    officer.goto(system.locator("#link").inner_text())
    officer.get_by_label("Sign-in name").fill("sun.yi")
    officer.get_by_label("Password", exact=True).fill(PASSWORD)
    officer.get_by_role("button", name="Make the account").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("Account")
    for_a_purpose(security, PARTIES)
    security.get_by_label("Name or sign-in name").fill("sun.yi")
    security.get_by_role("search", name="Parties").get_by_role("button", name="Search").click()
    security.get_by_role("link", name="Sun Yi").click()
    security.get_by_role("combobox", name="Role").select_option("duty-officer")
    security.get_by_role("button", name="Give the role").click()
    expect(security.get_by_role("button", name="Take back the role duty-officer")).to_be_visible()
    officer.reload()
    expect(officer.get_by_text("role given: duty-officer")).to_be_visible()
    system.goto(security.url)
    system.get_by_role("button", name="Suspend").click()
    expect(system.get_by_role("button", name="Let it in again")).to_be_visible()
    officer.reload()
    expect(officer.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_enterprise_gives_a_mandate_and_the_citizen_acts_for_it_until_it_is_revoked(window: Window) -> None:
    enterprise, citizen = window("enterprise"), window("citizen")
    enterprise.goto("/account/acting")
    enterprise.get_by_label("Sign-in name of the agent").fill("sample-citizen")
    enterprise.get_by_role("button", name="Give the mandate").click()
    expect(enterprise.get_by_role("button", name="Revoke the mandate of Sample citizen")).to_be_visible()
    citizen.goto("/account/acting")
    citizen.get_by_role("button", name="Act for Sample enterprise").click()
    banner = citizen.get_by_role("region", name="In force")
    expect(banner).to_contain_text("You act for Sample enterprise")
    citizen.goto("/account")
    expect(banner).to_be_visible()
    sound(citizen)
    banner.get_by_role("button", name="Stop acting").click()
    expect(banner).to_have_count(0)
    citizen.get_by_role("button", name="Act for Sample enterprise").click()
    expect(banner).to_be_visible()
    enterprise.get_by_role("button", name="Revoke the mandate of Sample citizen").click()
    expect(enterprise.get_by_text("revoked", exact=True)).to_be_visible()
    citizen.reload()
    expect(banner).to_have_count(0)
    enterprise.goto("/account")
    expect(enterprise.get_by_text(re.compile("acted for: Sample citizen")).first).to_be_visible()


def test_three_administrators_exclude_each_other(window: Window) -> None:
    security = window("security")
    for_a_purpose(security, f"{PARTIES}/party-audit")
    security.get_by_role("combobox", name="Role").select_option("system-administrator")
    security.get_by_role("button", name="Give the role").click()
    expect(security.get_by_role("alert")).to_contain_text("three persons")
    security.goto(f"{PARTIES}/party-security")
    security.get_by_role("combobox", name="Role").select_option("duty-officer")
    security.get_by_role("button", name="Give the role").click()
    expect(security.get_by_role("alert")).to_contain_text("Nobody grants roles to")


def test_purpose_stands_in_the_header_until_it_is_ended_or_the_session_is(window: Window) -> None:
    system = window("system")
    for_a_purpose(system, f"{PARTIES}?kind=official")
    assert system.url.endswith(f"{PARTIES}?kind=official")
    banner = system.get_by_role("region", name="In force")
    expect(banner).to_contain_text("Administration of accounts")
    banner.get_by_role("button", name="End the purpose").click()
    expect(system.get_by_role("heading", level=1)).to_have_text("What for?")
    officer = window("officer")
    officer.goto(PARTIES)
    expect(officer.get_by_role("heading", level=1)).to_have_text("Not allowed")


def test_every_page_is_sound_for_a_screen_reader_and_a_telephone_in_both_languages(window: Window) -> None:
    system, security, enterprise = window("system"), window("security"), window("enterprise")
    system.goto(PARTIES)
    sound(system)
    for_a_purpose(system, PARTIES)
    sound(system)
    system.goto(f"{PARTIES}/party-officer")
    sound(system)
    for_a_purpose(security, f"{PARTIES}/party-enterprise")
    security.goto(f"{PARTIES}/party-officer")
    sound(security)
    security.goto(f"{PARTIES}/party-enterprise")
    sound(security)
    enterprise.goto("/account/acting")
    sound(enterprise)
