"""The API keeps to its own description, whatever is asked (Schemathesis over every address that only reads)."""

import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from web.views import PLAN
from yuzhang.app import create_app
from yuzhang.core.settings import Settings

EXAMPLES = 4
ASKED = "^/(api/|sensorthings/|health)"
"""NGSI-LD has a test of its own, and OpenID Connect is asked by its own clients."""
LEFT_OUT = r"report|/api/openapi\.json|/account|/city/stream"
"""A report takes seconds; whoever a network trusts has no account; the stream of the city has no end."""
NOTHING_WRONG = (Unsatisfiable,)
"""An address without parameters cannot be asked wrongly."""
Case = schemathesis.Case[Any]
KNOWN = {"plan": PLAN, "indicator": "gdp", "region": "南昌市", "series": "地区生产总值"}
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture(scope="module")
def opened(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The application as the operator of a trusted network has it, since the generated requests come from no machine."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("opened") / "data"))
    return create_app(Settings(folder, insecure=True, trust="everyone"))


@pytest.fixture(scope="module")
def described(opened: FastAPI) -> schemathesis.BaseSchema:
    """The API as it describes itself."""
    found = schemathesis.openapi.from_asgi("/api/openapi.json", opened)
    found.config.generation.update(with_security_parameters=False)
    return found


def ask_everything(described: schemathesis.BaseSchema, mode: GenerationMode, ask: Callable[[Case], object]) -> set[str]:
    """Ask each address that only reads a few times; the addresses asked."""
    asked: set[str] = set()
    for found in described.include(method="GET", path_regex=ASKED).exclude(path_regex=LEFT_OUT).get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Case) -> None:
            asked.add(case.path)
            ask(case)

        with suppress(*NOTHING_WRONG if mode.is_negative else ()):
            run()
    return asked


def checked(case: Case) -> int:
    """Ask once, hold the answer against the description; its status."""
    response = case.call()
    case.validate_response(response, checks=CHECKS)
    if response.status_code >= 400:
        assert response.headers["content-type"] == ["application/problem+json"]
        assert response.json()["detail"]
    return response.status_code


def test_whatever_is_asked_the_answer_is_one_that_the_api_describes(described: schemathesis.BaseSchema) -> None:
    assert len(ask_everything(described, GenerationMode.POSITIVE, checked)) >= 10
    assert len(ask_everything(described, GenerationMode.NEGATIVE, checked)) >= 6


def test_what_is_asked_of_the_plan_that_is_there_is_answered_as_described(described: schemathesis.BaseSchema) -> None:
    statuses: list[int] = []

    def of_the_plan(case: Case) -> None:
        for given_values in (case.path_parameters, case.query):
            given_values |= {name: value for name, value in KNOWN.items() if name in given_values}
        statuses.append(checked(case))

    ask_everything(described, GenerationMode.POSITIVE, of_the_plan)
    assert statuses.count(200) > len(statuses) / 3


def test_address_that_writes_is_described_with_its_problems(opened: FastAPI) -> None:
    document = opened.openapi()
    for path, item in document["paths"].items():
        for method, operation in item.items():
            media = "application/json" if path.startswith("/ngsi-ld/") else "application/problem+json"
            assert media in operation["responses"]["4XX"]["content"], f"{method} {path}"
            assert operation["description"], f"{method} {path}"
