"""A reader of the page "Entities" in a real browser: types, search, map, an entity with its links and neighbours."""

from collections.abc import Iterator
from io import BytesIO
from uuid import uuid4

import httpx
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from web.test_browser import NARROW, WIDE, barriers, colours, overflow
from web.views import LANGUAGES

pytestmark = pytest.mark.browser
PUMP, STATION = "urn:ngsi-ld:PumpStation:1", "urn:ngsi-ld:District:1"
WATCH_MAP = "() => document.querySelector('[data-map]').dataset.ready === 'true'"


def entity(kind: str, number: int, **attributes: object) -> dict[str, object]:
    """A made-up entity."""
    return {"id": f"urn:ngsi-ld:{kind}:{number}", "type": kind, **attributes}


def prop(value: object, **more: object) -> dict[str, object]:
    """A Property."""
    return {"type": "Property", "value": value, **more}


def place(east: float, north: float) -> dict[str, object]:
    """A GeoProperty with a point."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [east, north]}}


SAMPLE = [
    entity(
        "PumpStation",
        1,
        name=prop("测试泵站"),
        level=prop(3.25, unitCode="MTR", observedAt="2026-11-25T04:00:00Z", accuracy=prop(0.1)),
        location=place(115.9, 28.68),
        inDistrict={"type": "Relationship", "object": STATION},
    ),
    entity("District", 1, name=prop("测试区"), location=place(115.91, 28.69)),
    entity("RainGauge", 1, name=prop("测试雨量计"), location=place(115.9003, 28.6802), rainfall=prop(12)),
    *(
        entity("Streetlight", number, name=prop(f"灯 {number}"), location=place(115.8 + number / 1000, 28.6))
        for number in range(60)
    ),
]


@pytest.fixture
def tenant(server: str) -> Iterator[str]:
    """A tenant of the test's own with made-up entities."""
    name = f"test{uuid4().hex[:8]}"
    with httpx.Client(base_url=server, trust_env=False, headers={"NGSILD-Tenant": name}) as asking:
        asking.post("/ngsi-ld/v1/entityOperations/create", json=SAMPLE).raise_for_status()
        yield name
        asking.post("/ngsi-ld/v1/entityOperations/delete", json=[one["id"] for one in SAMPLE]).raise_for_status()


def test_officer_goes_from_type_to_entity_to_what_it_points_to_and_back_by_who_points_here(
    page: Page, tenant: str
) -> None:
    page.goto(f"/entities?tenant={tenant}")
    expect(page.get_by_role("status").first).to_have_text("共 63 个实体")
    page.get_by_label("类型").select_option("PumpStation")
    page.wait_for_url("**type=PumpStation*")
    page.get_by_role("link", name="测试泵站").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("测试泵站")
    row = page.get_by_role("row", name="level")
    expect(row).to_contain_text("3.25 m")
    expect(row.get_by_title("MTR")).to_have_text("m")
    expect(row).to_contain_text("2026-11-25 12:00 UTC+8")
    row.get_by_text("子属性").click()
    expect(row).to_contain_text('"accuracy"')
    expect(page.get_by_role("link", name="测试雨量计")).to_be_visible()
    page.get_by_role("link", name="测试区").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("测试区")
    page.get_by_role("link", name="测试泵站").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("测试泵站")


def test_search_finds_chinese_text_an_id_and_a_condition_and_pages_go_on(page: Page, tenant: str) -> None:
    page.goto(f"/entities?tenant={tenant}")
    expect(page.locator("tbody th[scope=row]")).to_have_count(50)
    page.get_by_role("link", name="下一页").click()
    expect(page.locator("tbody th[scope=row]")).to_have_count(13)
    page.goto(f"/entities?tenant={tenant}")
    page.get_by_label("搜索").fill("雨量")
    page.get_by_label("搜索").press("Enter")
    page.wait_for_url("**text=*")
    expect(page.locator("tbody th[scope=row]")).to_have_count(1)
    page.get_by_label("搜索").fill("")
    page.get_by_label("条件").fill("rainfall>10")
    page.get_by_label("条件").press("Enter")
    page.wait_for_url("**q=rainfall*")
    expect(page.locator("tbody th[scope=row]")).to_have_count(1)
    page.get_by_label("条件").fill("")
    page.get_by_label("搜索").fill(PUMP)
    page.get_by_label("搜索").press("Enter")
    page.wait_for_url("**/entity*")


def test_condition_that_cannot_be_read_is_explained_on_the_page(page: Page, tenant: str, faults: list[str]) -> None:
    page.goto(f"/entities?tenant={tenant}&q=level>>3")
    expect(page.get_by_role("alert")).to_be_visible()
    assert faults, "the answer is a refusal"
    assert all("400" in fault for fault in faults)
    faults.clear()


def test_map_draws_the_entities_in_view_and_says_how_many(page: Page, tenant: str) -> None:
    page.goto(f"/entities?tenant={tenant}")
    page.wait_for_function(WATCH_MAP)
    expect(page.locator("[data-map-status]")).to_have_text("地图上 63 个")
    assert page.locator("[data-map] canvas").count() == 1
    assert colours(Image.open(BytesIO(page.locator("[data-map]").screenshot()))) > 20


def test_map_begins_with_the_whole_of_an_area_in_view(server: str) -> None:
    ring = [[115.8, 28.6], [115.9, 28.6], [115.9, 28.75], [115.8, 28.6]]
    park = entity("Park", 1, location={"type": "GeoProperty", "value": {"type": "Polygon", "coordinates": [ring]}})
    name = f"test{uuid4().hex[:8]}"
    with httpx.Client(base_url=server, trust_env=False, headers={"NGSILD-Tenant": name}) as asking:
        asking.post("/ngsi-ld/v1/entities", json=park).raise_for_status()
        assert asking.get("/entities/extent", params={"tenant": name}).json() == [115.8, 28.6, 115.9, 28.75]
        asking.delete(f"/ngsi-ld/v1/entities/{park['id']}").raise_for_status()


def test_columns_fit_a_wide_window_without_scrolling(page: Page, tenant: str) -> None:
    page.set_viewport_size({"width": WIDE, "height": 900})
    for address in (f"/entities?tenant={tenant}", f"/entity?tenant={tenant}&id={PUMP}"):
        page.goto(address)
        hidden = "() => [...document.querySelectorAll('.scroll')].map(one => one.scrollWidth - one.clientWidth)"
        assert max(page.evaluate(hidden)) <= 0, address


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_city_and_entity_fit_their_window_and_axe_finds_nothing(
    page: Page, tenant: str, width: int, language: str
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for address in (f"/entities?tenant={tenant}", f"/entity?tenant={tenant}&id={PUMP}"):
        page.goto(f"{address}&lang={language}")
        page.wait_for_function(WATCH_MAP)
        assert overflow(page) <= 0
        assert barriers(page) == []


def test_stranger_sees_nothing_of_the_city(server: str) -> None:
    with httpx.Client(base_url=server, trust_env=False, headers={"host": "evil.example"}) as asking:
        for address in (
            "/entities",
            f"/entity?id={PUMP}",
            "/entities/extent",
            "/entities/places?west=1&south=1&east=2&north=2",
        ):
            assert asking.get(address).status_code == 401, address
        assert asking.get("/ngsi-ld/v1/types").status_code == 401
