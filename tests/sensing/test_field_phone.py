"""The phone in the field: what is written there is never lost, never sent in another's name, and says when and where it was made."""

import base64
import os
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Error, FilePayload, Page, expect

from brain.cases.stories import photo
from entrance.city.conftest import Served, served
from entrance.standing import someone
from web.test_browser import barriers, overflow
from yuzhang.app import create_app
from yuzhang.brain.cases.attachments.kinds import taken
from yuzhang.core.settings import Settings

__all__ = ["served"]
CASE = "20261126-000001"
SOON_MS = 30_000
ENTRIES = """() => new Promise((resolve) => {
  indexedDB.open("yuzhang-field").onsuccess = ({ target }) => {
    target.result.transaction("entries").objectStore("entries").getAll().onsuccess = (found) => resolve(
      found.target.result.map((one) => [one.fields.note, one.fields.lat, one.files.map((file) => file.name)]));
  };
})"""


@pytest.mark.browser
def test_place_and_signature_go_with_the_entry_that_they_were_taken_for(chromium: Browser, served: Served) -> None:
    context = chromium.new_context(
        base_url=served.address,
        viewport={"width": 390, "height": 800},
        locale="zh-CN",
        permissions=["geolocation"],
        geolocation={"longitude": 115.9, "latitude": 28.7},
    )
    page = context.new_page()
    page.goto("/city/field")
    expect(page.locator("[data-field][data-kept]")).to_be_visible(timeout=10_000)
    context.set_offline(True)
    page.locator("details.case summary").click()
    page.locator("textarea").fill("已更换井盖")
    page.locator("[data-place]").click()
    expect(page.locator("[data-place-said]")).to_contain_text("28.7")
    page.locator("[data-canvas]").scroll_into_view_if_needed()
    box = page.locator("[data-canvas]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 40)
    page.mouse.up()
    page.locator("button.main").click()
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "1")
    page.locator("textarea").fill("补充说明")
    page.locator("button.main").click()
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "2")
    assert sorted(page.evaluate(ENTRIES)) == sorted(
        [["已更换井盖", "28.700000", ["signature.png"]], ["补充说明", "", []]]
    )
    context.set_offline(False)
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", "0", timeout=30_000)
    assert (served.done()[0]["note"], len(served.done()[0]["files"])) == ("已更换井盖", 1)
    context.close()


BLOB = """() => new Promise((resolve) => {
  indexedDB.open("yuzhang-field").onsuccess = ({ target }) => {
    target.result.transaction("entries").objectStore("entries").getAll().onsuccess = ({ target: found }) => {
      const reader = new FileReader();
      reader.onload = () => resolve(reader.result.split(",")[1]);
      reader.readAsDataURL(found.result[0].files[0].blob);
    };
  };
})"""
SEND = """async (party) => {
  const body = new FormData();
  for (const [name, value] of Object.entries({ key: "k".repeat(20), party, case: "20261126-000001", note: "mine" })) body.append(name, value);
  const answer = await fetch("/city/field/entries", { method: "POST", body, headers: { accept: "application/json" } });
  return [answer.status, (await answer.json()).where];
}"""


def phone(chromium: Browser, served: Served, language: str) -> BrowserContext:
    """A phone in a language."""
    return chromium.new_context(
        base_url=served.address, viewport={"width": 390, "height": 800}, locale={"zh": "zh-CN", "en": "en-GB"}[language]
    )


def opened(context: BrowserContext) -> Page:
    """The page of the field, as the phone keeps it."""
    page = context.new_page()
    page.goto("/city/field")
    expect(page.locator("[data-field][data-kept]")).to_be_visible(timeout=SOON_MS)
    return page


def waits(page: Page, count: int) -> None:
    """So many entries wait to be sent."""
    expect(page.locator("[data-field]")).to_have_attribute("data-waiting-count", str(count), timeout=SOON_MS)


def picture(number: int) -> FilePayload:
    """A small photo."""
    return {"name": f"{number}.jpg", "mimeType": "image/jpeg", "buffer": photo(number).content}


