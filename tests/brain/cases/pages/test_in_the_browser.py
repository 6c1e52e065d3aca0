"""The whole way in a real browser, in both languages: a citizen reports with a photo, the duty officer dispatches, the unit handles
it with a photo, the duty officer verifies, the citizen confirms; and an engineer changes the process on its diagram."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from brain.cases.pages.serving import FOLDER
from brain.cases.stories import photo
from entrance.standing import someone
from web.conftest import START_SECONDS, chromium, watch
from web.test_browser import NARROW, WIDE, barriers, overflow
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

__all__ = ["chromium"]
pytestmark = pytest.mark.browser
TESTS = Path(__file__).parents[3]
PEOPLE = {
    "citizen": ("citizen", ()),
    "duty": ("official", ("duty-officer",)),
    "reviewer": ("official", ("duty-officer",)),
    "worker": ("official", ("department-officer",)),
    "official": ("official", ()),
    "engineer": ("official", ("domain-engineer", "duty-officer")),
}
PHOTO: FilePayload = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo(9).content}


@dataclass(frozen=True, slots=True)
class Running:
    """A server, and the cookies of people."""

    address: str
    cookies: dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A real server over a folder of its own."""
    folder = tmp_path_factory.mktemp("cases")
    app = create_app(Settings(folder / "data"))
    cookies = {
        name: dict(someone(app.state.identity, name, kind, roles).cookie) for name, (kind, roles) in PEOPLE.items()
    }
    app.state.identity.close()
    app.state.storage.close()
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "brain.cases.pages.serving:served"]
    environment = {**os.environ, FOLDER: str(folder), "PYTHONPATH": str(TESTS)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--port", str(port)], env=environment, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}", process, folder / "log")
        yield Running(f"http://127.0.0.1:{port}", cookies)
    finally:
        process.terminate()
        process.wait(20)


