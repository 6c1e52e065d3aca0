"""Every page in the dark, in elder mode, narrow and on paper; its weight; and the portal by keyboard alone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from web.conftest import watch
from web.test_browser import NARROW, SOUND, WIDE, barriers, overflow
from web.views import HOME

pytestmark = pytest.mark.browser
MOST_BYTES = 300_000
"""Of a page's first load, compressed, without the map."""
MAP = "maplibre"
LOOKS = {"dark elder narrow": ("dark-elder", NARROW)}
MORE_LOOKS = {
    "dark wide": ("dark", WIDE),
    "light elder narrow": ("light-elder", NARROW),
    "dark large narrow": ("dark-large", NARROW),
}
"""Light and wide is what test_browser looks at; the colours and sizes of these are those of the two."""


def some(place: int, given: object) -> object:
    """The first of four in every run, the others with the slow tests."""
    return given if place % 4 == 0 else pytest.param(given, marks=pytest.mark.slow)


Opened = Callable[[str, int], Page]


def like(context: BrowserContext, server: str, look: str) -> None:
    """Have the party of this machine like pages so."""
    size = next((one for one in ("large", "elder") if one in look), "normal")
    form: dict[str, str | float | bool] = {"theme": look.partition("-")[0], "size": size}
    assert context.request.post(f"{server}/preferences", form=form, headers={"origin": server}).ok


@pytest.fixture
def opened(chromium: Browser, server: str, faults: list[str]) -> Iterator[Opened]:
    """A page in a browser of a party that likes it so, with a window of that width."""
    contexts: list[BrowserContext] = []

    def open_(look: str, width: int) -> Page:
        made = chromium.new_context(base_url=server, viewport={"width": width, "height": 900}, locale="zh-CN")
        like(made, server, look)
        watch(made, faults)
        contexts.append(made)
        return made.new_page()

    yield open_
    for one in contexts:
        one.close()
    last = chromium.new_context(base_url=server)
    like(last, server, "auto")  # others look at the same server
    last.close()
    assert faults == []


@pytest.mark.parametrize("looks", [LOOKS, pytest.param(MORE_LOOKS, marks=pytest.mark.slow)], ids=["looks", "more"])
@pytest.mark.parametrize("name", [some(place, name) for place, name in enumerate(SOUND)])
def test_page_has_no_barrier_in_the_dark_or_in_elder_mode_and_fits(
    opened: Opened, name: str, looks: dict[str, tuple[str, int]]
) -> None:
    for said, (look, width) in looks.items():
        page = opened(look, width)
        page.goto(SOUND[name])
        if name != "city on a wall":  # which is dark whoever looks at it
            assert look.replace("-", " ") == page.locator("html").get_attribute("class")
        assert overflow(page) <= 0, said
        assert barriers(page) == [], said


@pytest.mark.parametrize("part", [some(part, part) for part in range(4)])
def test_no_page_weighs_more_than_300_kb_compressed_without_the_map(opened: Opened, part: int) -> None:
    for name, address in list(SOUND.items())[part::4]:
        page = opened("light", WIDE)
        speaking = page.context.new_cdp_session(page)
        speaking.send("Network.enable")
        urls: dict[str, str] = {}
        sizes: dict[str, float] = {}
        speaking.on(
            "Network.responseReceived",
            lambda said, urls=urls: urls.update({said["requestId"]: said["response"]["url"]}),
        )
        speaking.on(
            "Network.loadingFinished",
            lambda said, sizes=sizes: sizes.update({said["requestId"]: said["encodedDataLength"]}),
        )
        page.goto(address, wait_until="networkidle")
        weight = sum(size for number, size in sizes.items() if MAP not in urls.get(number, ""))
        assert 2_000 < weight < MOST_BYTES, f"{name}: {weight:.0f} bytes"
        page.context.close()


@pytest.mark.parametrize("address", [HOME, f"{HOME}/indicators/gdp", f"{HOME}/tables", "/"])
def test_paper_gets_black_on_white_without_what_leads_elsewhere(opened: Opened, address: str) -> None:
    page = opened("dark", WIDE)
    page.goto(address)
    page.emulate_media(media="print")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    for hidden in (".top", "main form"):
        assert all(not one.is_visible() for one in page.locator(hidden).all())
    expect(page.locator("h1")).to_be_visible()
    assert len(page.pdf(format="A4")) > 10_000


def test_who_wants_it_dark_on_the_device_gets_it_dark(opened: Opened) -> None:
    page = opened("auto", WIDE)
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(15, 24, 28)"
    page.emulate_media(color_scheme="light")
    assert page.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(244, 247, 248)"


def tab_to(page: Page, script: str) -> None:
    """Press Tab until the element that has the focus is what the script says."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate(f"() => {{ const one = document.activeElement; return Boolean({script}); }}"):
            return
    pytest.fail(f"the keyboard does not reach {script}")


def test_keyboard_alone_searches_with_suggestions(opened: Opened) -> None:
    page = opened("light", WIDE)
    page.goto("/")
    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("senlin")
    first = page.locator("#suggestions a").first
    expect(first).to_contain_text("森林")
    assert barriers(page) == []
    page.keyboard.press("ArrowDown")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#find")).to_be_focused()
    expect(page.locator("#suggestions a")).to_have_count(0)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=senlin")
    tab_to(page, "one.href?.includes('/indicators/forest')")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("森林覆盖率")


def test_keyboard_alone_stars_a_page_and_opens_it_from_home(opened: Opened) -> None:
    page = opened("light", WIDE)
    page.goto(f"{HOME}/indicators/forest")
    tab_to(page, "one.closest('.star')")
    page.keyboard.press("Enter")
    expect(page.locator(".star button")).to_have_attribute("aria-pressed", "true")
    page.goto("/")
    tab_to(page, "one.closest('main') && one.href?.endsWith('/indicators/forest')")
    page.keyboard.press("Enter")
    page.wait_for_url("**/indicators/forest")
    tab_to(page, "one.closest('.star')")
    page.keyboard.press("Enter")
    expect(page.locator(".star button")).to_have_attribute("aria-pressed", "false")


def test_keyboard_alone_opens_the_menu_and_chooses_how_pages_look(opened: Opened) -> None:
    page = opened("auto", WIDE)
    page.goto("/")
    tab_to(page, "one.matches('.account .menu summary')")
    page.keyboard.press("Enter")
    expect(page.locator(".account .menu ul")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".account .menu ul")).to_be_hidden()
    page.keyboard.press("Enter")
    tab_to(page, "one.pathname === '/preferences'")
    page.keyboard.press("Enter")
    page.wait_for_url("**/preferences")
    tab_to(page, "one.name === 'size'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "one.name === 'theme'")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    tab_to(page, "one.matches('main button.main')")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_class("dark elder")
