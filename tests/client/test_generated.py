"""The client that is generated from the OpenAPI document: as it is committed, and against the real application."""

import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from tools import client as tool

from first_city import PLAN
from web import happenings
from yuzhang.app import create_app
from yuzhang.client.calling import Calls, Group, TooManyAsked
from yuzhang.client.errors import NotReached, NotThere, NotUnderstood, RequestRefused
from yuzhang.client.generated import Api
from yuzhang.client.generated.models import figures, keys, plans
from yuzhang.core.access import OPERATOR
from yuzhang.core.settings import Settings
from yuzhang.entrance.api.webhooks.actions import add as add_webhook
from yuzhang.entrance.identity.parties import register

GIVEN: dict[str, Any] = {
    "plan": PLAN, "indicator": "gdp", "table": "targets", "region": "南昌市", "tenant": "default", "q": "GDP", "number": happenings.OWN_CASE,
    "z": 10, "x": 841, "y": 426,
}  # fmt: skip
"""What stands for arguments of that name."""
PARTICULAR: dict[str, dict[str, Any]] = {
    "history.get_points": {"series": "1"},
    "history.get_rows": {"entity": "urn:ngsi-ld:Meter:1"},
    "city.get_things_layer_number": {"number": 1_000_000},
    "dead_letters.get_number": {"number": happenings.LETTER},
    "devices.get_name": {"name": happenings.DEVICE},
    "events.get_identifier": {"identifier": happenings.EVENT},
    "network.get_devices_name": {"name": happenings.DEVICE},
    "packs.get_domain_name": {"domain": "governance", "name": "drainage"},
    "regions.get_region_boundary": {"region": "360102"},
    "rules.get_one": {"id": happenings.RULE},
    "sources.get_name": {"name": happenings.SOURCE},
    "policy.get_decisions": {"action": "plan.registry.actions.plans"},
}
"""And where the same name means something else, or one of several has to be given."""
NOTHING_THERE = {"account.get", "city.get_base_pmtiles", "city.get_things_layer_number"}
"""Whoever sits at the machine has no account; no base map is set, nothing has been drawn yet."""
PENDING = "c8ea67cec1"


