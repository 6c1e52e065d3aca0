"""The pages of keys and webhooks in a real browser: no barrier, both languages, narrow and wide, and by keyboard alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, BrowserContext, Page, expect

from entrance.api.test_pages import Sitting
from web.conftest import chromium, watch
from web.test_accessibility import tab_to
from web.test_browser import NARROW, WIDE, barriers, overflow
from web.views import LANGUAGES, in_language
from yuzhang.core.access import Party
from yuzhang.entrance.api import pages
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import pages as webhook_pages
from yuzhang.web import problems
from yuzhang.web.bounds import Bounds
from yuzhang.web.statics import Statics

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
ADDRESSES = ("/api-keys", "/webhooks")


@pytest.fixture
def served(api: Api, owner: Party) -> Iterator[str]:
    """The address of the pages, as an official sees them."""
    app = FastAPI()
    app.state.api, app.state.gate, app.state.storage = api, Sitting(owner), api.storage
    api.private_addresses = True
    problems.install(app)
    app.add_middleware(Bounds)
    app.include_router(pages.router)
    app.include_router(webhook_pages.router)
    app.mount("/static", Statics(), name="static")
    with TestClient(app, "http://127.0.0.1", follow_redirects=False) as inside, listening(inside) as address:
        yield address


@contextmanager
def listening(inside: TestClient) -> Iterator[str]:
    """The address of a server of this process that hands each request to `inside`."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer()

        def do_POST(self) -> None:
            self.answer()

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            inside.cookies.clear()
            found = inside.request(self.command, self.path, content=body, headers=dict(self.headers.items()))
            self.send_response(found.status_code)
            for name, value in found.headers.multi_items():
                if name not in ("content-length", "content-encoding"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def context(chromium: Browser, served: str) -> Iterator[BrowserContext]:
    """A window without cookies; nothing goes wrong behind its pages."""
    faults: list[str] = []
    made = chromium.new_context(base_url=served, viewport={"width": WIDE, "height": 900}, locale="en-GB")
    watch(made, faults)
    yield made
    made.close()
    assert faults == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page of it."""
    return context.new_page()


def test_by_keyboard_an_official_registers_an_application_and_makes_its_key_and_webhook(page: Page) -> None:
    page.goto("/api-keys?lang=en")
    tab_to(page, "one.name === 'name'")
    page.keyboard.type("Parking")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name="Parking")).to_have_count(1)
    tab_to(page, "one.name === 'label'")
    page.keyboard.type("signs")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("yz_")
    tab_to(page, "one.href?.endsWith('/webhooks')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/webhooks")
    tab_to(page, "one.name === 'address'")
    page.keyboard.type("http://127.0.0.1:9/told")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("whsec_")
    tab_to(page, "one.getAttribute('aria-label')?.startsWith('Test ')")
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="webhook.test")).to_be_visible()
    deliveries = page.url
    for address in (*ADDRESSES, deliveries):
        for language in LANGUAGES:
            for width in (NARROW, WIDE):
                page.set_viewport_size({"width": width, "height": 900})
                page.goto(in_language(address, language))
                assert overflow(page) <= 0, (address, language, width)
                assert barriers(page) == [], (address, language, width)
