"""What is one's own in the portal: favourites, how pages look, the header; and that a stranger gets nothing of the data."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from web.views import HOME, PAGES, View
from yuzhang.app import create_app
from yuzhang.core.access import OPERATOR
from yuzhang.core.language import Title
from yuzhang.core.settings import Settings
from yuzhang.entrance.portal import actions
from yuzhang.entrance.portal.model import Kind
from yuzhang.entrance.portal.room import Portal
from yuzhang.web.appearance import COOKIE

HTML = {"accept": "text/html"}
OWN = {"origin": "http://127.0.0.1"}


@pytest.fixture
def portal(app: FastAPI) -> Portal:
    """The application's portal."""
    found = app.state.portal
    assert isinstance(found, Portal)
    return found


def test_reader_stars_a_page_finds_it_at_home_and_takes_the_star_away(client: TestClient) -> None:
    page = client.get(f"{HOME}/commitments?chapter=4&lang=zh", headers=HTML).text
    form = next(one for one in View(page).forms if one["action"] == "/favourites")
    assert form["address"] == f"{HOME}/commitments?chapter=4", "the language is no part of it"
    assert 'aria-pressed="false"' in page
    answer = client.post("/favourites", data=form, headers=HTML | OWN)
    assert answer.url.path == f"{HOME}/commitments"
    assert 'aria-pressed="true"' in answer.text
    assert f"{HOME}/commitments?chapter=4" in View(client.get("/", headers=HTML).text).links
    client.post("/favourites", data=form | {"back": "/"}, headers=HTML | OWN)
    assert f"{HOME}/commitments?chapter=4" not in View(client.get("/", headers=HTML).text).links


@pytest.mark.parametrize(
    "address", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", "/a\nb"]
)
def test_only_pages_of_this_server_can_be_favourites(client: TestClient, portal: Portal, address: str) -> None:
    answer = client.post("/favourites", data={"address": address, "title": "x"}, headers=OWN)
    assert (answer.status_code, answer.json()["code"]) == (422, "unfit-preference")
    assert actions.favourites(portal, OPERATOR) == []


def test_favourites_end_somewhere(client: TestClient, portal: Portal) -> None:
    for at in range(actions.MOST_FAVOURITES):
        assert actions.toggle_favourite(portal, OPERATOR, f"/page/{at}", "x" * 500)
    assert client.post("/favourites", data={"address": "/one-more"}, headers=OWN).status_code == 422
    assert len(actions.favourites(portal, OPERATOR)[0].title) == actions.LONGEST_TITLE


def choose(client: TestClient, **wanted: str) -> None:
    """Send the form of the preferences."""
    assert client.post("/preferences", data=wanted, headers=HTML | OWN).status_code == 200


def test_what_a_party_prefers_holds_on_every_page_and_in_every_browser(app: FastAPI, client: TestClient) -> None:
    choose(client, theme="dark", size="elder", language="en")
    other = TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50001), headers=HTML)
    for address in PAGES.values():
        look = "dark wall" if address == "/city/wall" else "dark elder"  # letters of a wall are larger than an elder's
        assert f'<html lang="en" class="{look}">' in other.get(address).text, address
    choose(client, theme="auto", size="normal", language="")
    assert '<html lang="zh-CN">' in other.get("/").text


def test_elder_mode_offers_fewer_ways_and_bigger_ones(client: TestClient) -> None:
    usual = View(client.get("/", headers=HTML).text).links
    choose(client, size="elder")
    html = client.get("/", headers=HTML).text
    assert "/sql" in usual
    assert "/sql" not in View(html).links
    assert 'class="big"' in html


def test_stranger_keeps_preferences_in_the_browser_and_learns_nothing_of_the_data(
    stranger: TestClient, portal: Portal
) -> None:
    html = stranger.get("/", headers=HTML).text
    assert "/sign-in" in View(html).links
    for word in ("指标", "南昌", "收藏", "/plan", "/entities", "/sql"):
        assert word not in html
    own = {"origin": "http://10.0.0.5"}
    assert stranger.post("/preferences", data={"theme": "dark", "size": "large"}, headers=HTML | own).status_code == 200
    assert stranger.cookies[COOKIE] == "dark-large"
    assert 'class="dark large"' in stranger.get("/preferences", headers=HTML).text
    assert stranger.get("/api/search", params={"q": "南昌"}).status_code == 401
    assert stranger.get("/search/suggestions", params={"q": "南昌"}).status_code == 401


