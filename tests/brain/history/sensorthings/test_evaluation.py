"""What filters say: the functions of OGC 18-088, table 23, and that the lake answers as the memory does."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yuzhang.brain.history.sensorthings import describing
from yuzhang.brain.history.sensorthings.model import KINDS, Item
from yuzhang.brain.history.sensorthings.query.evaluation import Evaluation
from yuzhang.brain.history.sensorthings.query.grammar import Literal, Node, Operation, Path, parse_filter, written
from yuzhang.brain.history.sensorthings.query.statements import Statements
from yuzhang.brain.history.sensorthings.rows import OF_SERIES, PROPERTIES

START = 1_767_225_600_000_000
THING = Item(
    KINDS["Things"],
    "urn:x:1",
    {
        "name": "Sensor Things",
        "description": "it's a box ",
        "properties": {"floor": 3, "open": True, "at": "2026-01-01T01:30:05.25Z"},
    },
)
PLACE = Item(KINDS["Locations"], "5", {"location": {"type": "Point", "coordinates": [10, 50]}})
STREAM = Item(KINDS["Datastreams"], 5, {"phenomenonTime": "2026-01-01T00:00:00Z/2026-01-02T00:00:00Z"})
AT = "properties/at"
TRUE_OF_THING = [
    "substringof('Things', name)",
    "contains(name, 'or T')",
    "endswith(name, 'ings')",
    "startswith(name, 'Sensor')",
    "length(name) eq 13",
    "indexof(name, 'Things') eq 7 and indexof(name, 'x') eq -1",
    "substring(name, 7) eq 'Things' and substring(name, 1, 2) eq 'en'",
    "tolower(name) eq 'sensor things' and toupper(name) eq 'SENSOR THINGS'",
    "trim(description) eq 'it''s a box'",
    "concat(name, '!') eq 'Sensor Things!'",
    f"year({AT}) eq 2026 and month({AT}) eq 1 and day({AT}) eq 1",
    f"hour({AT}) eq 1 and minute({AT}) eq 30 and second({AT}) eq 5 and fractionalseconds({AT}) eq 0.25",
    f"date({AT}) eq 2026-01-01 and time({AT}) lt 01:30:06 and totaloffsetminutes({AT}) eq 0",
    "now() gt mindatetime() and now() lt maxdatetime()",
    "round(2.5) eq 3 and round(-2.5) eq -3 and floor(2.9) eq 2 and ceiling(2.1) eq 3",
    "properties/floor add 2 mul 3 eq 9 and properties/floor div 2 eq 1.5 and properties/floor mod 2 eq 1",
    "properties/floor sub 1 eq 2 and -properties/floor eq -3",
    "properties/open eq true and properties/open",
    "properties/nothing eq null and not (properties/nothing gt 1) and properties/nothing ne 1",
    "properties/floor div 0 eq null",
    f"{AT} gt 2026-01-01T09:30:00+08:00 and {AT} lt 2026-01-01T01:30:06Z",
    f"{AT} add duration'PT1H' gt 2026-01-01T02:30:05Z",
    "id eq 'urn:x:1'",
    "name gt 'A' and not (name eq 5)",
]


def related(_item: Item, _link: str) -> list[Item]:
    """No one is related to anyone."""
    return []


def holds(text: str, item: Item) -> bool:
    """Whether a filter lets an entity through."""
    return Evaluation(related).holds(parse_filter(text), item)


@pytest.mark.parametrize("text", TRUE_OF_THING)
def test_a_function_or_operator_of_the_standard_says_what_the_standard_says(text: str) -> None:
    assert holds(text, THING)
    assert not holds(f"not ({text})", THING)


@pytest.mark.parametrize(
    "text",
    [
        "st_within(location, geography'POLYGON((9 49,11 49,11 51,9 51,9 49))')",
        "st_intersects(location, geography'LINESTRING(9 49,11 51)')",
        "geo.intersects(location, geography'SRID=4326;POINT(10 50)')",
        "st_equals(location, geography'POINT(10 50)') and st_disjoint(location, geography'POINT(1 1)')",
        "st_touches(location, geography'LINESTRING(10 50,11 51)')",
        "st_contains(location, geography'POINT(10 50)')",
        "geo.distance(location, geography'POINT(10 51)') eq 1",
        "geo.length(geography'LINESTRING(0 0,0 2)') eq 2",
        "st_relate(location, geography'POINT(10 50)', '0FFFFFFF2')",
        "not st_crosses(location, geography'POINT(10 50)') and not st_overlaps(location, geography'POINT(10 50)')",
        "st_relate(location, geography'POINT(10 50)', 'nonsense') eq null",
    ],
)
def test_a_place_is_found_by_its_relation_to_another(text: str) -> None:
    assert holds(text, PLACE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("phenomenonTime lt 2026-01-02T00:00:00Z", True),
        ("phenomenonTime lt 2026-01-01T12:00:00Z", False),
        ("phenomenonTime gt 2025-12-31T00:00:00Z", True),
        ("phenomenonTime ge 2026-01-01T00:00:00Z", True),
        ("phenomenonTime eq 2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", True),
        ("phenomenonTime ne 2026-01-01T00:00:00Z", True),
        ("phenomenonTime le 2026-01-02T00:00:00Z", True),
    ],
)
def test_an_interval_is_before_what_begins_at_its_end(text: str, expected: bool) -> None:
    assert holds(text, STREAM) is expected


ROWS: list[tuple[int, float | None, str | None]] = [
    (START, 20.0, None),
    (START + 3_600_000_000, -7.5, '{"type":"Property","unitCode":"CEL"}'),
    (START + 86_400_000_000, None, '{"type":"Property","value":"open"}'),
    (START + 86_400_500_000, None, '{"type":"Property","value":true}'),
    (START + 31 * 86_400_000_000, 3.0, '{"type":"Property","floor":{"type":"Property","value":2}}'),
    (START - 1, 0.0, '{"type":"Property","floor":{"type":"Property","value":"Two"}}'),
    (START + 999_999, None, '{"type":"Relationship","object":"urn:x:2"}'),
]


@pytest.fixture(scope="module")
def lake() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table of rows as the lake has them."""
    with duckdb.connect() as made:
        made.execute(
            "CREATE TABLE observations (series INTEGER, time TIMESTAMP, value DOUBLE, rest VARCHAR, modified TIMESTAMP)"
        )
        for time, value, rest in ROWS:
            made.execute(
                "INSERT INTO observations VALUES (5, make_timestamp(?::BIGINT), ?, ?, make_timestamp(0::BIGINT))",
                [time, value, rest],
            )
        yield made


