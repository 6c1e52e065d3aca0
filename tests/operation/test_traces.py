"""A request can be followed from who sent it to the statement that it waited for; nothing in it tells of anybody."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from operation.collector import Collector, collector, values
from yuzhang.app import create_app
from yuzhang.core.settings import Settings
from yuzhang.core.storage import Storage
from yuzhang.loading import load_folder

ROOT = Path(__file__).parents[2]
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
MARK = "marker-li-hua"


@pytest.fixture(scope="module")
def traced(loaded_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Collector:
    """What was collected while a client asked for some things."""
    folder = Path(shutil.copytree(loaded_folder, tmp_path_factory.mktemp("traced") / "data"))
    with collector() as kept, pytest.MonkeyPatch.context() as environment:
        environment.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", kept.address)
        app = create_app(Settings(folder, trust="machine"))
        with TestClient(
            app, base_url="http://127.0.0.1", client=("127.0.0.1", 1), raise_server_exceptions=False
        ) as client:
            parent = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            answer = client.get("/api/plans/nanchang-14", headers=parent, params={"q": MARK})
            assert answer.headers["traceresponse"].startswith(f"00-{TRACE}-")
            entity = {"id": f"urn:{MARK}", "type": "X", "a": {"type": "Property", "value": MARK}}
            client.post("/ngsi-ld/v1/entities", json=entity, headers={"cookie": f"session={MARK}"})
            client.get(f"/ngsi-ld/v1/entities/urn:{MARK}")
            assert client.post(f"/api/plans/{MARK}/undo").status_code == 404
            client.get("/api/figures/series", params={"name": MARK})
            app.state.history.settle()
    return kept


def test_request_is_followed_to_its_action_and_the_statements_in_it(traced: Collector) -> None:
    by_id = {one.span_id: one for one in traced.spans}
    (request,) = traced.named("GET /api/plans/{plan}")[:1]
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    assert values(request) == {
        "http.request.method": "GET",
        "http.route": "/api/plans/{plan}",
        "http.response.status_code": 200,
    }
    mine = [one for one in traced.spans if one.trace_id.hex() == TRACE]
    statements = [one for one in mine if one.name.startswith("sqlite ")]
    assert statements
    for one in statements:
        above = by_id[one.parent_span_id]
        assert above.name.startswith("plan.registry.actions.")
        while above is not request:
            above = by_id[above.parent_span_id]
        assert "?" in str(values(one)["db.query.text"]) or ":" in str(values(one)["db.query.text"])


def test_requests_of_the_present_are_followed_too(traced: Collector) -> None:
    (request,) = traced.named("GET /ngsi-ld/v1/entities/{entity}")
    below = [one for one in traced.spans if one.trace_id == request.trace_id and one is not request]
    assert [one for one in below if one.name.startswith("brain.context.actions.")]
    assert [one for one in below if one.name.startswith("sqlite ")]


def test_error_of_an_action_is_marked_with_its_code_only(traced: Collector) -> None:
    (failed,) = traced.named("plan.registry.actions.undo")
    assert set(values(failed)) == {"error.type"}
    assert MARK not in str(values(failed)["error.type"])
    assert not failed.events
    assert not failed.status.message


def test_no_span_tells_of_anybody_and_none_has_a_value_of_a_statement(traced: Collector) -> None:
    assert traced.spans
    for body in traced.bodies:
        assert MARK.encode() not in body
        assert b"127.0.0.1" not in body
        assert b"url.path" not in body


def test_actions_are_as_before_when_the_last_application_has_ended(traced: Collector, tmp_path: Path) -> None:
    from yuzhang.operation.tracing.actions import Actions

    assert not Actions._plain
    assert not Actions._users
    storage = Storage(tmp_path / "later")
    load_folder(storage, ROOT / "cities" / "nanchang", None)
    storage.close()


def test_collector_that_is_away_keeps_nobody_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with collector() as gone:
        pass
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", gone.address)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_TIMEOUT", "1")
    app = create_app(Settings(tmp_path / "data", trust="machine"))
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 1)) as client:
        assert client.get("/health").status_code == 200


def test_where_traces_are_off_nothing_of_them_is_loaded() -> None:
    script = (
        "import sys, tempfile; from pathlib import Path; from yuzhang.app import create_app; "
        "from yuzhang.core.settings import Settings; app = create_app(Settings(Path(tempfile.mkdtemp()))); "
        "print([name for name in sys.modules if name.startswith('opentelemetry.sdk')])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env={"PATH": ""})
    assert done.stdout.strip() == "[]"
