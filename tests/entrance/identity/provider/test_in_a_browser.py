"""The whole way in a real browser: another program's site, the sign-in page, the question, and back; also the narrow pages."""

import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from entrance.identity.provider.served import free_port, serving
from entrance.identity.provider.test_relying_party import PASSWORD, give_password
from entrance.identity.provider.town import CHALLENGE, Town
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.identity.provider.clients import actions
from yuzhang.entrance.identity.provider.model import Client

pytestmark = [pytest.mark.browser, pytest.mark.services]
AXE = Path(__file__).parents[4] / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


class Site(BaseHTTPRequestHandler):
    """The other program's site."""

    def do_GET(self) -> None:  # the library's name
        self.send_response(200)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>The program</title><h1>Welcome back</h1>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    """Its address: another origin than the provider's."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def fits(page: Page) -> None:
    """Nothing reaches beyond the window, and axe finds nothing."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert page.locator("h1").count() == 1
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"][:3]]) for one in found] == []


def walk(page: Page, issuer: str, site: str) -> None:
    """Sign in, allow, look at what was allowed, sign out."""
    asked = {
        "response_type": "code",
        "client_id": "app",
        "redirect_uri": f"{site}/cb",
        "scope": "openid profile",
        "state": "s",
        "code_challenge": CHALLENGE,
        "code_challenge_method": "S256",
    }
    request = f"{issuer}/oauth2/authorize?{urlencode(asked)}"
    page.goto(request)
    page.get_by_label(re.compile("登录名|Sign-in name")).fill("mei")
    page.get_by_label(re.compile("口令|密码|Password")).first.fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("请求您的授权")
    fits(page)
    page.get_by_role("button", name="同意", exact=True).focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/cb?*code=*")
    page.goto(request)
    page.wait_for_url(f"{site}/cb?*code=*")
    page.goto(f"{issuer}/account/applications")
    fits(page)
    expect(page.get_by_role("heading", level=2)).to_have_text("应用")
    page.goto(f"{issuer}/oauth2/logout?{urlencode({'client_id': 'app', 'post_logout_redirect_uri': f'{site}/bye'})}")
    fits(page)
    page.get_by_role("button", name="全部退出").click()
    page.wait_for_url(f"{site}/bye")
    page.goto(request)
    page.wait_for_url(f"{issuer}/sign-in*")
    page.get_by_label(re.compile("登录名|Sign-in name")).fill("mei")
    page.get_by_label(re.compile("口令|密码|Password")).first.fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/cb?*code=*")


def opened(chromium: Browser, width: int, faults: list[str]) -> BrowserContext:
    """A window in Chinese; what goes wrong in it is noted."""
    made = chromium.new_context(locale="zh-CN", viewport={"width": width, "height": 900})
    made.set_default_timeout(15_000)
    made.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    return made


@pytest.mark.parametrize("width", [390, 1280])
def test_a_user_signs_in_for_another_site_allows_it_and_signs_out_everywhere(
    founded: Path, tmp_path: Path, site: str, width: int, chromium: Browser
) -> None:
    folder = Path(shutil.copytree(founded, tmp_path / "data"))
    town = Town(folder)
    give_password(town.identity, town.resident("mei"))
    town.close()
    port = free_port()
    app = create_app(Settings(folder, port=port))
    wanted = Client(
        "app",
        Title("应用", "The app"),
        "none",
        (f"{site}/cb",),
        (f"{site}/bye",),
        scopes=frozenset({"openid", "profile"}),
    )
    actions.register(app.state.entrance.provider, OPERATOR, "app", wanted)
    faults: list[str] = []
    with serving(app, port), opened(chromium, width, faults) as window:
        walk(window.new_page(), f"http://127.0.0.1:{port}", site)
    assert faults == []


@pytest.mark.parametrize("width", [390, 1280])
def test_an_administrator_registers_a_program_on_a_page_that_fits(
    founded: Path, tmp_path: Path, width: int, chromium: Browser
) -> None:
    folder = Path(shutil.copytree(founded, tmp_path / "data"))
    town = Town(folder)
    town.at = datetime.now(UTC)
    ran = town.resident("ran", roles=["system-administrator"])
    cookies = town.signed_in(ran, ("password", "totp")).cookies
    town.close()
    port, faults = free_port(), list[str]()
    address = f"http://127.0.0.1:{port}"
    with serving(create_app(Settings(folder, port=port)), port), opened(chromium, width, faults) as window:
        window.add_cookies([{"name": name, "value": value, "url": address} for name, value in cookies.items()])
        page = window.new_page()
        page.goto(f"{address}/admin/clients")
        fits(page)
        page.get_by_label("标识", exact=True).fill("hotline")
        page.get_by_label("中文名称").fill("热线")
        page.get_by_label("回调地址").fill("https://hotline.example/cb")
        page.get_by_role("button", name="登记").click()
        expect(page.get_by_role("status")).to_contain_text("口令（只显示这一次）")
        fits(page)
    assert faults == []