def large() -> bytes:
    """A photo as a phone takes it: large, lying on its side, with when and where it was taken."""
    made = Image.frombytes("RGB", (900, 700), os.urandom(900 * 700 * 3))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif.get_ifd(0x8769)[0x9003] = "2026:11:27 09:30:00"
    exif.get_ifd(0x8825).update({1: "N", 2: (28.0, 42.0, 0.0), 3: "E", 4: (115.0, 54.0, 0.0)})
    content = BytesIO()
    made.save(content, "JPEG", quality=90, exif=exif)
    assert len(content.getvalue()) > 400_000
    return content.getvalue()


@pytest.mark.browser
def test_a_large_photo_is_sent_small_and_upright_and_still_says_when_and_where_it_was_taken(
    chromium: Browser, served: Served
) -> None:
    context = phone(chromium, served, "zh")
    page = opened(context)
    context.set_offline(True)
    page.locator("details.case summary").click()
    page.locator("input[name=photo]").set_input_files({"name": "a.jpg", "mimeType": "image/jpeg", "buffer": large()})
    page.locator("button.main").click()
    waits(page, 1)
    content = base64.b64decode(page.evaluate(BLOB))
    said = taken(content)
    assert said.at == datetime(2026, 11, 27, 1, 30, tzinfo=UTC)
    assert [said.lon, said.lat] == pytest.approx([115.9, 28.7])
    with Image.open(BytesIO(content)) as kept:
        assert (kept.size, kept.getexif().get(0x0112)) == ((700, 900), 1)
    context.close()


@pytest.mark.browser
def test_what_the_server_or_the_phone_cannot_take_is_said_before_anything_is_cleared(
    chromium: Browser, served: Served
) -> None:
    context = phone(chromium, served, "en")
    page = opened(context)
    context.set_offline(True)
    page.locator("details.case summary").click()
    send, wrong = page.locator("button.main"), page.locator("[data-wrong]")
    send.click()
    expect(wrong).to_have_text("Write something, answer, or add a photo.")
    page.locator("textarea").fill("cover replaced")
    page.locator("input[name=photo]").set_input_files([picture(one) for one in range(9)])
    send.click()
    expect(wrong).to_contain_text("at most 8 files and 24 MiB")
    heic: FilePayload = {"name": "a.heic", "mimeType": "image/heic", "buffer": b"no picture"}
    page.locator("input[name=photo]").set_input_files(heic)
    send.click()
    expect(wrong).to_contain_text("a.heic is no picture")
    page.locator("input[name=photo]").set_input_files([picture(1)])
    page.evaluate("""() => {
      globalThis.put = IDBObjectStore.prototype.put;
      IDBObjectStore.prototype.put = () => { throw new DOMException("full", "QuotaExceededError"); };
    }""")
    send.click()
    expect(wrong).to_contain_text("This phone could not keep it (QuotaExceededError)")
    expect(page.locator("textarea")).to_have_value("cover replaced")
    waits(page, 0)
    page.evaluate("() => { IDBObjectStore.prototype.put = globalThis.put; }")
    send.click()
    waits(page, 1)
    expect(wrong).to_have_text("")
    context.close()


@pytest.mark.browser
def test_an_entry_that_came_too_late_goes_back_into_a_form_with_its_photo_and_text_and_is_sent_as_a_note(
    chromium: Browser, served: Served
) -> None:
    context = phone(chromium, served, "zh")
    page = opened(context)
    context.set_offline(True)
    page.locator("details.case summary").click()
    page.locator("select[name='answer.decision']").select_option("fixed")
    page.locator("textarea").fill("已更换井盖")
    page.locator("input[name=photo]").set_input_files(picture(1))
    page.locator("button.main").click()
    waits(page, 1)
    with served.client() as colleague:
        done = {"key": "c" * 20, "party": "operator", "case": CASE, "task": "t1", "answer.decision": "fixed"}
        assert colleague.post("/city/field/entries", data=done).status_code == 303
    context.set_offline(False)
    expect(page.locator("[data-conflict-list]")).to_contain_text("该任务已由他人办理。", timeout=SOON_MS)
    page.reload()
    expect(page.locator("details.case")).to_have_count(0)
    page.get_by_role("button", name="放回表单修改").click()
    expect(page.locator("textarea")).to_have_value("已更换井盖")
    assert page.locator("input[name=photo]").evaluate("(one) => [...one.files].map((file) => file.name)") == ["1.jpg"]
    assert (barriers(page), overflow(page)) == ([], 0)
    page.locator("button.main").click()
    expect(page.locator("[data-conflicts]")).to_be_hidden()
    waits(page, 0)
    expect(page.locator("details.case")).to_have_count(0)
    note = served.done()[-1]
    assert (note["task"], note["note"], note["files"]) == ("", "已更换井盖", [len(picture(1)["buffer"])])
    assert page.evaluate(ENTRIES) == []
    context.close()


