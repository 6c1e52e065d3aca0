"""People in a real browser at a real server without --trust: sign-up, passkeys, second factor, sign-out everywhere."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep, time

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from entrance.identity.people import PASSWORD
from web.conftest import START_SECONDS

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[3] / "node_modules" / "axe-core" / "axe.min.js"
DEVICE = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of a server over an empty folder, and the first administrator's link that it printed."""
    folder = tmp_path_factory.mktemp("identity")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command: list[str | Path] = [
        Path(sys.executable).with_name("yuzhang"),
        "serve",
        "--no-mqtt",
        "--data",
        folder / "data",
        "--port",
        str(port),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        end = monotonic() + START_SECONDS
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as asking:
            while not answers(asking):
                if monotonic() > end or process.poll() is not None:
                    pytest.fail((folder / "log").read_text(errors="replace"))
                sleep(0.05)
        link = re.search(r"http://localhost:\d+/join/\S+", (folder / "log").read_text())
        assert link is not None
        yield f"http://localhost:{port}", link[0]
    finally:
        process.terminate()
        process.wait(20)


def answers(asking: httpx.Client) -> bool:
    """Whether the server is there."""
    try:
        return asking.get("/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def context(chromium: Browser, said: tuple[str, str]) -> Iterator[BrowserContext]:
    """A window of its own, in English."""
    made = chromium.new_context(base_url=said[0], viewport={"width": 1280, "height": 900}, locale="en-GB")
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page of that window."""
    return context.new_page()


def with_device(page: Page) -> None:
    """Give the page a device that keeps passkeys and knows its owner."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": DEVICE})


def sign_up(page: Page, login: str) -> None:
    """Make an account with a password."""
    page.goto("/sign-up")
    page.get_by_label("Your name").fill("Wang Fang")
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")


def sign_in(page: Page, login: str) -> None:
    """Fill in the form."""
    page.goto("/sign-in?next=/account")
    page.get_by_label("Sign-in name").fill(login)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.locator("main form").get_by_role("button", name="Sign in", exact=True).click()


def sound(page: Page) -> None:
    """axe-core finds nothing, and the page fits a narrow window."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "async () => (await axe.run()).violations.map(one => [one.id, one.nodes.map(node => node.html)])"
    )
    assert found == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1280, "height": 900})


def test_first_administrator_comes_by_the_printed_link_and_adds_a_code_generator(
    page: Page, said: tuple[str, str]
) -> None:
    page.goto(said[1])
    page.get_by_label("Your name").fill("Li Na")
    page.get_by_label("Sign-in name").fill("admin.li")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Make the account").click()
    expect(page.get_by_role("heading", name="A second factor is needed")).to_be_visible()
    page.get_by_role("button", name="Add a code generator").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    key = page.locator("code").inner_text()
    page.get_by_label("Code", exact=True).fill(
        pyotp.TOTP(key).at(int(time()) - 30)
    )  # the step before: the next one is for signing in
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("heading", name="A second factor is needed")).to_have_count(0)
    page.get_by_role("button", name="Sign out everywhere").click()
    sign_in(page, "admin.li")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_label("Code", exact=True).fill(pyotp.TOTP(key).now())
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Account")
    page.goto(said[1])
    expect(page.get_by_role("heading", level=1)).to_have_text("The link cannot be used")


def test_citizen_signs_up_by_passkey_alone_and_signs_in_with_it(page: Page) -> None:
    with_device(page)
    page.goto("/sign-up")
    page.get_by_label("Your name").fill("Zhao Lei")
    page.get_by_label("Sign-in name").fill("zhao.lei")
    page.get_by_role("button", name="Make a passkey").click()
    page.wait_for_url("**/account")
    page.get_by_role("button", name="Sign out everywhere").click()
    page.wait_for_url("**/sign-in")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_function("() => location.pathname !== '/sign-in'")
    assert page.request.get("/api/account").json()["factors"] == 2


def test_passkey_is_added_renamed_used_as_second_factor_and_removed(page: Page) -> None:
    with_device(page)
    sign_up(page, "sun.yi")
    page.get_by_label("Name of the passkey").fill("laptop")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("passkey added")).to_be_visible()
    page.get_by_label("Name", exact=True).first.fill("desk")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_label("Name", exact=True).first).to_have_value("desk")
    page.get_by_role("button", name="Sign out everywhere").click()
    sign_in(page, "sun.yi")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/account")
    page.get_by_role("button", name="Remove passkey desk").click()
    expect(page.get_by_text("passkey removed")).to_be_visible()


def test_signing_out_everywhere_ends_the_other_window_too(chromium: Browser, page: Page, said: tuple[str, str]) -> None:
    sign_up(page, "zhou.qi")
    other = chromium.new_context(base_url=said[0], locale="en-GB")
    there = other.new_page()
    sign_in(there, "zhou.qi")
    expect(there.get_by_role("heading", level=1)).to_have_text("Account")
    page.reload()
    expect(page.get_by_role("button", name=re.compile("End the session"))).to_have_count(1)
    page.get_by_role("button", name="Sign out everywhere").click()
    there.goto("/account")
    expect(there.get_by_role("heading", level=1)).to_have_text("Sign in")
    other.close()


def test_every_page_of_identity_is_sound_for_a_screen_reader_and_a_telephone(page: Page) -> None:
    for address in ("/sign-in", "/sign-up", "/sign-up?kind=enterprise", "/recover", "/recover/x"):
        page.goto(address)
        sound(page)
    sign_up(page, "wu.ba")
    sound(page)
    page.get_by_role("button", name="New recovery codes").click()
    sound(page)
    page.goto("/account/proof")
    sound(page)
    page.goto("/account")
    page.get_by_role("button", name="Add a code generator").click()
    sound(page)
