"""The screen in a real browser, in both languages and at three widths."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from entrance.city.conftest import Served, event
from web.conftest import watch

WIDTHS = (390, 1280, 1920)


def window(chromium: Browser, served: Served, faults: list[str], width: int, language: str) -> BrowserContext:
    """A window of a width, in a language."""
    tag = {"zh": "zh-CN", "en": "en-GB"}[language]
    made = chromium.new_context(base_url=served.address, viewport={"width": width, "height": 900}, locale=tag)
    watch(made, faults)
    return made


def fits(page: Page) -> bool:
    """Whether nothing is wider than the window."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1"))


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_an_event_is_seen_by_who_looks_as_it_happens_at_every_width(
    chromium: Browser, served: Served, faults: list[str], language: str
) -> None:
    served.observe("urn:ngsi-ld:PumpStation:1", 4.5)
    title = event()[language]
    for turn, width in enumerate(WIDTHS):
        context = window(chromium, served, faults, width, language)
        page = context.new_page()
        page.goto("/city")
        expect(page.locator("[data-live-map][data-ready]")).to_be_visible(timeout=30_000)
        expect(page.locator("[data-link]")).to_have_attribute("data-state", "back", timeout=10_000)
        served.says("events", [event(f"e{one}") for one in range(turn + 1)])
        served.announce("event", f"e{turn}")
        expect(page.locator("#q-events .count")).to_have_attribute("data-count", str(turn + 1), timeout=10_000)
        expect(page.locator("[data-news]")).to_contain_text(title)
        page.locator(f"section:has(#q-events) a:text('{title}')").first.click()
        expect(page.locator("[data-panel]")).to_contain_text(title)
        assert fits(page), width
        context.close()
    assert faults == []


@pytest.mark.browser
def test_the_wall_scrolls_nowhere_and_says_when_the_connection_is_lost(chromium: Browser, served: Served) -> None:
    served.says("events", [event()])
    for width, height in ((1920, 1080), (3840, 2160)):
        context = chromium.new_context(
            base_url=served.address, viewport={"width": width, "height": height}, locale="en-GB"
        )
        page = context.new_page()
        page.goto("/city/wall")
        expect(page.locator("[data-link]")).to_have_attribute("data-state", "back", timeout=10_000)
        assert page.evaluate(
            "[document.body.scrollHeight <= innerHeight, document.body.scrollWidth <= innerWidth]"
        ) == [True, True]
        assert page.locator("[data-queue]:visible").count() == 1
        context.set_offline(True)
        expect(page.locator("[data-link]")).to_have_attribute("data-state", "lost", timeout=10_000)
        context.close()


@pytest.mark.browser
def test_what_is_written_without_a_connection_is_sent_once_when_it_is_back(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    photo = tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n" + b"0" * 200)
    context = chromium.new_context(base_url=served.address, viewport={"width": 390, "height": 800}, locale="zh-CN")
    page = context.new_page()
    page.goto("/city/field")
    expect(page.locator("[data-field][data-kept]")).to_be_visible(timeout=10_000)
    context.set_offline(True)
    page.reload()
    expect(page.locator("h1")).to_have_text("外勤")
    page.locator("details.case summary").click()
    page.locator("select[name='answer.decision']").select_option("fixed")
    page.locator("textarea").fill("已更换井盖")
    page.locator("input[type=file]").set_input_files(photo)
    page.locator("button.main").click()
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "1")
    assert served.done() == []
    context.set_offline(False)
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "0", timeout=30_000)
    (done,) = served.done()
    assert (done["values"], done["note"]) == ({"decision": "fixed"}, "已更换井盖")
    assert done["files"] == [208]
    assert fits(page)
    context.close()
