"""Whatever is sent to the NGSI-LD API: no error of ours, and no entity that is half written."""

import copy
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core import NotSet
from schemathesis.core.result import Ok

from brain.context.consistency import assert_consistent
from yuzhang.brain.context.broker import Broker
from yuzhang.brain.context.http.message import LD_JSON

Case = schemathesis.Case[Any]
Response = Any
"""Of the test client's own library."""
EXAMPLES = 3
STRANGE = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
REMOTE = "https://uri.etsi.org/ngsi-ld/errors/LdContextNotAvailable"
"""The one 5xx of the standard that a payload can bring about: its @context lies where nothing is loaded from."""
ONE = {
    "id": "urn:ngsi-ld:Well:1",
    "type": ["Well", "Device"],
    "scope": "/City/East",
    "level": {"type": "Property", "value": 3.5, "unitCode": "MTR", "observedAt": "2026-08-17T08:00:00Z"},
    "state": [
        {"type": "Property", "value": "ok"},
        {
            "type": "Property",
            "value": "low",
            "datasetId": "urn:d:1",
            "by": {"type": "Relationship", "object": "urn:p:1"},
        },
    ],
    "name": {"type": "LanguageProperty", "languageMap": {"en": "Well", "zh": "井"}},
    "kind": {"type": "VocabProperty", "vocab": ["deep", "old"]},
    "raw": {"type": "JsonProperty", "json": {"a": [1, {"b": None}]}},
    "list": {"type": "ListProperty", "valueList": [1, [2, "x"]]},
    "links": {"type": "ListRelationship", "objectList": [{"object": "urn:l:1"}, {"object": "urn:l:2"}]},
    "in": {"type": "Relationship", "object": ["urn:a:1", "urn:a:2"]},
    "location": {
        "type": "GeoProperty",
        "value": {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]},
    },
}
SUBSCRIPTION = {
    "type": "Subscription",
    "entities": [{"type": "Well", "idPattern": ".*"}],
    "watchedAttributes": ["level"],
    "q": 'level>3;state=="ok"',
    "geoQ": {"geometry": "Point", "coordinates": [0.5, 0.5], "georel": "near;maxDistance==100000"},
    "notification": {
        "attributes": ["level"],
        "endpoint": {"uri": "http://127.0.0.1:9/x", "accept": "application/json"},
    },
}
QUERY = {"type": "Query", "entities": [{"type": "Well"}], "attrs": ["level"], "q": "level>3", "scopeQ": "/City/#"}
NODES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(
        [
            *(10**400, 1e308, "urn:ngsi-ld:null", "\x00", "urn:x:\x00", "9" * 3000, "@context", "@none", [], {}, [[]]),
            *({"": {}}, {"@value": "x"}, {"type": "Property"}, "2026-02-30T00:00:00Z", "É" * 600),
            {"type": "GeoProperty", "value": {"type": "Point", "coordinates": []}},
            {"type": "Relationship", "object": "urn:" + "y" * 4000},
        ]
    ),
    st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda deeper: st.lists(deeper, max_size=3) | st.dictionaries(st.text(max_size=8), deeper, max_size=3),
        max_leaves=8,
    ),
)
NAMES = st.sampled_from(
    ["type", "value", "object", "id", "@id", "@type", "datasetId", "q", "coordinates", "level"]
) | st.text(max_size=12)


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of a JSON value."""
    found = [way]
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in pairs:
        found += places(one, (*way, key))
    return found


@st.composite
def mutated(draw: st.DrawFn, good: Any) -> Any:
    """A good payload with one to three parts that are others, missing, or there under other names."""
    value = copy.deepcopy(good)
    for _ in range(draw(st.integers(1, 3))):
        way = draw(st.sampled_from(places(value)))
        if not way:
            continue
        parent = value
        for key in way[:-1]:
            parent = parent[key]
        what = draw(st.sampled_from(["replace", "replace", "drop", "rename", "wrap"]))
        if what == "drop":
            del parent[way[-1]]
        elif what == "rename" and isinstance(parent, dict):
            parent[draw(NAMES)] = parent.pop(way[-1])
        elif what == "wrap":
            parent[way[-1]] = [copy.deepcopy(parent[way[-1]]) for _ in range(draw(st.integers(1, 3)))]
        else:
            parent[way[-1]] = copy.deepcopy(draw(NODES))
    return value


def dumped(value: Any) -> bytes:
    """As JSON, also what is none: a number of 400 digits stays one."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def sent(api: TestClient, method: str, path: str, payload: Any, **given: Any) -> Response:
    """The answer; never an error of ours."""
    headers = {"content-type": given.pop("media", "application/json")}
    answer = api.request(method, path, content=dumped(payload), headers=headers, **given)
    assert_ours(answer)
    return answer


