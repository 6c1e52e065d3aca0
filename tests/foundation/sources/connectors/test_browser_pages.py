"""The pages of sources and dead letters in a real browser: nobody is kept out, on a phone or a desk, in either language."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, Page

from brain.context.serving import Running
from foundation.sources.connectors.site import site
from foundation.sources.connectors.test_polling import EIGHT, rain
from web.conftest import chromium
from web.test_browser import NARROW, WIDE, barriers, overflow

pytestmark = [pytest.mark.browser, pytest.mark.services]
__all__ = ["chromium"]
MAPPING = {"rows": "data", "entity": "station", "type": "RainGauge", "time": "at", "attributes": ["mm = rainfall MMT"]}
ADDRESSES = (
    "/sources", "/sources/rain", "/sources/new?kind=rest", "/sources/new?kind=mqtt", "/sources/new?kind=sparkplug",
    "/dead-letters", "/dead-letters/1",
)  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real server with a source that ran, and a dead letter."""
    with site() as elsewhere:
        elsewhere.pages["/rain"] = rain((1, EIGHT, 2.5), (2, EIGHT, "broken"))
        wish = {
            "kind": "rest", "title": {"zh": "雨量站", "en": "Rain gauges"}, "mapping": MAPPING,
            "settings": {"url": f"{elsewhere.address}/rain", "secret": "open-sesame"}, "interval_s": 3600,
        }  # fmt: skip
        folder: Path = tmp_path_factory.mktemp("sources") / "data"
        with Running(folder, "", "--no-mqtt", "--allow-private-addresses") as running:
            with httpx.Client(base_url=running.address, timeout=60) as client:
                assert client.post("/api/sources/rain", json=wish).status_code == 201
                client.post("/api/sources/rain/run")
                while not client.get("/api/dead-letters").json():
                    pass
            yield running.address


@pytest.fixture
def page(chromium: Browser, server: str) -> Iterator[Page]:
    """A page of a browser."""
    context = chromium.new_context(base_url=server)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_pages_of_sources_have_no_barrier_and_fit_a_phone_and_a_desk(page: Page, address: str, language: str) -> None:
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        answer = page.goto(f"{address}{'&' if '?' in address else '?'}lang={language}")
        assert answer is not None
        assert answer.status == 200
        assert overflow(page) <= 0, width
        assert barriers(page) == [], width


def test_an_officer_tests_a_source_by_keyboard_and_sees_what_it_would_become(page: Page) -> None:
    page.goto("/sources/rain?lang=en")
    page.get_by_role("button", name="Test").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="What the test found").wait_for()
    assert page.get_by_text("it would become: 1").is_visible()
    assert "open-sesame" not in page.content()
    assert barriers(page) == []
