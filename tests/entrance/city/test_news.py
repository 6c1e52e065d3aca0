"""What the screen says of what happens: what is new, once, also if it happened while nothing was heard; and why a thing cannot be shown."""

from time import time_ns
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from entrance.city.conftest import Served, event

YESTERDAY = time_ns() // 1000 - 86_400_000_000
HEARD = """() => {
  globalThis.heard = [];
  const news = document.querySelector("[data-news]");
  new MutationObserver(() => heard.push(news.textContent)).observe(news, { childList: true, characterData: true, subtree: true });
}"""
SOON_MS = 20_000
HELLO = "retry: 100\nevent: hello\ndata: {}\n\n"


def screen(page: Page, state: str) -> None:
    """The screen is open."""
    page.goto("/city")
    expect(page.locator("[data-live-map][data-ready]")).to_be_visible(timeout=30_000)
    expect(page.locator("[data-link]")).to_have_attribute("data-state", state, timeout=SOON_MS)


@pytest.mark.browser
def test_a_note_on_a_case_that_is_open_is_no_news_and_a_new_event_is(chromium: Browser, served: Served) -> None:
    case = event("20261126-000001", zh="井盖破损", en="Broken cover", at=YESTERDAY, entity="")
    served.says("cases", [case])
    served.announce("case", case["id"])
    served.says("events", [event("e1")])
    served.announce("event", "e1")
    context = chromium.new_context(base_url=served.address, locale="en-GB")
    page = context.new_page()
    screen(page, "back")
    page.evaluate(HEARD)
    served.announce("case", case["id"])  # somebody wrote a note
    served.announce("event", "e1")
    served.says("events", [event("e1"), event("e2", en="Second")])
    served.announce("event", "e2")
    expect(page.locator("[data-news]")).to_have_text("New: Second (severe)", timeout=SOON_MS)
    assert page.evaluate("heard") == ["New: Second (severe)"]

    page.route(
        "**/city/things/**", lambda route: route.continue_(url=f"{served.address}/city/things/events/999?part=true")
    )
    page.get_by_role("link", name="Second").first.click()
    panel = page.locator("[data-panel-content]")
    expect(panel).to_contain_text("There is no such thing on the map", timeout=SOON_MS)
    expect(panel.locator("header, nav, footer")).to_have_count(0)
    context.close()


@pytest.mark.browser
def test_what_happened_while_nothing_was_heard_is_shown_and_said_when_the_connection_is_back(
    chromium: Browser, served: Served
) -> None:
    served.says("events", [event("e1")])
    served.announce("event", "e1")
    context = chromium.new_context(base_url=served.address, locale="en-GB")
    page = context.new_page()
    lost = [False]

    def stream(route: Route) -> None:
        """A stream that breaks off at once, until the connection is to be lost; then none, and at last the real one."""
        if not lost:
            route.continue_()
        elif lost[0]:
            route.abort()
        else:
            lost[0] = True
            route.fulfill(body=HELLO, content_type="text/event-stream")

    page.route(lambda address: urlsplit(address).path == "/api/city/stream", stream)
    screen(page, "lost")
    page.evaluate(HEARD)
    served.says("events", [event("e1"), event("e2", en="Second")])
    served.announce("event", "e2")
    lost.clear()
    expect(page.locator("[data-link]")).to_have_attribute("data-state", "back", timeout=SOON_MS)
    expect(page.locator("#q-events .count")).to_have_attribute("data-count", "2", timeout=SOON_MS)
    expect(page.locator("[data-news]")).to_have_text("New: Second (severe)", timeout=SOON_MS)
    assert page.evaluate("heard") == ["New: Second (severe)"]
    context.close()