@pytest.mark.parametrize("address", ["/notifications", "/notifications/settings"])
def test_stranger_is_led_to_sign_in_where_something_is_ones_own(stranger: TestClient, address: str) -> None:
    answer = stranger.get(address, headers=HTML, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in")
    assert stranger.post("/favourites", data={"address": "/"}).status_code in (401, 403)


def test_another_site_changes_no_preferences(app: FastAPI, client: TestClient) -> None:
    for browser in (client, TestClient(app, "http://10.0.0.5", client=("10.0.0.9", 50000))):
        answer = browser.post("/preferences", data={"theme": "dark"}, headers={"origin": "https://evil.example"})
        assert answer.status_code == 403
        assert COOKIE not in answer.cookies


@pytest.mark.parametrize("said", [{"theme": "pink"}, {"theme": "x" * 50}])
def test_a_theme_that_there_is_not_is_refused(client: TestClient, said: dict[str, str]) -> None:
    assert client.post("/preferences", data=said, headers=OWN).status_code == 422


@pytest.mark.parametrize("cookie", ["", "pink-elder", "dark-dark", "<script>", "-" * 4000])
def test_a_cookie_that_was_tampered_with_harms_nothing(client: TestClient, cookie: str) -> None:
    html = client.get("/", headers=HTML | {"cookie": f"{COOKIE}={cookie}"}).text
    assert "<script>" not in html.partition("</head>")[0].replace("<script src", "")
    assert html.startswith("<!doctype html>")


@pytest.fixture
def told(portal: Portal) -> int:
    """A notification for whoever sits at the machine."""
    return portal.tell(
        "operator", Kind.PLAN, Title("有新候选", "New candidates"), Title("请审核", "Review"), f"{HOME}/review"
    )


def test_reader_sees_how_much_is_unread_opens_it_and_reads_the_rest(
    client: TestClient, portal: Portal, told: int
) -> None:
    portal.tell("operator", Kind.SYSTEM, Title("第二条", "Second"))
    html = client.get(HOME, headers=HTML).text
    assert '<span class="badge">2<' in html
    opened = client.post(f"/notifications/{told}/read", data={"back": f"{HOME}/review"}, headers=HTML | OWN)
    assert opened.url.path == f"{HOME}/review"
    assert '<span class="badge">1<' in opened.text
    assert "有新候选" not in client.get("/notifications?unread=true", headers=HTML).text
    assert "badge" not in client.post("/notifications/read", headers=HTML | OWN).text
    assert client.post("/notifications/999/read", headers=OWN).status_code == 404


def test_notification_leads_to_no_other_server(client: TestClient, told: int) -> None:
    answer = client.post(
        f"/notifications/{told}/read", data={"back": "https://evil.example"}, headers=OWN, follow_redirects=False
    )
    assert answer.headers["location"] == "/notifications"


def test_without_channels_the_page_says_so(client: TestClient) -> None:
    assert "尚未配置" in client.get("/notifications/settings", headers=HTML).text


def test_channels_are_chosen_by_a_form_that_shows_what_was_chosen(
    city_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("YUZHANG_SMTP_HOST", "localhost")
    monkeypatch.setenv("YUZHANG_SMTP_FROM", "brain@city.example")
    app = create_app(Settings(city_folder, trust="machine"))
    browser = TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000), headers=HTML | OWN)
    sent = {"email": "a@city.example", "plan-email": "on"}
    html = browser.post("/notifications/settings", data=sent).text
    assert 'value="a@city.example"' in html
    assert 'name="plan-email" value="on" checked' in html
    assert 'name="case-email" value="on">' in html
    assert "sms" not in html
    app.state.storage.close()
