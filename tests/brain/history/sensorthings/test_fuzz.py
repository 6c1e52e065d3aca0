"""Whatever is asked of the SensorThings API, or sent to it: an answer or a refusal that says why, never an error of ours."""

from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from brain.history.sensorthings.conftest import BUS, STATION, Sensed
from yuzhang.brain.history.sensorthings.model import KINDS
from yuzhang.brain.history.sensorthings.query.functions import FUNCTIONS

STRANGE = settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
LINKS = sorted({link for kind in KINDS.values() for link in kind.links} | set(KINDS))
PROPERTIES = sorted(
    {name for kind in KINDS.values() for name in kind.properties} | {"id", "@iot.id", "properties/type"}
)
KEYS = st.sampled_from(
    ["", "(1)", "(3)", "('3')", f"('{STATION}')", f"({BUS})", "('3-1767225600000000')", "(''')", "(9-9)"]
)
STEPS = st.tuples(st.sampled_from([*LINKS, *PROPERTIES, "$ref", "$value", "$count"]), KEYS).map("".join)
PATHS = st.one_of(
    st.lists(STEPS, min_size=1, max_size=4).map("/".join),
    st.sampled_from(sorted(KINDS)),
    st.text(max_size=20),
)
VALUES = st.one_of(
    st.sampled_from(
        [
            *PROPERTIES,
            *(f"Datastream/{name}" for name in PROPERTIES),
            "Thing/name",
            "Things/id",
            "5",
            "-1.5",
            "'x'",
            "null",
            "true",
            "2026-01-01T00:00:00Z",
            "2026-01-01",
            "duration'P1D'",
            "geography'POINT(10 50)'",
            "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z",
            "maxdatetime() add duration'P9000000D'",
        ]
    ),
    st.tuples(st.sampled_from(sorted(FUNCTIONS)), st.sampled_from(PROPERTIES)).map(
        lambda one: f"{one[0]}({','.join([one[1]] * min(FUNCTIONS[one[0]].arity))})"
    ),
)
SIGNS = st.sampled_from(["eq", "ne", "gt", "le", "add", "sub", "mul", "div", "mod", "and", "or"])
EXPRESSIONS = st.one_of(
    VALUES,
    st.tuples(VALUES, SIGNS, VALUES).map(" ".join),
    st.tuples(VALUES, SIGNS, VALUES, SIGNS, VALUES, SIGNS, VALUES).map(" ".join),
    st.text(max_size=15),
)
OPTIONS: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(
    {},
    optional={
        "$filter": EXPRESSIONS,
        "$orderby": EXPRESSIONS,
        "$top": st.sampled_from(["0", "1", "3", "99999999", "x"]),
        "$skip": st.sampled_from(["0", "1", "999999999999999", "-1"]),
        "$count": st.sampled_from(["true", "false"]),
        "$select": st.sampled_from(PROPERTIES),
        "$expand": st.lists(st.sampled_from(LINKS), min_size=1, max_size=3).map("/".join),
        "$skiptoken": st.sampled_from(["1", "3-1767225600000000", "temperature", "9" * 30, "-"]),
        "$resultFormat": st.sampled_from(["dataArray", "default", "x"]),
    },
)


@given(path=PATHS, options=OPTIONS)
@STRANGE
def test_whatever_is_asked_is_answered_or_refused_with_words(
    sensed: Sensed, path: str, options: dict[str, str]
) -> None:
    answer = sensed.client.get("/sensorthings/v1.1/" + quote(path, safe="/()'$@"), params=options)
    assert answer.status_code in (200, 204, 400, 404, 501), answer.text
    if answer.status_code >= 400:
        assert answer.json()["detail"]


@given(kind=st.sampled_from(sorted(KINDS)), condition=EXPRESSIONS, order=EXPRESSIONS)
@STRANGE
def test_whatever_a_filter_compares_is_answered_or_refused(
    sensed: Sensed, kind: str, condition: str, order: str
) -> None:
    for options in (
        {"$filter": condition},
        {"$orderby": order},
        {"$filter": condition, "$orderby": order, "$count": "true"},
    ):
        answer = sensed.client.get(f"/sensorthings/v1.1/{kind}", params=options)
        assert answer.status_code in (200, 400, 501), answer.text


JSON = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(10**20), 10**20),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=5),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                ["@iot.id", "Datastream", "components", "dataArray", "result", "phenomenonTime", "parameters", "x"]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
ARRAYS: st.SearchStrategy[Any] = st.lists(
    st.fixed_dictionaries(
        {
            "Datastream": st.fixed_dictionaries({"@iot.id": st.sampled_from([1, 3, "3", 999, -1, "x", "²", 10**30])}),
            "components": st.lists(
                st.sampled_from(["result", "phenomenonTime", "parameters", "resultTime"]), max_size=3
            ),
            "dataArray": st.lists(st.lists(st.just(None), max_size=3), max_size=3),
        }
    ),
    max_size=2,
)


@given(content=st.one_of(JSON, ARRAYS))
@STRANGE
def test_whatever_is_sent_is_refused_with_words(sensed: Sensed, content: Any) -> None:
    for path in ("CreateObservations", "Datastreams(999)/Observations"):
        answer = sensed.client.post(f"/sensorthings/v1.1/{path}", json=content)
        assert answer.status_code in (400, 404, 501), answer.text
        assert answer.json()["detail"]