def assert_ours(answer: Response) -> None:
    """No 5xx but the standard's own; every refusal says what is wrong."""
    if answer.status_code >= 500:
        assert answer.status_code == 504, answer.text
        assert answer.json()["type"] == REMOTE
    if answer.status_code >= 400 and answer.status_code not in (405, 411, 415):
        assert answer.json()["title"]


WRITES: list[tuple[str, str, Callable[[Any], Any]]] = [
    ("POST", "/entities", lambda one: one),
    ("PUT", f"/entities/{ONE['id']}", lambda one: one),
    ("PATCH", f"/entities/{ONE['id']}", lambda one: one),
    ("POST", f"/entities/{ONE['id']}/attrs", lambda one: one),
    ("PATCH", f"/entities/{ONE['id']}/attrs", lambda one: one),
    ("PATCH", f"/entities/{ONE['id']}/attrs/state", lambda one: one.get("state") if isinstance(one, dict) else one),
    ("PUT", f"/entities/{ONE['id']}/attrs/level", lambda one: one.get("level") if isinstance(one, dict) else one),
    *(
        ("POST", f"/entityOperations/{name}", lambda one: [one, ONE, one])
        for name in ("create", "upsert", "upsert?options=update", "update", "merge")
    ),
]


@pytest.mark.parametrize(("method", "path", "shaped"), WRITES, ids=[f"{one[0]} {one[1]}" for one in WRITES])
def test_mutated_entity_is_taken_whole_or_refused_without_a_trace(
    broker: Broker, api: TestClient, method: str, path: str, shaped: Callable[[Any], Any]
) -> None:
    @settings(STRANGE, max_examples=25)
    @given(mutated(ONE), st.sampled_from(["application/json", LD_JSON, "application/merge-patch+json"]))
    def send(value: Any, media: str) -> None:
        api.delete(f"/entities/{ONE['id']}")
        if path != "/entities":
            assert sent(api, "POST", "/entities", ONE).status_code == 201
        before = api.get(f"/entities/{ONE['id']}").json()
        answer = sent(api, method, path, shaped(value), media=media)
        if answer.status_code >= 400 and answer.status_code != 409:
            assert api.get(f"/entities/{ONE['id']}").json() == before

    send()
    assert_consistent(broker)


def test_what_was_taken_is_given_back_in_every_form(broker: Broker, api: TestClient) -> None:
    @settings(STRANGE, max_examples=50)
    @given(mutated(ONE))
    def send(value: Any) -> None:
        api.delete(f"/entities/{ONE['id']}")
        if sent(api, "POST", "/entities", value).status_code != 201:
            return
        for params in ({}, {"options": "concise,sysAttrs"}, {"format": "simplified"}, {"lang": "zh"}):
            answer = api.get(f"/entities/{quote(value['id'], safe=':')}", params=params)
            assert_ours(answer)
        answer = api.get(
            "/entities", params={"local": "true", "limit": 1000}, headers={"accept": "application/geo+json"}
        )
        assert_ours(answer)

    send()
    assert_consistent(broker)