class Through(httpx.BaseTransport):
    """Sends to an application in this process."""

    def __init__(self, inside: TestClient) -> None:
        self._inside = inside

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Its answer."""
        headers = dict(request.headers)
        found = self._inside.request(
            request.method, str(request.url), content=request.read(), headers=headers, follow_redirects=False
        )
        plain = {name: value for name, value in found.headers.items() if name != "content-encoding"}
        return httpx.Response(found.status_code, headers=plain, content=found.content)


@pytest.fixture
def app(city_folder: Path) -> FastAPI:
    """The whole application over the first city, in which something has happened."""
    happenings.happened(city_folder)
    return create_app(Settings(city_folder, trust="machine", mqtt_port=None))


@pytest.fixture
def api(app: FastAPI) -> Iterator[Api]:
    """The client, asking the whole application."""
    with TestClient(app, "http://127.0.0.1", client=("127.0.0.1", 50000)) as started:
        yield Api("http://127.0.0.1", transport=Through(started))


def operations(api: Api) -> dict[str, Callable[..., Any]]:
    """Every operation, as `room.method`."""
    rooms = [name for name, value in vars(Api).items() if isinstance(value, cached_property)]
    found: dict[str, Callable[..., Any]] = {}
    for room in rooms:
        group = getattr(api, room)
        assert isinstance(group, Group)
        for name, value in inspect.getmembers(group, inspect.ismethod):
            if not name.startswith("_"):
                found[f"{room}.{name}"] = value
    return found


def test_the_client_is_what_make_client_writes(tmp_path: Path) -> None:
    tool.write(tmp_path)
    made = {path.relative_to(tmp_path): path.read_text() for path in tmp_path.rglob("*.py")}
    kept = {path.relative_to(tool.FOLDER): path.read_text() for path in tool.FOLDER.rglob("*.py")}
    assert kept == made, "run `make client`"


def test_every_get_of_the_api_answers_through_the_client(api: Api, app: FastAPI) -> None:
    party = register(app.state.identity, OPERATOR, "application", "Display").id
    key = api.keys.post(keys.Wish(party, "display"))
    assert key.text is not None
    api.observations.post(
        b'{"entity":"urn:ngsi-ld:Meter:1","attribute":"power","time":"2026-01-01T00:00:00Z","value":3.5}\n',
        "application/x-ndjson",
        type="Meter",
    )
    app.state.history.settle()
    given = GIVEN | {"key": key.id, "party": party, "series": api.figures.get_series()[0].name}
    app.state.api.private_addresses = True
    made = add_webhook(app.state.api, OPERATOR, party, "http://127.0.0.1:9/told", ["key.made"])
    given["webhook"] = made.webhook.id
    attached = api.cases.get_number(happenings.CLOSED_CASE).attachments[0]
    particular = PARTICULAR | {
        "cases.get_number_attachments_identifier": {"number": happenings.CLOSED_CASE, "identifier": attached.id}
    }
    asked = 0
    for name, operation in operations(api).items():
        if not name.partition(".")[2].startswith("get"):
            continue
        wanted = {one.name: one for one in inspect.signature(operation, eval_str=True).parameters.values()}
        values = {one: given[one] for one in wanted if one in given and wanted[one].default is inspect.Parameter.empty}
        for one, parameter in wanted.items():
            if get_origin(parameter.annotation) is Literal and parameter.default is inspect.Parameter.empty:
                values.setdefault(one, get_args(parameter.annotation)[0])
        values |= particular.get(name, {})
        if name in NOTHING_THERE:
            with pytest.raises(NotThere):
                operation(**values)
        else:
            operation(**values)
        asked += 1
    assert asked >= 25


def test_a_review_through_the_client_changes_the_plan(api: Api) -> None:
    reviewed = api.plans.post_plan_commitments_commitment_review(PLAN, PENDING, plans.Decision("accepted"))
    assert reviewed.review == "accepted"
    assert api.plans.get_plan_revisions(PLAN)[0].what == "review:accepted"


def test_an_import_of_a_file_and_its_undo(api: Api) -> None:
    head, row, *_ = (Path(__file__).parents[2] / "cities" / "nanchang" / "figures.csv").read_text().splitlines()
    result: figures.ImportResult = api.figures.post_imports(f"{head}\n{row}\n".encode(), "a.csv", dry_run=True)
    assert (result.rows, result.import_id) == (1, None)


def test_what_is_not_there_and_what_does_not_fit_are_errors_of_a_kind(api: Api) -> None:
    with pytest.raises(NotThere) as missing:
        api.plans.get_plan("nowhere/else")
    assert missing.value.answer.status == 404
    with pytest.raises(RequestRefused) as refused:
        api.plans.get_plan(PLAN, revision=0)
    assert (refused.value.answer.status, refused.value.answer.where) == (422, "/query/revision")


def calling(*answers: httpx.Response, wait_s: float = 0.0, **settings: Any) -> tuple[Calls, list[httpx.Request]]:
    """A client whose server gives these answers, and what it was asked."""
    waiting, asked = list(answers), []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if not waiting:
            raise httpx.ConnectError("nobody")
        return waiting.pop(0)

    return Calls(transport=httpx.MockTransport(answer), wait_s=wait_s, **settings), asked


def test_a_limit_is_an_error_with_its_seconds_or_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("yuzhang.client.calling.sleep", slept.append)
    limited = httpx.Response(429, json={"detail": "slow down"}, headers={"retry-after": "7"})
    calls, _ = calling(limited)
    with pytest.raises(TooManyAsked) as refused:
        calls.send("GET", "/api/plans")
    assert refused.value.retry_after_s == 7
    assert slept == []
    calls, asked = calling(limited, httpx.Response(200, json=[]), wait_s=10)
    assert calls.send("GET", "/api/plans").status_code == 200
    assert (slept, len(asked)) == ([7], 2)


def test_keys_and_tokens_go_into_authorization_and_values_as_the_server_reads_them() -> None:
    calls, asked = calling(httpx.Response(200, json=[]), key="yz_1")
    calls.send("GET", "/x", {"a": True, "b": None, "c": datetime(2026, 3, 2, tzinfo=UTC)})
    assert asked[0].headers["authorization"] == "Key yz_1"
    assert str(asked[0].url.params) == "a=true&c=2026-03-02T00%3A00%3A00%2B00%3A00"
    calls, asked = calling(httpx.Response(200, json=[]), token="t")  # noqa: S106
    calls.send("GET", "/x")
    assert asked[0].headers["authorization"] == "Bearer t"


def test_a_redirect_a_failure_and_silence_are_errors() -> None:
    with pytest.raises(RequestRefused):
        calling(httpx.Response(303))[0].send("GET", "/x")
    with pytest.raises(NotUnderstood):
        calling(httpx.Response(500))[0].send("GET", "/x")
    with pytest.raises(NotReached):
        calling()[0].send("GET", "/x")
