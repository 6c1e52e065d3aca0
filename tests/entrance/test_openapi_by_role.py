"""The API keeps to its own description whoever asks: each role, signed in, asks every address that only reads."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
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
OWN = "http://127.0.0.1"
"""A session counts at the server's own name only."""
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance]
LEFT_OUT = r"report|/api/openapi\.json|/city/stream"
"""A report takes seconds; the description is the same for everybody; the stream of the city has no end."""


@pytest.fixture(scope="module")
def closed(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application as a city runs it: nobody is trusted without signing in. Schemathesis starts and stops it."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("by-role") / "data"))
    return create_app(Settings(folder))


@pytest.fixture(scope="module")
def described(closed: FastAPI) -> schemathesis.BaseSchema:
    """The API as it describes itself to a stranger."""
    found = schemathesis.openapi.from_asgi("/api/openapi.json", closed)
    found.config.generation.update(with_security_parameters=False)
    return found


@pytest.fixture(scope="module")
def people(closed: FastAPI) -> dict[str, Someone]:
    """One party of each role, signed in."""
    return everybody(closed.state.identity)


def asked_with(described: schemathesis.BaseSchema, cookie: Mapping[str, str]) -> dict[str, set[int]]:
    """What every GET of /api answered to whoever has the cookie; each answer is held against the description."""
    headers = {"cookie": "; ".join(f"{name}={value}" for name, value in cookie.items())}
    statuses: dict[str, set[int]] = {}
    for found in described.include(method="GET", path_regex="^/api/").exclude(path_regex=LEFT_OUT).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        statuses.setdefault(operation.path, set()).update(answers(operation, headers))
    return statuses


def answers(operation: Any, headers: Mapping[str, str]) -> set[int]:
    """The statuses with which one address answers a few requests that fit its description."""
    found: set[int] = set()

    @settings(
        max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True,
        database=None, phases=[Phase.generate],
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))
    def run(case: Case) -> None:
        response = case.call(base_url=OWN, headers=dict(headers))
        case.validate_response(response, checks=CHECKS)
        if response.status_code in (401, 403, 429):
            assert response.headers["content-type"] == ["application/problem+json"]
            assert response.json()["detail"]
        found.add(response.status_code)

    run()
    return found


@pytest.mark.parametrize("name", WHO)
def test_whatever_a_role_asks_the_answer_is_one_that_the_api_describes(
    described: schemathesis.BaseSchema, people: dict[str, Someone], name: str
) -> None:
    statuses = asked_with(described, people[name].cookie)
    assert len(statuses) > 25
    seen = set().union(*statuses.values())
    assert 401 not in seen, "whoever signed in is known"
    assert 200 in statuses["/api/account"]
    assert 403 in seen, "no role may everything"


def test_stranger_is_asked_to_sign_in_everywhere(described: schemathesis.BaseSchema) -> None:
    statuses = asked_with(described, {})
    assert {401} <= set().union(*statuses.values()) <= {401, 429}
