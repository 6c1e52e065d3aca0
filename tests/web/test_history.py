"""A reader of the page "History" in a real browser: found, drawn, zoomed by keys and buttons, compared, downloaded."""

import csv
import io
from collections.abc import Iterator
from io import BytesIO
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from web.test_browser import NARROW, WIDE, barriers, colours, content, downloaded, overflow
from web.test_entities import entity, prop
from web.views import LANGUAGES

pytestmark = pytest.mark.browser
PUMP, GAUGE = "urn:ngsi-ld:PumpStation:1", "urn:ngsi-ld:RainGauge:1"
DRAWN = "() => document.querySelector('[data-history]').dataset.ready >= '{times}'"
SAMPLE = [
    entity(
        "PumpStation",
        1,
        name={"type": "LanguageProperty", "languageMap": {"zh": "样例泵站", "en": "Sample pump"}},
        level=prop(0.5, unitCode="MTR", observedAt="2026-01-01T00:00:00Z"),
        status=prop("open", observedAt="2026-01-01T00:00:00Z"),
    ),
    entity(
        "RainGauge", 1, name=prop("样例雨量计"), rainfall=prop(12, unitCode="MMT", observedAt="2026-01-01T00:00:00Z")
    ),
]


@pytest.fixture
def tenant(server: str) -> Iterator[str]:
    """A tenant of the test's own: a pump station with a level every hour for four days, and a rain gauge."""
    name = f"past{uuid4().hex[:8]}"
    with httpx.Client(base_url=server, trust_env=False, headers={"NGSILD-Tenant": name}) as asking:
        asking.post("/ngsi-ld/v1/entityOperations/create", json=SAMPLE).raise_for_status()
        for hour in range(1, 96):
            moment = f"2026-01-{1 + hour // 24:02}T{hour % 24:02}:00:00Z"
            level = {"level": prop(99 if hour == 50 else hour % 24, unitCode="MTR", observedAt=moment)}
            asking.patch(f"/ngsi-ld/v1/entities/{PUMP}/attrs", json=level).raise_for_status()
        while len(asking.get("/api/history/rows", params=level_of(name)).text.splitlines()) < 96:
            pass  # until all of it is filed; pytest's own limit of time ends what does not
        yield name
        asking.post("/ngsi-ld/v1/entityOperations/delete", json=[one["id"] for one in SAMPLE]).raise_for_status()


def level_of(tenant: str) -> dict[str, str]:
    """The pump station's levels as newline JSON."""
    return {"tenant": tenant, "entity": PUMP, "attribute": "level", "format": "ndjson"}


def drawn(page: Page, times: int = 1) -> None:
    """Wait until the chart shows what it was asked for."""
    page.wait_for_function(DRAWN.format(times=times))


def test_officer_goes_from_entity_to_its_level_zooms_by_button_and_key_and_downloads_the_window(
    page: Page, tenant: str
) -> None:
    page.goto(f"/entity?tenant={tenant}&id={PUMP}")
    page.get_by_role("link", name="level").click()
    page.wait_for_url("**/history?*series=*")
    drawn(page)
    summary = page.get_by_role("region", name="概要")
    expect(summary).to_contain_text("99 m")
    expect(summary).to_contain_text("2026-01-03 02:00:00 UTC")
    expect(page.get_by_text("此范围内共 96 行")).to_be_visible()
    assert colours(Image.open(BytesIO(page.locator("[data-history]").screenshot()))) > 20
    page.get_by_role("button", name="放大").click()
    drawn(page, 2)
    page.wait_for_url("**from=*")
    expect(page.get_by_text("此范围内共 48 行")).to_be_visible()
    page.locator("[data-history]").press("+")
    drawn(page, 3)
    expect(page.get_by_text("此范围内共 24 行")).to_be_visible()
    file = downloaded(page, page.get_by_role("link", name="下载 CSV"))
    assert file.suggested_filename.startswith("1-level-202601")
    assert len(list(csv.DictReader(io.StringIO(content(file).decode("utf-8-sig"))))) == 24
    page.locator("[data-history]").press("ArrowLeft")
    drawn(page, 4)
    page.reload()
    drawn(page)
    expect(page.get_by_text("此范围内共 24 行")).to_be_visible()
    page.get_by_role("link", name="全部", exact=True).click()
    page.wait_for_url("**span=all*")
    expect(page.get_by_text("此范围内共 96 行")).to_be_visible()


def test_officer_searches_by_name_compares_another_unit_and_takes_it_away_again(page: Page, tenant: str) -> None:
    page.goto(f"/history?tenant={tenant}")
    page.get_by_label("搜索", exact=True).fill("样例泵站")
    page.get_by_label("搜索", exact=True).press("Enter")
    page.wait_for_url("**text=*")
    page.get_by_role("link", name="显示 样例泵站 · level (m)").click()
    drawn(page)
    page.get_by_label("搜索", exact=True).fill("rainfall")
    page.get_by_label("搜索", exact=True).press("Enter")
    page.get_by_role("link", name="比较 样例雨量计 · rainfall (mm)").click()
    drawn(page)
    expect(page.get_by_role("region", name="概要").get_by_role("row")).to_have_count(3)
    expect(page.get_by_text("此范围内共 97 行")).to_be_visible()
    page.get_by_role("link", name="下一页").first.click()
    expect(page.get_by_text("第 2/2 页")).to_be_visible()
    page.get_by_role("link", name="去掉 样例泵站 · level (m)").click()
    expect(page.get_by_role("region", name="概要").get_by_role("row")).to_have_count(2)


def test_chart_that_cannot_be_drawn_says_so_and_leaves_the_table(page: Page, tenant: str, faults: list[str]) -> None:
    page.route("**/api/history/points*", lambda route: route.fulfill(status=503))
    page.goto(f"/history?tenant={tenant}&entity={PUMP}&attribute=level")
    expect(page.locator("[data-chart-status]")).to_contain_text("图表无法绘制")
    expect(page.get_by_text("此范围内共 96 行")).to_be_visible()
    assert faults
    assert all("503" in fault for fault in faults)
    faults.clear()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_history_fits_its_window_and_axe_finds_nothing(page: Page, tenant: str, width: int, language: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    asking = f"tenant={tenant}&lang={language}"
    page.goto(f"/history?{asking}")
    assert overflow(page) <= 0
    assert barriers(page) == []
    page.goto(f"/history?{asking}&entity={PUMP}&attribute=level")
    drawn(page)
    assert overflow(page) <= 0
    assert barriers(page) == []
    page.goto(f"/history?{asking}&entity={PUMP}&attribute=status")
    assert overflow(page) <= 0
    assert barriers(page) == []
