"""Open311 behind the entrance: the key of an application opens it, as far as its scopes go."""

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from brain.cases.pages.conftest import Browser, lacks
from entrance.standing import someone
from yuzhang.brain.cases import actions
from yuzhang.brain.cases.open311.api import router
from yuzhang.core.access import OPERATOR
from yuzhang.entrance.api import keys
from yuzhang.entrance.api.keys import Wanted

FORM = {"service_code": "waterlogging", "lat": "28.0", "long": "115.0", "description": "water"}


@pytest.fixture(name="phone")
def phone_(app: FastAPI, browser: Browser) -> TestClient:
    """A browser of a citizen, from which a program asks."""
    if lacks(app, router):
        app.include_router(router)
    made = browser("citizen", "citizen")
    made.headers["accept"] = "application/json"
    return made


def key(app: FastAPI, *scopes: str) -> str:
    """A key of an application."""
    name = f"app-{len(scopes)}"
    someone(app.state.identity, name, "application")
    return keys.add(app.state.api, OPERATOR, f"party-{name}", Wanted("a program", scopes)).text


def test_key_with_the_scope_to_write_reports_in_the_name_of_its_application(app: FastAPI, phone: TestClient) -> None:
    made = phone.post("/open311/v2/requests.json", data=FORM | {"api_key": key(app, "yuzhang.read", "yuzhang.write")})
    assert made.status_code == 201, made.text
    case = actions.case(app.state.cases, OPERATOR, made.json()[0]["service_request_id"]).case
    assert (case.reporter, case.source) == ("party-app-2", "system")


def test_key_that_only_reads_and_one_that_is_none_are_refused(app: FastAPI, phone: TestClient) -> None:
    for wrong in (key(app, "yuzhang.read"), "yz_0000000000000000_" + "x" * 43):
        answer = phone.post("/open311/v2/requests.json", data=FORM | {"api_key": wrong})
        assert answer.status_code == 403
        assert answer.json()[0]["code"] == 403
    assert actions.search(app.state.cases, OPERATOR).cases == ()


def test_citizen_who_signed_in_reports_without_a_key_and_reads_their_own_words(app: FastAPI, phone: TestClient) -> None:
    phone.post("/open311/v2/requests.json", data=FORM)
    own = phone.get("/open311/v2/requests.json").json()
    assert own[0]["description"] == "water"
