"""Filters are read as OGC 18-088 writes them, and what is wrong with one is said in words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from yuzhang.brain.history.sensorthings.errors import BadQuery
from yuzhang.brain.history.sensorthings.query.functions import FUNCTIONS
from yuzhang.brain.history.sensorthings.query.grammar import (
    LEVELS,
    Call,
    Literal,
    Node,
    Operation,
    Path,
    parse_filter,
    parse_order,
    written,
)

READ = {
    # Source: OGC 18-088, tables 21 to 23 and the examples of clause 9.3.3.5.
    "result eq 10.00": "(result eq 10.0)",
    "unitOfMeasurement/name ne 'degree Celsius'": "(unitOfMeasurement/name ne 'degree Celsius')",
    "result ge 20": "(result ge 20)",
    "result le 3.5 and FeatureOfInterest/id eq '1'": "((result le 3.5) and (FeatureOfInterest/id eq '1'))",
    "result gt 20 or result le 3.5": "((result gt 20) or (result le 3.5))",
    "not startswith(description,'test')": "(not startswith(description,'test'))",
    "result add 5 gt 10": "((result add 5) gt 10)",
    "result mod 2 eq 0": "((result mod 2) eq 0)",
    "(result sub 5) gt 10": "((result sub 5) gt 10)",
    "result add 1 mul 2 gt -3": "((result add (1 mul 2)) gt (-3))",
    "a eq 1 or b eq 2 and c eq 3": "((a eq 1) or ((b eq 2) and (c eq 3)))",
    "substringof('Sensor Things',description)": "substringof('Sensor Things',description)",
    "indexof(description,'Sensor') eq 1": "(indexof(description,'Sensor') eq 1)",
    "concat(concat(unitOfMeasurement/symbol,', '), unitOfMeasurement/name) eq 'degree, Celsius'": (
        "(concat(concat(unitOfMeasurement/symbol,', '),unitOfMeasurement/name) eq 'degree, Celsius')"
    ),
    "totaloffsetminutes(resultTime) eq 330": "(totaloffsetminutes(resultTime) eq 330)",
    "resultTime eq mindatetime()": "(resultTime eq mindatetime())",
    "time ge 2010-06-01T00:00:00Z and time le 2010-07-01T00:00:00Z": (
        "((time ge 2010-06-01T00:00:00.000000Z) and (time le 2010-07-01T00:00:00.000000Z))"
    ),
    "geo.distance(location, geography'POINT (30 10)') lt 1": "(geo.distance(location,geography'POINT (30 10)') lt 1)",
    "st_relate(location, geography'POINT (30 10)', 'T********')": (
        "st_relate(location,geography'POINT (30 10)','T********')"
    ),
    "phenomenonTime lt 2010-01-01T00:00:00Z/2011-01-01T00:00:00Z": (
        "(phenomenonTime lt 2010-01-01T00:00:00.000000Z/2011-01-01T00:00:00.000000Z)"
    ),
    "resultTime gt now() sub duration'P1DT2H'": "(resultTime gt (now() sub duration'P1DT7200.000000S'))",
    "@iot.id eq 5": "(@iot.id eq 5)",
    "name eq 'it''s'": "(name eq 'it''s')",
    "properties/类别 eq '桥'": "(properties/类别 eq '桥')",
    "phenomenonTime ge 2026-01-01T08:00:00 08:00": "(phenomenonTime ge 2026-01-01T00:00:00.000000Z)",
}
BROKEN = {
    "result gt": "not finished",
    "result gt 5)": "character 12",
    "(result gt 5": "not finished",
    "result > 5": "“> 5”",
    "foo(result)": "no function foo",
    "length()": "length takes 1 arguments",
    "name eq 'x": "“'x”",
    "time eq 2026-02-30": "2026-02-30",
    "location eq geography'POINT(x)'": "geography",
    "a" * 10_001: "10000 characters",
    "(" * 400 + "a": "too deeply",
    "not " * 400 + "a": "too deeply",
    "": "not finished",
}


@pytest.mark.parametrize("text", READ)
def test_a_filter_of_the_standard_is_read_as_it_is_meant(text: str) -> None:
    assert written(parse_filter(text)) == READ[text]


@pytest.mark.parametrize("text", BROKEN, ids=lambda text: text[:20])
def test_a_broken_filter_is_refused_with_the_place_and_a_way_to_mend_it(text: str) -> None:
    with pytest.raises(BadQuery) as refused:
        parse_filter(text)
    assert BROKEN[text] in refused.value.detail.en
    assert refused.value.detail.zh != refused.value.detail.en
    assert refused.value.where == "$filter"
    assert refused.value.fix is not None


def test_an_order_of_several_expressions_is_read() -> None:
    found = parse_order("result desc, phenomenonTime asc,length(name)")
    assert [(written(node), down) for node, down in found] == [
        ("result", True),
        ("phenomenonTime", False),
        ("length(name)", False),
    ]


WORDS = frozenset({"not", "true", "false", "null", "asc", "desc", *(word for level in LEVELS for word in level)})
NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.]{0,8}", fullmatch=True).filter(lambda one: one not in WORDS)
MOMENTS = st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
LITERALS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 10**17),
    st.floats(0, allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    MOMENTS,
    st.timedeltas(min_value=timedelta(days=-9999), max_value=timedelta(days=9999)),
    st.builds(shapely.Point, st.integers(-180, 180), st.integers(-90, 90)),
).map(Literal)
LEAVES = st.one_of(LITERALS, st.lists(NAMES, min_size=1, max_size=3).map(lambda steps: Path(tuple(steps))))


def _grown(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    binary = st.sampled_from([word for level in LEVELS for word in level])
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.tuples(*[inner] * max(FUNCTIONS[name].arity)).map(lambda given: Call(name, given))
    )
    return st.one_of(
        st.tuples(binary, inner, inner).map(lambda one: Operation(one[0], one[1:])),
        st.tuples(st.sampled_from(["not", "-"]), inner).map(lambda one: Operation(one[0], (one[1],))),
        calls,
    )


@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_whatever_tree_is_written_reads_as_the_same_tree(tree: Node) -> None:
    assert written(parse_filter(written(tree))) == written(tree)


@given(st.text(alphabet="aeqgtnd r()',/-0129:TZ$.不", max_size=40))
def test_no_text_whatsoever_breaks_the_reader(text: str) -> None:
    try:
        tree = parse_filter(text)
    except BadQuery:
        return
    assert written(parse_filter(written(tree))) == written(tree)
