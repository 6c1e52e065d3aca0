"""A programmer looks an address up on the page, tries it, and takes the lines along."""

import json
import re

import pytest
from playwright.sync_api import Browser, Page, expect

from web.conftest import chromium, context, faults, page, server, watch  # noqa: F401  # fixtures
from web.test_browser import NARROW, WIDE, barriers, overflow

pytestmark = pytest.mark.browser
TRY = "/api/try"
SQL = f"{TRY}?ask=POST%20/api/sql"
SERIES = f"{TRY}?ask=GET%20/api/figures/history"
MOST_BYTES = 300_000


def test_programmer_searches_opens_and_sends_an_example_by_keyboard_alone(page: Page) -> None:  # noqa: F811
    page.goto(f"{TRY}?lang=en")
    page.keyboard.press("/")
    expect(page.get_by_label("Search addresses")).to_be_focused()
    page.keyboard.type("sql rows")
    link = page.get_by_role("link", name="POST /api/sql", exact=True)
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name="GET /api/keys", exact=True)).to_be_hidden()
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"^\d addresses$"))
    link.focus()
    page.keyboard.press("Enter")
    body = page.get_by_label(re.compile("^Body"))
    assert "SELECT" in json.loads(body.first.input_value())["query"]
    body.first.focus()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-status]")).to_have_text(re.compile("^200"))
    assert len(json.loads(page.locator("[data-answer]").inner_text())) > 0
    assert "yuzhang-snapshot" in (page.locator("[data-headers]").text_content() or "")


def test_parameters_are_filled_in_and_a_refusal_is_shown(page: Page, faults: list[str]) -> None:  # noqa: F811
    page.goto(SERIES)
    page.get_by_role("button", name="发送").click()
    expect(page.locator("[data-status]")).to_have_text(re.compile("^200"))
    page.get_by_label(re.compile("^series")).fill("没有这个序列")
    page.get_by_label(re.compile("^应用密钥")).fill("yz_wrong")
    page.get_by_role("button", name="发送").click()
    expect(page.locator("[data-status]")).to_have_text(re.compile("^4"))
    assert json.loads(page.locator("[data-answer]").inner_text())["detail"]
    assert faults, "the browser notes that an answer was a refusal"
    faults.clear()


def test_lines_for_a_program_follow_the_form_and_never_show_the_key(page: Page) -> None:  # noqa: F811
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(SERIES)
    page.get_by_label(re.compile("^series")).fill("it's")
    page.get_by_label(re.compile("^应用密钥")).fill("yz_secret")
    for name, words in (("curl", "curl -X GET 'http"), ("Python", "httpx.request(")):
        lines = page.locator(f'[data-line="{name}"]')
        expect(lines).to_contain_text(words)
        expect(lines).to_contain_text("series=it%27s")
        expect(lines).to_contain_text("YUZHANG_KEY")
        assert "yz_secret" not in lines.inner_text()
        page.get_by_role("button", name=f"复制 {name}").click()
        expect(page.locator(f'[data-copy="{name}"]')).to_have_text("已复制")
        assert page.evaluate("navigator.clipboard.readText()") == lines.text_content()


def test_python_lines_are_python(page: Page) -> None:  # noqa: F811
    for address in (SQL, SERIES, f"{TRY}?ask=POST%20/api/figures/imports", f"{TRY}?ask=POST%20/api/observations"):
        page.goto(address)
        compile(page.locator('[data-line="Python"]').text_content() or "(", "lines", "exec")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_page_has_no_barrier_and_fits(
    chromium: Browser, server: str, faults: list[str], scheme: str, width: int, language: str  # noqa: F811
) -> None:  # fmt: skip
    made = chromium.new_context(base_url=server, viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
    watch(made, faults)
    looking = made.new_page()
    for address in (f"{TRY}?lang={language}", f"{SQL}&lang={language}", f"{SERIES}&lang={language}"):
        looking.goto(address)
        if "ask" in address:
            looking.locator("form.try button.main").click()
            expect(looking.locator("[data-status]")).to_have_text(re.compile("^200"))
        assert overflow(looking) <= 0
        assert barriers(looking) == []
    made.close()
    assert faults == []


def test_page_is_light(page: Page) -> None:  # noqa: F811
    speaking = page.context.new_cdp_session(page)
    speaking.send("Network.enable")
    sizes: list[float] = []
    speaking.on("Network.loadingFinished", lambda said: sizes.append(said["encodedDataLength"]))
    page.goto(SQL, wait_until="networkidle")
    assert 2_000 < sum(sizes) < MOST_BYTES
