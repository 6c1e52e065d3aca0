"""The API keeps to its own description whoever asks: each role, signed in, asks every address that only reads."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from entrance.standing import WHO, Someone, everybody
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

Case = schemathesis.Case[Any]
EXAMPLES = 2
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
LEFT_OUT = r"report|/api/openapi\.json"
"""A report takes seconds; the description is the same for everybody."""


@pytest.fixture(scope="module")
def browser(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A browser before the application as a city runs it: nobody is trusted without signing in."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("by-role") / "data"))
    app = create_app(Settings(folder))
    with TestClient(app, "http://127.0.0.1", raise_server_exceptions=False) as made:
        yield made


@pytest.fixture(scope="module")
def people(browser: TestClient) -> dict[str, Someone]:
    """One party of each role, signed in."""
    return everybody(application(browser).state.identity)


@pytest.fixture(scope="module")
def described(browser: TestClient) -> schemathesis.BaseSchema:
    """The API as it describes itself to a stranger."""
    found = schemathesis.openapi.from_dict(browser.get("/api/openapi.json").json())
    found.app = application(browser)
    found.config.generation.update(with_security_parameters=False)
    return found


def application(browser: TestClient) -> FastAPI:
    """What stands behind the browser."""
    assert isinstance(browser.app, FastAPI)
    return browser.app


def asked_as(
    browser: TestClient, described: schemathesis.BaseSchema, cookie: Mapping[str, str]
) -> dict[str, set[int]]:
    """What every GET of /api answered to whoever has the cookie; each answer is held against the description."""
    browser.cookies.clear()
    browser.cookies.update(cookie)
    statuses: dict[str, set[int]] = {}
    for found in described.include(method="GET", path_regex="^/api/").exclude(path_regex=LEFT_OUT).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        statuses.setdefault(operation.path, set()).update(answers(operation, browser))
    return statuses


def answers(operation: Any, browser: TestClient) -> set[int]:
    """The statuses with which one address answers a few requests that fit its description."""
    found: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
        database=None, phases=[Phase.generate],
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Case) -> None:
        response = case.call(session=browser)
        case.validate_response(response, checks=CHECKS)
        if response.status_code in (401, 403, 429):
            assert response.headers["content-type"] == ["application/problem+json"]
            assert response.json()["detail"]
        found.add(response.status_code)

    run()
    return found


@pytest.mark.parametrize("name", WHO)
def test_whatever_a_role_asks_the_answer_is_one_that_the_api_describes(
    browser: TestClient, people: dict[str, Someone], described: schemathesis.BaseSchema, name: str
) -> None:
    statuses = asked_as(browser, described, people[name].cookie)
    assert len(statuses) > 25
    seen = set().union(*statuses.values())
    assert 401 not in seen, "whoever signed in is known"
    assert 200 in statuses["/api/account"]
    assert 403 in seen, "no role may everything"


def test_stranger_is_asked_to_sign_in_everywhere(browser: TestClient, described: schemathesis.BaseSchema) -> None:
    statuses = asked_as(browser, described, {})
    assert set().union(*statuses.values()) == {401}