def _wait(address: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    end = monotonic() + START_SECONDS
    with httpx.Client(base_url=address, trust_env=False) as asking:
        while monotonic() < end and process.poll() is None:
            try:
                if asking.get("/health").status_code == 200:
                    return
            except httpx.TransportError:
                sleep(0.1)
    pytest.fail(f"the server did not start:\n{log.read_text(errors='replace')}")


Opened = Callable[..., Page]


@pytest.fixture
def opened(chromium: Browser, running: Running) -> Iterator[Opened]:
    """The browser of somebody, in a language and of a width."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_(who: str, language: str, width: int = WIDE, *, dark: bool = False) -> Page:
        context = chromium.new_context(
            color_scheme="dark" if dark else "light",
            base_url=running.address,
            viewport={"width": width, "height": 900},
            locale="zh-CN" if language == "zh" else "en",
        )
        cookies = {**running.cookies[who], "yuzhang_lang": language}
        context.add_cookies([{"name": name, "value": value, "url": running.address} for name, value in cookies.items()])
        watch(context, faults)
        contexts.append(context)
        return context.new_page()

    yield open_
    for one in contexts:
        one.close()
    assert faults == []


def sound(page: Page) -> None:
    """The page fits its window, and nothing on it is a barrier."""
    assert overflow(page) <= 0, page.url
    assert barriers(page) == [], page.url


WORDS = {
    "zh": {"about": "道路积水", "send": "提交", "yes": "是，已解决", "closed": "已办结", "due": "后"},
    "en": {
        "about": "Waterlogging", "send": "Send the report", "yes": "Yes, it is done", "closed": "Closed", "due": "in ",
    },
}  # fmt: skip


def report(page: Page, say: dict[str, str]) -> str:
    """A report of the citizen at the page, with a place chosen on the map and a photo; its number."""
    page.goto("/report")
    page.locator("[name=matter]").select_option(label=say["about"])
    page.locator("[name=description]").fill("The underpass is under water / 下穿通道积水")
    page.locator("[data-pick-map]").scroll_into_view_if_needed()
    expect(page.locator("[data-pick-map]")).to_have_attribute("data-ready", "true")
    page.locator("[data-pick-map] canvas").click(position={"x": 150, "y": 120})
    assert page.locator("[name=lon]").input_value()
    page.locator("[name=photo]").set_input_files(PHOTO)
    page.locator("[name=contact]").fill("13800000000")
    sound(page)
    page.get_by_role("button", name=say["send"], exact=True).click()
    page.wait_for_url("**/reports/*")
    return page.url.rpartition("/")[2]


def step(page: Page, number: str, say: dict[str, str], choice: str = "", *, picture: bool = False) -> None:
    """The case is found in the queue of whoever looks at the page, and the task that it waits for is done."""
    page.goto("/cases")
    expect(page.get_by_role("row").filter(has_text=number)).to_contain_text(say["due"])
    sound(page)
    page.get_by_role("link", name=number).click()
    sound(page)
    form = page.locator("form[action*='/steps/']")
    if choice:
        form.locator(f"[value={choice}]").check()
    if picture:
        form.locator("[name=photo]").set_input_files(PHOTO)
    form.locator("button.main").click()
    page.wait_for_url(f"**/cases/{number}")
    expect(page.get_by_role("alert")).to_have_count(0)


@pytest.mark.parametrize("language", ["zh", pytest.param("en", marks=pytest.mark.slow)])
def test_report_with_a_photo_is_dispatched_handled_and_confirmed(opened: Opened, language: str) -> None:
    say = WORDS[language]
    citizen = opened("citizen", language, NARROW)
    number = report(citizen, say)
    expect(citizen.locator(".photos img")).to_have_count(1)
    sound(citizen)
    step(opened("duty", language), number, say, "accepted")
    step(opened("worker", language, NARROW), number, say, "fixed", picture=True)
    step(opened("reviewer", language), number, say, "pass")
    citizen.goto("/reports")
    citizen.locator(f"a[href='/reports/{number}']").click()
    sound(citizen)
    citizen.get_by_role("button", name=say["yes"]).click()
    citizen.wait_for_url(f"**/reports/{number}")
    step(opened("duty", language), number, say)
    citizen.reload()
    expect(citizen.locator("main")).to_contain_text(say["closed"])
    expect(citizen.locator(".photos img")).to_have_count(2)
    sound(citizen)
    figures = opened("reviewer", language)
    figures.goto("/cases/statistics")
    expect(figures.locator("[data-rates] canvas")).to_have_count(1)
    sound(figures)


def test_citizen_on_the_spot_takes_the_place_of_their_phone(opened: Opened) -> None:
    page = opened("citizen", "zh", NARROW)
    page.context.grant_permissions(["geolocation"])
    page.context.set_geolocation({"longitude": 115.25, "latitude": 28.5})
    page.goto("/report")
    page.get_by_role("button", name="使用我现在的位置").click()
    expect(page.locator("[name=lon]")).to_have_value("115.250000")
    expect(page.locator("[data-located]")).to_contain_text("28.500000")


def test_engineer_renames_a_step_on_the_diagram_whose_mark_stays_and_saves_it(opened: Opened) -> None:
    page = opened("engineer", "en")
    page.goto("/processes/handling")
    diagram = page.locator("[data-bpmn]")
    expect(diagram).to_have_attribute("data-ready", "true")
    expect(page.locator(".bjs-powered-by")).to_be_visible()
    assert page.evaluate("() => document.fonts.load('16px bpmn').then((found) => found.length)") == 1, (
        "its signs are there"
    )
    page.locator("[data-element-id=accept]").click()
    expect(page.locator("[data-properties]")).to_be_visible()
    page.get_by_label("Name in English").fill("Take it in")
    page.get_by_label("Name in English").press("Tab")
    page.locator("[name=note]").fill("renamed")
    sound(page)
    page.get_by_role("button", name="Check and save as a new version").click()
    page.wait_for_url("**/processes/handling?version=*")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.locator("main")).to_contain_text("Take it in")
    sound(page)


def test_official_without_the_right_sees_the_diagram_and_cannot_change_it(opened: Opened) -> None:
    page = opened("official", "zh")
    page.goto("/processes/handling")
    expect(page.locator("[data-bpmn]")).to_have_attribute("data-ready", "true")
    before = page.locator("[data-xml]").input_value()
    box = page.locator("[data-element-id=handle] .djs-hit").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 90, box["y"] + 80, steps=5)
    page.mouse.up()
    page.locator("[data-element-id=accept]").dblclick()
    page.keyboard.press("Delete")
    assert page.locator("[data-xml]").input_value() == before
    expect(page.locator(".djs-palette")).to_have_count(0)
    expect(page.get_by_role("button", name="检查并保存为新版本")).to_have_count(0)
    sound(page)


@pytest.mark.parametrize(
    ("language", "width", "dark"), [("zh", NARROW, False), ("en", WIDE, False), ("en", NARROW, True)]
)
def test_every_page_fits_and_has_no_barrier(opened: Opened, language: str, width: int, dark: bool) -> None:
    number = report(opened("citizen", language), WORDS[language])
    page = opened("duty", language, width, dark=dark)
    page.goto(f"/cases/{number}")
    sound(page)
    for address in (
        "/cases?queue=all",
        "/cases/statistics",
        "/report",
        "/reports",
        "/processes",
        "/processes/handling",
    ):
        page.goto(address)
        sound(page)
