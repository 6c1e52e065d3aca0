"""Keys on the page, over HTTP and in the terminal."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from entrance.api.conftest import APPLICATION
from yuzhang.core.access import Party
from yuzhang.core.errors import NotAllowed
from yuzhang.entrance.api import api as http
from yuzhang.entrance.api import commands, pages
from yuzhang.entrance.api.owning import own_application
from yuzhang.entrance.api.room import Api
from yuzhang.entrance.api.webhooks import api as webhooks_http
from yuzhang.entrance.api.webhooks import pages as webhook_pages
from yuzhang.web import problems
from yuzhang.web.gate import Asking
from yuzhang.web.statics import Statics


class Sitting:
    """A gate at which one party sits."""

    def __init__(self, party: Party) -> None:
        self._party = party

    def party(self, asking: Asking) -> Party:
        """That one."""
        return self._party


@pytest.fixture
def browser(api: Api, owner: Party) -> TestClient:
    """The owner's browser."""
    app = FastAPI()
    app.state.api, app.state.gate, app.state.storage = api, Sitting(owner), api.storage
    problems.install(app)
    app.include_router(http.router)
    app.include_router(pages.router)
    app.include_router(webhooks_http.router)
    app.include_router(webhook_pages.router)
    app.mount("/static", Statics(), name="static")
    return TestClient(app, headers={"accept": "text/html"})


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "新密钥（仅显示这一次）"), ("en", "The new key, shown this once")]
)
def test_the_page_shows_a_new_key_once(browser: TestClient, language: str, words: str) -> None:
    made = browser.post(f"/api-keys?lang={language}", data={"party": APPLICATION, "label": "display", "until": ""})
    assert words in made.text
    found = re.search(r"<code>(yz_[0-9a-f]{16}_[\w-]{43})</code>", made.text)
    assert found is not None
    again = browser.get(f"/api-keys?lang={language}")
    assert "display" in again.text
    assert found[1] not in again.text


def test_the_page_says_what_does_not_fit(browser: TestClient) -> None:
    refused = browser.post("/api-keys?lang=en", data={"party": APPLICATION, "label": "x", "until": "soon"})
    assert refused.status_code == 422
    assert "The day cannot be read." in refused.text


def test_a_program_makes_replaces_and_revokes_a_key(browser: TestClient) -> None:
    made = browser.post("/api/keys", json={"party": APPLICATION, "label": "display"})
    assert made.status_code == 201, made.text
    name = made.json()["id"]
    assert browser.post(f"/api/keys/{name}/rotate").status_code == 201
    assert browser.get(f"/api/keys/{name}/usage").json() == []
    assert browser.delete(f"/api/keys/{name}").status_code == 204
    listed = {one["id"]: one for one in browser.get("/api/keys").json()}
    assert listed[name]["revoked_at"] is not None
    assert all(one["text"] is None for one in listed.values())
    assert browser.delete("/api/keys/0000000000000000").status_code == 404


def test_the_terminal_makes_lists_and_revokes_a_key(api: Api) -> None:
    folder: Path = api.storage.folder
    made = CliRunner().invoke(commands.app, ["add", APPLICATION, "display", "--data", str(folder)])
    assert made.exit_code == 0, made.output
    found = re.search(r"yz_([0-9a-f]{16})_", made.output)
    assert found is not None
    assert found[1] in CliRunner().invoke(commands.app, ["list", "--data", str(folder)]).output
    ended = CliRunner().invoke(commands.app, ["revoke", found[1], "--data", str(folder)])
    assert ended.exit_code == 0


def test_an_official_registers_an_application_and_gives_its_key_limits_of_its_own(browser: TestClient) -> None:
    page = browser.post("/api-keys/applications?lang=en", data={"name": "Parking"})
    found = re.search(r'<option value="(party-[0-9a-f]+)">Parking<', page.text)
    assert found is not None
    form = {"party": found[1], "label": "signs", "rate": "5", "daily": "1000"}
    made = browser.post("/api-keys?lang=en", data=form)
    assert "5/s, – at once, 1,000 a day" in made.text
    assert 'aria-label="0 answered, 0 refused"' in made.text
    refused = browser.post("/api-keys?lang=en", data=form | {"rate": "fast"})
    assert (refused.status_code, "It is a whole number." in refused.text) == (422, True)
    assert browser.post("/api-keys/applications?lang=en", data={"name": " "}).status_code == 422


def test_nobody_but_an_official_registers_an_application(api: Api, owner: Party) -> None:
    with pytest.raises(NotAllowed):
        own_application(api, replace(owner, kind="citizen"), "Parking")


@pytest.mark.parametrize(
    ("language", "secret", "state", "none"),
    [("zh", "密钥（仅显示这一次）", "已暂停", "暂无"), ("en", "The secret, shown this once", "paused", "None yet.")],
)
def test_the_page_shows_a_webhooks_secret_once_and_how_it_stands(
    api: Api, browser: TestClient, language: str, secret: str, state: str, none: str
) -> None:
    api.private_addresses = True
    browser.cookies.set("yuzhang_lang", language)
    assert none in browser.get("/webhooks").text
    form = {"party": APPLICATION, "address": "http://127.0.0.1:9/told", "kinds": ["key.made", "plan.changed"]}
    made = browser.post("/webhooks", data=form)
    assert secret in made.text
    found = re.search(r"<code>(whsec_[\w+/=]+)</code>", made.text)
    assert found is not None
    listed = browser.get("/webhooks").text
    assert found[1] not in listed
    name = re.findall(r"/webhooks/(webhook-[0-9a-f]+)/test", listed)[0]
    assert state in browser.post(f"/webhooks/{name}/pause").text
    assert "webhook.test" in browser.post(f"/webhooks/{name}/test").text
    number = browser.get(f"/api/webhooks/{name}/deliveries").json()[0]["number"]
    assert browser.post(f"/webhooks/{name}/deliveries/{number}/replay").status_code == 200
    assert state not in browser.post(f"/webhooks/{name}/resume").text
    assert none in browser.post(f"/webhooks/{name}/delete").text
    refused = browser.post("/webhooks", data=form | {"address": "ftp://x"})
    assert (refused.status_code, "/address" in refused.text) == (422, True)


def test_a_program_makes_tests_pauses_and_deletes_a_webhook(api: Api, browser: TestClient) -> None:
    api.private_addresses = True
    wish = {"party": APPLICATION, "address": "http://127.0.0.1:9/told", "kinds": ["key.made"]}
    made = browser.post("/api/webhooks", json=wish)
    assert made.status_code == 201, made.text
    assert made.json()["secret"].startswith("whsec_")
    name = made.json()["id"]
    assert browser.get("/api/webhooks").json()[0]["secret"] is None
    assert browser.post(f"/api/webhooks/{name}/test").status_code == 204
    delivery = browser.get(f"/api/webhooks/{name}/deliveries").json()[0]
    assert (delivery["kind"], delivery["state"]) == ("webhook.test", "waiting")
    assert browser.post(f"/api/webhooks/{name}/deliveries/{delivery['number']}/replay").status_code == 204
    assert browser.post(f"/api/webhooks/{name}/deliveries/0/replay").status_code == 404
    assert browser.post(f"/api/webhooks/{name}/pause").json()["state"] == "paused"
    assert browser.post(f"/api/webhooks/{name}/resume").json()["state"] == "active"
    assert browser.delete(f"/api/webhooks/{name}").status_code == 204
    assert browser.post("/api/webhooks", json=wish | {"kinds": ["everything"]}).json()["where"] == "/kinds"
    assert browser.post("/api/webhooks", json=wish | {"party": "party-x"}).status_code == 403
