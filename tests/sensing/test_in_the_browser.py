"""The whole path in a real browser, in both languages: a pump station's level rises, a rule opens an event, the event a case, the right unit
gets it with a deadline, somebody in the field handles it with a photo, the level falls, the duty office verifies and closes."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from brain.cases.stories import photo
from sensing.conftest import PHONE, UNIT, Opened, Served
from sensing.sending import registered
from web.test_browser import barriers, overflow

pytestmark = pytest.mark.browser
PHOTO: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo(9).content}
SOON_MS = 30_000
WORDS = {
    "zh": {
        "station": "城东泵站", "event": "城东泵站 前池水位 3.9 m，高于 3.5 m", "unit": "市城市管理和综合执法局（城市排水）", "due": "1 小时后",
        "region": "东湖区", "over": "已结束", "closed": "已办结 · 已解决", "cleared": "事件已解除", "matter": "泵站前池水位过高",
        "open event": "打开事件", "open case": "打开办件", "sent": "已发送：办件", "duty": "值班席", "none": "没有等待您办理的事项。",
    },
    "en": {
        "station": "East pump station", "event": "East pump station: forebay at 3.9 m, above 3.5 m",
        "unit": "City Management Bureau (urban drainage)", "due": "in 1 h", "region": "Donghu District", "over": "over",
        "closed": "Closed · Fixed", "cleared": "The event cleared", "matter": "Forebay level of a pump station too high",
        "open event": "Open the event", "open case": "Open the case", "sent": "Sent: case", "duty": "Duty office",
        "none": "Nothing waits for you.",
    },
}  # fmt: skip
"""What people read on the way."""


def sound(page: Page) -> None:
    """The page fits its window, and nothing on it is a barrier."""
    assert overflow(page) <= 0, page.url
    assert barriers(page) == [], page.url


def queue(page: Page, name: str, say: dict[str, str]) -> None:
    """A queue of the city's screen has the station's event or case, without that the page was asked for again."""
    expect(page.locator(f"section:has(#{name})")).to_contain_text(say["event"], timeout=SOON_MS)


def case_of(page: Page, name: str, say: dict[str, str]) -> str:
    """Open the case from a queue of the city's screen by the panel; its number."""
    page.locator(f"section:has(#{name})").get_by_role("link", name=say["event"]).first.click()
    page.locator("[data-panel]").get_by_role("link", name=say["open case"]).click()
    page.wait_for_url("**/cases/*")
    return page.url.rpartition("/")[2]


def step(page: Page, choice: str = "") -> None:
    """Do the task that the case waits for."""
    form = page.locator("form[action*='/steps/']")
    if choice:
        form.locator(f"[value={choice}]").check()
    form.locator("button.main").click()
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_count(0)


def handled(page: Page, number: str, say: dict[str, str]) -> None:
    """The worker finds the case on the phone, and handles it with a photo, which is asked for before it is sent."""
    page.goto("/city/field")
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "0")
    page.locator("details.case summary").filter(has_text=number).click()
    page.locator("select[name='answer.decision']").select_option("fixed")
    page.locator("textarea").fill("started the reserve pump / 已开启备用泵")
    page.locator("button.main").click()
    assert page.locator("input[name=photo]").evaluate("one => one.validity.valueMissing")
    sound(page)
    page.locator("input[name=photo]").set_input_files(PHOTO)
    page.locator("button.main").click()
    expect(page.locator("[data-sent] li").first).to_contain_text(say["sent"], timeout=SOON_MS)
    expect(page.locator("[data-none]")).to_have_text(say["none"])
    expect(page.locator("details.case")).to_have_count(0)


def seen(screen: Page, say: dict[str, str]) -> str:
    """The duty officer sees the event and the case on the screen as they come, with the unit and the deadline; the case's number."""
    queue(screen, "q-events", say)
    queue(screen, "q-deadlines", say)
    expect(screen.locator("[data-news]")).to_contain_text(say["event"])
    expect(screen.locator("section:has(#q-load)")).to_contain_text(say["unit"])
    expect(screen.locator("#q-devices .count")).not_to_have_text("0")  # it was registered since the server started
    screen.locator("section:has(#q-events)").get_by_role("link", name=say["event"]).click()
    panel = screen.locator("[data-panel]")
    for one in (say["unit"], say["region"], say["due"]):  # of the event, and of the case that it opened
        expect(panel).to_contain_text(one)
    sound(screen)

    panel.get_by_role("link", name=say["open event"]).click()
    expect(screen.locator("main")).to_contain_text(say["unit"])
    sound(screen)
    screen.get_by_role("link", name=say["open case"]).click()
    number = screen.url.rpartition("/")[2]
    for one in (say["event"], say["matter"], say["unit"], say["region"], say["due"]):
        expect(screen.locator("main")).to_contain_text(one)
    sound(screen)
    screen.goto("/city")
    expect(screen.locator("[data-link]")).to_have_attribute("data-state", "back", timeout=SOON_MS)
    return number


def closed(reviewer: Page, number: str, say: dict[str, str]) -> None:
    """The reviewer finds the case with its photo, and that the event is over; verifies, closes and reviews it."""
    reviewer.goto("/city")
    assert case_of(reviewer, "q-mine", say) == number
    expect(reviewer.locator(".photos img")).to_have_count(1)
    expect(reviewer.locator(".timeline")).to_contain_text(say["cleared"])
    expect(reviewer.locator("main")).to_contain_text(say["duty"])
    for choice in ("pass", "", "sound"):  # verify, close, review
        step(reviewer, choice)
    expect(reviewer.locator("main")).to_contain_text(say["closed"])
    sound(reviewer)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_level_that_stays_high_becomes_a_case_that_is_handled_in_the_field_and_closed_in_time(
    served: Served, opened: Opened, language: str
) -> None:
    say = WORDS[language]
    station = registered(
        opened("engineer", language), f"pump-{language}", "PumpStation",
        name=say["station"], lon="115.899", lat="28.686", expected_s="60", unit=UNIT,
    )  # fmt: skip
    station.levels(served.mqtt, [(-10, 2.1)])
    screen = opened("duty", language)
    screen.goto("/city")
    expect(screen.locator("[data-live-map][data-ready]")).to_be_visible(timeout=SOON_MS)
    expect(screen.locator("[data-link]")).to_have_attribute("data-state", "back", timeout=SOON_MS)

    station.levels(served.mqtt, [(-8, 3.7), (-6, 3.8), (-2, 3.9)])
    number = seen(screen, say)

    elsewhere = opened("stranger", language, PHONE)
    elsewhere.goto("/city/field")
    expect(elsewhere.locator("main")).not_to_contain_text(number)  # it is another unit's
    handled(opened("worker", language, PHONE), number, say)
    queue(screen, "q-mine", say)  # it waits for the duty office now

    station.levels(served.mqtt, [(0, 2.1)])
    expect(screen.locator("section:has(#q-events)")).not_to_contain_text(say["event"], timeout=SOON_MS)
    expect(screen.locator(".recent li").filter(has_text=say["event"])).to_contain_text(say["over"])

    reviewer = opened("reviewer", language)
    closed(reviewer, number, say)
    expect(screen.locator("section:has(#q-mine)")).not_to_contain_text(say["event"], timeout=SOON_MS)

    reviewer.goto("/cases/statistics")
    row = reviewer.get_by_role("row").filter(has_text=say["unit"])
    expect(row.locator("td").nth(1)).to_have_text(
        re.compile("^[12]$")
    )  # closed: in this language, and perhaps in the other one before
    expect(row.locator("td").nth(2)).to_have_text("100 %")  # in time
