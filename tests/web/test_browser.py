"""A reader in a real browser: search, sources, downloads, keyboard, narrow and wide windows, accessibility."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Download, Locator, Page, expect

from web.views import HOME, PAGES, in_language

pytestmark = pytest.mark.browser
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NARROW, WIDE = 390, 1280
SOUND = {name: address for name, address in PAGES.items() if name != "problem"}


def content(download: Download) -> bytes:
    """What a download brought."""
    return download.path().read_bytes()


def colours(picture: Image.Image) -> int:
    """How many colours a picture has; a blank one has one."""
    return len(picture.convert("RGB").getcolors(picture.width * picture.height) or [])


def downloaded(page: Page, link: Locator) -> Download:
    """What a click on `link` downloads."""
    with page.expect_download() as waiting:
        link.click()
    return waiting.value


def test_reader_goes_from_search_to_indicator_to_source_and_downloads_table_and_chart(page: Page) -> None:
    page.goto(HOME)
    page.get_by_label("搜索").fill("生产总值")
    page.get_by_label("搜索").press("Enter")
    page.wait_for_url("**q=*")
    rows = list(
        csv.DictReader(io.StringIO(content(downloaded(page, page.get_by_role("link", name="CSV"))).decode("utf-8-sig")))
    )
    assert "gdp" in {row["indicator"] for row in rows}
    page.get_by_role("link", name="地区生产总值", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("地区生产总值")
    source = page.locator("[data-source]").first
    assert (source.get_attribute("href") or "").startswith(("http://", "https://"))
    assert source.inner_text()
    download = downloaded(page, page.get_by_role("button", name="图表存为 PNG").first)
    assert download.suggested_filename == "gdp-level.png"
    drawn = content(download)
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    picture = Image.open(io.BytesIO(drawn))
    assert picture.width >= 600
    assert picture.height >= 400
    assert colours(picture) > 20


def test_source_link_opens_the_address_of_the_source_and_tells_it_nothing_of_the_reader(page: Page) -> None:
    page.goto(f"{HOME}/indicators/gdp")
    source = page.locator("[data-source]").first
    address = source.get_attribute("href") or ""
    page.route(lambda url: url == address, lambda route: route.fulfill(body="the source"))
    with page.expect_request(address) as asked:
        source.click()
    page.wait_for_url(address)
    assert "referer" not in asked.value.all_headers()


def test_every_chart_is_drawn_and_fits_its_place_after_the_window_shrinks(page: Page) -> None:
    page.goto(f"{HOME}/indicators/gdp?kind=annual&year=2024")
    canvases = page.locator("[data-chart] canvas")
    expect(canvases).to_have_count(2)
    for canvas in canvases.all():
        assert colours(Image.open(io.BytesIO(canvas.screenshot()))) > 20
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.wait_for_function("() => [...document.querySelectorAll('canvas')].every(one => one.clientWidth < 390)")
    assert overflow(page) <= 0


def test_filters_show_their_result_at_once_and_the_address_brings_it_back(page: Page, context: BrowserContext) -> None:
    page.goto(HOME)
    every = page.locator("tbody th[scope=row]").count()
    page.get_by_label("类别").select_option("民生福祉")
    page.wait_for_url("**category=*")
    page.get_by_label("状态").select_option("no_data")
    page.wait_for_url("**status=no_data*")
    shown = page.locator("tbody th[scope=row]").all_inner_texts()
    assert 0 < len(shown) < every
    other = context.new_page()
    other.goto(page.url)
    assert other.locator("tbody th[scope=row]").all_inner_texts() == shown
    assert other.get_by_label("类别").input_value() == "民生福祉"
    page.go_back()
    expect(page.get_by_label("状态")).to_have_value("")


def focused(page: Page, script: str) -> Any:
    """Something of the element that has the focus."""
    return page.evaluate(f"() => document.activeElement.{script}")


def test_keyboard_alone_reaches_content_search_and_an_indicator(page: Page) -> None:
    page.goto(HOME)
    page.keyboard.press("Tab")
    assert focused(page, "className") == "skip"
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert focused(page, "id") == "content"
    page.keyboard.press("/")
    assert focused(page, "name") == "q"
    page.keyboard.type("森林/")
    assert focused(page, "value") == "森林/", "a slash within the search is a slash"
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=*")
    for _ in range(60):
        page.keyboard.press("Tab")
        if "/indicators/forest" in str(focused(page, "href || ''")):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("森林覆盖率")


def test_reviewer_decides_and_undoes_with_single_keys(page: Page) -> None:
    page.goto(f"{HOME}/review")
    articles = page.locator("[data-candidate]")
    waiting = articles.count()
    page.keyboard.press("j")
    expect(articles.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(articles.nth(0)).to_have_class("card candidate current")
    page.keyboard.press("a")
    expect(articles.nth(0).locator(".status")).to_have_text("已接受")
    expect(articles.nth(1)).to_be_focused()
    page.keyboard.press("r")
    expect(articles.nth(1).locator(".status")).to_have_text("已驳回")
    expect(articles.nth(2)).to_be_focused()
    page.keyboard.press("e")
    expect(articles.nth(2).locator("input[name=subject]")).to_be_focused()
    page.keyboard.type("aru")
    expect(articles.nth(2).locator(".status")).to_have_text("待审")
    articles.nth(2).locator("input[name=low]").fill("7")
    page.keyboard.press("Enter")
    expect(articles.nth(2).locator(".status")).to_have_text("已更正")
    for left in (2, 1, 0):
        with page.expect_navigation():
            page.keyboard.press("u")
        assert articles.count() == min(waiting, 30)
        assert page.locator(".tiles li").nth(0).inner_text().startswith(str(82 - left))


def test_planner_compares_a_table_in_the_browser_and_leaves_it(page: Page, tmp_path: Path) -> None:
    page.goto(f"{HOME}/tables?lang=en")
    exported = content(downloaded(page, page.get_by_role("link", name="targets · CSV"))).decode("utf-8-sig")
    edited = tmp_path / "targets.csv"
    edited.write_text(exported.replace(",8200,", ",8300,", 1), encoding="utf-8")
    page.get_by_label("File (CSV or Excel)").set_input_files(edited)
    page.get_by_role("button", name="Show the differences").click()
    expect(page.locator(".before")).to_have_text("8200")
    expect(page.locator(".after")).to_have_text("8300")
    page.get_by_role("link", name="Leave it as it is").click()
    expect(page.locator(".after")).to_have_count(0)


def test_reader_switches_the_language_and_stays_on_the_same_view(page: Page) -> None:
    page.goto(f"{HOME}/commitments?chapter=4")
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert "chapter=4" in page.url
    page.get_by_role("link", name="Figures").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Published figures")


def overflow(page: Page) -> int:
    """How many pixels the page is wider than its window."""
    return int(page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(
    ("width", "language"),
    [
        (NARROW, "en"),
        (WIDE, "zh"),
        pytest.param(NARROW, "zh", marks=pytest.mark.slow),
        pytest.param(WIDE, "en", marks=pytest.mark.slow),
    ],
)
def test_every_page_fits_its_window_without_a_fault_behind_it(page: Page, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for name, address in SOUND.items():
        page.goto(in_language(address, language))
        assert overflow(page) <= 0, f"{name} is wider than {width} px"


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """Everything that axe finds on the page, each with its first elements."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [(one["id"], [node["html"] for node in one["nodes"][:5]]) for one in found]


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", SOUND)
def test_axe_finds_nothing_on_any_page(page: Page, name: str, language: str) -> None:
    page.goto(in_language(SOUND[name], language))
    assert barriers(page) == []


def test_problem_page_fits_a_narrow_window_and_leads_back(page: Page, faults: list[str]) -> None:
    page.set_viewport_size({"width": NARROW, "height": 800})
    page.goto(PAGES["problem"])
    assert overflow(page) <= 0
    assert barriers(page) == []
    assert faults, "the answer is a refusal"
    assert all("422" in fault for fault in faults)
    faults.clear()
    page.get_by_role("link", name="返回规划").click()
    page.wait_for_url(f"**{HOME}")