def both(lake: duckdb.DuckDBPyConnection, tree: Node) -> tuple[list[int], list[int]]:
    """Which rows a filter finds in memory, and which in the lake."""
    evaluation = Evaluation(related)
    items = [describing.observation(5, time, value, rest, 0) for time, value, rest in ROWS]
    in_memory = [one.time for one in items if evaluation.holds(tree, one) and one.time is not None]
    statements = Statements(PROPERTIES["Observations"], OF_SERIES["Observations"], lambda _: [])
    found = statements.condition(tree)
    rows = lake.execute(f"SELECT epoch_us(time) FROM observations WHERE {found.text}", list(found.values)).fetchall()
    return sorted(in_memory), sorted(row[0] for row in rows)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("result gt 0", 2),
        ("result eq 'open'", 1),
        ("result gt '3'", 3),
        ("result eq true", 1),
        ("startswith(result, 'op') or result eq 'urn:x:2'", 2),
        ("phenomenonTime ge 2026-01-01T00:00:00Z and phenomenonTime lt 2026-01-02T00:00:00Z", 3),
        ("phenomenonTime lt 2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", 2),
        ("phenomenonTime gt 2026-01-01T00:00:00Z/2026-01-02T00:00:00Z", 3),
        ("month(phenomenonTime) eq 2", 1),
        ("parameters/floor eq 2", 1),
        ("parameters/floor eq 'Two'", 1),
        ("parameters/unitCode eq 'CEL'", 1),
        ("result mod 2 eq 0", 2),
        ("round(result) eq -8", 1),
        ("result eq null", 0),
        ("parameters/floor eq null", 5),
        ("resultTime eq 1970-01-01T00:00:00Z", 7),
        ("id eq '5-1767225600000000'", 1),
        ("date(phenomenonTime) eq 2026-01-01 and fractionalseconds(phenomenonTime) gt 0.5", 1),
        ("phenomenonTime add duration'P1D' gt 2026-02-02T00:00:00Z", 0),
        ("phenomenonTime sub 2026-01-01T00:00:00Z ge duration'P1D'", 3),
        ("substring(result, 1, 2) eq 'pe'", 1),
        ("'20' eq result", 1),
        ("validTime eq null", 7),
        ("length(phenomenonTime) gt 1", 0),
    ],
)
def test_the_lake_finds_what_the_memory_finds(lake: duckdb.DuckDBPyConnection, text: str, count: int) -> None:
    in_memory, in_lake = both(lake, parse_filter(text))
    assert in_memory == in_lake
    assert len(in_lake) == count