@pytest.fixture
def cookies(served: Served) -> dict[str, list[Any]]:
    """The cookies of two who work in the field, by their names."""
    app = create_app(Settings(served.folder / "data", trust="machine", mqtt_port=None))
    found = {
        name: [
            {"name": key, "value": value, "url": served.address}
            for key, value in someone(app.state.identity, name, "official", ("department-officer",)).cookie.items()
        ]
        for name in ("wang", "chen")
    }
    app.state.identity.close()
    app.state.storage.close()
    return found


def sign_out(page: Page) -> None:
    """By the menu."""
    page.locator("nav.account details.menu summary").click()
    page.locator("form[action='/sign-out'] button").click()


def forgotten(page: Page) -> None:
    """Without a connection the phone shows nobody's cases."""
    page.context.set_offline(True)
    with pytest.raises(Error, match="ERR_"):
        page.goto("/city/field")
    page.context.set_offline(False)


@pytest.mark.browser
def test_what_one_wrote_is_not_sent_as_another_who_signs_in_at_the_same_phone_and_waits_until_one_is_back(
    chromium: Browser, served: Served, cookies: dict[str, list[Any]]
) -> None:
    context = phone(chromium, served, "zh")
    context.add_cookies(cookies["wang"])
    page = opened(context)
    context.set_offline(True)
    page.locator("details.case summary").click()
    page.locator("textarea").fill("王工的记录")
    page.locator("button.main").click()
    waits(page, 1)

    context.add_cookies(cookies["chen"])  # the session of the one ran out, another signs in
    context.set_offline(False)
    expect(page.locator("[data-link]")).to_contain_text("当前登录的是其他人", timeout=SOON_MS)
    assert page.evaluate(SEND, "party-wang") == [409, "/party"]
    waits(page, 1)
    page.close()
    other = opened(context)
    expect(other.locator("[data-waiting]")).to_have_text("本机另有他人的 1 条记录，待其登录后发送。")
    other.goto("/notifications")
    sign_out(other)
    other.wait_for_url("**/sign-in")
    forgotten(other)
    assert served.done() == []

    context.add_cookies(cookies["wang"])
    page = opened(context)
    waits(page, 0)
    expect(page.locator("[data-sent] li").first).to_contain_text("已发送")
    assert [one["note"] for one in served.done()] == ["王工的记录"]
    context.close()


@pytest.mark.browser
def test_who_signs_out_while_entries_wait_is_asked_first_and_loses_none_of_them(
    chromium: Browser, served: Served, cookies: dict[str, list[Any]]
) -> None:
    context = phone(chromium, served, "en")
    context.add_cookies(cookies["wang"])
    page = opened(context)
    context.route("**/city/field/party", lambda route: route.abort())
    page.locator("details.case summary").click()
    page.locator("textarea").fill("cover replaced")
    page.locator("button.main").click()
    waits(page, 1)
    sign_out(page)
    asked = page.get_by_role("dialog", name="Not sent yet")
    expect(asked).to_contain_text("1 entries of yours are not sent.")
    assert (barriers(page), overflow(page)) == ([], 0)
    asked.get_by_role("button", name="Stay and send").click()
    expect(asked).to_be_hidden()
    expect(page.locator("nav.account details.menu summary")).to_be_focused()
    sign_out(page)
    asked.get_by_role("button", name="Sign out all the same").click()
    page.wait_for_url("**/sign-in")
    assert [one[0] for one in page.evaluate(ENTRIES)] == ["cover replaced"]
    forgotten(page)
    context.close()