@pytest.mark.parametrize(
    ("path", "good"),
    [("/subscriptions", SUBSCRIPTION), ("/entityOperations/query", QUERY), ("/csourceSubscriptions", SUBSCRIPTION)],
    ids=["subscription", "query", "csource-subscription"],
)
def test_mutated_subscription_or_query_is_answered(api: TestClient, path: str, good: Any) -> None:
    sent(api, "POST", "/entities", ONE)

    @settings(STRANGE, max_examples=40)
    @given(mutated(good))
    def send(value: Any) -> None:
        answer = sent(api, "POST", path, value)
        if answer.status_code == 201:
            assert_ours(api.delete(answer.headers["location"].removeprefix("/ngsi-ld/v1")))

    send()


@settings(STRANGE)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_that_are_no_json_are_refused(api: TestClient, content: bytes) -> None:
    answer = api.post("/entities", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 400


PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "q": st.text("level=<>~!;|()\"'.[]*,0123abc", max_size=25) | st.text(max_size=10),
        "type": st.text("Wel,;()|Device*", max_size=15),
        "idPattern": st.text("urn:.*+?()[]{}\\^$|a1", max_size=12),
        "attrs": st.text("level,state", max_size=12),
        "georel": st.sampled_from(["near;maxDistance==1", "near;maxDistance==x", "within", "disjoint", ""]),
        "geometry": st.sampled_from(["Point", "Polygon", "LineString", "Circle"]),
        "coordinates": st.sampled_from(
            ["[0,0]", "[[0,0],[1,1]]", "[[[0,0],[1,0],[1,1],[0,0]]]", "[[[0,0]]]", "x", "[1e400,0]"]
        ),
        "scopeQ": st.text("/City+#;,|", max_size=10),
        "pick": st.text("level,{}id|in", max_size=12),
        "omit": st.text("level,{}id", max_size=10),
        "orderBy": st.text("level;!desc,.[]", max_size=12),
        "lang": st.text("zh,*;q=0.1en", max_size=8),
        "options": st.sampled_from(["concise", "sysAttrs", "keyValues", "x"]),
        "limit": st.integers(-1, 1001).map(str),
        "offset": st.integers(-1, 5).map(str),
        "count": st.sampled_from(["true", "false", "1"]),
        "join": st.sampled_from(["flat", "inline", "@none", "x"]),
        "joinLevel": st.integers(0, 3).map(str),
        "datasetId": st.sampled_from(["urn:d:1", "@none", "x"]),
    },
)


def test_any_mix_of_parameters_is_answered(api: TestClient) -> None:
    sent(api, "POST", "/entities", ONE)

    @settings(STRANGE, max_examples=150)
    @given(PARAMETERS)
    def ask(params: dict[str, str]) -> None:
        assert_ours(api.get("/entities", params=params))

    ask()


def ask(api: TestClient, case: Case) -> int:
    """Send what Schemathesis made; its status."""
    body = None if isinstance(case.body, NotSet) else case.body if isinstance(case.body, bytes) else dumped(case.body)
    headers = {name: value.encode("utf-8", "replace") for name, value in (case.headers or {}).items()}
    if body is not None:
        headers["content-type"] = (case.media_type or "application/json").encode()
    answer = api.request(case.method, case.formatted_path, params=dict(case.query or {}), content=body, headers=headers)
    assert_ours(answer)
    return answer.status_code


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["right", "wrong"])
@pytest.mark.parametrize("federating", [False, True], ids=["present", "federation"])
def test_every_address_that_is_described_answers_whatever_is_asked(
    broker: Broker, api: TestClient, mode: GenerationMode, federating: bool
) -> None:
    described = schemathesis.openapi.from_dict(api.get("/openapi.json").json())
    asked: set[str] = set()
    for found in described.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        if operation.path.startswith("/csource") != federating:
            continue

        @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
        @given(case=operation.as_strategy(generation_mode=mode))
        def run(case: Case) -> None:
            asked.add(f"{case.method} {case.path}")
            ask(api, case)

        try:
            run()
        except Unsatisfiable:  # an address without parameters cannot be asked wrongly
            assert mode.is_negative
    assert len(asked) >= (5 if federating else 25)
    assert_consistent(broker)