NUMBERS = st.one_of(
    st.just(Path(("result",))),
    st.sampled_from([0, 1, 2, 3, 20, -7.5, 0.5]).map(Literal),
    st.just(Path(("parameters", "floor"))),
)
MOMENTS = st.one_of(
    st.just(Path(("phenomenonTime",))),
    st.sampled_from([time for time, _, _ in ROWS]).map(
        lambda us: Literal(datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(microseconds=us))
    ),
)
TEXTS = st.one_of(st.just(Path(("result",))), st.sampled_from(["open", "", "o", "urn:x:2", "Two"]).map(Literal))
COMPARE = st.sampled_from(["eq", "ne", "gt", "ge", "lt", "le"])


def _sums(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(st.sampled_from(["add", "sub", "mul", "mod"]), inner, inner).map(
        lambda one: Operation(one[0], one[1:])
    )


def _pair(operands: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.tuples(COMPARE, operands, operands).map(lambda one: Operation(one[0], one[1:]))


SUMS = st.one_of(
    st.just(Path(("result",))),
    st.sampled_from([1, 2, 0.5, 20]).map(Literal),
    _sums(st.one_of(st.just(Path(("result",))), st.sampled_from([1, 2, 4, 0.5]).map(Literal))),
)
KNOWN_TEXTS = st.sampled_from(["open", "", "o", "urn:x:2"]).map(Literal)
CONDITIONS = st.one_of(
    st.tuples(COMPARE, SUMS, st.sampled_from([0, 1, 2, 20, -7.5]).map(Literal)).map(
        lambda one: Operation(one[0], one[1:])
    ),
    st.tuples(COMPARE, st.just(Path(("result",))), KNOWN_TEXTS).map(lambda one: Operation(one[0], one[1:])),
    _pair(MOMENTS),
)


def _logic(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(
        st.tuples(st.sampled_from(["and", "or"]), inner, inner).map(lambda one: Operation(one[0], one[1:])),
        inner.map(lambda one: Operation("not", (one,))),
    )


@given(tree=st.recursive(CONDITIONS, _logic, max_leaves=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_no_filter_finds_other_rows_in_the_lake_than_in_memory(lake: duckdb.DuckDBPyConnection, tree: Node) -> None:
    in_memory, in_lake = both(lake, tree)
    assert in_memory == in_lake, written(tree)


def test_a_day_is_no_moment() -> None:
    assert not Evaluation(related).holds(Operation("gt", (Literal(date(2026, 1, 1)), Literal(5))), THING)
